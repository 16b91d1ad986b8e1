from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb import Delete, Persist


@pytest.mark.parametrize("call", ["persist_mut()", "persist_mut::<'mutable>()", "persist_mut::<'static>()"])
def test_what_is_kept_comes_in_every_tick_until_it_is_deleted(through: Callable[..., Any], call: str) -> None:
    found = through(call, [Persist(1), Persist(2), Persist(3)], [], [Delete(2)], [Persist(4), Persist(2)], [])

    assert found == [[1, 2, 3], [1, 2, 3], [1, 3], [1, 3, 4, 2], [1, 3, 4, 2]]


def test_duplicates_come_each_and_are_deleted_together(through: Callable[..., Any]) -> None:
    assert through("persist_mut()", [Persist(1), Persist(2), Persist(1)], [Delete(1)]) == [[1, 2, 1], [2]]


def test_a_deletion_concerns_what_came_before_it(through: Callable[..., Any]) -> None:
    assert through("persist_mut()", [Delete(1), Persist(1)], [Persist(1), Delete(1), Persist(1)]) == [[1], [1]]


def test_items_need_not_be_hashable(through: Callable[..., Any]) -> None:
    assert through("persist_mut()", [Persist([1]), Persist([2])], [Delete([1])]) == [[[1], [2]], [[2]]]


def test_all_instructions_of_a_cycle_are_carried_out(ticks: Callable[..., Any]) -> None:
    text = """
        n = union() -> tee();
        source_stream(items) -> n;
        n -> map(|n| n + 1) -> filter(|n| n < 4) -> n;
        n -> map(Persist) -> persist_mut() -> for_each(out.append);
    """

    assert ticks(text, [1], [], [3], Persist=Persist) == [[1, 2, 3], [1, 2, 3], [1, 2, 3, 3]]


def test_what_comes_out_may_flow_through_a_cycle(ticks: Callable[..., Any]) -> None:
    text = """
        n = union() -> unique() -> tee();
        source_stream(items) -> persist_mut() -> n;
        n -> map(|n| n + 1) -> filter(|n| n < 4) -> n;
        n -> for_each(out.append);
    """

    assert ticks(text, [Persist(1)], [Persist(0), Delete(1)]) == [[1, 2, 3], [0, 1, 2, 3]]


def test_an_item_that_is_no_instruction_is_refused(refused: Callable[..., Any]) -> None:
    error = refused("source_iter([1]) -> persist_mut() -> null();")

    assert "`persist_mut`: takes `Persist(item)` and `Delete(item)`; this item is neither: 1" in str(error)


def test_it_knows_no_tick() -> None:
    with pytest.raises(hf.GraphError, match="`'mutable`, `'static` or `'durable`"):
        hf.compile("source_iter([]) -> persist_mut::<'tick>() -> null();")
