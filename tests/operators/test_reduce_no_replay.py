from __future__ import annotations

from collections.abc import Callable
from operator import add
from typing import Any

import pytest


@pytest.mark.parametrize("call", ["(|acc, x| acc + x)", "(add)"])
@pytest.mark.parametrize(("persistence", "fourth"), [("", [5]), ("::<'tick>", [5]), ("::<'static>", [8])])
def test_a_quiet_tick_emits_nothing(
    through: Callable[..., Any], call: str, persistence: str, fourth: list[int]
) -> None:
    found = through(f"reduce_no_replay{persistence}{call}", [], [1, 2], [], [5], [], add=add)

    assert found == [[], [3], [], fourth, []]


def test_an_accumulator_that_is_changed_in_place_is_a_copy_of_the_first_item(through: Callable[..., Any]) -> None:
    found = through("reduce_no_replay::<'static>(|acc, x| acc.extend(x))", [[1], [2]], [[3]])

    assert found == [[[1, 2]], [[1, 2, 3]]]


def test_its_state_is_read_in_quiet_ticks_too(ticks: Callable[..., Any]) -> None:
    text = """
        top = source_stream(a) -> reduce_no_replay::<'static>(max);
        source_stream(b) -> map(|x| (x, $top)) -> for_each(out.append);
    """

    assert ticks(text, {"b": [9]}, {"a": [1, 2]}, {"b": [10]}) == [[(9, None)], [], [(10, 2)]]
