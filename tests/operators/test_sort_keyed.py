from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


def test_pairs_come_by_key_and_within_a_key_by_value(through: Callable[..., Any]) -> None:
    found = through("sort_keyed()", [("b", 1), ("a", 3), ("a", 2), ("a", 3)], [], [("c", 0)])

    assert found == [[("a", 2), ("a", 3), ("a", 3), ("b", 1)], [], [("c", 0)]]


def test_values_of_different_keys_are_not_compared(through: Callable[..., Any]) -> None:
    assert through("sort_keyed()", [(2, "x"), (1, None)]) == [[(1, None), (2, "x")]]


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([(1, 2), 5], "`sort_keyed` takes pairs `(key, value)`; this item is not a pair: 5"),
        ([(1, 2), (1, "a")], "`sort_keyed` cannot compare the items"),
    ],
)
def test_items_that_it_cannot_sort_are_named(refused: Callable[..., Any], items: Any, message: str) -> None:
    assert message in str(refused("source_iter(items) -> sort_keyed() -> null();", items=items))
