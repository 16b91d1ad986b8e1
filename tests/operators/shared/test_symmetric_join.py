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


def distinct(items: list[Any]) -> list[Any]:
    """The first of those that are equal."""
    return [item for index, item in enumerate(items) if item not in items[:index]]


def expected(operator: str, persistences: str, batches: list[dict[str, list[Any]]]) -> list[list[Any]]:
    """What a join of all that a side holds emits in each tick, in any order."""
    found, held = [], {"left": list[Any](), "right": list[Any]()}
    for batch in batches:
        for side, lasts in zip(("left", "right"), lifetimes(persistences), strict=True):
            held[side] = [*(held[side] if lasts else ()), *batch.get(side, ())]
            if not operator.endswith("multiset"):
                held[side] = distinct(held[side])
        pairs = product(held["left"], held["right"])
        if operator.startswith("cross"):
            found.append(list(pairs))
        else:
            found.append([(left[0], (left[1], right[1])) for left, right in pairs if left[0] == right[0]])
    return found


def in_order(ticks: list[list[Any]]) -> list[list[Any]]:
    """Each tick's items in ascending order."""
    return [sorted(tick) for tick in ticks]


@pytest.mark.parametrize("persistences", PERSISTENCES)
@pytest.mark.parametrize("operator", ["join", "join_multiset", "cross_join", "cross_join_multiset"])
def test_a_join_emits_all_matches_of_what_its_sides_hold(
    ticks: Callable[..., Any], operator: str, persistences: str
) -> None:
    found = ticks(TEXT.format(operator=operator, persistences=persistences), *BATCHES)

    assert [sorted(tick) for tick in found] == in_order(expected(operator, persistences, BATCHES))


@pytest.mark.parametrize("persistences", PERSISTENCES)
@pytest.mark.parametrize("operator", ["join", "join_multiset", "cross_join", "cross_join_multiset"])
def test_a_join_in_a_cycle_that_brings_nothing_new_emits_the_same(
    ticks: Callable[..., Any], operator: str, persistences: str
) -> None:
    text = CYCLE.format(operator=operator, persistences=persistences, back="filter(|_| False)")

    found = ticks(text, *BATCHES)

    assert [sorted(tick) for tick in found] == in_order(expected(operator, persistences, BATCHES))


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

        assert f"`{operator}` takes pairs `(key, value)`; this item is not a pair: 7" in str(error)
        assert "`map` the items to pairs first" in str(error)


# Values that have no hash, the same ones over and over, next to some that are equal to them and have one.
UNHASHABLE: list[dict[str, list[Any]]] = [
    {"left": [(1, ["a"]), (2, {"b"}), (1, ["a"])], "right": [(1, ["x"]), (1, "y"), (1, ["x"]), (3, {"z": []})]},
    {"left": [(3, "c"), (2, frozenset("b")), (1, (1, []))], "right": [(2, 1), (2, [1]), (2, [True]), (2, 1.0)]},
    {},
    {"left": [(1, ["a"]), (1, (1, []))], "right": [(1, ["x"]), (2, [1.0])]},
]


@pytest.mark.parametrize("persistences", PERSISTENCES)
@pytest.mark.parametrize("operator", ["join", "join_multiset", "cross_join", "cross_join_multiset"])
@pytest.mark.parametrize("text", [TEXT, CYCLE])
@pytest.mark.parametrize("bulk", [True, False])
def test_values_need_equality_only(
    ticks: Callable[..., Any], text: str, operator: str, persistences: str, bulk: bool
) -> None:
    text = text.format(operator=operator, persistences=persistences, back="filter(|_| False)")
    if not bulk:
        text = text.replace("(left) ->", "(left) -> map(|x| x) ->").replace(
            "(right) ->", "(right) -> filter(|_| True) ->"
        )

    found = ticks(text, *UNHASHABLE)

    assert [sorted(tick, key=repr) for tick in found] == [
        sorted(tick, key=repr) for tick in expected(operator, persistences, UNHASHABLE)
    ]


@pytest.mark.parametrize("persistences", PERSISTENCES)
@pytest.mark.parametrize("operator", ["join", "cross_join"])
def test_lists_go_round_a_cycle_once(ticks: Callable[..., Any], operator: str, persistences: str) -> None:
    back = "map(|(n, (left, right))| (n + 1, [*left, right]))" if operator == "join" else "map(|(left, right)| left)"
    text = CYCLE.format(operator=operator, persistences=persistences, back=f"{back} -> filter(|(n, _)| n < 3)")
    rights = [(n, "x") for n in (1, 2, 3)]

    (found,) = ticks(text, {"left": [(1, []), (1, [])], "right": rights})

    if operator == "join":
        assert sorted(found) == [(1, ([], "x")), (2, (["x"], "x"))]
    else:
        assert sorted(found) == [((1, []), right) for right in rights]


