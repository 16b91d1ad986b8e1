"""What the generator asks of a graph: no code in it, only answers."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from hydroflow_nb import expressions
from hydroflow_nb.codegen import inline
from hydroflow_nb.codegen.columns import queries
from hydroflow_nb.codegen.letting_go import relied_on_behind
from hydroflow_nb.ir.graph import Edge, EdgeId, LoopId, Node, NodeId, Read
from hydroflow_nb.ir.partitioned import Component, PartitionedGraph, Subgraph, SubgraphId
from hydroflow_nb.operators.record.facts import Emits
from hydroflow_nb.operators.record.operator import InputDelay
from hydroflow_nb.optimisations import GATHERING, LETTING_GO, SHORT_UNIONS, UNIT_VALUES, Optimisation

# The code behind a union stands once for each of its inputs where that is short, otherwise once behind a buffer.
MOST_REPEATED = 4


class Topology:
    """A graph as the generator sees it.

    Where the code `gathers`, items of a blocking operator are gathered where they come from, and its handoff is left
    out. Where the code is `watched`, a watcher may keep every item.
    """

    def __init__(self, graph: PartitionedGraph, *, watched: bool, gathers: bool) -> None:
        self.graph = graph
        self.watched = watched
        self.ins: dict[NodeId, list[Edge]] = {node: graph.flat.inputs(node) for node in graph.nodes}
        self.outs: dict[NodeId, list[Edge]] = {node: graph.flat.outputs(node) for node in graph.nodes}
        self.component_of = {
            subgraph: component for component in graph.components() for subgraph in component.subgraphs
        }
        # For each cycle the handoffs between its subgraphs that are emptied within the tick.
        self.handoffs_of_cycles = self._handoffs_of_cycles()
        # The edges whose handoff is left out, and the operators that gather their items.
        self.gathered = frozenset(self._gathered() if gathers and self.uses(GATHERING) else ())
        self.gathering = frozenset(graph.edges[edge].target for edge in self.gathered)
        # The edges whose items arrive in a loop, not in one inside of it.
        self.into_loops: dict[LoopId, list[Edge]] = {loop: [] for loop in graph.loops}
        for arriving in graph.edges.values():
            loop = graph.nodes[arriving.target].loop
            if loop is not None:
                self.into_loops[loop].append(arriving)
        # The operators of what a query over columns can answer, with those that make the tables.
        found = {} if watched else queries(graph)
        self.columns = {node: query.ends for query in found.values() for node in query.nodes}
        self._lengths: dict[NodeId, int] = {}

    def uses(self, optimisation: Optimisation) -> bool:
        """Whether the code is optimised in this way."""
        return optimisation.name not in self.graph.without

    def _gathered(self) -> Iterator[EdgeId]:
        # What reads a state has to wait for it, which may be complete later than the stratum where the items come from.
        graph = self.graph
        readers = {read.target for read in graph.flat.reads}
        for edge_id, handoff in graph.handoffs.items():
            edge = graph.edges[edge_id]
            gathers = graph.nodes[edge.target].operator.gathers
            if (
                edge.target not in readers
                and graph.nodes[edge.source].loop == graph.nodes[edge.target].loop
                and handoff.delay is InputDelay.STRATUM
                and ("*" in gathers or edge.target_port.text in gathers)
            ):
                yield edge_id

    def has_handoff(self, edge: Edge) -> bool:
        """True where items wait in a handoff on the edge."""
        return edge.id in self.graph.handoffs and edge.id not in self.gathered

    def around(self, subgraph: Subgraph) -> tuple[LoopId, ...]:
        """The nested loops around a subgraph, outermost first."""
        return tuple(self.graph.flat.around(subgraph.loop)[1:])

    def reads(self, node: NodeId) -> list[Read]:
        """The states that an operator reads by `$name`."""
        return list(self.graph.flat.reads_by(node))

    def is_published(self, node: NodeId) -> bool:
        """True where some operator reads the operator's state by `$name`."""
        return bool(self.graph.flat.reads_of(node))

    def is_taken(self, node: NodeId) -> bool:
        """True where somebody takes what an operator emits, or reads it by `$name`."""
        nodes = self.graph.nodes
        return any(not nodes[edge.target].operator.drops for edge in self.outs[node]) or self.is_published(node)

    def relied_on_behind(self, edge: Edge) -> frozenset[str] | None:
        """What `letting_go.relied_on_behind` says of an edge; None where somebody watches it."""
        if self.watched or not self.uses(LETTING_GO):
            return None
        return relied_on_behind(self.graph, [edge])

    def cycle_of(self, node: Node) -> Component | None:
        """The component that an operator stands in, if it can run several times in a tick."""
        component = self.component_of[self.graph.subgraph_of[node.id]]
        return component if component.cyclic else None

    def _handoffs_of_cycles(self) -> dict[Component, list[tuple[EdgeId, SubgraphId, SubgraphId]]]:
        found: dict[Component, list[tuple[EdgeId, SubgraphId, SubgraphId]]] = {}
        graph = self.graph
        for edge_id, handoff in graph.handoffs.items():
            edge = graph.edges[edge_id]
            source, target = graph.subgraph_of[edge.source], graph.subgraph_of[edge.target]
            component = self.component_of[target]
            if component.cyclic and component is self.component_of[source] and not handoff.crosses_ticks:
                found.setdefault(component, []).append((edge_id, source, target))
        return found

    def is_recurrent(self, edge: Edge) -> bool:
        """True where items can come over the edge in a run that is not the tick's first."""
        component = self.component_of[self.graph.subgraph_of[edge.target]]
        if not component.cyclic:
            return False
        stack, seen = [edge], {edge.id}
        while stack:
            current = stack.pop()
            handoff = self.graph.handoffs.get(current.id)
            if handoff is not None:
                inside = self.graph.subgraph_of[current.source] in component.subgraphs
                if inside and not handoff.crosses_ticks:
                    return True
                continue
            for before in self.ins[current.source]:
                if before.id not in seen:
                    seen.add(before.id)
                    stack.append(before)
        return False

    def has_recurrent_inputs(self, node: Node) -> bool:
        """True where items can come to the operator in a run that is not the tick's first."""
        return any(self.is_recurrent(edge) for edge in self.ins[node.id])

    def has_unit_values(self, edge: Edge) -> bool:
        """True where every item on the edge provably is a pair `(key, ())`: one makes it, others pass it on."""
        if not self.uses(UNIT_VALUES):
            return False
        stack, seen = [edge], {edge.id}
        while stack:
            source = self.graph.nodes[stack.pop().source]
            if source.operator.facts.emits is Emits.RESULTS:
                if not _makes_unit_pair(source.call.arguments[0]):
                    return False
            elif source.operator.hands_on:
                for before in self.ins[source.id]:
                    if before.id not in seen:
                        seen.add(before.id)
                        stack.append(before)
            else:
                return False
        return True

    def is_short(self, node: Node) -> bool:
        """True where the code of few operators stands behind a node, up to handoffs and collections."""
        return self.uses(SHORT_UNIONS) and self._length(node) <= MOST_REPEATED

    def _length(self, node: Node) -> int:
        if node.id not in self._lengths:
            total, stack = 0, [node]
            while stack and total <= MOST_REPEATED:
                current = stack.pop()
                for edge in self.outs[current.id]:
                    target = self.graph.nodes[edge.target]
                    if edge.id in self.graph.handoffs or target.operator.transparent:
                        total += edge.id in self.graph.handoffs
                    else:
                        total += 1
                    if edge.id not in self.graph.handoffs and target.operator.produce is None:
                        stack.append(target)
            self._lengths[node.id] = total
        return self._lengths[node.id]


def _makes_unit_pair(argument: expressions.Argument) -> bool:
    match argument:
        case expressions.Closure(body=ast.Tuple(elts=[_, ast.Tuple(elts=[])])):
            return inline.why_called(argument) is None
    return False
