"""The levels of a flow: what stands in each, and what joins two units of it."""

from __future__ import annotations

import pytest

from hydroflow_nb.passes.build import build
from hydroflow_nb.passes.levels import levels_of
from hydroflow_nb.source import Source
from hydroflow_nb.syntax.parser import parse


@pytest.fixture
def graph():
    """A flow with a loop in a loop, each operator by the name of its pipeline."""
    text = """
    a = source_iter([1]) -> map(f);
    loop {
        b = a -> batch();
        loop { c = b -> batch_lazy() -> map(f) -> all_iterations(); };
        d = c -> all_iterations();
    };
    d -> null();
    """
    return build(parse(Source(text=text)).flow, "flow").graph


def named(graph, edges):
    return [f"{graph.nodes[edge.source].name} {graph.nodes[edge.target].name}" for edge in edges]


def test_an_inner_loop_is_one_unit_of_the_level_around_it(graph):
    levels = levels_of(graph)

    first = {loop: list(dict.fromkeys(level.units.values())) for loop, level in levels.items()}

    assert {loop: [graph.nodes[node].name for node in nodes] for loop, nodes in first.items()} == {
        None: ["source_iter_1", "map_2", "batch_3", "null_8"],
        1: ["batch_3", "batch_lazy_4", "all_iterations_7"],
        2: ["batch_lazy_4", "map_5", "all_iterations_6"],
    }


def test_an_edge_belongs_to_the_innermost_level_that_both_its_ends_stand_in(graph):
    levels = levels_of(graph)

    assert {loop: named(graph, level.edges) for loop, level in levels.items()} == {
        None: ["source_iter_1 map_2", "map_2 batch_3", "all_iterations_7 null_8"],
        1: ["batch_3 batch_lazy_4", "all_iterations_6 all_iterations_7"],
        2: ["batch_lazy_4 map_5", "map_5 all_iterations_6"],
    }


def test_a_flow_without_operators_is_one_level_without_units():
    levels = levels_of(build(parse(Source(text="")).flow, "flow").graph)

    assert list(levels) == [None]
    assert not levels[None].units
