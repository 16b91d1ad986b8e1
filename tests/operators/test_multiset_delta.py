from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_what_is_more_than_in_the_tick_before_comes(through: Callable[..., Any]) -> None:
    assert through("multiset_delta()", [3, 4, 3], [3, 5, 3, 3], [3]) == [[3, 4, 3], [5, 3], []]


def test_a_quiet_tick_counts_as_the_tick_before(through: Callable[..., Any]) -> None:
    assert through("multiset_delta()", [1, 1], [], [1]) == [[1, 1], [], [1]]


def test_behind_persist_only_what_is_new_comes(through: Callable[..., Any]) -> None:
    assert through("persist() -> multiset_delta()", [1, 1], [], [2, 1]) == [[1, 1], [], [2, 1]]


def test_counts_go_on_through_the_runs_of_a_cycle(ticks: Callable[..., Any]) -> None:
    text = """
        n = union() -> tee();
        source_stream(items) -> n;
        n -> map(|n| n + 1) -> filter(|n| n < 3) -> n;
        n -> multiset_delta() -> for_each(out.append);
    """

    assert ticks(text, [1], [0]) == [[1, 2], [0]]


def test_an_item_that_cannot_be_hashed_is_named(refused: Callable[..., Any]) -> None:
    error = refused("source_iter([1, {}]) -> multiset_delta() -> null();")

    assert "`multiset_delta` needs items that can be hashed; this item cannot: {}" in str(error)
