"""The type of an edge in one sentence."""

from __future__ import annotations

import pytest

import hydroflow_nb as hf
from hydroflow_nb.correctness.check import Verdict
from hydroflow_nb.correctness.levels import Level, level_of
from hydroflow_nb.correctness.sentences import causes_of, sentence
from hydroflow_nb.operators.rules.content import (
    Cause,
    Content,
    Copies,
    Holds,
    ItemOrder,
    Loss,
    Place,
    Time,
    varying,
)

FLOW = hf.compile("source_iter([1])\n-> map(str)\n-> for_each(print);", {})
NODES = FLOW.graph.partitioned.nodes


def cause(code, node=2, **fields):
    return Cause(code=code, place=Place(node), port="", words="does it", **fields)


def verdict_on(content, level=None):
    return Verdict(level=level or level_of(content), early=content.is_early, content=content, because=content.because)


def said(content, level=None):
    return sentence(verdict_on(content, level), lambda one: NODES[one.place])


def stream(**fields):
    return Content(time=Time.STREAM, **fields)


ANY, REPEATS, PART = ItemOrder.ANY, Copies.REPEATS, Loss.PART
ORDER, TWICE, LOST, REVISED = cause("HF301"), cause("HF302", 1), cause("HF310", 1), cause("HF304")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (stream(), "a sequence: the same items in the same order in every run"),
        (
            stream(order=ANY, because=[ORDER]),
            "a bag: the same items in every run, each as often; the order may differ, since `map`, line 2",
        ),
        (
            stream(copies=REPEATS, because=[ORDER, TWICE]),
            "a set: the same items in every run; repeats may differ, since `source_iter`, line 1",
        ),
        (
            stream(order=ANY, copies=REPEATS, because=[ORDER, TWICE]),
            "a set: the same items in every run; order and repeats may differ, since `map`, line 2",
        ),
        (
            stream(order=ANY, loss=PART, because=[ORDER, LOST]),
            "a part: nothing that comes is wrong; some of it may be missing, since `source_iter`, line 1",
        ),
        (
            Content(time=Time.PULSE),
            "a timer: it comes again and again in every run; when and how often may differ",
        ),
        (Content(time=Time.CONST), "a view that stays: in each tick its items are the same, in every run"),
        (
            Content(time=Time.GROWING, shape=Holds.VALUE, because=[ORDER]),
            "a view that grows: at the end its value is the same in every run, and nothing is taken back",
        ),
        (
            Content(time=Time.SETTLING, shape=Holds.TABLE, because=[ORDER, REVISED]),
            "a view that is revised: at the end its table is the same in every run; what was shown before may be taken "
            "back, since `map`, line 2",
        ),
        (
            Content(time=Time.GROWING, shape=Holds.LATTICE, loss=PART, because=[LOST]),
            "a view that grows: at the end its lattice value is the same in every run, and nothing is taken back; some "
            "of it may be missing, since `source_iter`, line 1",
        ),
        (
            Content(time=Time.RISING, shape=Holds.LATTICE),
            "lattice values that rise: merged, they are the same in every run",
        ),
        (
            Content(time=Time.LATEST, shape=Holds.VALUE),
            "the last value is the same in every run; those before it may differ",
        ),
        (varying([]), "it may differ from run to run"),
    ],
)
def test_a_type_is_said_with_what_may_differ_and_since_where(content, expected):
    assert said(content) == expected


def test_what_varies_names_the_operator_that_decided_it():
    told = said(varying([cause("HF301", 1), cause("HF302", 2, decides=True)]))

    assert told == "it may differ from run to run, since `map`, line 2"


def test_what_varies_where_no_cause_decided_names_the_first_one():
    assert said(varying([TWICE, ORDER])) == "it may differ from run to run, since `source_iter`, line 1"


def test_a_function_that_cannot_be_judged_is_named():
    told = said(varying([cause("HF311", 2, decides=True)]), Level.UNKNOWN)

    assert told == (
        "unknown: whether it is the same in every run depends on a function in `map`, line 2, that the check cannot "
        "judge"
    )


def test_an_operator_of_another_node_is_named_with_the_node():
    told = said(varying([cause("HF302", 2, decides=True, where="oslo")]))

    assert told == "it may differ from run to run, since `map` of oslo, line 2"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (stream(because=[ORDER]), []),
        (stream(order=ANY, because=[TWICE, ORDER]), [ORDER]),
        (stream(order=ANY, copies=REPEATS, because=[TWICE, ORDER, LOST]), [TWICE, ORDER]),
        (stream(order=ANY, loss=PART, because=[ORDER, LOST]), [LOST]),
    ],
)
def test_the_causes_are_those_of_what_may_differ(content, expected):
    assert causes_of(verdict_on(content)) == expected


def test_the_causes_of_what_differs_are_where_it_comes_in_and_what_decides():
    decides = cause("HF302", decides=True)

    assert causes_of(verdict_on(varying([ORDER, TWICE, decides]))) == [TWICE, decides]


def test_the_first_cause_is_told_where_none_decides():
    assert list(causes_of(verdict_on(varying([ORDER, TWICE])))) == [ORDER]
