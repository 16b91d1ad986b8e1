from __future__ import annotations

from typing import Any

import pytest

from hydroflow_nb.compiler import compile_source
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.ir.place import Places, edge_of, nodes_of, place_of, wires_of
from hydroflow_nb.source import Source

REACH = """arcs = source_stream(edges) -> tee();
reached = union() -> tee();
source_iter([0]) -> [0]reached;
reached[0] -> map(|v| (v, ())) -> [0]hop;
arcs[0] -> [1]hop;
hop = join() -> flat_map(|(src, (_, dst))| [dst]) -> [1]reached;
arcs[1] -> map(|(src, dst)| dst) -> [pos]unreached;
reached[1] -> [neg]unreached;
unreached = difference() -> for_each(print);
"""


def graph_of(text: str) -> PartitionedGraph:
    return compile_source(Source(text=text), "flow").graph


@pytest.fixture(scope="module")
def reach() -> PartitionedGraph:
    return graph_of(REACH)


def names(graph: PartitionedGraph, place: str) -> list[str]:
    return [node.name for node in nodes_of(graph, place)]


def ends(graph: PartitionedGraph, place: str) -> list[tuple[str, str]]:
    return [(wire.source, wire.target) for wire in wires_of(graph, place)]


def refused(graph: PartitionedGraph, place: Any) -> str:
    with pytest.raises(HydroflowError) as raised:
        wires_of(graph, place)
    return str(raised.value)


def test_an_edge_is_named_by_two_names_of_the_text(reach: PartitionedGraph) -> None:
    assert ends(reach, "hop -> reached") == [("op-8", "op-3")]
    assert ends(reach, " hop->reached ") == [("op-8", "op-3")]


def test_an_edge_with_a_handoff_has_two_wires(reach: PartitionedGraph) -> None:
    assert ends(reach, "reached -> unreached") == [("op-4", "handoff-4"), ("handoff-4", "op-10")]


def test_a_name_is_the_operators_of_its_pipeline_and_the_wires_that_leave_them(reach: PartitionedGraph) -> None:
    assert names(reach, "hop") == ["join_7", "flat_map_8"]
    assert {source for source, _ in ends(reach, "hop")} == {"op-7", "op-8"}


def test_the_wires_of_a_sink_are_those_that_enter_it(reach: PartitionedGraph) -> None:
    assert ends(reach, "for_each") == [("op-10", "op-11")]


@pytest.mark.parametrize("end", ["join", "join_7", "op-7"])
def test_an_operator_is_named_by_its_name_its_number_or_its_element(reach: PartitionedGraph, end: str) -> None:
    assert names(reach, end) == ["join_7"]
    assert ends(reach, f"{end} -> flat_map") == [("op-7", "op-8")]


def test_the_other_end_of_an_edge_tells_operators_of_one_name_apart(reach: PartitionedGraph) -> None:
    assert edge_of(reach, "reached -> map").target == 6
    assert edge_of(reach, "map -> unreached").source == 9


def test_the_element_of_a_wire_is_its_edge(reach: PartitionedGraph) -> None:
    wire = next(wire for wire in reach.wires if wire.source == "handoff-4")

    assert ends(reach, wire.element) == [("op-4", "handoff-4"), ("handoff-4", "op-10")]
    assert names(reach, wire.element) == ["tee_4", "difference_10"]


def test_ports_tell_edges_between_the_same_operators_apart() -> None:
    graph = graph_of(
        "pairs = source_iter([(1, 2)]) -> tee(); both = join() -> null(); pairs[0] -> [1]both; pairs[1] -> [0]both;"
    )

    assert "`pairs[0] -> [1]both` and `pairs[1] -> [0]both`" in refused(graph, "pairs -> both")
    assert edge_of(graph, "pairs[0] -> both") == edge_of(graph, "pairs -> [1]both")


def test_a_port_by_name_is_written_as_in_the_text() -> None:
    graph = graph_of(
        "router = source_iter([1]) -> partition(|x, [hot, cold]| x % 2); out = null();"
        "router[hot] -> out; router[cold] -> for_each(print);"
    )

    assert edge_of(graph, "router[hot] -> out").source_port.text == "hot"
    assert "there is no edge `router[cold] -> out`" in refused(graph, "router[cold] -> out")


def test_an_operator_that_the_flow_has_twice_is_refused_with_both(reach: PartitionedGraph) -> None:
    message = refused(reach, "map")

    assert message == "`map` is 2 operators of this flow: `op-6` in line 4 and `op-9` in line 7"


