from __future__ import annotations

from built import built, edges

from hydroflow_nb.passes.build import build
from hydroflow_nb.source import Source
from hydroflow_nb.syntax.parser import parse


def test_a_name_is_not_a_node_but_stands_for_the_two_ends_of_its_pipeline() -> None:
    found = edges("a = map(f) -> filter(g); source_iter([1]) -> a -> for_each(h);")

    assert found == [("map", "", "", "filter"), ("source_iter", "", "", "map"), ("filter", "", "", "for_each")]


def test_a_name_may_be_used_before_it_is_assigned() -> None:
    found = edges("source_iter([1]) -> a; a = for_each(f);")

    assert found == [("source_iter", "", "", "for_each")]


def test_ports_are_read_on_both_sides_of_a_name_and_of_parentheses() -> None:
    found = edges("t = tee(); source_iter([1]) -> [x]t[y] -> [pos](difference())[z] -> null();")

    assert found == [
        ("source_iter", "", "x", "tee"),
        ("tee", "y", "pos", "difference"),
        ("difference", "z", "", "null"),
    ]


def test_an_operator_may_be_on_a_cycle_with_its_own_name() -> None:
    found = edges("c = union() -> c;")

    assert found == [("union", "", "", "union")]


def test_an_unknown_operator_is_reported_with_the_nearest_name() -> None:
    result = built("source_iter([1]) -> flatmap(f) -> null();")

    (diagnostic,) = result.diagnostics
    assert (diagnostic.code, diagnostic.span.text) == ("HF201", "flatmap")
    assert "`flat_map`" in diagnostic.hint


def test_an_operator_of_the_past_is_told_its_name_of_today() -> None:
    (diagnostic,) = built("source_iter([1]) -> merge() -> null();").diagnostics

    assert "`union`" in diagnostic.hint


def test_an_operator_that_was_removed_is_answered_by_what_to_write_instead() -> None:
    flow = parse(Source(text="source_iter_delta([1]) -> null();")).flow

    (diagnostic,) = build(flow, "flow").diagnostics

    assert (diagnostic.code, diagnostic.hint) == ("HF201", "use `source_iter`")


def test_neighbours_of_an_unknown_operator_know_of_the_missing_edge() -> None:
    result = built("source_iter([1]) -> flatmap(f) -> null();")

    assert result.starved == {(1, "output"): 1, (2, "input"): 1}


def test_a_name_assigned_twice_keeps_its_first_pipeline() -> None:
    result = built("a = null(); a = for_each(f); source_iter([1]) -> a;")

    (diagnostic,) = result.diagnostics
    (edge,) = result.graph.edges.values()
    assert diagnostic.code == "HF202"
    assert diagnostic.labels[0].span.start == 0
    assert result.graph.nodes[edge.target].operator.name == "null"


def test_nodes_bear_the_name_of_their_statement() -> None:
    result = built("a = source_iter([1]) -> (map(f) -> filter(g)); a -> null();")

    assert [node.variable for node in result.graph.nodes.values()] == ["a", "a", "a", None]
