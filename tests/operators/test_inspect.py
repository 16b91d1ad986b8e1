from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_the_items_come_unchanged_whatever_the_function_returns(through: Callable[..., Any]) -> None:
    assert through("inspect(|x| 10 * x)", [1, 2], [3]) == [[1, 2], [3]]


def test_the_function_sees_an_item_before_anything_else_is_done_with_it(ticks: Callable[..., Any]) -> None:
    text = 'source_stream(items) -> inspect(|x| out.append(("seen", x))) -> for_each(|x| out.append(("done", x)));'

    assert ticks(text, [1, 2]) == [[("seen", 1), ("done", 1), ("seen", 2), ("done", 2)]]


def test_it_may_end_a_pipeline(ticks: Callable[..., Any]) -> None:
    assert ticks("source_stream(items) -> inspect(out.append);", [1, 2]) == [[1, 2]]


def test_an_item_is_made_once_for_the_function_and_those_downstream(ticks: Callable[..., Any]) -> None:
    made: list[int] = []
    text = "source_stream(items) -> map(|x| made.append(x) or 2 * x) -> inspect(|x| x) -> for_each(out.append);"

    assert ticks(text, [1], made=made) == [[2]]
    assert made == [1]
