from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf


def test_items_for_which_the_predicate_holds_pass(through: Callable[..., Any]) -> None:
    assert through("assert(|x| x > 0)", [1, 2], [3]) == [[1, 2], [3]]


@pytest.mark.parametrize("behind", ["", " -> null()", " -> for_each(str)"])
def test_an_item_for_which_it_does_not_hold_is_named(behind: str) -> None:
    flow = hf.compile(f"source_iter([1, -1, 2]) -> assert(|x| x > 0){behind};")

    with pytest.raises(hf.AssertionFailed, match="does not hold for -1") as caught:
        flow.run_available()

    assert isinstance(caught.value, AssertionError)
    assert caught.value.diagnostics[0].span.text == "assert(|x| x > 0)"


def test_the_item_that_failed_goes_no_further(refused: Callable[..., Any]) -> None:
    out: list[int] = []

    refused("source_iter([1, -1, 2]) -> assert(|x| x > 0) -> for_each(out.append);", out=out)

    assert out == [1]


def test_the_item_is_made_once(ticks: Callable[..., Any]) -> None:
    made: list[int] = []
    text = "source_stream(items) -> map(|x| made.append(x) or x + 1) -> assert(|x| x) -> for_each(out.append);"

    assert ticks(text, [1], made=made) == [[2]]
    assert made == [1]
