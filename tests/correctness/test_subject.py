"""What is read of a flow once for all classes of runs."""

from __future__ import annotations

from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.compiler import compile_source
from hydroflow_nb.correctness.forms import FIRST_ITEM, UNKNOWN
from hydroflow_nb.correctness.subject import Subject
from hydroflow_nb.ir.graph import Node

SINK = " -> for_each(out.append);"


def subject(text: str, **names: Any) -> Subject:
    around = {"hf": hf, "Fold": hf.Fold, "Reduce": hf.Reduce, "FoldFrom": hf.FoldFrom, **names}
    return Subject(compile_source(hf.Source(text=text), "flow").graph.flat, around)


def node(found: Subject, operator: str) -> Node:
    return next(node for node in found.graph.nodes.values() if node.operator.name == operator)


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("source_iter([1]) -> map(abs)", True),
        ("source_iter([1]) -> fold::<'static>(|| 0, |n, x| n + x)", True),
        ("source_stream(a)", False),
        ("source_interval(1)", False),
        ("source_iter([1]) -> defer_tick()", False),
        ("source_iter([1]) -> defer_tick_lazy()", False),
        ("spin()", False),
    ],
)
def test_a_flow_is_closed_where_it_has_one_tick(text, closed):
    assert subject(text + SINK).is_closed is closed


def test_operators_come_behind_what_they_depend_on_and_those_of_a_cycle_together():
    found = subject(
        "n = source_iter([1]) -> fold(|| 0, |n, x| n + x);"
        "u = union() -> map(|x| x + $n) -> filter(|x| x < 3) -> tee(); source_iter([1]) -> u; u -> u; u" + SINK
    )
    order = [[found.graph.nodes[one].operator.name for one in part] for part, _ in found.parts]
    cyclic = [part for part, is_cyclic in found.parts if is_cyclic]

    assert order.index(["fold"]) < next(at for at, names in enumerate(order) if "map" in names)
    assert [sorted(found.graph.nodes[one].operator.name for one in part) for part in cyclic] == [
        ["filter", "map", "tee", "union"]
    ]
    assert order[-1] == ["for_each"]


def test_a_function_is_read_once():
    found = subject("source_iter([1]) -> fold(|| 0, |n, x| n + x)" + SINK)
    fold = node(found, "fold")

    assert found.function(fold, 1) is found.function(fold, 1)
    assert found.folding(fold, 1, 0) is found.folding(fold, 1, 0)
    assert found.folding(fold, 1, 0) is not found.function(fold, 1)


def raises() -> Any:
    raise ValueError("not here")


@pytest.mark.parametrize(
    ("begin", "value"),
    [
        ("|| 0", 0),
        ("lambda: 0", 0),
        ("int", 0),
        ("|| [1, 2]", [1, 2]),
        ("start", 7),
        ("raises", UNKNOWN),
        ("|| missing", UNKNOWN),
        ("|| 1 / 0", UNKNOWN),
        ("|| $n", UNKNOWN),
    ],
)
def test_what_an_accumulator_begins_with_is_found_out_or_unknown(begin, value):
    text = f"n = source_iter([1]) -> singleton(); source_iter([1]) -> fold({begin}, |n, x| n + x){SINK}"
    if "$n" not in begin:
        text = text.partition("; ")[2]
    found = subject(text, start=lambda: 7, raises=raises)

    assert found.folding(node(found, "fold"), 1, 0).begin == value


def test_what_a_reduce_begins_with_is_its_first_item():
    found = subject("source_iter([1]) -> reduce(max)" + SINK)

    assert found.folding(node(found, "reduce"), 0, None).begin is FIRST_ITEM


@pytest.mark.parametrize(
    ("aggregation", "begin", "commutes"),
    [
        ("Fold(lambda: 0, lambda a, x: a + x)", 0, True),
        ("hf.Fold(lambda: 0, lambda a, x: a + x)", 0, True),
        ("Reduce(max)", FIRST_ITEM, True),
        ("made", 0, True),
        ("greatest", FIRST_ITEM, True),
        ("FoldFrom(lambda x: x, lambda a, x: max(a, x))", UNKNOWN, None),
        ("maker()", UNKNOWN, None),
        ("Fold(lambda: 1 / 0, max)", UNKNOWN, None),
        ("others.Fold(lambda: 0, max)", UNKNOWN, None),
    ],
)
def test_how_a_side_of_a_fused_join_is_aggregated_is_read(aggregation, begin, commutes):
    class Others:
        """A place with another class of this name."""

        class Fold:
            """Not an aggregation."""

    text = f"source_iter([]) -> [0]j; source_iter([]) -> [1]j; j = join_fused_lhs({aggregation}){SINK}"
    found = subject(
        text,
        made=hf.Fold(lambda: 0, max),
        greatest=hf.Reduce(max),
        maker=lambda: hf.Reduce(max),
        others=Others,
    )
    function = found.fused(node(found, "join_fused_lhs"), 0)

    assert (function.begin, function.fold.commutes) == (begin, commutes)


def test_what_reaches_out_is_found_in_any_argument_of_an_operator():
    import time

    found = subject("source_iter([1]) -> fold(|| time.time(), |n, x| n + x) -> map(abs)" + SINK, time=time)

    assert found.reaching_out(node(found, "fold")) == ("HF308", "uses `time`")
    assert found.reaching_out(node(found, "map")) is None


@pytest.mark.parametrize(
    ("between", "inbox"),
    [
        ("", "source_stream_serde"),
        ("-> map(|(m, a)| m)", "source_stream_serde"),
        ("-> map(|(m, _)| m) -> tee()", "source_stream_serde"),
        ("-> map(|(m, a)| a)", "map"),
        ("-> map(|(m, a)| (m, 1))", "map"),
        ("-> map(|m| m)", "map"),
        ("-> filter_map(|(m, a)| m)", "filter_map"),
    ],
)
def test_the_inbox_before_an_operator_is_found_through_what_hands_messages_on(between, inbox):
    found = subject(f"source_stream_serde(a) {between} -> sort(){SINK}")

    assert found.graph.nodes[found.inbox_before(node(found, "sort"))].operator.name == inbox
