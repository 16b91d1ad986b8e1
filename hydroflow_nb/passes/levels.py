"""The levels of a flow: the flow outside of all loops, and each of its loops. A level has strata of its own."""

from __future__ import annotations

from dataclasses import field

from hydroflow_nb.ir.graph import Edge, FlatGraph, LoopId, NodeId, Read
from hydroflow_nb.records import dataclass


@dataclass(kw_only=True)
class Level:
    """A loop, or the whole flow.

    `units` has each node in it with the node that stands for it: that is the node itself, or, for a node of an inner
    loop, the first node of that loop, because a loop is one unit for what is around it. `edges` and `reads` are those
    that join two units, in the order of the text.
    """

    units: dict[NodeId, NodeId] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)


def levels_of(graph: FlatGraph) -> dict[LoopId | None, Level]:
    """The level of the whole flow (None), and that of each loop that holds nodes."""
    found: dict[LoopId | None, Level] = {None: Level()}
    first: dict[LoopId, NodeId] = {}
    for node in graph.nodes.values():
        outside: LoopId | None = None
        for loop in graph.around(node.loop):
            found.setdefault(outside, Level()).units[node.id] = first.setdefault(loop, node.id)
            outside = loop
        found.setdefault(outside, Level()).units[node.id] = node.id
    for edge in graph.edges.values():
        found[graph.shared(edge)].edges.append(edge)
    for read in graph.reads:
        found[graph.shared(read)].reads.append(read)
    return found
