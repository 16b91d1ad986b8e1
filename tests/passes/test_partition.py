from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from hydroflow_nb.compiler import compile_source
from hydroflow_nb.errors import GraphError
from hydroflow_nb.ir.graph import EdgeId, FlatGraph, NodeId
from hydroflow_nb.ir.partitioned import PartitionedGraph, Side
from hydroflow_nb.ir.verify import violations
from hydroflow_nb.operators.record.operator import InputDelay
from hydroflow_nb.passes.build import build
from hydroflow_nb.passes.partition import partition
from hydroflow_nb.passes.pipeline import PARTITION, STRATIFY, Compilation, run
from hydroflow_nb.source import Source
from hydroflow_nb.syntax.parser import parse


def partitioned(text: str) -> PartitionedGraph:
    graph = compile_source(Source(text=text), "flow").graph
    assert violations(graph) == []
    return graph


def names(graph: PartitionedGraph) -> list[list[str]]:
    return [[graph.nodes[node].operator.name for node in part.nodes] for part in graph.subgraphs.values()]


def test_a_chain_is_one_subgraph_without_a_handoff() -> None:
    graph = partitioned("source_iter([1]) -> map(f) -> filter(g) -> for_each(h);")

    assert names(graph) == [["source_iter", "map", "filter", "for_each"]]
    assert not graph.handoffs


def test_a_subgraph_pulls_up_to_its_pivot_and_pushes_from_there() -> None:
    graph = partitioned(
        """
        j = join() -> map(f) -> tee(); j -> null(); j -> for_each(g);
        source_iter([]) -> [0]j; source_iter([]) -> [1]j;
        """
    )

    sides = {graph.nodes[node].operator.name: side for node, side in graph.sides.items()}

    assert len(graph.subgraphs) == 1
    assert sides["join"] is sides["source_iter"] is Side.PULL
    assert sides["tee"] is sides["null"] is sides["for_each"] is Side.PUSH


def test_what_pushes_reaches_what_pulls_through_a_handoff() -> None:
    graph = partitioned("t = source_iter([]) -> tee(); j = join() -> null(); t -> [0]j; t -> [1]j;")

    assert names(graph) == [["source_iter", "tee"], ["join", "null"]]
    assert len(graph.handoffs) == 2


def test_a_cycle_within_a_tick_runs_as_one_component() -> None:
    graph = partitioned("u = union() -> map(f) -> tee(); source_iter([1]) -> u; u -> filter(g) -> u; u -> null();")

    (component,) = graph.strata[0]

    assert component.cyclic


def test_a_cycle_over_the_next_tick_runs_once_a_tick() -> None:
    graph = partitioned("u = union() -> tee(); source_iter([1]) -> u; u -> defer_tick() -> u; u -> null();")

    assert not any(component.cyclic for stratum in graph.strata for component in stratum)
    assert [handoff.delay for handoff in graph.handoffs.values() if handoff.delay] == [InputDelay.TICK]


def test_a_delayed_edge_bears_a_handoff_also_where_both_ends_could_be_one_subgraph() -> None:
    graph = partitioned("source_iter([1]) -> fold(int, f) -> null();")

    (handoff,) = graph.handoffs.values()

    assert handoff.delay is InputDelay.STRATUM
    assert len(graph.subgraphs) == 2


def test_subgraphs_of_several_in_a_cycle_run_together() -> None:
    graph = partitioned(
        """
        a = union() -> tee(); b = union() -> tee();
        source_iter([1]) -> a; a -> map(f) -> b; source_iter([2]) -> b; b -> map(g) -> a; a -> null(); b -> null();
        """
    )

    cyclic = [component for stratum in graph.strata for component in stratum if component.cyclic]

    assert [len(component.subgraphs) for component in cyclic] == [2]


def test_the_blocked_side_of_a_difference_is_in_a_later_stratum() -> None:
    graph = partitioned("d = difference() -> null(); source_iter([1]) -> [pos]d; source_iter([2]) -> [neg]d;")

    strata = {graph.nodes[node].operator.name: graph.stratum_of(node) for node in graph.nodes}

    assert strata["difference"] == 1
    assert names(graph) == [["source_iter"], ["source_iter", "difference", "null"]]


def test_an_operator_that_feeds_only_itself_has_a_handoff() -> None:
    graph = partitioned("c = tee() -> c;")

    assert len(graph.handoffs) == 1
    assert graph.strata[0][0].cyclic


