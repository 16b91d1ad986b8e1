"""Unknown laws tried on examples: a counterexample settles that a law does not hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.compiler import compile_source
from hydroflow_nb.correctness.examples import as_function


def flow_of(text, **names):
    return hf.compile(f"{text} -> for_each(out.append);", {"inb": hf.channel(), "out": [], **names})


def latest(held, item):
    for one in (held, item):
        held = one
    return held


def greatest(held, item):
    for one in (held, item):
        held = max(held, one)
    return held


FOLD = "source_stream(inb) -> fold::<'static>(|| 0, {})"


def test_a_counterexample_settles_that_a_law_does_not_hold():
    flow = flow_of(FOLD.format("latest"), latest=latest)

    assert flow.check()["out"].order == "unknown"
    assert flow.check(examples={"inb": [1, 2]})["out"].order == "differs"


def test_examples_that_a_law_holds_for_settle_nothing_and_their_number_is_told():
    flow = flow_of(FOLD.format("greatest"), greatest=greatest)
    report = flow.check(network="tcp", examples={"inb": [1, 2, 3]})

    assert report["out"].order == "unknown"
    (found,) = [one for one in report.diagnostics if one.code == "HF311"]
    assert found.span.text == "greatest"
    assert found.notes == ("held for 3 examples, which proves nothing",)


@pytest.mark.parametrize(
    ("before", "examples"),
    [
        ("map(|x| x + 1)", [1, 2]),
        ("map(|(x, _)| x)", [(1, 0), (2, 0)]),
        ("filter(|x| x > 0)", [0, 1, 2]),
        ("tee()", [1, 2]),
    ],
)
def test_examples_are_followed_through_operators_that_treat_each_item_by_itself(before, examples):
    flow = flow_of(f"source_stream(inb) -> {before} -> fold::<'static>(|| 0, latest)", latest=latest)

    assert flow.check(examples={"inb": examples})["out"].order == "differs"


def test_the_values_of_a_keyed_fold_are_tried():
    flow = flow_of("source_stream(inb) -> fold_keyed::<'static>(|| 0, latest)", latest=latest)

    assert flow.check(examples={"inb": [("a", 1), ("a", 2)]})["out"].order == "differs"


def test_what_a_recording_holds_is_tried():
    flow = flow_of(FOLD.format("latest"), latest=latest)
    flow.record()
    flow.inputs["inb"].extend([1, 2])
    flow.run_available()

    assert flow.check()["out"].order == "differs"


def test_an_example_that_does_not_fit_says_nothing():
    flow = flow_of(FOLD.format("greatest"), greatest=greatest)

    assert flow.check(examples={"inb": ["text", None]})["out"].order == "unknown"


def test_examples_for_an_input_that_there_is_not_are_refused_with_those_that_there_are():
    with pytest.raises(ValueError, match="inb"):
        flow_of(FOLD.format("greatest"), greatest=greatest).check(examples={"in": [1]})["out"].order


def test_the_flow_is_left_alone():
    flow = flow_of(FOLD.format("greatest"), greatest=greatest)

    flow.check(examples={"inb": [1, 2]})["out"].order

    assert flow.current_tick() == 0
    assert flow.inputs["inb"].waiting() == []


def test_a_declared_law_that_does_not_hold_for_the_examples_is_told_of_at_the_function():
    said = hf.law("commutes")(lambda held, item: item)
    flow = flow_of(FOLD.format("said"), said=said)

    assert flow.check()["out"].order == "final"
    with pytest.raises(hf.GuaranteeError, match="declared to keep to the law `commutes`") as raised:
        flow.check(examples={"inb": [1, 2]})
    (found,) = raised.value.diagnostics
    assert (found.code, found.span.text) == ("HF320", "said")
    assert "f(f(a, b), c) is 2, f(f(a, c), b) is 1" in found.notes[0]


@dataclass(frozen=True)
class Put:
    """A message with a key."""

    key: Any
    value: Any


@pytest.mark.parametrize(
    ("closure", "item"),
    [
        ("|x| x", 1),
        ("|(k, v)| (v, k)", (1, 2)),
        ("|(k, *rest)| (rest, k)", (1, 2, 3)),
        ("|(*rest, v)| (v, rest)", (1, 2, 3)),
        ("|(a, *rest, b)| (a, b, rest)", (1, 2, 3, 4)),
        ("|(a, *_, b)| (b, a)", (1, 2, 3)),
        ("|(a, *rest)| (a, rest)", (1,)),
        ("|((a, _), [b, *c])| (c, b, a)", ((1, 2), [3, 4])),
        ("|Put(k, v)| (v, k)", Put(1, 2)),
        ("|Put((a, b), v)| (v, b, a)", Put((1, 2), 3)),
        ("|(k, v)| (v, k)", Put(1, 2)),
        ("|(a, Put(k, _))| (k, a)", (1, Put(2, 3))),
    ],
)
def test_a_closure_means_the_same_to_examples_as_to_the_flow(closure, item):
    out = []
    names = {"items": [item], "out": out, "Put": Put}
    hf.compile(f"source_iter(items) -> map({closure}) -> for_each(out.append);", names).run_available()
    graph = compile_source(hf.Source(text=f"source_iter([]) -> map({closure}) -> null();"), "flow").graph
    (argument,) = next(node.call.arguments for node in graph.nodes.values() if node.operator.name == "map")

    function = as_function(argument, names, "flow")

    assert function is not None
    assert [function(item)] == out
