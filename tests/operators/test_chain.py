from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf

LONG = " -> ".join(f"map(|x| x + {n} - {n})" for n in range(50))


@pytest.mark.parametrize(
    "before",
    [
        "source_stream(a) -> [0]c; source_stream(b) -> [1]c;",
        "source_stream(b) -> [1]c; source_stream(a) -> [0]c;",
        "source_stream(a) -> c; source_stream(b) -> c;",
        # The first input from a later stratum, from behind a tee, from a long chain.
        "source_stream(b) -> [1]c; source_stream(a) -> next_stratum() -> [0]c;",
        "t = source_stream(b) -> tee(); t -> [1]c; t -> null(); u = source_stream(a) -> tee(); u -> [0]c; u -> null();",
        "source_stream(b) -> [1]c; source_stream(a) -> sort() -> [0]c;",
        f"source_stream(b) -> [1]c; source_stream(a) -> {LONG} -> [0]c;",
        "source_stream(b) -> [1]c; source_stream(a) -> u; null() -> u; u = union() -> [0]c;",
    ],
)
@pytest.mark.parametrize("behind", ["", LONG + " ->", "map(|x| x) ->", "sort_by_key(|x| 0) ->"])
def test_all_of_the_first_input_comes_before_the_second(ticks: Callable[..., Any], before: str, behind: str) -> None:
    text = f"{before} c = chain() -> {behind} for_each(out.append);"

    assert ticks(text, {"a": [1, 2, 3], "b": [7, 8, 9]}, {"b": [5]}, {}) == [[1, 2, 3, 7, 8, 9], [5], []]


def test_both_inputs_may_come_from_one_place(ticks: Callable[..., Any]) -> None:
    text = """
        t = source_stream(items) -> tee();
        t -> map(|x| -x) -> [1]c;
        t -> [0]c;
        c = chain() -> for_each(out.append);
    """

    assert ticks(text, [1, 2]) == [[1, 2, -1, -2]]


def test_in_a_cycle_every_round_adds_to_it(ticks: Callable[..., Any]) -> None:
    text = """
        c = chain() -> tee();
        source_stream(items) -> [0]c;
        c -> filter(|n| n < 13) -> map(|n| n + 10) -> [1]c;
        c -> for_each(out.append);
    """

    assert ticks(text, [1, 2, 20]) == [[1, 2, 20, 11, 12, 21, 22]]


def test_it_takes_two_inputs() -> None:
    with pytest.raises(hf.GraphError, match="`chain` takes exactly 2 inputs"):
        hf.compile("source_iter([1]) -> chain() -> null();")
