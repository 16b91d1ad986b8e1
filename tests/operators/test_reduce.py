from __future__ import annotations

from collections.abc import Callable
from operator import mul
from typing import Any

import pytest

import hydroflow_nb as hf


@pytest.mark.parametrize("call", ["reduce(|acc, x| acc * x)", "reduce::<'tick>(mul)"])
def test_a_tick_without_items_emits_nothing(through: Callable[..., Any], call: str) -> None:
    assert through(call, [2, 3], [], [5], mul=mul) == [[6], [], [5]]


@pytest.mark.parametrize("call", ["reduce::<'static>(|acc, x| acc * x)", "reduce::<'static>(mul)"])
def test_a_static_accumulator_comes_in_every_tick_from_the_first_item_on(
    through: Callable[..., Any], call: str
) -> None:
    assert through(call, [], [2, 3], [], [5], mul=mul) == [[], [6], [6], [30]]


def test_none_is_an_item_like_any_other(through: Callable[..., Any]) -> None:
    assert through("reduce(|acc, x| (acc, x))", [None], [None, None]) == [[None], [(None, None)]]


def test_an_accumulator_may_be_changed_in_place_and_the_first_item_stays_as_it_was(through: Callable[..., Any]) -> None:
    first = [1]

    assert through("reduce(|acc, x| acc.extend(x))", [first, [2], [3]]) == [[[1, 2, 3]]]
    assert first == [1]


def test_items_that_are_replayed_are_combined_anew_in_each_tick(through: Callable[..., Any]) -> None:
    assert through("persist() -> reduce(|acc, x| acc.extend(x))", [[1], [2]], []) == [[[1, 2]], [[1, 2]]]


def test_what_a_static_one_emitted_is_not_changed_later(through: Callable[..., Any]) -> None:
    assert through("reduce::<'static>(|acc, x| acc.extend(x))", [[1]], [[2]]) == [[[1]], [[1, 2]]]


def test_pairs_are_taken_apart_by_patterns(through: Callable[..., Any]) -> None:
    assert through("reduce(|(a, b), (c, d)| (a + c, b * d))", [(1, 2), (3, 4)]) == [[(4, 8)]]


def test_what_the_function_raises_comes_with_the_item() -> None:
    flow = hf.compile("source_iter([1, 0]) -> reduce(|acc, x| acc / x) -> null();")

    with pytest.raises(ZeroDivisionError) as caught:
        flow.run_tick()

    assert "in `reduce` at flow, line 1, item 0" in caught.value.__notes__[0]
