"""What holds for every join, against the product of all that was remembered."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

import hydroflow_nb as hf

TEXT = """
    j = {operator}{persistences}() -> for_each(out.append);
    source_stream(left) -> [0]j;
    source_stream(right) -> [1]j;
"""
CYCLE = """
    lefts = union() -> tee();
    source_stream(left) -> lefts;
    lefts -> [0]j;
    source_stream(right) -> [1]j;
    j = {operator}{persistences}() -> tee();
    j -> for_each(out.append);
    j -> {back} -> lefts;
"""
PERSISTENCES = ["", "::<'tick>", "::<'static>", "::<'static, 'tick>", "::<'tick, 'static>", "::<'static, 'static>"]
BATCHES: list[dict[str, list[Any]]] = [
    {"left": [(1, "a"), (2, "b"), (1, "a")], "right": [(1, "x"), (1, "y"), (1, "x"), (3, "z")]},
    {"left": [(3, "c")], "right": [(2, "x")]},
    {},
    {"left": [(1, "a")], "right": [(1, "x")]},
]


def lifetimes(persistences: str) -> tuple[bool, bool]:
    """Which sides are 'static."""
    words = persistences.strip(":<>").replace("'", "").split(", ")
    return words[0] == "static", words[-1] == "static"


def expected(operator: str, persistences: str, batches: list[dict[str, list[Any]]]) -> list[list[Any]]:
    """What a join of all that a side holds emits in each tick, sorted."""
    found, held = [], {"left": list[Any](), "right": list[Any]()}
    for batch in batches:
        for side, lasts in zip(("left", "right"), lifetimes(persistences), strict=True):
            held[side] = [*(held[side] if lasts else ()), *batch.get(side, ())]
            if not operator.endswith("multiset"):
                held[side] = list(dict.fromkeys(held[side]))
        pairs = product(held["left"], held["right"])
        if operator.startswith("cross"):
            found.append(sorted(pairs))
        else:
            found.append(sorted((left[0], (left[1], right[1])) for left, right in pairs if left[0] == right[0]))
    return found


@pytest.mark.parametrize("persistences", PERSISTENCES)
@pytest.mark.parametrize("operator", ["join", "join_multiset", "cross_join", "cross_join_multiset"])
def test_a_join_emits_all_matches_of_what_its_sides_hold(
    ticks: Callable[..., Any], operator: str, persistences: str
) -> None:
    found = ticks(TEXT.format(operator=operator, persistences=persistences), *BATCHES)

    assert [sorted(tick) for tick in found] == expected(operator, persistences, BATCHES)


@pytest.mark.parametrize("persistences", PERSISTENCES)
@pytest.mark.parametrize("operator", ["join", "join_multiset", "cross_join", "cross_join_multiset"])
def test_a_join_in_a_cycle_that_brings_nothing_new_emits_the_same(
    ticks: Callable[..., Any], operator: str, persistences: str
) -> None:
    text = CYCLE.format(operator=operator, persistences=persistences, back="filter(|_| False)")

    found = ticks(text, *BATCHES)

    assert [sorted(tick) for tick in found] == expected(operator, persistences, BATCHES)


@pytest.mark.parametrize("persistences", PERSISTENCES)
@pytest.mark.parametrize("operator", ["join", "join_multiset"])
def test_a_later_run_of_a_cycle_emits_only_what_is_new(
    ticks: Callable[..., Any], operator: str, persistences: str
) -> None:
    # A match of the key n brings the left item (n + 1, n + 1), up to 3.
    text = CYCLE.format(
        operator=operator, persistences=persistences, back="filter(|(n, _)| n < 3) -> map(|(n, _)| (n + 1, n + 1))"
    )
    rights = [(n, -n) for n in (1, 2, 3, 4)]

    (found,) = ticks(text, {"left": [(1, 1)], "right": rights})

    assert found == [(1, (1, -1)), (2, (2, -2)), (3, (3, -3))]


@pytest.mark.parametrize("persistences", PERSISTENCES)
@pytest.mark.parametrize("operator", ["cross_join", "cross_join_multiset"])
def test_a_later_run_of_a_crossing_cycle_emits_only_what_is_new(
    ticks: Callable[..., Any], operator: str, persistences: str
) -> None:
    text = CYCLE.format(
        operator=operator, persistences=persistences, back='filter(|(n, x)| n < 3 and x == "a") -> map(|(n, _)| n + 1)'
    )

    (found,) = ticks(text, {"left": [1], "right": ["a", "b"]})

    assert sorted(found) == [(1, "a"), (1, "b"), (2, "a"), (2, "b"), (3, "a"), (3, "b")]


@pytest.mark.parametrize("persistences", PERSISTENCES)
@pytest.mark.parametrize("operator", ["join", "cross_join"])
def test_both_sides_may_grow_in_a_cycle(ticks: Callable[..., Any], operator: str, persistences: str) -> None:
    text = """
        paths = union() -> unique() -> tee();
        source_stream(items) -> paths;
        paths -> map(|(a, b)| (b, a)) -> [0]j;
        paths -> [1]j;
        j = {}{}() -> {} -> paths;
        paths -> for_each(out.append);
    """.format(
        operator,
        persistences,
        "map(|(_, (a, b))| (a, b))"
        if operator == "join"
        else "filter(|((b, _), (c, _))| b == c) -> map(|((_, a), (_, d))| (a, d))",
    )

    (found,) = ticks(text, [(1, 2), (2, 3), (3, 4)])

    assert sorted(found) == [(1, 2), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4)]


@pytest.mark.parametrize("operator", ["join", "join_multiset"])
def test_an_item_that_is_no_pair_is_named_wherever_it_comes_from(refused: Callable[..., Any], operator: str) -> None:
    for text in (TEXT, CYCLE):
        written = text.format(operator=operator, persistences="", back="filter(|_| False)")

        error = refused(written, left=hf.channel([(1, 2), 7]), right=hf.channel([(1, 2)]), out=[])

        assert f"`{operator}` takes pairs `(key, value)`, this item is none: 7" in str(error)
        assert "`map` the items to pairs first" in str(error)


@pytest.mark.parametrize("operator", ["join", "cross_join"])
def test_an_item_that_cannot_be_hashed_is_named_with_a_way_out(refused: Callable[..., Any], operator: str) -> None:
    for text in (TEXT, CYCLE):
        written = text.format(operator=operator, persistences="", back="filter(|_| False)")

        error = refused(written, left=hf.channel([(1, 2), (1, [3])]), right=hf.channel([(1, 2)]), out=[])

        assert f"`{operator}` needs items that can be hashed, this one cannot: (1, [3])" in str(error)
        assert f"`{operator}_multiset`" in str(error)


def test_a_key_that_cannot_be_hashed_is_named_where_duplicates_are_kept(refused: Callable[..., Any]) -> None:
    for text in (TEXT, CYCLE):
        written = text.format(operator="join_multiset", persistences="", back="filter(|_| False)")

        error = refused(written, left=hf.channel([(1, [2]), ([1], 3)]), right=hf.channel([(1, 2)]), out=[])

        assert "`join_multiset` needs keys that can be hashed, that of this item cannot: ([1], 3)" in str(error)
        assert "(tuple(key), value)" in str(error)
