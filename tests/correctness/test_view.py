"""An operator at its place in a flow, as its rule sees it."""

from __future__ import annotations

import hydroflow_nb as hf
from hydroflow_nb.compiler import compile_source
from hydroflow_nb.correctness.inference import Typing
from hydroflow_nb.correctness.subject import Subject
from hydroflow_nb.correctness.view import NodeView, Types
from hydroflow_nb.ir.graph import FlatGraph
from hydroflow_nb.operators.rules.content import Content, Time
from hydroflow_nb.operators.rules.rule import Differences

SINK = " -> for_each(out.append);"


def flat(text: str) -> FlatGraph:
    return compile_source(hf.Source(text=text + SINK), "flow").graph.flat


def seen(types: Types, operator: str) -> NodeView:
    node = next(node for node in types.subject.graph.nodes.values() if node.operator.name == operator)
    return NodeView(types=types, node=node, is_in_cycle=False)


def typed(text: str) -> Types:
    return Typing(subject=Subject(flat(text), {}), differences=Differences(), assumed=False).run()


def test_a_rule_sees_its_inputs_by_their_ports():
    view = seen(
        typed("source_iter([1]) -> [pos]d; source_stream(a) -> [neg]d; d = difference::<'tick, 'static>()"),
        "difference",
    )

    assert (view.input("pos").time, view.input("neg").time) == ("once", "stream")
    assert (view.is_static("pos"), view.is_static("neg")) == (False, True)
    assert view.is_ready
    assert not view.is_closed
    assert not view.is_mutable()


def test_a_rule_sees_the_states_that_it_reads_by_their_names():
    types = typed("n = source_iter([1]) -> fold(|| 0, |n, x| n + x); source_stream(a) -> map(|x| x + $n)")

    assert list(seen(types, "map").reads) == ["n"]


def test_an_operator_waits_for_all_its_inputs_and_a_union_for_one():
    graph = flat(
        f"source_iter([1]) -> [0]j; source_iter([2]) -> [1]j; j = join(){SINK}"
        "source_iter([1]) -> u; source_iter([2]) -> u; u = union()"
    )
    types = Types(subject=Subject(graph, {}), differences=Differences(), assumed=False)

    def is_ready(name: str) -> bool:
        return seen(types, name).is_ready

    assert (is_ready("join"), is_ready("union")) == (False, False)
    for name in ("join", "union"):
        types.edges[graph.inputs(seen(types, name).node.id)[0].id] = Content(time=Time.ONCE)
    assert (is_ready("join"), is_ready("union")) == (False, True)
    assert is_ready("source_iter")
