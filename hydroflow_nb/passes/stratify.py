"""Strata: every operator is put where everything that it waits for is complete."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, TypeVar

from hydroflow_nb.diagnostics import Diagnostic, Label, error
from hydroflow_nb.ir.algorithms import components, path
from hydroflow_nb.ir.graph import Edge, FlatGraph, Node, NodeId, Read
from hydroflow_nb.operators.record.operator import InputDelay
from hydroflow_nb.passes.levels import Level, levels_of

# At most this many cycles are reported for one group of operators that wait for each other.
MOST_CYCLES: Final = 10


def stratify(
    graph: FlatGraph, chosen: Mapping[NodeId, int] = MappingProxyType({})
) -> tuple[Mapping[NodeId, int], list[Diagnostic]]:
    """The stratum of each node, from 0, and the cycles that make strata impossible.

    A blocking input lies in a later stratum than what flows into it. A cycle through a blocking input can never be
    complete, however many subgraphs it spans. Source of the rule: stratified negation in Datalog; Hydroflow's own check
    looks at pairs of subgraphs only and misses longer cycles.

    Operators run as late as their readers allow, so a source stands next to its reader, and not in an earlier stratum.
    An operator with a chosen stratum runs in that one, or in the first later one that is possible.

    A loop is one unit: its operators all have the stratum in which it fires. `strata_within` gives those of its
    iterations.
    """
    levels = levels_of(graph)
    strata, diagnostics = _stratified(graph, levels.pop(None), chosen)
    for level in levels.values():
        diagnostics += _stratified(graph, level, {})[1]
    return strata, diagnostics


def strata_within(graph: FlatGraph, level: Level) -> Mapping[NodeId, int]:
    """The stratum that each node of a loop has in every iteration, from 0; a node of an inner loop has that of the
    inner loop.
    """
    return _stratified(graph, level, {})[0]


def _stratified(
    graph: FlatGraph, level: Level, chosen: Mapping[NodeId, int]
) -> tuple[dict[NodeId, int], list[Diagnostic]]:
    """The strata of the nodes of a loop, or of the whole flow."""
    stands_for, reads = level.units, level.reads
    # A tick edge ends in the next tick, so it closes no cycle within this one.
    edges = [edge for edge in level.edges if not graph.crosses_ticks(edge)]
    successors: dict[NodeId, list[NodeId]] = {unit: [] for node, unit in stands_for.items() if node == unit}
    joined = [*((edge.source, edge.target) for edge in edges), *((read.source, read.target) for read in reads)]
    for begin, end in joined:
        successors[stands_for[begin]].append(stands_for[end])
    groups = components(successors)
    position = {unit: index for index, group in enumerate(groups) for unit in group}
    group_of = {node: position[unit] for node, unit in stands_for.items()}
    if len(successors) < len(stands_for):
        # From here on this is for the paths in messages only, which go through the operators of inner loops.
        for node, unit in stands_for.items():
            successors.setdefault(node, [] if node == unit else successors[unit])

    reading = [read for read in reads if group_of[read.source] == group_of[read.target]]
    blocking = [
        edge
        for edge in edges
        if graph.delay(edge) is InputDelay.STRATUM and group_of[edge.source] == group_of[edge.target]
    ]
    diagnostics = [
        _reading_cycle(graph, read, successors, group_of) for read in _first_of_each_group(reading, group_of)
    ] or [_blocking_cycle(graph, edge, successors, group_of) for edge in _first_of_each_group(blocking, group_of)]
    if diagnostics:
        return {}, diagnostics

    arcs = [
        (group_of[edge.source], group_of[edge.target], 1 if graph.delay(edge) is InputDelay.STRATUM else 0)
        for edge in edges
        if group_of[edge.source] != group_of[edge.target]
    ]
    # A state is read in a later stratum, when it is complete.
    arcs += [(group_of[read.source], group_of[read.target], 1) for read in reads]
    into: list[list[tuple[int, int]]] = [[] for _ in groups]
    out_of: list[list[tuple[int, int]]] = [[] for _ in groups]
    for source, target, step in arcs:
        into[target].append((source, step))
        out_of[source].append((target, step))
    strata = [0] * len(groups)
    for group in range(len(groups)):  # groups are in topological order
        wanted = [chosen[node] for node in groups[group] if node in chosen]
        strata[group] = max([*wanted, *(strata[source] + step for source, step in into[group])], default=0)
    for group in reversed(range(len(groups))):
        if out_of[group] and not any(node in chosen for node in groups[group]):
            strata[group] = min(strata[target] - step for target, step in out_of[group])
    return {node: strata[group_of[node]] for node in stands_for}, []


Joint = TypeVar("Joint", Edge, Read)


def _first_of_each_group(joints: list[Joint], group_of: Mapping[NodeId, int]) -> Iterator[Joint]:
    """The first joints of each group. There is a limit because each path is searched for in the whole group."""
    counts: Counter[int] = Counter()
    for joint in joints:
        group = group_of[joint.target]
        counts[group] += 1
        if counts[group] <= MOST_CYCLES:
            yield joint


def _way_back(
    graph: FlatGraph, joint: Edge | Read, successors: Mapping[NodeId, list[NodeId]], group_of: Mapping[NodeId, int]
) -> list[Node]:
    """A shortest way from where a joint of one group ends to where it begins."""
    group = group_of[joint.target]
    back = path(successors, joint.target, joint.source, lambda node: group_of[node] == group) or []
    return [graph.nodes[node] for node in back]


def _blocking_cycle(
    graph: FlatGraph, edge: Edge, successors: Mapping[NodeId, list[NodeId]], group_of: Mapping[NodeId, int]
) -> Diagnostic:
    blocking = graph.nodes[edge.target]
    if blocking.operator.window is not None:
        return _loop_cycle(graph, edge, successors, group_of)
    nodes = _way_back(graph, edge, successors, group_of)
    port = f" `[{edge.target_port.text}]`" if edge.target_port.text else ""
    circle = " -> ".join([node.operator.name for node in nodes] + [blocking.operator.name])
    return error(
        "HF220",
        f"`{blocking.operator.name}` waits for its own output: a cycle leads to its blocking input{port}: {circle}",
        edge.target_port.span,
        labels=[Label(span=node.span, text="on the cycle") for node in nodes if node.span != edge.target_port.span],
        notes=[f"`{blocking.operator.name}` needs all items of this tick before it can emit any"],
        hint="break the cycle with `defer_tick()`: what goes round arrives in the next tick",
    )


def _loop_cycle(
    graph: FlatGraph, edge: Edge, successors: Mapping[NodeId, list[NodeId]], group_of: Mapping[NodeId, int]
) -> Diagnostic:
    window = graph.nodes[edge.target]
    # The first is the loop itself, which one of its operators stands for.
    nodes = _way_back(graph, edge, successors, group_of)[1:]
    circle = " -> ".join(["loop", *(node.operator.name for node in nodes), window.operator.name])
    assert window.loop is not None
    return error(
        "HF224",
        f"a loop waits for its own output: a cycle leads from it to its `{window.operator.name}`: {circle}",
        edge.target_port.span,
        labels=[
            Label(span=graph.loops[window.loop].head, text="the loop"),
            *(Label(span=node.span, text="on the cycle") for node in nodes),
        ],
        notes=["everything that feeds an entry of a loop is complete before the loop fires"],
        hint="break the cycle with `defer_tick()`: what goes round arrives in the next tick",
    )


def _reading_cycle(
    graph: FlatGraph, read: Read, successors: Mapping[NodeId, list[NodeId]], group_of: Mapping[NodeId, int]
) -> Diagnostic:
    nodes = _way_back(graph, read, successors, group_of)
    circle = " -> ".join([node.operator.name for node in nodes] + [f"${read.name}"])
    return error(
        "HF223",
        f"`${read.name}` is read by what it depends on, in a cycle: {circle}",
        read.span,
        labels=[Label(span=graph.nodes[read.source].span, text="this state is complete only after what reads it")],
        hint="break the cycle with `defer_tick()`",
    )
