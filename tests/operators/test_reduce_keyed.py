from __future__ import annotations

from collections.abc import Callable
from operator import add
from typing import Any

import pytest

PAIRS = [("a", 1), ("b", 2), ("a", 3)]


@pytest.mark.parametrize("function", ["|acc, n| acc + n", "add"])
def test_each_key_of_the_tick_comes_once(through: Callable[..., Any], function: str) -> None:
    found = through(f"reduce_keyed({function})", PAIRS, [], [("b", 5)], add=add)

    assert found == [[("a", 4), ("b", 2)], [], [("b", 5)]]


@pytest.mark.parametrize("function", ["|acc, n| acc + n", "add"])
def test_a_static_one_emits_all_keys_in_every_tick(through: Callable[..., Any], function: str) -> None:
    found = through(f"reduce_keyed::<'static, str>({function})", PAIRS, [], [("a", 5)], add=add)

    assert found == [[("a", 4), ("b", 2)], [("a", 4), ("b", 2)], [("a", 9), ("b", 2)]]


def test_none_is_a_value_like_any_other(through: Callable[..., Any]) -> None:
    assert through("reduce_keyed(|acc, n| (acc, n))", [(1, None), (1, None)]) == [[(1, (None, None))]]


def test_an_accumulator_may_be_changed_in_place_and_the_first_value_stays_as_it_was(
    through: Callable[..., Any],
) -> None:
    first = [1]

    assert through("reduce_keyed(|acc, x| acc.extend(x))", [("a", first), ("a", [2])]) == [[("a", [1, 2])]]
    assert first == [1]


def test_what_a_static_one_emitted_is_not_changed_later(through: Callable[..., Any]) -> None:
    found = through("reduce_keyed::<'static>(|acc, x| acc.extend(x))", [("a", [1])], [("a", [2])])

    assert found == [[("a", [1])], [("a", [1, 2])]]


def test_an_item_that_is_no_pair_is_named(refused: Callable[..., Any]) -> None:
    error = refused("source_iter([(1, 2), 3]) -> reduce_keyed(max) -> null();")

    assert "`reduce_keyed` takes pairs `(key, value)`; this item is not a pair: 3" in str(error)


def test_a_key_that_cannot_be_hashed_is_named(refused: Callable[..., Any]) -> None:
    error = refused("source_iter([(1, [2]), ([3], 4)]) -> reduce_keyed(max) -> null();")

    assert "`reduce_keyed` needs keys that can be hashed; the key of this item cannot: ([3], 4)" in str(error)
