from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf


@pytest.mark.parametrize("call", ["persist()", "persist::<'static>()"])
def test_every_tick_emits_what_came_before_and_then_what_is_new(through: Callable[..., Any], call: str) -> None:
    assert through(call, [1, 2], [], [1]) == [[1, 2], [1, 2], [1, 2, 1]]


def test_two_in_a_row_emit_an_item_as_often_as_ticks_have_gone_by(through: Callable[..., Any]) -> None:
    assert through("persist() -> persist()", [1], [], []) == [[1], [1, 1], [1, 1, 1]]


def test_a_replay_asks_for_no_tick() -> None:
    flow = hf.compile("source_iter([1]) -> persist() -> null();")

    flow.run_available()

    assert flow.current_tick() == 1
    assert not flow.is_scheduled()


def test_later_runs_of_a_cycle_emit_what_is_new(ticks: Callable[..., Any]) -> None:
    text = """
        n = union() -> persist() -> tee();
        source_stream(items) -> n;
        n -> map(|n| n + 1) -> filter(|n| n < 3) -> unique() -> n;
        n -> for_each(out.append);
    """

    assert ticks(text, [0], []) == [[0, 1, 2], [0, 1, 2, 1, 2]]


def test_before_a_cycle_it_replays_once_a_tick(ticks: Callable[..., Any]) -> None:
    text = """
        n = union() -> tee();
        source_stream(items) -> persist() -> n;
        n -> map(|n| n + 10) -> filter(|n| n < 20) -> n;
        n -> for_each(out.append);
    """

    assert ticks(text, [1], [2]) == [[1, 11], [1, 2, 11, 12]]


def test_what_had_come_before_a_tick_was_aborted_is_kept() -> None:
    items, out = hf.channel([1, 2]), list[int]()
    text = "source_stream(items) -> persist() -> filter(|x| 1 / (context.current_tick() or x - 2)) "
    flow = hf.compile(text + "-> for_each(out.append);", {"items": items, "out": out})
    with pytest.raises(ZeroDivisionError):
        flow.run_tick()
    out.clear()

    flow.run_tick()

    assert out == [1, 2]


def test_another_persistence_is_an_error() -> None:
    with pytest.raises(hf.GraphError, match="`persist` cannot be `'tick`"):
        hf.compile("source_iter([1]) -> persist::<'tick>() -> null();")
