from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf


def test_the_items_of_a_tick_come_in_ascending_order(through: Callable[..., Any]) -> None:
    assert through("sort()", [3, 1, 2, 1], [], [5, 4]) == [[1, 1, 2, 3], [], [4, 5]]


def test_items_that_were_made_on_the_way_are_sorted(through: Callable[..., Any]) -> None:
    assert through("map(|x| (-x, x)) -> sort() -> map(|(_, x)| x)", [1, 3, 2]) == [[3, 2, 1]]


def test_it_waits_for_the_end_of_a_cycle(ticks: Callable[..., Any]) -> None:
    text = """
        n = union() -> tee();
        source_stream(items) -> n;
        n -> map(|n| n - 1) -> filter(|n| n > 0) -> n;
        n -> sort() -> for_each(out.append);
    """

    assert ticks(text, [3]) == [[1, 2, 3]]


def test_two_items_that_cannot_be_compared_are_named(refused: Callable[..., Any]) -> None:
    error = refused('source_iter([1, 2, "a"]) -> sort() -> null();')

    assert "`sort` cannot compare the items 1 and 'a'" in str(error)
    assert "sort_by_key" in str(error)


def test_what_a_comparison_of_the_user_raises_comes_out_as_it_is() -> None:
    class Odd:
        def __lt__(self, other: Any) -> bool:
            raise ZeroDivisionError

    flow = hf.compile("source_iter([Odd(), Odd()]) -> sort() -> null();", {"Odd": Odd})

    with pytest.raises(ZeroDivisionError):
        flow.run_tick()
