from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize("call", ["unique()", "unique::<'tick>()"])
def test_each_item_comes_once_a_tick_in_the_order_of_first_occurrence(through: Callable[..., Any], call: str) -> None:
    assert through(call, [3, 1, 3, 2, 1], [1, 1]) == [[3, 1, 2], [1]]


def test_a_static_one_emits_an_item_once_and_never_replays(through: Callable[..., Any]) -> None:
    assert through("unique::<'static>()", [3, 1, 3], [], [1, 2, 2]) == [[3, 1], [], [2]]


def test_items_are_told_apart_by_equality(through: Callable[..., Any]) -> None:
    assert through("unique()", [1, 1.0, True, "1", (1, 2), (1.0, 2)]) == [[1, "1", (1, 2)]]


def test_pairs_that_were_made_on_the_way_are_told_apart(through: Callable[..., Any]) -> None:
    assert through("map(|x| (x % 2, 0)) -> unique() -> map(|(x, _)| x)", [1, 2, 3, 4]) == [[1, 0]]


def test_it_ends_a_cycle(ticks: Callable[..., Any]) -> None:
    text = """
        seen = union() -> unique() -> tee();
        source_stream(items) -> seen;
        seen -> map(|n| 3 * n % 7) -> seen;
        seen -> for_each(out.append);
    """

    assert [sorted(tick) for tick in ticks(text, [1], [0])] == [[1, 2, 3, 4, 5, 6], [0]]


def test_an_item_that_cannot_be_hashed_is_named(refused: Callable[..., Any]) -> None:
    error = refused("source_iter([1, [2]]) -> unique() -> null();")

    assert "`unique` needs items that can be hashed; this item cannot: [2]" in str(error)
    assert "`map` it to a tuple" in str(error)
