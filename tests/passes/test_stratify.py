from __future__ import annotations

from collections.abc import Mapping

from hydroflow_nb.diagnostics import Diagnostic
from hydroflow_nb.passes.build import build
from hydroflow_nb.passes.pipeline import STRATIFY, Compilation, run
from hydroflow_nb.passes.stratify import stratify
from hydroflow_nb.source import Source
from hydroflow_nb.syntax.parser import parse


def stratified(text: str) -> tuple[dict[str, list[int]], list[Diagnostic]]:
    flow = run(Compilation(built=build(parse(Source(text=text)).flow, "flow")), [STRATIFY])
    graph, strata, diagnostics = flow.graph, flow.strata, flow.diagnostics
    found: dict[str, list[int]] = {}
    for node, stratum in strata.items():
        found.setdefault(graph.nodes[node].operator.name, []).append(stratum)
    return found, diagnostics


def strata(text: str) -> Mapping[str, list[int]]:
    found, diagnostics = stratified(text)
    assert not diagnostics
    return found


def test_a_blocking_input_lies_in_a_later_stratum_than_what_feeds_it() -> None:
    found = strata("source_iter([1]) -> map(f) -> sort() -> fold(int, f) -> null();")

    assert found == {"source_iter": [0], "map": [0], "sort": [1], "fold": [2], "null": [2]}


def test_an_operator_runs_as_late_as_what_it_feeds() -> None:
    found = strata(
        """
        source_iter([1]) -> sort() -> [neg]d;
        source_iter([2]) -> [pos]d;
        d = difference() -> null();
        """
    )

    assert found == {"source_iter": [0, 2], "sort": [1], "difference": [2], "null": [2]}


def test_operators_on_a_cycle_share_a_stratum() -> None:
    found = strata("u = union() -> map(f) -> tee(); source_iter([1]) -> u; u -> u; u -> sort() -> null();")

    assert found["union"] == found["map"] == found["tee"] == [0]
    assert found["sort"] == [1]


def test_an_edge_into_the_next_tick_orders_nothing() -> None:
    found = strata("u = union() -> sort() -> tee(); source_iter([1]) -> u; u -> defer_tick() -> u; u -> null();")

    assert found["sort"] == found["tee"] == [1]
    assert found["union"] == found["defer_tick"] == [0]


def test_a_cycle_through_a_blocking_input_is_an_error_with_its_path() -> None:
    _, diagnostics = stratified("u = union() -> sort() -> map(f) -> tee(); source_iter([1]) -> u; u -> u; u -> null();")

    (diagnostic,) = diagnostics
    assert diagnostic.code == "HF220"
    assert diagnostic.message.endswith("sort -> map -> tee -> union -> sort")
    assert "defer_tick" in diagnostic.hint


def test_a_cycle_over_several_joins_is_found_too() -> None:
    _, diagnostics = stratified(
        """
        a = join() -> tee(); b = join() -> tee();
        source_iter([]) -> [0]a; b -> [1]a; source_iter([]) -> [0]b; a -> fold(int, f) -> [1]b;
        a -> null(); b -> null();
        """
    )

    (diagnostic,) = diagnostics
    assert diagnostic.message.endswith("fold -> join -> tee -> join -> tee -> fold")


def test_every_blocking_input_on_a_cycle_is_reported() -> None:
    _, diagnostics = stratified("u = union() -> sort() -> sort() -> u; source_iter([1]) -> u;")

    assert len(diagnostics) == 2


def test_a_port_of_the_blocking_input_is_named() -> None:
    _, diagnostics = stratified("d = difference() -> tee(); source_iter([1]) -> [pos]d; d -> [neg]d; d -> null();")

    assert "`[neg]`" in diagnostics[0].message


def test_a_chosen_stratum_holds_and_what_is_read_comes_before() -> None:
    text = "source_iter([1]) -> map(f) -> sort() -> for_each(g);"
    graph = build(parse(Source(text=text)).flow, "flow").graph
    nodes = {node.operator.name: number for number, node in graph.nodes.items()}

    strata, _ = stratify(graph, {nodes["map"]: 2, nodes["sort"]: 1})

    # A later one than was chosen where that one is too early.
    assert {name: strata[number] for name, number in nodes.items()} == {
        "source_iter": 2,
        "map": 2,
        "sort": 3,
        "for_each": 3,
    }
