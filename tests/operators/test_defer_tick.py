from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hydroflow_nb as hf


def test_items_come_in_the_next_tick_in_the_same_order(through: Callable[..., Any]) -> None:
    assert through("defer_tick()", [2, 1, 2], [3], []) == [[], [2, 1, 2], [3]]


def test_two_in_a_row_delay_by_two_ticks(through: Callable[..., Any]) -> None:
    assert through("defer_tick() -> defer_tick()", [1], [], []) == [[], [], [1]]


def test_what_it_holds_asks_for_a_tick() -> None:
    out: list[int] = []
    flow = hf.compile("source_iter([1]) -> defer_tick() -> for_each(out.append);", {"out": out})

    flow.run_available()

    assert out == [1]
    assert flow.current_tick() == 2


def test_a_cycle_through_it_goes_round_once_a_tick() -> None:
    out: list[int] = []
    text = (
        "n = union() -> tee(); source_iter([0]) -> n; n -> map(|n| n + 1) -> filter(|n| n < 4) -> defer_tick() -> n; "
    )
    flow = hf.compile(text + "n -> for_each(|n| out.append((context.current_tick(), n)));", {"out": out})

    flow.run_available()

    assert out == [(0, 0), (1, 1), (2, 2), (3, 3)]