def test_an_empty_flow_has_one_stratum_with_nothing_in_it() -> None:
    graph = partitioned("")

    assert list(graph.strata) == [[]]
    assert not graph.subgraphs


# Every operator has a union before and a tee behind it, so that any edges between them are a flow.
flows = st.integers(1, 7).flatmap(
    lambda size: st.tuples(
        st.lists(
            st.sampled_from(["map(f)", "sort()", "defer_tick()", "defer_tick_lazy()", "fold(int, f)", "unique()"]),
            min_size=size,
            max_size=size,
        ),
        st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)), max_size=12),
    )
)


@given(flows)
def test_every_flow_is_either_partitioned_by_the_laws_or_rejected_for_a_blocking_cycle(
    flow: tuple[list[str], list[tuple[int, int]]],
) -> None:
    operators, edges = flow
    text = "".join(f"n{i} = union() -> {call} -> tee(); source_iter([]) -> n{i};\n" for i, call in enumerate(operators))
    text += "".join(f"n{source} -> n{target};\n" for source, target in edges)

    try:
        wrong = violations(compile_source(Source(text=text), "flow").graph)
    except GraphError as failure:
        wrong = [diagnostic.code for diagnostic in failure.diagnostics if diagnostic.is_error]

    assert set(wrong) <= {"HF220"}


def test_operators_may_be_kept_apart() -> None:
    flat = partitioned("source_iter([1]) -> map(print) -> for_each(print);").flat

    graph = partition(flat, dict.fromkeys(flat.nodes, 0), apart=True)

    assert [subgraph.nodes for subgraph in graph.subgraphs.values()] == [(1,), (2,), (3,)]
    assert len(graph.handoffs) == 2


# Chains between operators that have several inputs and several outputs.
chains = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.lists(st.sampled_from(["map(f)"] * 4 + ["sort()", "defer_tick()"]), max_size=6),
        st.integers(0, 2),
    ),
    min_size=2,
    max_size=6,
)


@given(chains, st.randoms(use_true_random=False))
def test_sides_are_those_that_rounds_over_all_edges_give(
    chains: list[tuple[int, list[str], int]], random: Random
) -> None:
    statements = [f"hub{i} = union() -> tee();" for i in range(3)]
    for i, (source, calls, target) in enumerate(chains):
        ends = [f"hub{source}", *(f"n{i}_{j}" for j in range(len(calls))), f"hub{target}"]
        statements += [f"{name} = {call};" for name, call in zip(ends[1:], calls, strict=False)]
        statements += [f"{before} -> {after};" for before, after in pairwise(ends)]
    random.shuffle(statements)
    parsed = parse(Source(text="\n".join(statements)))

    flow = run(Compilation(built=build(parsed.flow, "flow")), (STRATIFY, PARTITION))

    graph = flow.partitioned
    assert flow.failed or graph is not None
    if graph is not None:
        assert (graph.sides, set(graph.handoffs)) == by_rounds(flow.graph, flow.strata)


def by_rounds(flat: FlatGraph, strata: Mapping[NodeId, int]) -> tuple[dict[NodeId, Side], set[EdgeId]]:
    """The sides of the nodes and the edges that bear handoffs, found by going over all edges until nothing changes."""
    sides: dict[NodeId, Side | None] = dict.fromkeys(flat.nodes)
    for node in flat.nodes:
        ins, outs = len(flat.inputs(node)), len(flat.outputs(node))
        if ins > 1 or (not ins and outs < 2):
            sides[node] = Side.PULL
        elif outs != 1:
            sides[node] = Side.PUSH
    group = {node: {node} for node in flat.nodes}
    joined: set[EdgeId] = set()
    edges = [e for e in flat.edges.values() if flat.delay(e) is None and strata[e.source] == strata[e.target]]
    while True:
        changed = False
        for edge in edges:
            source, target = sides[edge.source], sides[edge.target]
            apart = group[edge.source] is not group[edge.target]
            if apart and (source or target) and not (source is Side.PUSH and target is Side.PULL):
                sides[edge.source] = source or target
                sides[edge.target] = target or source
                both = group[edge.source] | group[edge.target]
                group.update(dict.fromkeys(both, both))
                joined.add(edge.id)
                changed = True
        undecided = [edge for edge in edges if sides[edge.source] is sides[edge.target] is None]
        if not changed and not undecided:
            return {node: side or Side.PULL for node, side in sides.items()}, set(flat.edges) - joined
        if not changed:
            sides[undecided[0].source] = Side.PULL
