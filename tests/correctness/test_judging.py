"""A function of a call, judged once: by its text, by its class, by what is declared of it, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.compiler import compile_source
from hydroflow_nb.correctness.forms import UNKNOWN
from hydroflow_nb.correctness.judging import Function, UnderAssumption, begun
from hydroflow_nb.expressions import Argument
from hydroflow_nb.lattices import morphism
from hydroflow_nb.operators.rules.content import EVERY_SENSE, Sense
from hydroflow_nb.operators.rules.rule import Law


def argument(text: str) -> Argument:
    call = f"fold(|| 0, {text})" if text.startswith("|a, x|") else f"map({text})"
    graph = compile_source(hf.Source(text=f"source_iter([]) -> {call} -> null();"), "flow").graph
    return next(node.call.arguments[-1] for node in graph.nodes.values() if node.call.name in ("fold", "map"))


def function(text: str, begin: Any = UNKNOWN, **names: Any) -> Function:
    return Function(argument(text), names, begin)


@hf.law("commutes")
def declared(held, item):
    for _ in (held, item):
        pass
    return held


@hf.law("monotone", "threshold")
def steady(item):
    for _ in (item,):
        pass
    return item


def opaque(held, item):
    for _ in (held, item):
        pass
    return held


@morphism
def doubled(item):
    return item


@pytest.mark.parametrize(
    ("text", "begin", "law", "holds", "how"),
    [
        ("|a, x| a + x", 0, Law.COMMUTES, True, "by form"),
        ("|a, x| a + x", 0, Law.FORGIVES, False, "by form"),
        ("declared", 0, Law.COMMUTES, True, "declared"),
        ("declared", 0, Law.FORGIVES, None, "declared"),
        ("|a, x| declared(a, x)", 0, Law.COMMUTES, True, "declared"),
        ("opaque", 0, Law.COMMUTES, None, "by form"),
        ("missing", 0, Law.COMMUTES, None, "by form"),
        ("|v| v >= 2", UNKNOWN, Law.THRESHOLD, True, "by form"),
        ("|v| v == 2", UNKNOWN, Law.THRESHOLD, False, "by form"),
        ("steady", UNKNOWN, Law.THRESHOLD, True, "declared"),
        ("|v| steady(v)", UNKNOWN, Law.MONOTONE, True, "declared"),
        ("|v| opaque(v)", UNKNOWN, Law.MONOTONE, None, ""),
        ("opaque", UNKNOWN, Law.MONOTONE, None, ""),
        ("doubled", UNKNOWN, Law.MONOTONE, True, "by class"),
        ("|v| v + 1", UNKNOWN, Law.FREEZES, False, "by form"),
    ],
)
def test_a_law_is_known_in_one_of_four_ways(text, begin, law, holds, how):
    names = {"declared": declared, "steady": steady, "opaque": opaque, "doubled": doubled}
    known = function(text, begin, **names).known(law)

    assert (known.holds, known.how) == (holds, how)


def test_what_is_found_out_is_kept():
    found = function("|a, x| a + x", 0)

    assert found.known(Law.COMMUTES) is found.known(Law.COMMUTES)
    assert found.text is found.text


def test_a_counterexample_counts_more_than_what_was_said():
    found = function("declared", 0, declared=declared)
    found.refute(Law.COMMUTES)

    assert (found.known(Law.COMMUTES).holds, found.known(Law.COMMUTES).how) == (False, "refuted")


@pytest.mark.parametrize("assumed", [True, False])
def test_what_is_unknown_is_what_is_assumed_and_what_is_known_is_not(assumed):
    unknown = UnderAssumption(function("opaque", 0, opaque=opaque), assumed)
    known = UnderAssumption(function("|a, x| a + x", 0), assumed)

    assert unknown.has(Law.COMMUTES) is assumed
    assert known.has(Law.COMMUTES) is True
    assert known.has(Law.FORGIVES) is False
    assert unknown.is_known(Law.COMMUTES) is False
    assert known.is_known(Law.FORGIVES) is True


def test_that_a_function_rises_is_never_assumed():
    assert UnderAssumption(function("opaque", 0, opaque=opaque), True).has(Law.RISES) is False


def test_the_laws_that_were_asked_for_are_listed_in_their_order():
    found = UnderAssumption(function("opaque", 0, opaque=opaque), True)
    for law in (Law.RISES, Law.COMMUTES, Law.RISES):
        found.has(law)

    assert list(found.asked) == [Law.RISES, Law.COMMUTES]


def test_of_a_function_that_cannot_be_read_nothing_good_is_said():
    found = UnderAssumption(function("opaque", 0, opaque=opaque), False)
    good = (
        "ignores_item ignores_value keeps_item gives_set gives_list is_display takes_pair_apart keeps_key reveals "
        "tells_kinds_apart keeps_first is_lattice"
    )

    assert {name: getattr(found, name) for name in good.split()} == dict.fromkeys(good.split(), False)
    assert found.takes_apart
    assert found.carries(keyed=False)
    assert found.places(frozenset({(0,)})) == frozenset()


def test_a_class_of_python_is_known_by_itself():
    assert UnderAssumption(function("set"), False).gives_set
    assert UnderAssumption(function("list"), False).lists(keyed=False, prints=False)
    assert not UnderAssumption(function("set", set=list), False).gives_set


def test_an_accumulator_may_be_a_set_where_it_begins_with_one_or_with_what_is_unknown():
    for begin in (set(), {}, frozenset(), (0, set()), UNKNOWN):
        assert UnderAssumption(function("|a, x| a", begin), False).may_scatter
    for begin in (0, "", [], (0, 1)):
        assert not UnderAssumption(function("|a, x| a", begin), False).may_scatter


def test_what_is_declared_a_threshold_needs_a_value_that_compares():
    assert UnderAssumption(function("steady", steady=steady), False).needs == {Sense.COMPARES}
    assert UnderAssumption(function("|v| len(v) >= 2"), False).needs == {Sense.COLLECTS}
    assert UnderAssumption(function("|a, x| a + [x]", []), False).senses == EVERY_SENSE


def test_a_function_that_begins_an_accumulator_may_raise():
    assert begun(int) == 0
    assert begun(lambda: 1 // 0) is UNKNOWN
