from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hydroflow_nb as hf


def test_the_items_come_for_which_the_predicate_is_true(through: Callable[..., Any]) -> None:
    assert through("filter(|x| x % 2 == 0)", [1, 2, 3, 2], [5], [4]) == [[2, 2], [], [4]]


def test_any_true_value_keeps_an_item(through: Callable[..., Any]) -> None:
    assert through("filter(|x| x)", [0, 1, "", "a", None, [], [0]]) == [[1, "a", [0]]]


def test_the_item_goes_on_and_not_a_copy() -> None:
    item = [1]
    out: list[Any] = []

    hf.compile("source_iter([item]) -> filter(|x| x) -> for_each(out.append);", {"item": item, "out": out}).run_tick()

    assert out[0] is item


def test_an_item_that_was_made_on_the_way_is_made_once(ticks: Callable[..., Any]) -> None:
    made: list[int] = []
    text = "source_stream(items) -> map(|x| made.append(x) or 2 * x) -> filter(|x| x > 2) -> for_each(out.append);"

    assert ticks(text, [1, 2], made=made) == [[4]]
    assert made == [1, 2]
