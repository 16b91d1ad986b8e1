from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf


def test_the_function_is_called_for_each_item_in_order(ticks: Callable[..., Any]) -> None:
    assert ticks("source_stream(items) -> for_each(|x| out.append(-x));", [2, 1], [], [2]) == [[-2, -1], [], [-2]]


def test_it_is_called_at_once_and_not_at_the_end_of_the_tick(ticks: Callable[..., Any]) -> None:
    text = (
        "t = source_stream(items) -> tee(); t -> for_each(out.append); t -> map(|x| len(out)) -> for_each(out.append);"
    )

    assert ticks(text, [7, 7]) == [[7, 1, 7, 3]]


def test_what_it_raises_ends_the_tick_and_names_operator_and_item() -> None:
    out: list[int] = []
    names = {"out": out, "odd": lambda x: out.append(1 // (x % 2))}
    flow = hf.compile("source_iter([1, 2, 3]) -> for_each(odd);", names)

    with pytest.raises(ZeroDivisionError) as caught:
        flow.run_available()

    assert out == [1]
    assert "in `for_each`" in caught.value.__notes__[0]
    assert "item 2" in caught.value.__notes__[0]


def test_a_function_of_two_parameters_is_an_error_of_the_flow() -> None:
    with pytest.raises(hf.GraphError, match="taken apart with parentheses"):
        hf.compile("source_iter([(1, 2)]) -> for_each(|a, b| print(a, b));")
