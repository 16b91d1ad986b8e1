from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hydroflow_nb as hf


def test_every_output_gets_each_item_in_the_order_of_ports(ticks: Callable[..., Any]) -> None:
    text = """
        t = source_stream(items) -> tee();
        t[b] -> for_each(|x| out.append(("b", x)));
        t[a] -> for_each(|x| out.append(("a", x)));
    """

    assert ticks(text, [1, 2]) == [[("a", 1), ("b", 1), ("a", 2), ("b", 2)]]


def test_the_outputs_get_the_same_object() -> None:
    item = [1]
    left, right = list[Any](), list[Any]()
    text = "t = source_iter([item]) -> tee(); t -> for_each(left.append); t -> for_each(right.append);"

    hf.compile(text, {"item": item, "left": left, "right": right}).run_tick()

    assert left[0] is item
    assert right[0] is item


def test_an_item_that_was_made_on_the_way_is_made_once(ticks: Callable[..., Any]) -> None:
    made: list[int] = []
    text = (
        "t = source_stream(items) -> map(|x| made.append(x) or [x]) -> tee(); t -> for_each(out.append); t -> null();"
    )

    assert ticks(text, [1], made=made) == [[[1]]]
    assert made == [1]


def test_a_pair_that_was_made_on_the_way_may_be_taken_apart_on_both_sides(ticks: Callable[..., Any]) -> None:
    text = """
        t = source_stream(items) -> map(|x| (x, x + 1)) -> tee();
        t -> for_each(|(a, b)| out.append(a * b));
        t -> for_each(|pair| out.append(pair));
    """

    assert ticks(text, [1]) == [[2, (1, 2)]]


def test_without_an_output_it_drops_what_it_gets(ticks: Callable[..., Any]) -> None:
    assert ticks("source_stream(items) -> inspect(out.append) -> tee();", [1]) == [[1]]
