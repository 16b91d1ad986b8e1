from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any

import pytest

import hydroflow_nb as hf


@pytest.mark.parametrize(
    "function", ["|(_, n)| n", "lambda item: item[1]", "itemgetter(1)", "second", "|p| max(x for x in p if x is p[1])"]
)
def test_the_items_come_in_the_order_of_their_keys(through: Callable[..., Any], function: str) -> None:
    items = [("a", 3), ("b", 1), ("c", 2)]

    found = through(f"sort_by_key({function})", items, [], itemgetter=itemgetter, second=itemgetter(1))

    assert found == [[("b", 1), ("c", 2), ("a", 3)], []]


def test_items_with_equal_keys_keep_their_order(through: Callable[..., Any]) -> None:
    assert through("sort_by_key(|x| x % 2)", [3, 4, 1, 2, 4]) == [[4, 2, 4, 3, 1]]


def test_the_function_is_called_once_for_each_item(ticks: Callable[..., Any]) -> None:
    calls: list[int] = []
    text = "source_stream(items) -> sort_by_key(|x| calls.append(x) or -x) -> for_each(out.append);"

    assert ticks(text, [1, 3, 2], calls=calls) == [[3, 2, 1]]
    assert calls == [1, 3, 2]


def test_a_name_is_looked_up_anew_in_each_tick() -> None:
    names: dict[str, Any] = {"by": abs, "out": [], "items": hf.channel([-2, 1])}
    flow = hf.compile("source_stream(items) -> sort_by_key(by) -> for_each(out.append);", names)
    flow.run_tick()
    names["by"] = float
    names["items"].extend([-2, 1])

    flow.run_tick()

    assert names["out"] == [1, -2, -2, 1]


def test_an_item_that_the_pattern_does_not_fit_is_named(refused: Callable[..., Any]) -> None:
    error = refused("source_iter([(1, 2), 3]) -> sort_by_key(|(a, b)| b) -> null();")

    assert "the pattern `(a, b)` of `sort_by_key` does not fit the item 3" in str(error)


def test_keys_that_cannot_be_compared_are_told_of(refused: Callable[..., Any]) -> None:
    error = refused('source_iter([1, "a"]) -> sort_by_key(|x| x) -> null();')

    assert "`sort_by_key` cannot compare the keys of its items" in str(error)
    assert "between instances of 'str' and 'int'" in str(error)


def test_the_key_may_be_a_function_of_a_class_or_module(through: Callable[..., Any]) -> None:
    assert through("sort_by_key(str.lower)", ["b", "A", "c"]) == [["A", "b", "c"]]
