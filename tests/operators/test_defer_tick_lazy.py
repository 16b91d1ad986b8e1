from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf


def test_items_come_in_the_next_tick_in_the_same_order(through: Callable[..., Any]) -> None:
    assert through("defer_tick_lazy()", [2, 1, 2], [3], []) == [[], [2, 1, 2], [3]]


@pytest.mark.parametrize("before", ["", "next_stratum() -> ", "persist() -> "])
def test_what_it_holds_asks_for_no_tick(before: str) -> None:
    out: list[int] = []
    flow = hf.compile(f"source_iter([1]) -> {before}defer_tick_lazy() -> for_each(out.append);", {"out": out})

    flow.run_available()

    assert (out, flow.current_tick(), flow.is_scheduled()) == ([], 1, False)


def test_what_it_holds_comes_when_a_tick_happens_for_another_reason() -> None:
    items, out = hf.channel(), list[int]()
    text = "source_stream(items) -> defer_tick_lazy() -> for_each(out.append);"
    flow = hf.compile(text, {"items": items, "out": out})
    items.send(1)
    flow.run_available()
    items.send(2)

    flow.run_available()

    assert out == [1]


def test_a_cycle_through_it_goes_round_once_for_each_run() -> None:
    out: list[int] = []
    text = "n = union() -> tee(); source_iter([1]) -> n; n -> defer_tick_lazy() -> map(|n| 2 * n) -> n; "
    flow = hf.compile(text + "n -> for_each(out.append);", {"out": out})

    for _ in range(3):
        flow.run_available()

    assert out == [1, 2, 4]
