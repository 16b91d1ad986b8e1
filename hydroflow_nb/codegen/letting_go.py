"""Tells whether items are still referenced after the code that took them has run, by the operators that get them."""

from __future__ import annotations

from collections.abc import Iterable

from hydroflow_nb import expressions
from hydroflow_nb.ir.graph import Edge, Node
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.operators.record.facts import Emits
from hydroflow_nb.reading import relied_on, relied_on_by_function


def relied_on_behind(graph: PartitionedGraph, edges: Iterable[Edge]) -> frozenset[str] | None:
    """The names that have to mean Python's own, so that no item of these edges, nor a part of one, is still referenced
    afterwards; None where an item may be referenced in any case.
    """
    found = _looked_behind(graph, edges)
    return None if isinstance(found, Node) else found


def keeper_behind(graph: PartitionedGraph, edges: Iterable[Edge]) -> Node | None:
    """An operator behind these edges that may keep an item; None where each is known to let go."""
    found = _looked_behind(graph, edges)
    return found if isinstance(found, Node) else None


def _looked_behind(graph: PartitionedGraph, edges: Iterable[Edge]) -> frozenset[str] | Node:
    names: frozenset[str] = frozenset()
    waiting = list(edges)
    # Branches meet again only behind a handoff, where the search ends.
    while waiting:
        edge = waiting.pop()
        node = graph.nodes[edge.target]
        if edge.id in graph.handoffs:
            return node
        if node.operator.drops:
            continue
        if node.operator.facts.lets_go:
            found = _relied_on_by(node)
            if found is None:
                return node
            names |= found
        elif not node.operator.transparent:
            return node
        if node.operator.hands_on:
            waiting += graph.flat.outputs(node.id)
    return names


def _relied_on_by(node: Node) -> frozenset[str] | None:
    """The same for an operator that lets go of its items."""
    if not node.operator.arguments:
        return frozenset()
    given = node.call.arguments[0]
    gives = node.operator.facts.emits not in (Emits.ITEMS, Emits.NOTHING)
    if isinstance(given, expressions.Expression):
        return relied_on_by_function(given.node, gives=gives)
    item = {name for pattern in given.parameters for name in expressions.bound_names(pattern)}
    return relied_on(given.body, item, gives=gives)
