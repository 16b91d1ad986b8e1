from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf

TEXT = """
    c = cross_singleton{}() -> for_each(out.append);
    source_stream(items) -> [input]c;
    source_stream(single) -> [single]c;
"""


@pytest.mark.parametrize(
    ("persistence", "third", "fourth"),
    [("", [], [(5, "c")]), ("::<'tick>", [], [(5, "c")]), ("::<'static>", [(4, "a")], [(5, "a")])],
)
def test_items_are_paired_with_the_first_single_of_its_lifetime(
    ticks: Callable[..., Any], persistence: str, third: Any, fourth: Any
) -> None:
    text = TEXT.format(persistence)

    found = ticks(
        text,
        {"items": [1]},
        {"items": [2, 3], "single": ["a", "b"]},
        {"items": [4]},
        {"items": [5], "single": ["c"]},
    )

    assert found == [[], [(2, "a"), (3, "a")], third, fourth]


def test_none_is_a_single_as_well(ticks: Callable[..., Any]) -> None:
    assert ticks(TEXT.format(""), {"items": [1], "single": [None, 2]}) == [[(1, None)]]


def test_states_before_it_go_on_without_a_single(ticks: Callable[..., Any]) -> None:
    text = TEXT.format("").replace("[input]", "enumerate::<'static>() -> [input]")

    assert ticks(text, {"items": ["a", "b"]}, {"items": ["c"], "single": [0]}) == [[], [((2, "c"), 0)]]


def test_all_of_single_is_there_before_the_first_item(ticks: Callable[..., Any]) -> None:
    text = """
        t = source_stream(items) -> tee();
        t -> [input]c;
        t -> fold(|| 0, |acc, x| acc + x) -> [single]c;
        c = cross_singleton() -> map(|(x, total)| x / total) -> for_each(out.append);
    """

    assert ticks(text, [1, 3]) == [[0.25, 0.75]]


def test_its_input_may_lie_in_a_cycle(ticks: Callable[..., Any]) -> None:
    text = """
        c = cross_singleton() -> map(|(n, step)| n + step) -> tee();
        source_stream(items) -> n;
        c -> filter(|n| n < 7) -> n;
        n = union() -> [input]c;
        source_stream(single) -> [single]c;
        c -> for_each(out.append);
    """

    assert ticks(text, {"items": [1], "single": [3]}, {"items": [1]}) == [[4, 7], []]


def test_its_single_must_not_depend_on_its_output() -> None:
    with pytest.raises(hf.GraphError, match="cycle"):
        hf.compile("source_iter([1]) -> [input]c; c = cross_singleton() -> tee(); c -> [single]c; c -> null();")
