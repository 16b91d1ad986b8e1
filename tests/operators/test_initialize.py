from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hydroflow_nb as hf


def test_a_unit_comes_in_the_first_tick_only(ticks: Callable[..., Any]) -> None:
    assert ticks("initialize() -> for_each(out.append);", [], [], []) == [[()], [], []]


def test_it_comes_behind_a_tee_and_in_a_later_stratum_as_well(ticks: Callable[..., Any]) -> None:
    text = "t = initialize() -> tee(); t -> next_stratum() -> for_each(out.append); t -> for_each(out.append);"

    assert ticks(text, [], []) == [[(), ()], []]


def test_it_begins_a_cycle_once(ticks: Callable[..., Any]) -> None:
    text = """
        numbers = union() -> tee();
        initialize() -> map(|_| 0) -> numbers;
        numbers -> map(|n| n + 1) -> filter(|n| n < 4) -> numbers;
        numbers -> for_each(out.append);
    """

    assert ticks(text, [], []) == [[0, 1, 2, 3], []]


def test_after_a_reset_the_next_tick_is_the_first() -> None:
    out: list[Any] = []
    flow = hf.compile("initialize() -> for_each(out.append);", {"out": out})
    flow.run_tick()

    flow.reset()
    flow.run_tick()

    assert out == [(), ()]
