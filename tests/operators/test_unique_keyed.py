from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize(("persistence", "second"), [("", [("a", 1)]), ("::<'tick>", [("a", 1)]), ("::<'static>", [])])
def test_each_pair_comes_once_in_its_lifetime(through: Callable[..., Any], persistence: str, second: Any) -> None:
    found = through(f"unique_keyed{persistence}()", [("a", 1), ("b", 1), ("a", 1), ("a", 2)], [("a", 1)], [])

    assert found == [[("a", 1), ("b", 1), ("a", 2)], second, []]


def test_it_ends_a_cycle(ticks: Callable[..., Any]) -> None:
    text = """
        p = union() -> unique_keyed() -> tee();
        source_stream(items) -> p;
        p -> map(|(k, n)| (k, (n + 1) % 3)) -> p;
        p -> for_each(out.append);
    """

    assert ticks(text, [("a", 1)]) == [[("a", 1), ("a", 2), ("a", 0)]]


@pytest.mark.parametrize(
    ("item", "message"),
    [(7, "`unique_keyed` takes pairs"), ((1, [2]), "`unique_keyed` needs items that can be hashed")],
)
def test_an_item_that_it_cannot_take_is_named(refused: Callable[..., Any], item: Any, message: str) -> None:
    assert message in str(refused(f"source_iter([{item}]) -> unique_keyed() -> null();"))
