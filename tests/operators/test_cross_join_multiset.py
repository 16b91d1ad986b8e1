from __future__ import annotations

from collections.abc import Callable
from typing import Any

TEXT = """
    j = cross_join_multiset() -> for_each(out.append);
    source_stream(left) -> [0]j;
    source_stream(right) -> [1]j;
"""


def test_all_items_meet_all_and_duplicates_count(ticks: Callable[..., Any]) -> None:
    (found,) = ticks(TEXT, {"left": [1, 1], "right": ["a", "a", "b"]})

    assert sorted(found) == [(1, "a")] * 4 + [(1, "b")] * 2


def test_items_need_not_be_hashable(ticks: Callable[..., Any]) -> None:
    assert ticks(TEXT, {"left": [[]], "right": [{}]}) == [[([], {})]]


def test_a_static_side_keeps_every_duplicate(ticks: Callable[..., Any]) -> None:
    text = TEXT.replace("cross_join_multiset", "cross_join_multiset::<'static, 'tick>")

    assert ticks(text, {"left": [1, 1]}, {"right": ["a"]}) == [[], [(1, "a"), (1, "a")]]
