from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_each_half_goes_to_its_output(ticks: Callable[..., Any]) -> None:
    text = """
        halves = source_stream(items) -> unzip();
        halves[0] -> for_each(|x| out.append(("left", x)));
        halves[1] -> for_each(|x| out.append(("right", x)));
    """

    assert ticks(text, [(1, "a"), [2, "b"]], []) == [
        [("left", 1), ("right", "a"), ("left", 2), ("right", "b")],
        [],
    ]


def test_a_pair_that_was_just_made_is_taken_apart(ticks: Callable[..., Any]) -> None:
    text = """
        halves = source_stream(items) -> map(|x| (x + 1, x * 2)) -> unzip();
        halves[1] -> for_each(out.append);
        halves[0] -> for_each(out.append);
    """

    assert ticks(text, [1, 2]) == [[2, 2, 3, 4]]


def test_an_item_that_is_no_pair_is_named(refused: Callable[..., Any]) -> None:
    error = refused("u = source_iter([5]) -> unzip(); u[0] -> null(); u[1] -> null();")

    assert "`unzip` takes pairs" in str(error)
    assert "5" in str(error)
