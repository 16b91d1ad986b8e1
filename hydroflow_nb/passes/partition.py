"""Subgraphs: in-out trees of operators that run as one piece of code, joined by handoffs."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from heapq import heappop, heappush

from hydroflow_nb.ir.algorithms import components
from hydroflow_nb.ir.graph import Edge, EdgeId, FlatGraph, LoopId, NodeId
from hydroflow_nb.ir.partitioned import (
    Component,
    Handoff,
    HandoffId,
    LoopBlock,
    PartitionedGraph,
    Side,
    Subgraph,
    SubgraphId,
    Wire,
)
from hydroflow_nb.passes.levels import Level, levels_of
from hydroflow_nb.passes.stratify import strata_within
from hydroflow_nb.records import dataclass


def partition(graph: FlatGraph, strata: Mapping[NodeId, int], *, apart: bool = False) -> PartitionedGraph:
    """The graph cut into subgraphs, every stratum in the order of execution. `apart`: each operator is a subgraph.

    Source of the algorithm: `flat_to_partitioned` of Hydroflow: a node with several inputs pulls, one with several
    outputs pushes, a tree pulls up to its pivot and pushes from there; all other edges get a handoff. Only nodes of
    one stratum are put together, so no subgraph has to wait for another one in its middle. A loop is one unit of
    its stratum, and has strata of its own.
    """
    levels = levels_of(graph)
    within = {loop: strata if loop is None else strata_within(graph, level) for loop, level in levels.items()}
    nested = _Nested(graph, levels, within)
    own = {node.id: nested.strata[node.loop][node.id] for node in graph.nodes.values()}
    ins = {node: graph.inputs(node) for node in graph.nodes}
    outs = {node: graph.outputs(node) for node in graph.nodes}
    sides = _degree_sides(graph, ins, outs)
    joined = _Join(list(graph.nodes)) if apart else _join(graph, own, sides)
    members: dict[NodeId, list[NodeId]] = {}
    for node in graph.nodes:
        members.setdefault(joined.find(node), []).append(node)
    handoffs = {
        edge.id: Handoff(id=HandoffId(number), edge=edge.id, delay=graph.delay(edge))
        for number, edge in enumerate((edge for edge in graph.edges.values() if edge.id not in joined.edges), start=1)
    }
    groups = list(members.values())
    index = {node: number for number, group in enumerate(groups) for node in group}
    order = nested.order(groups, index, None)
    subgraphs = _ordered_subgraphs(graph, strata, [groups[number] for number in order], handoffs, ins)
    subgraph_of = {node: subgraph.id for subgraph in subgraphs.values() for node in subgraph.nodes}
    return PartitionedGraph(
        flat=graph,
        sides={node: sides[node] or Side.PULL for node in graph.nodes},
        handoffs=handoffs,
        subgraphs=subgraphs,
        strata=nested.stratified(subgraphs, subgraph_of, handoffs, None),
        wires=_wires(graph, handoffs),
        subgraph_of=subgraph_of,
    )


def _degree_sides(
    graph: FlatGraph, ins: Mapping[NodeId, list[Edge]], outs: Mapping[NodeId, list[Edge]]
) -> dict[NodeId, Side | None]:
    """Sides by degree alone; None for a node with one input and one output, which takes the side of a neighbour."""
    sides: dict[NodeId, Side | None] = {}
    for node in graph.nodes:
        if len(ins[node]) > 1:
            sides[node] = Side.PULL
        elif len(outs[node]) > 1:
            sides[node] = Side.PUSH
        elif not ins[node]:
            sides[node] = Side.PULL
        elif not outs[node]:
            sides[node] = Side.PUSH
        else:
            sides[node] = None
    return sides


class _Join:
    """Union-find over nodes, and the edges that lie inside of a subgraph."""

    def __init__(self, nodes: Sequence[NodeId]) -> None:
        self.parents = {node: node for node in nodes}
        self.edges: set[EdgeId] = set()

    def find(self, node: NodeId) -> NodeId:
        while self.parents[node] != node:
            self.parents[node] = self.parents[self.parents[node]]
            node = self.parents[node]
        return node


def _join(graph: FlatGraph, strata: Mapping[NodeId, int], sides: dict[NodeId, Side | None]) -> _Join:
    joined = _Join(list(graph.nodes))
    candidates = [
        edge
        for edge in graph.edges.values()
        if graph.delay(edge) is None
        and strata[edge.source] == strata[edge.target]
        and graph.nodes[edge.source].loop == graph.nodes[edge.target].loop
    ]
    at: dict[NodeId, list[int]] = {}
    for number, edge in enumerate(candidates):
        at.setdefault(edge.source, []).append(number)
        at.setdefault(edge.target, []).append(number)
    # Edges are looked at round by round in the order of the text. Each is settled in the first round in which one of
    # its ends has a side; the heap holds these edges, so that no round has to go through the others.
    waiting = [(0, number) for number, edge in enumerate(candidates) if _is_settled(edge, sides)]
    settled: set[int] = set()
    unsettled = iter(range(len(candidates)))
    current = 0
    while True:
        while waiting:
            current, number = heappop(waiting)
            if number in settled:
                continue
            settled.add(number)
            edge = candidates[number]
            gaining = [end for end in (edge.source, edge.target) if sides[end] is None]
            source, target = joined.find(edge.source), joined.find(edge.target)
            if source == target or not _take_sides(edge, sides):
                continue
            joined.parents[source] = target
            joined.edges.add(edge.id)
            for other in (other for end in gaining for other in at[end]):
                heappush(waiting, (current + (other < number), other))
        # Nothing decides the side of a chain between two barriers: it is pulled.
        first = next((number for number in unsettled if number not in settled), None)
        if first is None:
            return joined
        source = candidates[first].source
        sides[source] = Side.PULL
        current += 1
        for other in at[source]:
            heappush(waiting, (current, other))


def _is_settled(edge: Edge, sides: Mapping[NodeId, Side | None]) -> bool:
    return sides[edge.source] is not None or sides[edge.target] is not None


def _take_sides(edge: Edge, sides: dict[NodeId, Side | None]) -> bool:
    """Give an end without a side that of the other end. Returns whether items can pass the edge without a handoff."""
    match sides[edge.source], sides[edge.target]:
        case None, None:
            return False
        case None, Side() as right:
            sides[edge.source] = right
            return True
        case Side() as left, None:
            sides[edge.target] = left
            return True
        case left, right:
            return not (left is Side.PUSH and right is Side.PULL)


@dataclass(frozen=True)
class _Nested:
    """The levels of a graph, and the strata in each: of a loop's nodes those of its iterations."""

    graph: FlatGraph
    levels: Mapping[LoopId | None, Level]
    strata: Mapping[LoopId | None, Mapping[NodeId, int]]

    def order(self, groups: list[list[NodeId]], index: Mapping[NodeId, int], loop: LoopId | None) -> list[int]:
        """The groups of a level's nodes in the order of execution, by their numbers."""
        graph, level = self.graph, self.levels[loop]
        numbers = sorted({index[unit] for unit in level.units.values()})
        successors: dict[int, list[int]] = {number: [] for number in numbers}
        for edge in level.edges:
            if not graph.crosses_ticks(edge):
                successors[index[level.units[edge.source]]].append(index[level.units[edge.target]])
        order = [number for group in components(successors) for number in group]
        order.sort(key=lambda number: self.strata[loop][groups[number][0]])
        found: list[int] = []
        for number in order:
            inner = self.inner(groups[number][0], loop)
            found += [number] if inner is None else self.order(groups, index, inner)
        return found

    def stratified(
        self,
        subgraphs: Mapping[SubgraphId, Subgraph],
        subgraph_of: Mapping[NodeId, SubgraphId],
        handoffs: Mapping[EdgeId, Handoff],
        loop: LoopId | None,
    ) -> list[list[Component | LoopBlock]]:
        """The strata of a level, each in the order of execution."""
        level, strata = self.levels[loop], self.strata[loop]
        # An inner loop is one unit; the subgraph of the node that stands for it has its place.
        unit = {node: subgraph_of[one] for node, one in level.units.items()}
        successors: dict[SubgraphId, list[SubgraphId]] = {subgraph: [] for subgraph in sorted(set(unit.values()))}
        for edge in level.edges:
            handoff = handoffs.get(edge.id)
            if handoff is None or handoff.crosses_ticks:
                continue
            if strata[edge.source] == strata[edge.target]:
                successors[unit[edge.source]].append(unit[edge.target])
        found: list[list[Component | LoopBlock]] = [[] for _ in range(1 + max(strata.values(), default=0))]
        for group in components(successors):
            first = subgraphs[group[0]].nodes[0]
            inner = self.inner(first, loop)
            if inner is not None:
                body = self.stratified(subgraphs, subgraph_of, handoffs, inner)
                found[strata[first]].append(LoopBlock(loop=inner, strata=body))
            else:
                cyclic = len(group) > 1 or group[0] in successors[group[0]]
                found[strata[first]].append(Component(subgraphs=tuple(group), cyclic=cyclic))
        return found

    def inner(self, node: NodeId, loop: LoopId | None) -> LoopId | None:
        """The loop directly within a level that a node of it stands in; None where it stands in none."""
        innermost = self.graph.nodes[node].loop
        return None if innermost == loop else self.graph.around(innermost)[len(self.graph.around(loop))]


