from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf

TEXT = """
    source_stream(b) -> [1]c;
    source_stream(a) -> [0]c;
    c = chain_first_n({}) -> for_each(out.append);
"""


@pytest.mark.parametrize(
    ("n", "first", "second"),
    [("3", [1, 2, 7], [5]), ("1", [1], [5]), ("0", [], []), ("len('abcdefg')", [1, 2, 7, 8], [5])],
)
def test_every_tick_emits_so_many_and_the_first_input_goes_first(
    ticks: Callable[..., Any], n: str, first: list[int], second: list[int]
) -> None:
    assert ticks(TEXT.format(n), {"a": [1, 2], "b": [7, 8]}, {"b": [5]}, {}) == [first, second, []]


def test_an_input_stands_in_where_nothing_came(ticks: Callable[..., Any]) -> None:
    text = """
        source_stream(items) -> [0]c;
        source_iter(["none"]) -> persist() -> [1]c;
        c = chain_first_n(1) -> for_each(out.append);
    """

    assert ticks(text, [1, 2], [], [3]) == [[1], ["none"], [3]]


def test_there_may_be_more_than_two_inputs(ticks: Callable[..., Any]) -> None:
    text = """
        source_iter([1]) -> [0]c; source_iter([3, 4]) -> [2]c; source_iter([2]) -> [1]c;
        c = chain_first_n(3) -> for_each(out.append);
    """

    assert ticks(text, {}) == [[1, 2, 3]]


def test_what_is_before_it_runs_to_its_end(ticks: Callable[..., Any]) -> None:
    text = """
        source_stream(items) -> enumerate::<'static>() -> [0]c;
        null() -> [1]c;
        c = chain_first_n(1) -> for_each(out.append);
    """

    assert ticks(text, ["a", "b"], ["c"]) == [[(0, "a")], [(2, "c")]]


def test_rounds_of_a_cycle_count_together(ticks: Callable[..., Any]) -> None:
    text = """
        c = chain_first_n(4) -> tee();
        source_stream(items) -> [0]c;
        c -> map(|n| n + 1) -> [1]c;
        c -> for_each(out.append);
    """

    assert ticks(text, [1], [5]) == [[1, 2, 3, 4], [5, 6, 7, 8]]


@pytest.mark.parametrize("n", ["-1", "2.5", "None", '"2"'])
def test_what_counts_no_items_is_refused(n: str) -> None:
    with pytest.raises(hf.ItemError, match=r"`chain_first_n`: .* is not a number of items"):
        hf.compile(TEXT.format(n), {"a": hf.channel(), "b": hf.channel(), "out": []})
