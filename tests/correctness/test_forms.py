"""The laws of functions that fold, by how they are written."""

from __future__ import annotations

import operator
from itertools import product
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.compiler import compile_source
from hydroflow_nb.correctness.examples import as_function
from hydroflow_nb.correctness.forms import FIRST_ITEM, UNKNOWN, FoldLaws, laws_of
from hydroflow_nb.correctness.judging import Function
from hydroflow_nb.expressions import Argument
from hydroflow_nb.lattices import LawError, Max, SetUnion, merge_owned, merged
from hydroflow_nb.lattices.laws import check_law, declared, law

NAMES: dict[str, Any] = {"operator": operator, "merged": merged, "merge_owned": merge_owned}


def argument(text: str) -> Argument:
    source = hf.Source(text=f"source_iter([]) -> fold(|| 0, {text}) -> null();")
    nodes = compile_source(source, "flow").graph.nodes.values()
    return next(node.call.arguments[1] for node in nodes if node.operator.name == "fold")


def laws(text: str, begin: Any, **names: Any) -> FoldLaws:
    function = Function(argument(text), {**NAMES, **names}, begin)
    return laws_of(function.text, function.value, begin)


# By text: what the accumulator begins with, items to try, and whether it commutes, forgives and rises.
YES, NO, OPEN = True, False, None
INTS, SETS, LISTS = [0, 1, 3], [frozenset({1}), frozenset({1, 2})], [[1], [2, 3]]
# What it returns is a bool, which the engine refuses; `merge_owned` does the same.
MERGE = "|a, x| a.merge(x)"
FORMS: list[tuple[str, Any, list[Any], bool | None, bool | None, bool | None]] = [
    ("|a, x| a + x", 0, INTS, YES, NO, OPEN),
    ("|a, _| a + 1", 0, INTS, YES, NO, YES),
    ("|a, x| a + len(x)", 0, LISTS, YES, NO, YES),
    ("|a, x| abs(x) + a", 0, INTS, YES, NO, YES),
    ("|a, x| a + 0", 0, INTS, YES, YES, YES),
    ("|a, x| a + x", "", ["a", "bc"], NO, NO, YES),
    ("|a, x| a + [x]", [], INTS, NO, NO, YES),
    ("|a, x| [*a, x]", [], INTS, NO, NO, YES),
    ("|a, x| a.append(x)", [], INTS, NO, NO, YES),
    ("|a, x| a * x", 1, INTS, YES, NO, NO),
    ("|a, x| a - x", 0, INTS, YES, NO, NO),
    ("|a, x| a ^ x", 0, INTS, YES, NO, NO),
    ("operator.xor", 0, INTS, YES, NO, NO),
    ("max", 0, INTS, YES, YES, YES),
    ("min", 9, INTS, YES, YES, NO),
    ("|a, x| max(x, a)", 0, INTS, YES, YES, YES),
    ("|a, x| x if x > a else a", 0, INTS, YES, YES, YES),
    ("|a, x| a if x <= a else x", 0, INTS, YES, YES, YES),
    ("|a, x| x if x < a else a", 9, INTS, YES, YES, NO),
    ("|a, x| a | x", frozenset(), SETS, YES, YES, YES),
    ("|a, x| a | {x}", set(), INTS, YES, YES, YES),
    ("|a, x| a.add(x)", set(), INTS, YES, YES, YES),
    ("set.add", set(), INTS, YES, YES, YES),
    ("|a, x| a & x", frozenset({1, 2, 3}), SETS, YES, YES, NO),
    (MERGE, SetUnion(), [SetUnion({1}), SetUnion({2})], YES, YES, YES),
    ("merged", Max(0), [Max(1), Max(2)], YES, YES, YES),
    ("merge_owned", Max(0), [Max(1), Max(2)], YES, YES, YES),
    ("|a, x| a or x > 1", False, INTS, YES, YES, YES),
    ("|a, x| a and x > 1", True, INTS, YES, YES, NO),
    ("|(n, top), x| (n + 1, max(top, x))", (0, 0), INTS, YES, NO, YES),
    ("|(low, top), x| (min(low, x), max(top, x))", (9, 0), INTS, YES, YES, NO),
]


@pytest.mark.parametrize(("text", "begin", "items", "commutes", "forgives", "rises"), FORMS)
def test_the_laws_of_a_form_are_known(text, begin, items, commutes, forgives, rises):
    found = laws(text, begin)

    assert (found.commutes, found.forgives, found.rises) == (commutes, forgives, rises)


LAWS = ("commutes", "forgives", "rises")
EACH = [pytest.param(form, name, id=f"{form[0]} {name}") for form, name in product(FORMS, LAWS)]


@pytest.mark.parametrize(("form", "name"), EACH)
def test_a_law_that_is_said_to_hold_holds_for_a_sample_and_one_that_is_not_does_not(form, name):
    text, begin, items, *known = form
    said = dict(zip(LAWS, known, strict=True))[name]
    if said is None:
        pytest.skip("it depends on the items")
    function = as_function(argument(text), NAMES, "flow")
    assert function is not None
    try:
        check_law(merge_owned if text == MERGE else function, name, items, begin)
        holds = True
    except LawError:
        holds = False

    # A sample may lack what refutes a law; it never refutes one that holds.
    assert holds or not said
    assert not holds or said or (text, name) in NOT_SHOWN


NOT_SHOWN = {
    ("|a, x| a ^ x", "rises"),
    ("operator.xor", "rises"),
}


@pytest.mark.parametrize(
    ("text", "begin"),
    [
        ("|a, x| a + x", 0.0),
        ("|a, x| a + x", None),
        ("|a, x| a + x", FIRST_ITEM),
        ("max", frozenset()),
        ("|a, x| a + x + a", 0),
        ("|a, x| strange(a, x)", 0),
        ("|a, x| a if a else x", 0),
        ("|(n, s), x| (s, n)", (0, 0)),
        ("|(n, s), x| (n + 1, s + 1)", (0, 0, 0)),
        ("|a, x| max(a, x, 2 * a)", 0),
        ("max", UNKNOWN),
    ],
)
def test_what_is_no_form_is_not_guessed(text, begin):
    found = laws(text, begin, strange=print)

    assert (found.commutes, found.forgives) == (None, None)


def test_a_name_that_means_something_else_gives_no_law():
    assert laws("|a, x| max(a, x)", 0, max=lambda a, x: x).commutes is None


def test_of_equals_by_a_key_the_first_one_stays():
    found = laws("|a, x| max(a, x, key=len)", "")

    assert (found.commutes, found.forgives) == (None, True)


def test_a_function_of_one_return_is_read_and_so_are_those_that_it_calls():
    assert laws("outer", 0, outer=outer).commutes is True
    assert laws("|a, x| outer(a, x)", 0, outer=outer).forgives is True


def outer(held, item):
    """Keep the greatest."""
    return inner(held, item)


def inner(held, item):
    return max(held, item)


def test_functions_that_call_each_other_without_end_are_not_followed_without_end():
    assert laws("endless", 0, endless=endless).commutes is None


def endless(held, item):
    return without_end(held, item)


def without_end(held, item):
    return endless(held, item)


def test_what_is_declared_is_believed_and_said_to_be_declared():
    @law("commutes")
    def strange(held, item):
        for _ in range(2):
            pass
        return held

    found = laws("strange", 0, strange=strange)

    assert (found.commutes, found.forgives, found.how) == (True, None, "declared")
    assert declared(strange) == {"commutes"}