def test_units_are_told_apart_by_keys_that_have_to_be_hashable(refused: Callable[..., Any]) -> None:
    text = TEXT.format(operator="join", persistences="").replace("(left) ->", "(left) -> map(|x| (x, ())) ->")

    error = refused(text, left=hf.channel([1, [2]]), right=hf.channel([(1, [3])]), out=[])

    assert "`join` needs keys that can be hashed; the key of this item cannot: [2]" in str(error)


@pytest.mark.parametrize("operator", ["join", "cross_join"])
def test_what_a_value_s_own_equality_raises_comes_out_with_its_item(operator: str) -> None:
    class Odd:
        __hash__ = None  # type: ignore[assignment]

        def __eq__(self, other: object) -> bool:
            raise ZeroDivisionError("no equality")

    text = TEXT.format(operator=operator, persistences="")
    flow = hf.compile(text, {"left": hf.channel([(1, Odd()), (1, Odd())]), "right": hf.channel([(1, 2)]), "out": []})

    with pytest.raises(ZeroDivisionError, match="no equality") as caught:
        flow.run_tick()

    assert f"in `{operator}`" in caught.value.__notes__[0]


@pytest.mark.parametrize("operator", ["join", "cross_join"])
def test_going_back_finds_what_was_remembered_then(operator: str) -> None:
    left, right, out = hf.channel(), hf.channel(), list[Any]()
    text = TEXT.format(operator=operator, persistences="::<'tick, 'static>")
    flow = hf.compile(text, {"left": left, "right": right, "out": out})
    flow.record()
    for value in ([1], [2], [3]):
        right.send((1, value))
        left.send((1, "a"))
        flow.run_tick()
    first = out.copy()
    out.clear()

    flow.rewind(1)
    flow.run_available()

    assert out == first[1:]
    assert len(first) == 6


@pytest.mark.parametrize("operator", ["join", "cross_join"])
@pytest.mark.parametrize("text", [TEXT, CYCLE])
def test_a_type_chooses_the_form(ticks: Callable[..., Any], text: str, operator: str) -> None:
    for persistences in PERSISTENCES:
        lifetimes_of = persistences.strip(":<>")
        for kind in ("HalfMultisetJoinState", "hydroflow.HalfMultisetJoinState", "HalfSetJoinState"):
            generics = f"::<{', '.join(filter(None, [lifetimes_of, kind]))}>"
            same_as = f"{operator}_multiset" if "Multiset" in kind else operator

            found = ticks(text.format(operator=operator, persistences=generics, back="filter(|_| False)"), *BATCHES)

            assert [sorted(tick) for tick in found] == in_order(expected(same_as, persistences, BATCHES))


def test_a_multiset_join_may_name_its_form(ticks: Callable[..., Any]) -> None:
    generics = "::<'static, HalfMultisetJoinState>"

    found = ticks(TEXT.format(operator="join_multiset", persistences=generics), *BATCHES)

    assert [sorted(tick) for tick in found] == in_order(expected("join_multiset", "::<'static>", BATCHES))


@pytest.mark.parametrize(
    ("operator", "kind", "meant"),
    [
        ("join", "HalfMultiset", "HalfMultisetJoinState"),
        ("cross_join", "list", "HalfSetJoinState"),
        ("join_multiset", "HalfSetJoinState", "HalfMultisetJoinState"),
    ],
)
def test_a_type_that_names_no_form_is_an_error_with_those_that_do(operator: str, kind: str, meant: str) -> None:
    with pytest.raises(hf.GraphError, match=f"`{operator}` takes the type .*, not `{kind}`") as caught:
        hf.compile(TEXT.format(operator=operator, persistences=f"::<'tick, {kind}>"), {})

    assert f"write `{operator}::<{meant}>(...)`" in str(caught.value)


def test_a_key_that_cannot_be_hashed_is_named_where_duplicates_are_kept(refused: Callable[..., Any]) -> None:
    for text in (TEXT, CYCLE):
        written = text.format(operator="join_multiset", persistences="", back="filter(|_| False)")

        error = refused(written, left=hf.channel([(1, [2]), ([1], 3)]), right=hf.channel([(1, 2)]), out=[])

        assert "`join_multiset` needs keys that can be hashed; the key of this item cannot: ([1], 3)" in str(error)
        assert "(tuple(key), value)" in str(error)
