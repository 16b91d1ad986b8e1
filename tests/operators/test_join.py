from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf

TEXT = """
    j = join() -> for_each(out.append);
    source_stream(left) -> [0]j;
    source_stream(right) -> [1]j;
"""


def test_values_with_the_same_key_meet(ticks: Callable[..., Any]) -> None:
    found = ticks(TEXT, {"left": [(1, "a"), (2, "b")], "right": [(2, "x"), (3, "y")]})

    assert found == [[(2, ("b", "x"))]]


def test_a_pair_that_comes_twice_counts_once(ticks: Callable[..., Any]) -> None:
    assert ticks(TEXT, {"left": [(1, "a")] * 2, "right": [(1, "x")] * 3}) == [[(1, ("a", "x"))]]


def test_units_as_values_need_no_index(ticks: Callable[..., Any]) -> None:
    text = TEXT.replace("source_stream(left) ->", "source_stream(left) -> map(|k| (k, ())) ->")

    assert ticks(text, {"left": [1, 1, 2], "right": [(1, "x"), (1, "y")]}) == [[(1, ((), "x")), (1, ((), "y"))]]


def test_it_may_join_a_stream_with_itself(ticks: Callable[..., Any]) -> None:
    text = "t = source_stream(items) -> tee(); t -> [0]j; t -> [1]j; j = join() -> for_each(out.append);"

    (found,) = ticks(text, [(1, "a"), (1, "b")])

    assert sorted(found) == [(1, ("a", "a")), (1, ("a", "b")), (1, ("b", "a")), (1, ("b", "b"))]


def test_inputs_without_ports_are_an_error() -> None:
    with pytest.raises(hf.GraphError, match="`join` has no input without a port"):
        hf.compile("j = join() -> null(); source_iter([1]) -> j; source_iter([1]) -> j;")


def test_three_persistences_are_an_error() -> None:
    with pytest.raises(hf.GraphError, match="at most 2 persistences"):
        hf.compile("j = join::<'tick, 'tick, 'tick>() -> null(); null() -> [0]j; null() -> [1]j;")
