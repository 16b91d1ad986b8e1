from __future__ import annotations

from collections.abc import Callable
from operator import add
from typing import Any

import pytest

import hydroflow_nb as hf


@pytest.mark.parametrize("call", ["(|| 0, |acc, x| acc + x)", "(int, add)"])
@pytest.mark.parametrize(("persistence", "third"), [("", [5]), ("::<'tick>", [5]), ("::<'static>", [8])])
def test_a_quiet_tick_emits_nothing(through: Callable[..., Any], call: str, persistence: str, third: list[int]) -> None:
    found = through(f"fold_no_replay{persistence}{call}", [1, 2], [], [5], [], add=add)

    assert found == [[3], [], third, []]


def test_the_first_tick_emits_the_initial_value(through: Callable[..., Any]) -> None:
    assert through("fold_no_replay(|| 7, |acc, x| acc + x)", [], [], [1]) == [[7], [], [8]]


def test_an_item_that_changes_nothing_counts(through: Callable[..., Any]) -> None:
    assert through("fold_no_replay::<'static>(|| 0, |acc, x| acc)", [1], [2]) == [[0], [0]]


def test_what_a_static_one_emitted_is_not_changed_later(through: Callable[..., Any]) -> None:
    found = through("fold_no_replay::<'static>(list, |acc, x| acc.append(x))", [1], [], [2])

    assert found == [[[1]], [], [[1, 2]]]


def test_its_state_is_read_in_quiet_ticks_too(ticks: Callable[..., Any]) -> None:
    text = """
        total = source_stream(a) -> fold_no_replay::<'static>(|| 0, |acc, x| acc + x);
        source_stream(b) -> map(|x| x + $total) -> for_each(out.append);
    """

    assert ticks(text, {"a": [1, 2]}, {"b": [10]}) == [[], [13]]


def test_after_a_reset_the_first_tick_comes_again() -> None:
    out: list[int] = []
    flow = hf.compile("source_iter([]) -> fold_no_replay(|| 0, |acc, x| acc) -> for_each(out.append);", {"out": out})
    flow.run_tick()
    flow.run_tick()
    flow.reset()

    flow.run_tick()

    assert out == [0, 0]
