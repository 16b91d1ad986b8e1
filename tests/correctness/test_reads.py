"""How an argument looks at the items of a state that it reads by its name."""

from __future__ import annotations

import builtins

import pytest

import hydroflow_nb as hf
from hydroflow_nb.compiler import compile_source
from hydroflow_nb.correctness.reads import reads_members
from hydroflow_nb.correctness.written import Names

MEMBERS = ["x in $held", "x not in $held", "set($held)", "max($held, default=0)", "any(y > x for y in $held)"]
COUNTED = ["len($held)", "sorted($held)", "x if $held else sorted($held)"]
ORDERED = ["$held", "list($held)", "[y for y in $held]", "$held[0]", "max($held, key=str)", "len(list($held))"]


def asks(body: str, *, counted: bool = False, keyed: bool = False, **names: object) -> bool:
    text = f"held = source_iter([1]) -> handoff(); held -> null(); source_stream(a) -> map(|x| {body}) -> null();"
    graph = compile_source(hf.Source(text=text), "flow").graph.flat
    node = next(node for node in graph.nodes.values() if node.operator.name == "map")
    return reads_members(node.call.arguments, "held", Names(names), counted=counted, keyed=keyed)


@pytest.mark.parametrize("body", MEMBERS)
def test_which_items_a_state_has_does_not_depend_on_their_order(body: str) -> None:
    assert asks(body)


@pytest.mark.parametrize("body", COUNTED)
def test_how_many_they_are_may_be_asked_where_that_is_the_same(body: str) -> None:
    assert (asks(body), asks(body, counted=True)) == (False, True)


@pytest.mark.parametrize("body", ORDERED)
def test_what_shows_their_order_is_more_than_that(body: str) -> None:
    assert not asks(body, counted=True, keyed=True)


def test_a_table_may_be_made_a_dict() -> None:
    assert (asks("dict($held)"), asks("dict($held)", keyed=True)) == (False, True)


def test_a_name_of_the_notebook_is_not_the_function_of_python() -> None:
    assert not asks("set($held)", set=builtins.list)
