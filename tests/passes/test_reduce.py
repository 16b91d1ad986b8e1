from __future__ import annotations

from hydroflow_nb.ir.graph import FlatGraph
from hydroflow_nb.passes.build import build
from hydroflow_nb.passes.pipeline import REDUCE, Compilation, run
from hydroflow_nb.source import Source
from hydroflow_nb.syntax.parser import parse


def reduced(text: str) -> FlatGraph:
    return run(Compilation(built=build(parse(Source(text=text)).flow, "flow")), [REDUCE]).graph


def edges(graph: FlatGraph) -> list[tuple[str, str, str, str]]:
    nodes = graph.nodes
    return [
        (
            nodes[edge.source].operator.name,
            edge.source_port.text,
            edge.target_port.text,
            nodes[edge.target].operator.name,
        )
        for edge in graph.edges.values()
    ]


def test_a_chain_of_needless_operators_becomes_one_edge() -> None:
    graph = reduced("source_iter([1]) -> union() -> tee() -> union() -> null();")

    assert edges(graph) == [("source_iter", "", "", "null")]


def test_the_ports_of_the_neighbours_stay_and_those_of_the_removed_go() -> None:
    graph = reduced(
        """
        t = source_iter([1]) -> tee(); u = union();
        t[a] -> [x]u[y] -> [pos]d; t[b] -> [neg]d; d = difference() -> null();
        """
    )

    assert ("tee", "a", "pos", "difference") in edges(graph)
    assert "union" not in {node.operator.name for node in graph.nodes.values()}


def test_what_brings_streams_together_or_parts_them_stays() -> None:
    graph = reduced("u = union() -> tee(); source_iter([1]) -> u; source_iter([2]) -> u; u -> null(); u -> null();")

    assert [node.operator.name for node in graph.nodes.values()].count("union") == 1
    assert [node.operator.name for node in graph.nodes.values()].count("tee") == 1


def test_a_tee_that_feeds_only_itself_stays() -> None:
    graph = reduced("c = tee() -> c;")

    assert edges(graph) == [("tee", "", "", "tee")]


def test_a_circle_of_a_tee_and_a_union_keeps_one_of_them() -> None:
    graph = reduced("c = tee() -> union() -> c;")

    assert len(graph.nodes) == 1
    assert len(graph.edges) == 1


def test_operators_keep_their_numbers() -> None:
    graph = reduced("source_iter([1]) -> union() -> null();")

    assert list(graph.nodes) == [1, 3]
    assert all(node.id == identity for identity, node in graph.nodes.items())
