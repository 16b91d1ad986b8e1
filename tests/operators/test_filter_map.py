from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_what_is_none_is_dropped(through: Callable[..., Any]) -> None:
    assert through("filter_map(|x| 10 * x if x > 1 else None)", [1, 2, 3], [0]) == [[20, 30], []]


def test_another_false_value_is_emitted(through: Callable[..., Any]) -> None:
    assert through("filter_map(|x| x)", [0, None, "", False, ()]) == [[0, "", False, ()]]


def test_a_function_that_never_returns_none_is_a_map(through: Callable[..., Any]) -> None:
    assert through("filter_map(|x| (x, 1))", [None, 2]) == [[(None, 1), (2, 1)]]


def test_the_function_is_called_once_for_each_item(ticks: Callable[..., Any]) -> None:
    calls: list[int] = []
    text = "source_stream(items) -> filter_map(|x| calls.append(x)) -> for_each(out.append);"

    assert ticks(text, [1, 2], calls=calls) == [[]]
    assert calls == [1, 2]
