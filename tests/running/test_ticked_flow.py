"""Ticks by hand, and their strata."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

import hydroflow_nb as hf
from worlds import World


def _tick_of_strata(flow: hf.Flow) -> bool:
    tick, worked = flow.current_tick(), flow.run_stratum()
    while flow.current_tick() == tick:
        worked = flow.run_stratum()
    return worked


WAYS_OF_A_TICK: dict[str, Callable[[hf.Flow], bool]] = {
    "run_tick": lambda flow: flow.run_tick(),
    "run_tick_async": lambda flow: asyncio.run(flow.run_tick_async()),
    "run_stratum": _tick_of_strata,
}


@pytest.mark.parametrize("way", WAYS_OF_A_TICK)
@pytest.mark.parametrize(
    ("text", "results"),
    [
        # The first tick is work; then one without input, one with, one without.
        ("source_stream(input) -> next_stratum() -> for_each(out.append);", [True, False, True, False]),
        # An item that waits for the next tick asks for it, and is work there.
        ("source_stream(input) -> defer_tick() -> for_each(out.append);", [True, False, True, True]),
        # One that is not in a hurry does not.
        ("source_stream(input) -> defer_tick_lazy() -> for_each(out.append);", [True, False, True, False]),
        ("spin() -> for_each(out.append); source_stream(input) -> null();", [True, True, True, True]),
    ],
    ids=["input", "deferred", "lazily deferred", "spin"],
)
def test_every_way_to_run_one_tick_says_by_its_result_whether_there_was_work_or_is_more(
    way: str, text: str, results: list[bool]
) -> None:
    world = World(text)
    run = WAYS_OF_A_TICK[way]

    given = [run(world.flow), run(world.flow)]
    world.input.send(1)
    given += [run(world.flow), run(world.flow)]

    assert given == results


@pytest.mark.parametrize("way", WAYS_OF_A_TICK)
def test_a_flow_that_feeds_itself_by_a_channel_says_that_there_is_more(way: str) -> None:
    world = World("source_stream(input) -> filter(|x| x < 3) -> for_each(|x| input.send(x + 1));")
    run = WAYS_OF_A_TICK[way]
    world.flow.run_tick()
    world.input.send(1)

    assert [run(world.flow) for _ in range(4)] == [True, True, True, False]


def test_while_run_tick_runs_until_nothing_is_left_to_do() -> None:
    world = World("source_stream(input) -> filter(|x| x < 3) -> for_each(|x| input.send(x + 1));")
    world.input.send(0)
    count = 0

    while world.flow.run_tick():
        count += 1

    assert (count, world.flow.current_tick()) == (4, 5)


def test_while_run_stratum_ends_when_nothing_is_left_to_do() -> None:
    world = World("source_stream(input) -> next_stratum() -> for_each(out.append);")
    world.input.extend([1, 2])
    count = 0

    while world.flow.run_stratum():
        count += 1

    assert (world.out, count) == ([1, 2], 2)


def test_run_stratum_tells_of_work_in_a_first_tick_and_in_one_that_was_asked_for() -> None:
    world = World("source_stream(input) -> next_stratum() -> for_each(out.append);")

    first = [world.flow.run_stratum() for _ in range(2)]
    quiet = [world.flow.run_stratum() for _ in range(2)]
    world.input.send(1)
    asked_for = [world.flow.run_stratum() for _ in range(2)]

    assert (first, quiet, asked_for) == ([True, True], [False, False], [True, True])


def test_run_stratum_tells_of_work_that_came_while_a_quiet_tick_was_under_way() -> None:
    world = World("source_stream(input) -> next_stratum() -> for_each(out.append);")
    world.flow.run_tick()
    quiet = world.flow.run_stratum()
    world.input.send(1)

    assert (quiet, world.flow.run_stratum()) == (False, True)
