"""What a function of one item makes of it, read from how it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb import lattices
from hydroflow_nb.compiler import compile_source
from hydroflow_nb.correctness import shapes
from hydroflow_nb.correctness.written import Written, written


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
    graph = compile_source(hf.Source(text=f"source_iter([]) -> map({text}) -> null();"), "flow").graph
    (argument,) = next(node.call.arguments for node in graph.nodes.values() if node.operator.name == "map")
    found = written(argument, NAMES)
    assert found is not None
    return found


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
