"""The laws of functions that fold, by how they are written."""

from __future__ import annotations

import math
import operator
from collections import Counter
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis.strategies import sampled_from

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
    ("|a, x| a.insert(0, x)", [], INTS, NO, NO, NO),
    ("|a, x| [x] + a", [], INTS, NO, NO, NO),
    ("|a, x| a.update([x])", Counter(), INTS, YES, NO, OPEN),
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


class Backwards(int):
    """A number that is added, and compared, in a way of its own."""

    def __add__(self, other: int) -> Backwards:
        return Backwards(other)

    def __lt__(self, other: int) -> bool:
        return False


class Reversed(tuple):
    """A tuple that is compared in a way of its own."""

    def __lt__(self, other: tuple) -> bool:
        return False


class Guarded(set):
    """A set that takes in one item only."""

    def add(self, item: object) -> None:
        if not self:
            super().add(item)


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
        ("max", (0, frozenset())),
        ("max", (0, (1, {2}))),
        ("max", Backwards(0)),
        ("max", Reversed((0, 1))),
        ("|a, x| a + x / 3", 0),
        ("|a, x| a + 0.1 * x", 0),
        ("|a, x| a - float(x)", 0),
        ("|a, x| a + math.sqrt(x)", 0),
        ("|a, x| a + (0.5 if x else 1)", 0),
        ("|a, x| operator.add(a, round(x, 2))", 0),
        ("|a, x| a + x", Backwards(0)),
        ("|a, x| a | x", Counter()),
        ("|a, x| a.add(x)", Guarded()),
        ("|a, x| a or x + 1", False),
        ("|a, x| a or len(x)", False),
        ("|a, x| a and (x, 1)", True),
        ("|a, x| a or (x > 1 and 'large')", False),
        ("|a, x| a.merge(x)", FIRST_ITEM),
        ("|a, x| max(a, x, key=lambda one: abs(one - a))", 0),
    ],
)
def test_what_is_no_form_is_not_guessed(text, begin):
    found = laws(text, begin, strange=print, math=math)

    assert (found.commutes, found.forgives) == (None, None)


def test_a_sum_of_what_is_seen_to_be_whole_is_exact():
    for item in ("math.floor(x / 3)", "(1 if x > 0.5 else 0)", "x // 3", "round(x / 3)", "int(x / 3)"):
        assert laws(f"|a, x| a + {item}", 0, math=math).commutes is True


def test_what_may_be_a_bool_is_taken_for_one_where_the_accumulator_begins_with_a_bool():
    for item in ("x", "x[0]", "x.done", "x > 1", "not x", "x in (1, 2)", "bool(x)", "x & True", "check(x)"):
        found = laws(f"|a, x| a or {item}", False, check=lambda one: True)
        assert (found.commutes, found.forgives) == (True, True)


def test_a_length_is_never_negative_unless_something_else_is_called_so():
    assert laws("|a, x| a + len(x)", 0).rises is True
    assert laws("|a, x| a + len(x)", 0, len=lambda item: -1).rises is None
    assert laws("|a, x| a + abs(x)", 0, abs=lambda item: -1).rises is None


# What is made of the item.
GIVEN = """
    x, 0, 1, -1, 0.1, len(x), abs(x), x + 1, x / 3, x // 2, 2 * x, -x, [x], {x}, (x;), x > 1, not x, x and 2,
    x or 1, str(x), float(x), max(x; 1), max(x; 0.1), sum([x; 0.1]), x if x > 1 else 0, [x; 1], a, x - a,
    (a := x), (y := x), x % 3, [y for y in [x]], x ** 2, x in (1; 2), None
"""
# How the accumulator takes it in.
TAKEN = """
    a + {g}, {g} + a, a - {g}, {g} - a, a * {g}, a ^ {g}, a | {g}, {g} | a, a & {g}, max(a; {g}), max({g}; a),
    min(a; {g}), max(a; {g}; {h}), max(a; {g}; key=abs), max(a; {g}; key=lambda v: v - a),
    {g} if {g} > a else a, {g} if {g} < a else a, a if a > {g} else {g}, a if {g} >= a else {g},
    {g} if a is None else a, a if a is not None else {g}, a or {g}, a and {g}, a or {g} or {h}, {g}, a,
    [*a; {g}], (*a; {g}), [{g}; *a], a.add({g}), a.update({g}), a.union({g}), a.append({g}), a.extend({g}),
    a.insert(0; {g}), a.setdefault({g}; {h}), a.discard({g}), a.intersection({g}), a if a else {g},
    {g} if a > {h} else a, operator.add(a; {g}), operator.or_(a; {g}), operator.sub(a; {g}), top(a; {g}),
    flip(a; {g}), twice(a; {g})
"""
BEGINS = [0, 1, True, False, "", b"", [], (), None, set(), frozenset(), {}, Counter(), 0.0, (0, 0), (0, frozenset())]
KINDS = [
    [0, 1, -3, 7],
    [True, False],
    ["", "a", "ba"],
    [b"", b"a", b"ba"],
    [[], [2], [1, 3]],
    [(), (2,), (1, 3)],
    [frozenset(), frozenset({1}), frozenset({2, 3})],
    [{1: 2}, {1: 3}, {2: 1}],
]


def listed(texts):
    return [text.strip().replace(";", ",") for text in texts.replace("\n", " ").split(",") if text.strip()]


def top(held, item):
    return max(held, item)


def flip(held, item):
    return item - held


def twice(held, item):
    return top(held, item) + 1


@given(
    sampled_from(["|a, x| {t}", "|(a, b), x| ({t}, max(b, x))", "|(a, b), x| (a + 1, {t})"]),
    sampled_from(listed(TAKEN)),
    sampled_from(listed(GIVEN)),
    sampled_from(listed(GIVEN)),
    sampled_from(BEGINS),
)
def test_no_law_that_is_said_to_hold_is_refuted_by_items_of_the_kind_that_the_accumulator_begins_with(
    way, taken, item, other, begin
):
    text = way.format(t=taken.format(g=f"({item})", h=f"({other})"))
    names = {**NAMES, "top": top, "flip": flip, "twice": twice}
    written = argument(text)
    found = Function(written, names, begin).fold
    function = as_function(written, names, "flow")
    assert function is not None

    def guarded(held, item):
        try:
            return function(held, item)
        except Exception as error:
            raise Raised from error

    for items in KINDS:
        if not fits(begin, items[0]):
            continue
        for name in LAWS:
            if getattr(found, name):
                assert counterexample(guarded, name, items, begin) is None


def counterexample(function, name, items, begin):
    """How a law is broken; None where the function does not fit the items, or its results cannot be compared."""
    try:
        check_law(function, name, items, begin)
    except Raised:
        return None
    except LawError as broken:
        return broken if broken.__cause__ is None else None
    return None


class Raised(BaseException):
    """A function does not fit its items."""


def fits(begin, item):
    """Whether items are of the kind that an accumulator begins with: of a collection they may be what it collects."""
    if type(begin) in (bool, str, bytes, float):
        return type(item) is type(begin)
    return isinstance(begin, set | frozenset | list | tuple | dict) or begin is None or type(item) is int


def test_a_law_of_a_number_is_not_tried_on_texts():
    assert fits(0, 1)
    assert not fits(0, "a")
    assert not fits(False, 1)


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