def _ordered_subgraphs(
    graph: FlatGraph,
    strata: Mapping[NodeId, int],
    members: list[list[NodeId]],
    handoffs: Mapping[EdgeId, Handoff],
    ins: Mapping[NodeId, list[Edge]],
) -> dict[SubgraphId, Subgraph]:
    """Subgraphs in the order of execution, with their nodes in the order of execution."""
    found = {}
    for position, group in enumerate(members, start=1):
        nodes = _execution_order(group, handoffs, ins)
        subgraph = Subgraph(
            id=SubgraphId(position),
            stratum=strata[nodes[0]],
            nodes=tuple(nodes),
            loop=graph.nodes[nodes[0]].loop,
        )
        found[subgraph.id] = subgraph
    return found


def _execution_order(
    nodes: list[NodeId], handoffs: Mapping[EdgeId, Handoff], ins: Mapping[NodeId, list[Edge]]
) -> list[NodeId]:
    """Every node after what it receives from inside the subgraph, inputs in the order of their ports."""
    ordered: dict[NodeId, None] = {}

    def inner(node: NodeId) -> list[NodeId]:
        return [edge.source for edge in ins[node] if edge.id not in handoffs]

    for start in nodes:
        stack = [(start, iter(inner(start)))]
        while stack:
            node, before = stack[-1]
            pending = next((source for source in before if source not in ordered), None)
            if pending is not None:
                stack.append((pending, iter(inner(pending))))
            else:
                ordered.setdefault(node)
                stack.pop()
    return list(ordered)


def _wires(graph: FlatGraph, handoffs: Mapping[EdgeId, Handoff]) -> list[Wire]:
    wires: list[Wire] = []
    for edge in graph.edges.values():
        source, target = graph.nodes[edge.source].element, graph.nodes[edge.target].element
        stops = [source, handoffs[edge.id].element, target] if edge.id in handoffs else [source, target]
        for left, right in itertools.pairwise(stops):
            wires.append(
                Wire(
                    number=len(wires) + 1,
                    edge=edge,
                    source=left,
                    target=right,
                    delay=graph.delay(edge) if right == target else None,
                )
            )
    return wires
