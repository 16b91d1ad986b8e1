from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf

TEXT = """
    z = zip{}() -> for_each(out.append);
    source_stream(a) -> [0]z;
    source_stream(b) -> [1]z;
"""


@pytest.mark.parametrize(
    ("persistences", "second", "third"),
    [
        ("", [(5, 9)], []),
        ("::<'tick>", [(5, 9)], []),
        ("::<'static, 'tick>", [(3, 9)], [(5, 6), (7, 8)]),
        ("::<'tick, 'static>", [(5, 9)], []),
        ("::<'static>", [(3, 9)], [(5, 6), (7, 8)]),
    ],
)
def test_an_item_waits_for_its_partner_as_long_as_its_persistence_says(
    ticks: Callable[..., Any], persistences: str, second: Any, third: Any
) -> None:
    text = TEXT.format(persistences)

    found = ticks(text, {"a": [1, 2, 3], "b": ["x", "y"]}, {"a": [5, 7], "b": [9]}, {"b": [6, 8, 10]}, {})

    assert found == [[(1, "x"), (2, "y")], second, third, []]


def test_a_partner_may_come_in_a_later_round_of_a_cycle(ticks: Callable[..., Any]) -> None:
    text = """
        n = union() -> tee();
        source_stream(items) -> n;
        n -> filter(|n| n < 4) -> map(|n| n + 1) -> n;
        n -> [0]z;
        source_iter("abcdef") -> persist() -> [1]z;
        z = zip() -> for_each(out.append);
    """

    assert ticks(text, [2], [3, 3]) == [[(2, "a"), (3, "b"), (4, "c")], [(3, "a"), (3, "b"), (4, "c"), (4, "d")]]


@pytest.mark.parametrize("persistences", ["", "::<'static>"])
def test_it_may_stand_in_a_cycle_itself(ticks: Callable[..., Any], persistences: str) -> None:
    text = f"""
        z = zip{persistences}() -> map(|(a, b)| a + b) -> tee();
        source_stream(start) -> n;
        z -> n;
        n = union() -> [0]z;
        source_stream(items) -> [1]z;
        z -> for_each(out.append);
    """

    found = ticks(text, {"start": [1], "items": [1, 1, 1]}, {"items": [1, 1]})

    assert found == [[2, 3, 4], [5, 6] if persistences else []]


def test_pairs_are_taken_apart_without_being_built() -> None:
    text = TEXT.format("").replace("for_each(out.append)", "map(|(l, r)| l + r) -> for_each(out.append)")

    code = hf.compile(text, {"a": hf.channel(), "b": hf.channel(), "out": []}).generated_source

    assert "out.append(zip_1_left + zip_1_right)" in code


@pytest.mark.parametrize("persistences", ["", "::<'static>"])
def test_a_pair_that_was_taken_does_not_come_again_after_an_abort(persistences: str) -> None:
    text = TEXT.format(persistences).replace("for_each(out.append)", "map(|(a, b)| a / b) -> for_each(out.append)")
    a, b, out = hf.channel([1, 2, 3]), hf.channel([1, 0, 1]), list[float]()
    flow = hf.compile(text, {"a": a, "b": b, "out": out})
    with pytest.raises(ZeroDivisionError):
        flow.run_tick()
    a.send(8)
    b.send(2)

    flow.run_tick()

    assert out == ([1.0, 3.0, 4.0] if persistences else [1.0, 4.0])
