from __future__ import annotations

from collections.abc import Callable
from typing import Any

TEXT = """
    j = cross_join() -> for_each(out.append);
    source_stream(left) -> [0]j;
    source_stream(right) -> [1]j;
"""


def test_all_items_meet_all_once(ticks: Callable[..., Any]) -> None:
    (found,) = ticks(TEXT, {"left": [1, 2, 2], "right": ["a", "b", "a"]})

    assert sorted(found) == [(1, "a"), (1, "b"), (2, "a"), (2, "b")]


def test_a_side_without_items_gives_no_pair(ticks: Callable[..., Any]) -> None:
    assert ticks(TEXT, {"left": [1]}, {"right": [1]}) == [[], []]


def test_a_remembered_side_is_broadcast_to_what_comes(ticks: Callable[..., Any]) -> None:
    text = TEXT.replace("cross_join", "cross_join::<'tick, 'static>")

    found = ticks(text, {"right": ["ann"]}, {"left": ["hi"], "right": ["bob"]}, {"left": ["bye"]})

    assert found == [[], [("hi", "ann"), ("hi", "bob")], [("bye", "ann"), ("bye", "bob")]]
