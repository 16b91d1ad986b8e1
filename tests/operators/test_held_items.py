"""`handoff`, `singleton`, `optional` and `iter_ref`: what a tick's items are to those who read them by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_a_handoff_is_read_as_the_list_of_the_ticks_items(ticks: Callable[..., Any]) -> None:
    text = "h = source_stream(items) -> handoff(); spin() -> for_each(|_| out.append(list($h)));"

    assert ticks(text, [2, 1], [], [3]) == [[[2, 1]], [[]], [[3]]]


def test_items_go_on_behind_what_holds_them(through: Callable[..., Any]) -> None:
    assert through("handoff()", [2, 1], []) == [[2, 1], []]
    assert through("singleton()", [2], [3]) == [[2], [3]]
    assert through("optional()", [2], [], [3]) == [[2], [], [3]]


def test_an_optional_without_an_item_is_read_as_none(ticks: Callable[..., Any]) -> None:
    text = "o = source_stream(items) -> optional(); spin() -> for_each(|_| out.append($o));"

    assert ticks(text, [], [5], []) == [[None], [5], [None]]


def test_a_singleton_that_is_read_must_have_an_item(refused: Callable[..., Any]) -> None:
    error = refused("s = source_iter([]) -> singleton(); source_iter([1]) -> map(|x| x + $s) -> null();")

    assert "`singleton`: no item came in this tick" in str(error)
    assert "`optional()`" in str(error)


def test_a_second_item_is_an_error(refused: Callable[..., Any]) -> None:
    for operator in ("singleton", "optional"):
        error = refused(f"source_iter([1, 2]) -> {operator}();")

        assert f"`{operator}`: a second item came in this tick: 2 after 1" in str(error)


def test_what_is_held_is_iterated_in_every_tick_without_being_taken(ticks: Callable[..., Any]) -> None:
    text = """
        h = source_stream(items) -> handoff();
        h -> for_each(|x| out.append(("taken", x)));
        iter_ref($h) -> for_each(|x| out.append(("read", x)));
    """

    assert ticks(text, [1], [], [2]) == [[("taken", 1), ("read", 1)], [], [("taken", 2), ("read", 2)]]
