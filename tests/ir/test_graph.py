from __future__ import annotations

from dataclasses import replace

from hydroflow_nb.compiler import compile_source
from hydroflow_nb.ir.graph import EdgeId, NodeId, PortLabel
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.operators.record.operator import InputDelay
from hydroflow_nb.source import Source


def graph_of(text: str) -> PartitionedGraph:
    return compile_source(Source(text=text), "flow").graph


def label(value: int | str | None) -> PortLabel:
    return PortLabel(label=value, span=Source(text="").span(0, 0))


def test_ports_are_ordered_numbers_first_then_names_then_none() -> None:
    labels = [label(None), label("b"), label(10), label("a"), label(2)]

    ordered = sorted(labels, key=lambda port: port.order)

    assert [port.label for port in ordered] == [2, 10, "a", "b", None]


def test_inputs_come_in_the_order_of_their_ports() -> None:
    graph = graph_of("u = union() -> for_each(f); source_iter([1]) -> [1]u; source_iter([0]) -> [0]u;")

    inputs = graph.flat.inputs(NodeId(1))

    assert [graph.nodes[edge.source].call.arguments[0].span.text for edge in inputs] == ["[0]", "[1]"]


def test_inputs_without_ports_come_in_the_order_of_the_text() -> None:
    graph = graph_of("u = union() -> for_each(f); source_iter([1]) -> u; source_iter([0]) -> u;")

    inputs = graph.flat.inputs(NodeId(1))

    assert [graph.nodes[edge.source].call.arguments[0].span.text for edge in inputs] == ["[1]", "[0]"]


def test_one_persistence_holds_for_all_inputs_and_two_for_one_each() -> None:
    graph = graph_of(
        """
        a = join::<'static>(); source_iter([]) -> [0]a; source_iter([]) -> [1]a; a -> for_each(f);
        b = join::<'tick, 'static>(); source_iter([]) -> [0]b; source_iter([]) -> [1]b; b -> for_each(f);
        c = join(); source_iter([]) -> [0]c; source_iter([]) -> [1]c; c -> for_each(f);
        """
    )

    joins = [node for node in graph.nodes.values() if node.operator.name == "join"]

    assert [(node.is_static(0), node.is_static(1)) for node in joins] == [(True, True), (False, True), (False, False)]


def test_a_wire_into_a_handoff_has_the_source_port_and_the_wire_out_of_it_the_target_port_and_the_delay() -> None:
    graph = graph_of(
        """
        t = source_iter([]) -> tee(); t[out] -> [neg]d; t -> [pos]d;
        d = difference() -> for_each(f);
        """
    )

    edge = next(edge for edge in graph.edges.values() if edge.target_port.text == "neg")
    into, out_of = (wire for wire in graph.wires if wire.edge is edge)

    assert (into.source_port, into.target_port, into.delay) == ("out", "", None)
    assert (out_of.source_port, out_of.target_port, out_of.delay) == ("", "neg", InputDelay.STRATUM)
    assert into.target == out_of.source == graph.handoffs[edge.id].element
    assert (into.leaves_handoff, out_of.leaves_handoff) == (False, True)


def test_elements_are_numbered_from_one_in_the_order_of_the_text() -> None:
    graph = graph_of("source_stream(a) -> defer_tick() -> for_each(f);")

    assert [node.element for node in graph.nodes.values()] == ["op-1", "op-2", "op-3"]
    assert [wire.element for wire in graph.wires] == ["edge-1", "edge-2", "edge-3"]
    assert graph.handoffs[EdgeId(1)].element == "handoff-1"
    assert [node.element for node in graph.inputs()] == ["op-1"]
    assert graph.handoffs[EdgeId(1)].crosses_ticks


def test_a_node_knows_the_states_that_it_reads_and_the_readers_of_its_own() -> None:
    graph = graph_of(
        """
        a = source_iter([1]) -> fold(int, f); b = source_iter([2]) -> fold(int, f);
        source_iter([3]) -> map(|x| $b + $a + $b) -> null(); source_iter([4]) -> filter(|x| x < $a) -> null();
        """
    ).flat
    number = {f"{node.operator.name} {node.variable}": node.id for node in graph.nodes.values()}

    assert [read.name for read in graph.reads_by(number["map None"])] == ["b", "a"]
    assert [read.target for read in graph.reads_of(number["fold a"])] == [number["map None"], number["filter None"]]
    assert not graph.reads_by(number["fold a"])
    assert not graph.reads_of(number["map None"])


def test_an_edge_that_takes_the_place_of_another_is_known_to_its_new_ends_only() -> None:
    graph = graph_of("source_iter([1]) -> map(f) -> for_each(g);").flat
    into, out_of = graph.edges[EdgeId(1)], graph.edges[EdgeId(2)]

    graph.take_out(out_of)
    graph.put(replace(into, target=NodeId(3)))

    assert [edge.source for edge in graph.inputs(NodeId(3))] == [NodeId(1)]
    assert graph.inputs(NodeId(2)) == graph.outputs(NodeId(2)) == []
