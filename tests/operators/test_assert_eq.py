from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf


def test_the_expected_items_pass_and_positions_count_on_from_tick_to_tick(through: Callable[..., Any]) -> None:
    assert through("assert_eq([1, 2, 3])", [1, 2], [], [3]) == [[1, 2], [], [3]]


@pytest.mark.parametrize("expected", ["(1, 2)", "range(1, 3)", "{1: 'a', 2: 'b'}", "iter([1, 2])"])
def test_any_iterable_says_what_is_expected(expected: str) -> None:
    with hf.compile(f"source_iter([1, 2]) -> assert_eq({expected});") as flow:
        flow.run_available()


def test_another_item_is_named_with_the_expected_one(refused: Callable[..., Any]) -> None:
    error = refused("source_iter([1, 5]) -> assert_eq([1, 2]);")

    assert isinstance(error, hf.AssertionFailed)
    assert "item 1 is 5, but 2 is expected" in str(error)


def test_an_item_too_many_is_named(refused: Callable[..., Any]) -> None:
    assert "item 2 is 3, but only 2 items are expected" in str(refused("source_iter([1, 2, 3]) -> assert_eq([1, 2]);"))


def test_missing_items_are_told_when_the_flow_is_closed() -> None:
    flow = hf.compile("source_iter([1]) -> assert_eq([1, 2, 3]);")
    flow.run_available()

    with pytest.raises(hf.AssertionFailed, match=r"still expects 2 items: \[2, 3\]"):
        flow.close()


def test_missing_items_are_told_at_the_end_of_a_with_block() -> None:
    with (
        pytest.raises(hf.AssertionFailed, match="still expects 1 item"),
        hf.compile("null() -> assert_eq([1]);") as flow,
    ):
        flow.run_available()


def test_missing_items_are_told_also_while_the_flow_is_recorded() -> None:
    flow = hf.compile("source_iter([1]) -> assert_eq([1, 2]);")
    flow.record()
    flow.run_available()

    with pytest.raises(hf.AssertionFailed):
        flow.close()


def test_the_failure_of_a_block_is_not_hidden_by_missing_items() -> None:
    with pytest.raises(KeyError), hf.compile("null() -> assert_eq([1]);"):
        raise KeyError


def test_a_reset_begins_to_compare_anew() -> None:
    flow = hf.compile("source_iter([1]) -> assert_eq([1]);")
    flow.run_available()

    flow.reset()
    flow.run_available()

    flow.close()
