from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf


def test_as_a_source_it_has_nothing(ticks: Callable[..., Any]) -> None:
    assert ticks("null() -> for_each(out.append);", [], []) == [[], []]


def test_in_the_middle_it_lets_nothing_through(ticks: Callable[..., Any]) -> None:
    assert ticks("source_stream(items) -> null() -> for_each(out.append);", [1, 2]) == [[]]


def test_what_makes_the_items_is_run_all_the_same(ticks: Callable[..., Any]) -> None:
    assert ticks("source_stream(items) -> map(out.append) -> null();", [1, 2]) == [[1, 2]]


def test_a_generator_that_flows_into_it_is_run_to_its_end(ticks: Callable[..., Any]) -> None:
    text = "source_stream(items) -> flat_map(|n| (out.append(i) for i in range(n))) -> null();"

    assert ticks(text, [2, 1]) == [[0, 1, 0]]


def test_a_blocking_operator_behind_it_sees_an_empty_stream(ticks: Callable[..., Any]) -> None:
    assert ticks("null() -> fold(|| 0, |a, b| a + b) -> for_each(out.append);", [], []) == [[0], [0]]


def test_it_takes_a_type_and_a_port(ticks: Callable[..., Any]) -> None:
    text = (
        "nothing = null::<int>(); nothing[0] -> for_each(out.append); source_stream(items) -> [0]sink; sink = null();"
    )

    assert ticks(text, [1]) == [[]]


def test_alone_it_is_an_error() -> None:
    with pytest.raises(hf.GraphError, match="`null` stands alone"):
        hf.compile("null();")