def test_an_unknown_name_is_refused_with_the_nearest(reach: PartitionedGraph) -> None:
    assert "did you mean `reached`?" in refused(reach, "reachd")
    assert "did you mean `reached`?" in refused(reach, "hop -> reachd")
    assert "there are `arcs`," in refused(reach, "zzz")


def test_an_edge_that_is_not_there_is_refused_with_those_that_are(reach: PartitionedGraph) -> None:
    message = refused(reach, "hop -> unreached")

    assert "there is no edge `hop -> unreached`" in message
    assert "`hop -> reached`" in message
    assert "`reached -> unreached`" in message


@pytest.mark.parametrize("place", ["", "a -> b -> c", "a -> ", "-> b", "a b -> c"])
def test_what_cannot_be_read_is_refused_with_how_a_place_is_written(reach: PartitionedGraph, place: str) -> None:
    assert '"A -> B"' in refused(reach, place) or 'such as "hop -> reached"' in refused(reach, place)


def test_a_place_that_is_not_a_text_is_refused(reach: PartitionedGraph) -> None:
    assert "a place is a text" in refused(reach, 3)


def test_a_name_that_stood_for_a_needless_union_is_the_edge_that_it_stood_on() -> None:
    graph = graph_of("out = union(); source_iter([1]) -> map(|x| x) -> out; more = tee(); out -> more -> null();")

    assert ends(graph, "out") == [("op-3", "op-5")]
    assert ends(graph, "map -> out") == ends(graph, "out -> more") == ends(graph, "more -> null") == ends(graph, "out")
    with pytest.raises(HydroflowError, match="was taken out: its edge is `map -> null`"):
        nodes_of(graph, "out")


def test_a_place_that_is_one_edge_is_asked_for_as_one(reach: PartitionedGraph) -> None:
    assert edge_of(reach, "join").target == 8
    with pytest.raises(HydroflowError, match="`reached` has 3 edges: "):
        edge_of(reach, "reached")


def test_each_part_has_a_text_that_means_it_alone(reach: PartitionedGraph) -> None:
    for wire in reach.wires:
        assert wire in wires_of(reach, place_of(reach, wire))
        assert edge_of(reach, place_of(reach, wire)) == wire.edge
    for node in reach.nodes.values():
        assert nodes_of(reach, place_of(reach, node)) == (node,)


def test_the_text_of_a_part_is_what_a_person_would_write(reach: PartitionedGraph) -> None:
    places = Places(reach)

    assert [places.place_of(edge) for edge in reach.edges.values()] == [
        "source_stream -> tee",
        "union -> tee",
        "source_iter -> reached",
        "reached -> map",
        "map -> hop",
        "arcs -> hop",
        "join -> flat_map",
        "hop -> reached",
        "arcs -> map",
        "map -> unreached",
        "reached -> unreached",
        "difference -> for_each",
    ]
    assert [places.place_of(node) for node in reach.nodes.values()] == [
        "source_stream",
        "op-2",
        "union",
        "op-4",
        "source_iter",
        "op-6",
        "join",
        "flat_map",
        "op-9",
        "difference",
        "for_each",
    ]


def test_a_name_of_one_operator_is_the_text_of_that_operator() -> None:
    graph = graph_of("numbers = source_iter([1]); numbers -> map(|x| x) -> null();")

    assert place_of(graph, next(iter(graph.nodes.values()))) == "numbers"


def test_a_name_hides_the_operators_of_the_same_name() -> None:
    graph = graph_of("map = source_iter([1]) -> filter(|x| x); map -> map(|x| x) -> null();")

    assert names(graph, "map") == ["source_iter_1", "filter_2"]
    assert place_of(graph, list(graph.nodes.values())[-1]) == "null"
    assert [place_of(graph, edge) for edge in graph.edges.values()] == [
        "source_iter -> filter",
        "map -> op-3",
        "op-3 -> null",
    ]


def test_all_that_a_place_may_mean_is_given_where_it_means_several(reach: PartitionedGraph) -> None:
    places = Places(reach)

    assert {reach.nodes[wire.edge.source].name for wire in places.all_wires_of("map")} == {"map_6", "map_9"}
    assert places.all_wires_of("hop -> reached") == places.wires_of("hop -> reached")
    with pytest.raises(HydroflowError, match="did you mean `reached`"):
        places.all_wires_of("reachd")


def test_what_can_be_written_is_each_name_and_each_edge(reach: PartitionedGraph) -> None:
    written = Places(reach).written

    assert written[:4] == ["arcs", "reached", "hop", "unreached"]
    assert len(written) == 4 + len(reach.edges)
    assert all(wires_of(reach, place) for place in written)
