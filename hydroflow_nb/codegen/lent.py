"""Says of an accumulator that lasts whether it is copied before it changes, and because of which operator."""

from __future__ import annotations

from collections.abc import Sequence

from hydroflow_nb.changing import Change
from hydroflow_nb.codegen.letting_go import keeper_behind
from hydroflow_nb.codegen.questions import NodeQuestions
from hydroflow_nb.codegen.topology import Topology
from hydroflow_nb.ir.graph import Edge, Node
from hydroflow_nb.optimisations import LETTING_GO


def how_lent(node: Node, topology: Topology) -> str | None:
    """What becomes of the accumulator of an operator, in a sentence; None where it has none that could be copied."""
    lends, asked = node.operator.facts.lends, NodeQuestions(node, topology)
    if lends is None or not (asked.is_static() or asked.is_mutable()):
        return None
    edges = [edge for edge in topology.outs[node.id] if not lends.port or edge.source_port.text == lends.port]
    if not edges and not topology.is_published(node.id):
        return None
    change = Change.ANYTHING if lends.argument is None else asked.change(lends.argument)
    if change is Change.NOTHING:
        return None
    value = "the value of a key" if lends.keyed else "the value"
    keeper = _keeper(node, edges, topology)
    if keeper is None:
        return f"{value} changes in place: what reads it keeps nothing of it"
    looked_through = (
        change is Change.ANYTHING and lends.argument is not None and not asked.changes_parts(lends.argument)
    )
    looks = " (to know that, all of it is looked through, as the function may change it at any depth)"
    return (
        f"{value} is copied before it changes if something has kept it, as {keeper} may do"
        f"{looks if looked_through else ''}; a closure that only reads, such as `map(|acc| len(acc))`, keeps nothing"
    )


def _keeper(node: Node, edges: Sequence[Edge], topology: Topology) -> str | None:
    """What may keep the accumulator, in words."""
    if not topology.uses(LETTING_GO):
        return f"whatever reads it without `{LETTING_GO.name}`"
    keeper = keeper_behind(topology.graph, edges)
    if keeper is not None:
        return f"`{keeper.operator.name}` at {keeper.place.place}"
    for read in topology.graph.flat.reads_of(node.id):
        reader = topology.graph.nodes[read.target]
        return f"`{reader.operator.name}` at {reader.place.place}, which reads `${read.name}`,"
    return None
