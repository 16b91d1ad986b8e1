from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hydroflow_nb as hf

THREE = """
    u = union() -> for_each(out.append);
    source_stream(b) -> [1]u;
    source_stream(a) -> [0]u;
    source_stream(c) -> u;
"""


def test_inputs_follow_each_other_in_the_order_of_their_ports(ticks: Callable[..., Any]) -> None:
    assert ticks(THREE, {"a": [1, 1], "b": [2], "c": [3]}, {"b": [5]}) == [[1, 1, 2, 3], [5]]


def test_duplicates_are_kept(ticks: Callable[..., Any]) -> None:
    assert ticks(THREE, {"a": [1], "b": [1], "c": [1]}) == [[1, 1, 1]]


def test_what_stands_behind_it_many_times_gives_the_same_as_standing_there_once(ticks: Callable[..., Any]) -> None:
    text = "u = union() -> {} -> for_each(out.append); source_stream(a) -> u; source_stream(b) -> u;"
    short, long = "map(|x| x + 1)", " -> ".join(["map(|x| x + 1)"] * 9)

    assert ticks(text.format(short), {"a": [1], "b": [2]}) == [[2, 3]]
    assert ticks(text.format(long), {"a": [1], "b": [2]}) == [[10, 11]]


def test_it_closes_a_cycle(ticks: Callable[..., Any]) -> None:
    text = """
        u = union() -> tee();
        source_stream(items) -> u;
        u -> map(|n| n + 1) -> filter(|n| n < 3) -> u;
        u -> for_each(out.append);
    """

    assert ticks(text, [0, 1]) == [[0, 1, 1, 2, 2]]


def test_with_one_input_it_is_a_warning() -> None:
    flow = hf.compile("source_iter([1]) -> union() -> null();")

    assert ["`union` usually has at least 2 inputs" in warning.message for warning in flow.diagnostics] == [True]
