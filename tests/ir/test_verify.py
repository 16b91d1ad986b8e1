from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from hydroflow_nb.compiler import compile_source
from hydroflow_nb.ir.graph import EdgeId, FlatGraph, NodeId
from hydroflow_nb.ir.partitioned import Component, PartitionedGraph, Side, SubgraphId
from hydroflow_nb.ir.verify import violations
from hydroflow_nb.source import Source

TEXT = """
t = source_iter([1]) -> tee();
t -> [pos]d;
t -> map(|x| x) -> [neg]d;
d = difference() -> for_each(print);
"""


@pytest.fixture
def graph() -> PartitionedGraph:
    return compile_source(Source(text=TEXT), "flow").graph


def test_a_compiled_graph_keeps_all_laws(graph: PartitionedGraph) -> None:
    assert violations(graph) == []


def with_subgraph(graph: PartitionedGraph, number: int, **changes: object) -> PartitionedGraph:
    identity = SubgraphId(number)
    return replace(graph, subgraphs={**graph.subgraphs, identity: replace(graph.subgraphs[identity], **changes)})  # type: ignore[arg-type]


def without_handoff(graph: PartitionedGraph) -> PartitionedGraph:
    return replace(graph, handoffs=dict(list(graph.handoffs.items())[1:]))


def with_a_wrong_side(graph: PartitionedGraph) -> PartitionedGraph:
    return replace(graph, sides={**graph.sides, NodeId(2): Side.PULL})


def with_operators_run_backwards(graph: PartitionedGraph) -> PartitionedGraph:
    return with_subgraph(graph, 1, nodes=graph.subgraphs[SubgraphId(1)].nodes[::-1])


def with_an_operator_in_no_subgraph(graph: PartitionedGraph) -> PartitionedGraph:
    return with_subgraph(graph, 1, nodes=graph.subgraphs[SubgraphId(1)].nodes[1:])


def with_one_stratum_only(graph: PartitionedGraph) -> PartitionedGraph:
    flat = with_subgraph(graph, 2, stratum=0)
    return replace(flat, strata=[[component for stratum in graph.strata for component in stratum]])


def with_a_false_cycle(graph: PartitionedGraph) -> PartitionedGraph:
    both = Component(subgraphs=(SubgraphId(1),), cyclic=True)
    return replace(graph, strata=[[both], *graph.strata[1:]])


def with_a_handoff_that_forgot_its_delay(graph: PartitionedGraph) -> PartitionedGraph:
    return replace(graph, handoffs={edge: replace(handoff, delay=None) for edge, handoff in graph.handoffs.items()})


def with_a_wire_missing(graph: PartitionedGraph) -> PartitionedGraph:
    return replace(graph, wires=graph.wires[:-1])


def with_a_number_used_twice(graph: PartitionedGraph) -> PartitionedGraph:
    return replace(graph, wires=[replace(wire, number=1) for wire in graph.wires])


def with_an_edge_that_no_node_knows(graph: PartitionedGraph) -> PartitionedGraph:
    edge = replace(graph.edges[EdgeId(1)], id=EdgeId(99))
    return replace(graph, flat=replace(graph.flat, _edges={**graph.edges, edge.id: edge}))


def with_an_edge_under_another_id(graph: PartitionedGraph) -> PartitionedGraph:
    edges = {**graph.edges, EdgeId(99): graph.edges[EdgeId(1)]}
    return replace(graph, flat=replace(graph.flat, _edges=edges))


READING = "top = source_iter([1]) -> fold(|| 0, max); source_iter([1]) -> filter(|x| x < $top) -> null();"


def test_a_state_is_read_in_a_later_stratum_than_it_is_made_in() -> None:
    graph = compile_source(Source(text=READING), "flow").graph
    (read,) = graph.reads
    assert violations(graph) == []
    flat = FlatGraph(source=graph.flat.source, name="flow", nodes=graph.flat.nodes)
    for edge in graph.edges.values():
        flat.put(edge)
    flat.put_read(replace(read, source=read.target, target=read.source))

    found = violations(replace(graph, flat=flat))

    assert found == ["op-2 in stratum 1 reads `$top`, which is complete after stratum 2"]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (without_handoff, "without a handoff"),
        (with_a_wrong_side, "op-2 pulls and has several outputs"),
        (with_operators_run_backwards, "runs before"),
        (with_an_operator_in_no_subgraph, "lies in 0 subgraphs"),
        (with_one_stratum_only, "leads from stratum 0 to 0"),
        (with_a_false_cycle, "says wrongly whether it is cyclic"),
        (with_a_handoff_that_forgot_its_delay, "has delay None"),
        (with_a_wire_missing, "the wires are"),
        (with_a_number_used_twice, "the id edge-1 is used"),
        (with_an_edge_that_no_node_knows, "op-1 and the graph do not agree about the output 99"),
        (with_an_edge_under_another_id, "edge 1 is kept under 99"),
    ],
)
def test_a_broken_law_is_named(
    graph: PartitionedGraph, broken: Callable[[PartitionedGraph], PartitionedGraph], said: str
) -> None:
    found = violations(broken(graph))

    assert any(said in sentence for sentence in found), found
