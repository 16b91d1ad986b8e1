from __future__ import annotations

from collections.abc import Callable
from typing import Any

TEXT = """
    j = join_multiset() -> for_each(out.append);
    source_stream(left) -> [0]j;
    source_stream(right) -> [1]j;
"""


def test_each_match_of_two_items_comes(ticks: Callable[..., Any]) -> None:
    (found,) = ticks(TEXT, {"left": [(1, "a")] * 2 + [(2, "b")], "right": [(1, "x")] * 3})

    assert found == [(1, ("a", "x"))] * 6


def test_values_need_not_be_hashable(ticks: Callable[..., Any]) -> None:
    assert ticks(TEXT, {"left": [(1, [])], "right": [(1, {})]}) == [[(1, ([], {}))]]


def test_a_static_side_grows_by_every_duplicate(ticks: Callable[..., Any]) -> None:
    text = TEXT.replace("join_multiset", "join_multiset::<'static>")

    found = ticks(text, {"left": [(1, "a")], "right": [(1, "x")]}, {"left": [(1, "a")]}, {})

    assert [len(tick) for tick in found] == [1, 2, 2]
