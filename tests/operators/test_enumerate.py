from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf


@pytest.mark.parametrize("call", ["enumerate()", "enumerate::<'tick>()"])
def test_every_tick_counts_from_zero(through: Callable[..., Any], call: str) -> None:
    assert through(call, ["a", "b"], [], ["c"]) == [[(0, "a"), (1, "b")], [], [(0, "c")]]


def test_a_static_count_goes_on(through: Callable[..., Any]) -> None:
    assert through("enumerate::<'static>()", ["a", "b"], [], ["c"]) == [[(0, "a"), (1, "b")], [], [(2, "c")]]


def test_the_number_can_be_taken_apart_from_the_item_at_once(through: Callable[..., Any]) -> None:
    assert through("enumerate() -> map(|(number, (a, b))| (b, number, a))", [("x", "y")]) == [[("y", 0, "x")]]


def test_the_count_goes_on_through_the_runs_of_a_cycle(ticks: Callable[..., Any]) -> None:
    text = """
        numbers = union() -> enumerate() -> tee();
        source_stream(items) -> numbers;
        numbers -> filter(|(_, n)| n < 3) -> map(|(_, n)| n + 1) -> numbers;
        numbers -> for_each(out.append);
    """

    assert ticks(text, [1], [2]) == [[(0, 1), (1, 2), (2, 3)], [(0, 2), (1, 3)]]


def test_no_two_items_get_the_same_number_after_a_tick_was_aborted() -> None:
    items, out = hf.channel([1, 0, 2]), list[Any]()
    text = (
        "source_stream(items) -> enumerate::<'static>() -> map(|(number, x)| (number, 1 / x)) -> for_each(out.append);"
    )
    flow = hf.compile(text, {"items": items, "out": out})
    with pytest.raises(ZeroDivisionError):
        flow.run_tick()
    items.send(1)

    flow.run_tick()

    assert out == [(0, 1.0), (2, 1.0)]
