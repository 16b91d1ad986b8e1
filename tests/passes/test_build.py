from __future__ import annotations

from hydroflow_nb.passes.build import BuiltGraph, build
from hydroflow_nb.source import Source
from hydroflow_nb.syntax.parser import parse


def built(text: str) -> BuiltGraph:
    parsed = parse(Source(text=text))
    assert not parsed.diagnostics
    return build(parsed.flow, "flow")


def edges(text: str) -> list[tuple[str, str, str, str]]:
    result = built(text)
    assert not result.diagnostics
    nodes = result.graph.nodes
    return [
        (
            nodes[edge.source].operator.name,
            edge.source_port.text,
            edge.target_port.text,
            nodes[edge.target].operator.name,
        )
        for edge in result.graph.edges.values()
    ]


def codes(text: str) -> list[tuple[str, str]]:
    return [(diagnostic.code, diagnostic.span.text) for diagnostic in built(text).diagnostics]


def test_a_name_is_no_node_but_the_two_ends_of_its_pipeline() -> None:
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


def test_an_alias_may_carry_the_port() -> None:
    found = edges("left = [0]j; j = join() -> null(); source_iter([]) -> left; source_iter([]) -> [1]j;")

    assert ("source_iter", "", "0", "join") in found


def test_an_operator_may_be_on_a_cycle_with_its_own_name() -> None:
    found = edges("c = union() -> c;")

    assert found == [("union", "", "", "union")]


def test_a_port_written_at_an_alias_and_at_its_name_is_reported_at_the_outer_place() -> None:
    found = codes("left = [0]j; j = join() -> null(); source_iter([]) -> [1]left; source_iter([]) -> [1]j;")

    assert found == [("HF205", "[1]")]


def test_an_unknown_operator_is_reported_with_the_nearest_name() -> None:
    result = built("source_iter([1]) -> flatmap(f) -> null();")

    (diagnostic,) = result.diagnostics
    assert (diagnostic.code, diagnostic.span.text) == ("HF201", "flatmap")
    assert "`flat_map`" in diagnostic.hint


def test_an_operator_of_the_past_is_told_its_name_of_today() -> None:
    (diagnostic,) = built("source_iter([1]) -> merge() -> null();").diagnostics

    assert "`union`" in diagnostic.hint


def test_an_operator_that_is_no_more_is_told_what_to_write_instead() -> None:
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


def test_a_name_that_is_never_assigned_is_reported_with_the_nearest_one() -> None:
    (diagnostic,) = built("words = null(); source_iter([1]) -> wrods;").diagnostics

    assert (diagnostic.code, diagnostic.span.text) == ("HF203", "wrods")
    assert "`words`" in diagnostic.hint


def test_an_operator_without_its_parentheses_is_told_how_it_is_called() -> None:
    (diagnostic,) = built("source_iter([1]) -> union;").diagnostics

    assert "`union()`" in diagnostic.hint


def test_names_that_stand_for_each_other_are_reported_once() -> None:
    found = built("a = b; b = a; source_iter([1]) -> a; source_iter([2]) -> b;").diagnostics

    (diagnostic,) = found
    assert diagnostic.code == "HF204"


def test_a_circle_of_names_is_told_without_the_names_that_lead_to_it() -> None:
    (diagnostic,) = built("a = b; b = c; c = b; source_iter([1]) -> a;").diagnostics

    assert diagnostic.message.endswith("in a circle: b -> c -> b")
    assert diagnostic.span.text == "b"


def test_a_circle_on_the_other_side_of_names_that_lead_to_one_is_told_too() -> None:
    found = [diagnostic.message for diagnostic in built("a = b -> k; b = c; c = a; k = l; l = k;").diagnostics]

    assert found == [
        "the name `k` stands for itself, in a circle: k -> l -> k",
        "the name `b` stands for itself, in a circle: b -> c -> a -> b",
    ]


def test_a_name_that_stands_for_itself_and_is_never_used_is_no_error() -> None:
    assert codes("c = c; source_iter([1]) -> null();") == []


def test_a_port_at_an_end_that_nothing_is_connected_to_is_an_error() -> None:
    found = codes("a = tee() -> null(); source_iter([1]) -> a; x = a[0];")

    assert found == [("HF206", "[0]")]


def test_nodes_bear_the_name_of_their_statement() -> None:
    result = built("a = source_iter([1]) -> (map(f) -> filter(g)); a -> null();")

    assert [node.variable for node in result.graph.nodes.values()] == ["a", "a", "a", None]


def test_a_port_that_an_alias_bears_twice_is_told_of_once():
    result = built("a = b[0]; b = t[1]; t = source_iter([1]) -> tee(); a -> null(); a -> null();")

    assert [found.code for found in result.diagnostics] == ["HF205"]
