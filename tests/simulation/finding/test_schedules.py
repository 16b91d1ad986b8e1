"""Schedules of a flow alone, and the single steps from one to another."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydroflow_nb.operators.rules.rule import Differences
from hydroflow_nb.simulation.finding.schedules import (
    Schedule,
    cut,
    number_of,
    reference,
    schedules,
    thinned,
    way,
)

FEW = 4
ORDER = Differences(order=True)


def tried(differences: Differences, count: int = FEW) -> set[Schedule]:
    return set(schedules(["a"] * count, differences, 50, Random(0)))


def test_all_batches_of_few_items_are_tried_in_their_order() -> None:
    found = {schedule.batches for schedule in tried(Differences())}

    assert len([batches for batches in found if () not in batches]) == 2 ** (FEW - 1)
    assert {sum(batches, ()) for batches in found} == {(0, 1, 2, 3)}


def test_a_tick_without_items_comes_first_or_last() -> None:
    items = (0, 1, 2, 3)

    for batches, kind in {((), items): "woken", (items, ()): "quiet"}.items():
        goal = Schedule(batches=batches)
        assert goal in tried(Differences())
        ((_, start), (step, end)) = way(reference(FEW), goal)
        assert (start, end) == (reference(FEW), goal)
        assert step is not None
        assert step.kind == kind


def test_as_many_schedules_are_tried_as_are_counted() -> None:
    assert len(tried(Differences())) + (reference(FEW) not in tried(Differences())) == number_of("aaaa", Differences())
    assert len(tried(ORDER) | {reference(FEW)}) == number_of("aaaa", ORDER)


@pytest.mark.parametrize(
    ("batches", "items", "ends", "left"),
    [
        (((0, 1), (2, 3)), {0, 3}, {2}, ((0,), (3,))),
        (((0, 1), (2, 3)), {0, 3}, {4}, ((0, 3),)),
        (((0,), (1,), (2,)), {0, 2}, {1, 2, 3}, ((0,), (2,))),
        (((), (0, 1)), {1}, {0}, ((), (1,))),
        (((0, 1), ()), {0}, {2}, ((0,), ())),
    ],
)
def test_a_thinned_schedule_has_less_items_and_ticks(batches, items, ends, left) -> None:  # type: ignore[no-untyped-def]
    assert thinned(Schedule(batches=batches), items, (), ends).batches == left


def test_an_item_of_a_thinned_schedule_comes_again_or_only_at_last() -> None:
    schedule = Schedule(batches=((0, 1, 0), (1,)))

    assert thinned(schedule, {0, 1}, {0, 1}, {3}) == schedule
    assert thinned(schedule, {0, 1}, {0}, {3}).batches == ((0, 0), (1,))
    assert thinned(schedule, {0, 1}, (), ()).batches == ((0, 1),)


def test_all_orders_of_few_items_are_tried_where_the_order_may_differ() -> None:
    assert len({schedule.order for schedule in tried(ORDER)}) == 24


def test_items_come_again_and_are_lost_only_where_that_may_be() -> None:
    again = {len(schedule.order) for schedule in tried(Differences(duplication=True))}
    lost = {len(schedule.order) for schedule in tried(Differences(loss=True))}

    assert min(again) == FEW < max(again)
    assert max(lost) == FEW > min(lost)


@pytest.mark.parametrize("ends", [(), (1,), (1, 3), (0, 4)])
def test_a_cut_makes_no_empty_batch(ends: tuple[int, ...]) -> None:
    batches = cut(range(4), ends).batches

    assert sum(batches, ()) == (0, 1, 2, 3)
    assert all(batches)


@given(st.lists(st.integers(0, 3), max_size=7), st.sets(st.integers(1, 6)))
def test_a_way_leads_from_the_reference_to_the_goal_by_single_steps(order: list[int], ends: set[int]) -> None:
    goal = cut(order, [end for end in ends if end < len(order)])
    steps = way(reference(4), goal)

    assert steps[0] == (None, reference(4))
    assert steps[-1][1] == goal
    for (_, before), (step, after) in pairwise(steps):
        assert step is not None
        difference = len(after.order) - len(before.order)
        assert difference == {"lost": -1, "again": 1}.get(step.kind, 0)
        assert len(after.batches) - len(before.batches) <= 1


@pytest.mark.parametrize("names", ["aab", "aabbaabb"])
def test_inputs_interleave_and_each_keeps_its_order(names: str) -> None:
    orders = {schedule.order for schedule in schedules(names, Differences(), 200, Random(0))}

    assert len(orders) >= 3
    for name in set(names):
        assert {tuple(item for item in order if names[item] == name) for order in orders} == {
            tuple(at for at, one in enumerate(names) if one == name)
        }
