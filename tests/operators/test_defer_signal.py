from __future__ import annotations

from collections.abc import Callable
from typing import Any

TEXT = """
    gate = defer_signal() -> for_each(out.append);
    source_stream(items) -> [input]gate;
    source_stream(signals) -> [signal]gate;
"""


def test_items_wait_through_ticks_for_a_signal(ticks: Callable[..., Any]) -> None:
    found = ticks(TEXT, [1, 2], [], {"items": [3], "signals": [0]}, {"signals": [0]}, [4])

    assert found == [[], [], [1, 2, 3], [], []]


def test_all_signals_of_a_tick_are_used_up_by_it(ticks: Callable[..., Any]) -> None:
    found = ticks(TEXT, {"items": [1], "signals": [False, False]}, [2], {"signals": [None]})

    assert found == [[1], [], [2]]


def test_a_signal_may_come_at_the_end_of_a_cycle(ticks: Callable[..., Any]) -> None:
    text = """
        n = union() -> tee();
        source_stream(items) -> n;
        n -> filter(|n| n < 3) -> map(|n| n + 1) -> n;
        n -> [input]gate;
        n -> filter(|n| n == 3) -> [signal]gate;
        gate = defer_signal() -> for_each(out.append);
    """

    assert ticks(text, [7], [1]) == [[], [7, 1, 2, 3]]


def test_what_was_released_may_flow_back_in_the_next_tick(ticks: Callable[..., Any]) -> None:
    text = """
        n = union() -> [input]gate;
        source_stream(items) -> n;
        source_stream(signals) -> [signal]gate;
        gate = defer_signal() -> tee();
        gate -> map(|n| n + 1) -> defer_tick() -> n;
        gate -> for_each(out.append);
    """

    found = ticks(text, {"items": [1], "signals": [0]}, {"items": [5]}, {"signals": [0]})

    assert [sorted(tick) for tick in found] == [[1], [], [2, 5]]
