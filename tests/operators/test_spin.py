from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hydroflow_nb as hf


def test_a_unit_comes_in_every_tick(ticks: Callable[..., Any]) -> None:
    assert ticks("spin() -> for_each(out.append);", [], [], []) == [[()], [()], [()]]


def test_there_is_always_a_next_tick() -> None:
    flow = hf.compile("spin() -> null();")

    assert all(flow.run_tick() for _ in range(3))
    assert flow.is_scheduled()


def test_a_unit_comes_once_a_tick_where_there_is_a_cycle(ticks: Callable[..., Any]) -> None:
    text = """
        numbers = union() -> tee();
        spin() -> map(|_| 0) -> numbers;
        numbers -> map(|n| n + 1) -> filter(|n| n < 3) -> numbers;
        numbers -> for_each(out.append);
    """

    assert ticks(text, [], []) == [[0, 1, 2], [0, 1, 2]]
