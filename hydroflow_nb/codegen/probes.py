"""What generated code tells of a run while it runs: nothing, or every item on every edge.

One variant of the code has one kind of probes. A further kind, of what is made of what for example, is a class here.
"""

from __future__ import annotations

import ast
from collections.abc import Set as AbstractSet
from typing import Protocol

from hydroflow_nb.codegen import inline
from hydroflow_nb.codegen.places import Position
from hydroflow_nb.codegen.variables import Variables
from hydroflow_nb.ir.graph import Edge, EdgeId, PartitionedGraph, Subgraph


class Probes(Protocol):
    """Statements that stand in the code where something happens.

    Where `sees_items` is true, every item is in a variable on every edge: no code works in bulk, and every handoff is
    kept.
    """

    @property
    def sees_items(self) -> bool:
        """True where a probe stands on every edge."""

    def on_edge(self, edge: Edge, item: ast.expr, position: Position, *, drained: bool) -> list[ast.stmt]:
        """An item goes over an edge: into a handoff where there is one, or `drained` from it."""

    def on_subgraph(self, subgraph: Subgraph, iterations: list[str], position: Position) -> list[ast.stmt]:
        """A subgraph has run; `iterations` are the variables that count the iterations of the loops around it."""


class NoProbes:
    """No statements: a probe that is switched off costs nothing."""

    sees_items = False

    def on_edge(self, edge: Edge, item: ast.expr, position: Position, *, drained: bool) -> list[ast.stmt]:
        """No statement."""
        return []

    def on_subgraph(self, subgraph: Subgraph, iterations: list[str], position: Position) -> list[ast.stmt]:
        """No statement."""
        return []


class RecordingProbes:
    """Code that tells a recorder of every item on every wire, and of every run of a subgraph."""

    sees_items = True

    def __init__(self, graph: PartitionedGraph, variables: Variables) -> None:
        self._variables = variables
        self._wires = {(wire.edge.id, wire.source.startswith("handoff")): wire for wire in graph.wires}

    def on_edge(self, edge: Edge, item: ast.expr, position: Position, *, drained: bool) -> list[ast.stmt]:
        """A call of the wire's tap."""
        tap = self._variables.of_runtime(f"tap_{self._wires[edge.id, drained].number}")
        call = ast.Call(func=inline.load(tap, position), args=[inline.copied(item, {})], keywords=[])
        return [position.set(ast.Expr(value=position.set(call)))]

    def on_subgraph(self, subgraph: Subgraph, iterations: list[str], position: Position) -> list[ast.stmt]:
        """A call that names the subgraph and the iterations."""
        given = ", ".join([str(int(subgraph.id)), *iterations])
        return [position.statement(f"{self._variables.of_runtime('subgraph_ran')}({given})")]


class StoppingProbes:
    """Code that also tells the breakpoints on some edges of each item there."""

    sees_items = True

    def __init__(self, within: Probes, stops: AbstractSet[EdgeId], variables: Variables) -> None:
        self._within = within
        self._stops = stops
        self._variables = variables

    def on_edge(self, edge: Edge, item: ast.expr, position: Position, *, drained: bool) -> list[ast.stmt]:
        """What the other probes say, and a call of the edge's breakpoints where the item enters it."""
        told = self._within.on_edge(edge, item, position, drained=drained)
        if drained or edge.id not in self._stops:
            return told
        stop = self._variables.of_runtime(stop_name(edge.id))
        call = ast.Call(func=inline.load(stop, position), args=[inline.copied(item, {})], keywords=[])
        return [*told, position.set(ast.Expr(value=position.set(call)))]

    def on_subgraph(self, subgraph: Subgraph, iterations: list[str], position: Position) -> list[ast.stmt]:
        """What the other probes say."""
        return self._within.on_subgraph(subgraph, iterations, position)


def stop_name(edge: EdgeId) -> str:
    """What the code calls the breakpoints of an edge."""
    return f"stop_{edge}"
