"""What a function of one item makes of it, read from how it is written."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hydroflow_nb as hf
from hydroflow_nb import lattices
from hydroflow_nb.compiler import compile_source
from hydroflow_nb.correctness import shapes
from hydroflow_nb.correctness.examples import as_function
from hydroflow_nb.correctness.written import Written, written
from hydroflow_nb.operators.rules.content import Sense


@dataclass(frozen=True)
class Known:
    facts: Any


NAMES = {
    "Known": Known,
    **{name: getattr(lattices, name) for name in lattices.__all__},
    "servers": ["a", "b"],
    "address": "a",
}


def function(text: str) -> Written:
    return called(text)[0]


def called(text: str) -> tuple[Written, Any]:
    graph = compile_source(hf.Source(text=f"source_iter([]) -> map({text}) -> null();"), "flow").graph
    (argument,) = next(node.call.arguments for node in graph.nodes.values() if node.operator.name == "map")
    found = written(argument, NAMES)
    assert found is not None
    return found, as_function(argument, NAMES, "flow")


@pytest.mark.parametrize(
    ("text", "wraps"),
    [
        ("|x| x", True),
        ("|x| (x, 'there')", True),
        ("|x| [x, 1]", True),
        ("|x| Known(x)", True),
        ("|m| m.facts", True),
        ("|x| tuple(x)", False),
        ("|x| tuple((x, 1))", True),
        ("|x| {'value': x, 'from': address}", True),
        ("|x| {one: x for one in servers}", True),
        ("|x| {x: 1}", False),
        ("|x| {**x}", False),
        ("|x| dict(value=x)", True),
        ("|x| Max(x)", True),
        ("|x| Min(x)", False),
        ("|x| SetUnion([x])", False),
        ("|x| (x, SetUnion([1]))", True),
        ("|x| [(Known(x), one) for one in servers if one != address]", True),
        ("|x| [y for y in x]", False),
        ("|x| len(x)", False),
        ("|x| str(x)", False),
        ("|x| -x", False),
        ("|x| x + 1", False),
        ("|x| x if x else 0", False),
        ("|x| strange(x)", False),
    ],
)
def test_a_display_only_wraps(text, wraps):
    assert shapes.is_display(function(text)) is wraps


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("|n| n >= 2", True),
        ("|n| 2 < n", True),
        ("|c| len(c) >= 2", True),
        ("|c| 'seal' in c", True),
        ("|(k, n)| n >= 2 and n >= 3", True),
        ("|(k, n)| n >= 2 or k == 'a'", True),
        ("|n| n == 2", False),
        ("|n| n < 2", False),
        ("|n| not n >= 2", False),
        ("|n| n >= 2 and n < 5", False),
        ("|n| n >= n", False),
        ("|n| n % 2 >= 1", False),
    ],
)
def test_a_threshold_is_passed_for_ever(text, passes):
    assert shapes.is_threshold(function(text)) is passes


@pytest.mark.parametrize(
    ("text", "keeps"),
    [
        ("|x| x", True),
        ("|x| (x, 1)", True),
        ("|(k, v)| (v, k)", True),
        ("|(k, v)| (v, [k])", True),
        ("|(k, _)| k", False),
        ("|(k, v)| k", False),
        ("|x| x[0]", False),
        ("|x| len(x)", False),
    ],
)
def test_the_whole_item_can_be_told_from_the_result(text, keeps):
    assert shapes.keeps_item(function(text)) is keeps


def test_what_a_result_does_not_depend_on():
    assert shapes.ignores_item(function("|_| 'alive'"))
    assert not shapes.ignores_item(function("|x| x"))
    assert shapes.ignores_value(function("|(k, v)| k"))
    assert shapes.ignores_value(function("|p| p[0]"))
    assert not shapes.ignores_value(function("|p| (p[0], p[1])"))
    assert shapes.tells_kinds_apart(function("|m| isinstance(m, Known)"))
    assert shapes.tells_kinds_apart(function("|(m, _)| type(m).__name__"))
    assert not shapes.tells_kinds_apart(function("|m| isinstance(m, Known) and m.facts"))
    assert shapes.reveals(function("|m| m.reveal()"))
    assert shapes.reveals(function("|m| m.deep_reveal()"))
    assert shapes.reveals(function("|m| deep_reveal(m)"))
    assert not shapes.reveals(function("|m| m.facts.reveal()"))


@pytest.mark.parametrize(
    ("text", "gathers"),
    [
        ("|m| set(m)", True),
        ("|m| frozenset(m.reveal())", True),
        ("|m| {x + 1 for x in m if x}", True),
        ("|m| {x for x in m if len(m) < 3}", False),
        ("|m| {k: v for k, v in m.items()}", True),
        ("|m| {k: Known(v.deep_reveal()) for k, v in m.items()}", False),
        ("|m| {k: Known(v) for k, v in m.reveal().items() if k != 'x'}", True),
        ("|m| {k: v.reveal() for k, v in m.items()}", True),
        ("|m| {k: v for k, v in m.items() if v}", False),
        ("|m| {k: -v for k, v in m.items()}", False),
        ("|m| {k: v.value for k, v in m.items()}", False),
        ("|m| {k: Min(v) for k, v in m.items()}", False),
        ("|m| {v: k for k, v in m.items()}", False),
        ("|m| {k: 1 for k in m}", False),
    ],
)
def test_what_is_gathered_of_a_collection_grows_with_it(text, gathers):
    assert shapes.gathers(function(text)) is gathers


def test_all_parts_of_an_item_stand_in_a_dict():
    assert shapes.keeps_item(function("|(k, v)| {k: v}"))
    assert shapes.keeps_item(function("|(k, v)| {'key': k, 'value': v}"))
    assert not shapes.keeps_item(function("|(k, v)| {k: 1, v: 2}"))
    assert not shapes.keeps_item(function("|(k, v)| {'key': k}"))


def test_a_set_has_no_order_and_a_list_has():
    assert shapes.gives_set(function("|x| {x, 1}"))
    assert shapes.gives_set(function("|x| set(x)"))
    assert not shapes.gives_set(function("|x| [x, 1]"))
    assert shapes.gives_list(function("|x| [x, 1]"))
    assert not shapes.gives_list(function("|x| x"))


# What the shape of a function promises, held against calling it.
PATTERNS = st.sampled_from(["x", "(k, v)", "(k, _)", "(k, (v, w))", "_"])
PARTS = st.recursive(
    st.sampled_from(["x", "k", "v", "w", "x[0]", "x[1]", "1", "2", "'a'"]),
    lambda inner: st.one_of(
        st.builds("({}, {})".format, inner, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("{{{}, {}}}".format, inner, inner),
        st.builds("({} + {})".format, inner, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("(not {})".format, inner),
        st.builds("({} >= {})".format, inner, inner),
        st.builds("({} > {})".format, inner, inner),
        st.builds("({} < {})".format, inner, inner),
        st.builds("({} <= {})".format, inner, inner),
        st.builds("({} in {})".format, inner, inner),
        st.builds("({} == {})".format, inner, inner),
        st.builds("len({})".format, inner),
        st.builds("set({})".format, inner),
        st.builds("isinstance({}, int)".format, inner),
        st.builds("type({}).__name__".format, inner),
        st.builds("[x for x in {}]".format, inner),
        st.builds("(x := {})".format, inner),
        st.builds("(lambda k: {})({})".format, inner, inner),
    ),
    max_leaves=6,
)
NUMBERS: list[Any] = [0, 1, 2, 3]
SETS: list[Any] = [frozenset(), frozenset({1}), frozenset({2}), frozenset({1, 2}), frozenset({1, 2, 3})]
PAIRS: list[Any] = [(0, 1), (0, 2), (1, 1), (0, (1, 2)), (0, (1, 3)), (1, (1, 2)), (2, frozenset({1})), ("a", "b")]


FAILED = object()


def result(call: Any, item: Any) -> Any:
    try:
        return call(item)
    except Exception:
        return FAILED


@given(PATTERNS, PARTS)
def test_what_the_shape_of_a_function_promises_is_true_of_its_calls(pattern, body):
    try:
        found, call = called(f"|{pattern}| {body}")
    except hf.HydroflowError:
        return
    results = [(item, result(call, item)) for item in (*NUMBERS, *SETS, *PAIRS)]
    results = [(item, value) for item, value in results if value is not FAILED]

    for (one, first), (other, second) in combinations(results, 2):
        same = first == second
        if shapes.ignores_item(found):
            assert same, (one, other)
        if shapes.keeps_item(found):
            assert not same, (one, other)
        if shapes.ignores_value(found) and isinstance(one, tuple) and isinstance(other, tuple):
            assert same or one[0] != other[0], (one, other)
        if shapes.tells_kinds_apart(found) and not isinstance(one, tuple) and not isinstance(other, tuple):
            assert same or type(one) is not type(other), (one, other)
    for item, value in results:
        if shapes.keeps_key(found) and isinstance(item, tuple):
            assert value[0] == item[0]
        if shapes.gives_set(found):
            assert isinstance(value, set | frozenset)
        if shapes.gives_list(found):
            assert isinstance(value, list | tuple)


# `N` is the name of the value.
SIDES = st.sampled_from(["N", "N", "len(N)", "1", "2", "frozenset({1})", "N + 1", "-N"])
SIGNS = st.sampled_from(["<", "<=", ">", ">=", "==", "!=", "in", "not in"])
TESTS = st.recursive(
    st.builds("({} {} {})".format, SIDES, SIGNS, SIDES),
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("(not {})".format, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
    ),
    max_leaves=3,
)


@settings(max_examples=300)
@given(TESTS, st.sampled_from(["x", "(k, v)"]))
def test_what_passes_a_threshold_passes_for_as_long_as_the_value_grows(body, pattern):
    found, call = called(f"|{pattern}| {body.replace('N', 'x' if pattern == 'x' else 'v')}")
    if not shapes.is_threshold(found):
        return
    kinds = [SETS] if Sense.COLLECTS in shapes.needs_of_threshold(found) else [NUMBERS, SETS]
    for values in kinds:
        for less, more in product(values, values):
            if less <= more:
                before, after = ((0, less), (0, more)) if pattern != "x" else (less, more)
                passes = result(call, before)
                if passes is not FAILED and passes:
                    assert result(call, after), (less, more)
