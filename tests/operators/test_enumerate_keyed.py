from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize(("persistence", "number"), [("", 0), ("::<'tick>", 0), ("::<'static>", 2)])
def test_each_key_has_numbers_of_its_own(through: Callable[..., Any], persistence: str, number: int) -> None:
    found = through(f"enumerate_keyed{persistence}()", [("a", 7), ("b", 8), ("a", 9)], [], [["a", 5]])

    assert found == [[("a", (0, 7)), ("b", (0, 8)), ("a", (1, 9))], [], [("a", (number, 5))]]


def test_the_pair_need_not_be_built(through: Callable[..., Any]) -> None:
    call = "map(|x| (x % 2, x)) -> enumerate_keyed() -> map(|(key, (n, x))| (x, n, key))"

    assert through(call, [1, 2, 3]) == [[(1, 0, 1), (2, 0, 0), (3, 1, 1)]]


@pytest.mark.parametrize(
    ("item", "message"),
    [(7, "`enumerate_keyed` takes pairs"), (([1], 2), "`enumerate_keyed` needs keys that can be hashed")],
)
def test_an_item_that_it_cannot_take_is_named(refused: Callable[..., Any], item: Any, message: str) -> None:
    assert message in str(refused(f"source_iter([{item}]) -> enumerate_keyed() -> null();"))
