"""The picture of a system: a box for each location, and what goes between them dashed."""

from __future__ import annotations

from itertools import pairwise

from hydroflow_nb.compiler import CompiledSystem
from hydroflow_nb.ir.graph import (
    Component,
    EdgeId,
    Handoff,
    HandoffId,
    NodeId,
    PartitionedGraph,
    Side,
    Subgraph,
    SubgraphId,
    Wire,
)
from hydroflow_nb.locations import DeclaredLocation
from hydroflow_nb.render.graph import Graph
from hydroflow_nb.render.marks import Mark


def picture_of(system: CompiledSystem) -> Graph:
    """The graph of a system as it is written: operators bear the ids that they have in the flows of their locations."""
    flat, location_of = system.graph, system.location_of
    shown = [one for one in system.locations.values() if one.name in set(location_of.values())]
    handoffs = {
        edge.id: Handoff(id=HandoffId(number), edge=edge.id, delay=None)
        for number, edge in enumerate((one for one in flat.edges.values() if one.crossing is not None), 1)
    }
    subgraphs: dict[SubgraphId, Subgraph] = {}
    subgraph_of: dict[NodeId, SubgraphId] = {}
    for stratum, location in enumerate(shown):
        identity = SubgraphId(stratum + 1)
        nodes = tuple(node for node in flat.nodes if location_of[node] == location.name)
        subgraphs[identity] = Subgraph(id=identity, stratum=stratum, nodes=nodes)
        subgraph_of |= dict.fromkeys(nodes, identity)
    sides = dict.fromkeys(flat.nodes, Side.PUSH)
    for part in system.parts.values():
        sides |= {node: side for node, side in part.compiled.graph.sides.items() if node in flat.nodes}
    wires: list[Wire] = []
    for edge in flat.edges.values():
        stops = [flat.nodes[edge.source].element, flat.nodes[edge.target].element]
        if edge.id in handoffs:
            stops.insert(1, handoffs[edge.id].element)
        for source, target in pairwise(stops):
            wires.append(Wire(number=len(wires) + 1, edge=edge, source=source, target=target, delay=None))
    graph = PartitionedGraph(
        flat=flat,
        sides=sides,
        handoffs=handoffs,
        subgraphs=subgraphs,
        strata=[[Component(subgraphs=(identity,), cyclic=False)] for identity in subgraphs],
        wires=wires,
        subgraph_of=subgraph_of,
        locations=[_title(location) for location in shown],
    )
    return Graph(graph, _marks(system))


def _title(location: DeclaredLocation) -> str:
    return f"{location.name}, {location.words}"


def _marks(system: CompiledSystem) -> dict[EdgeId, Mark]:
    """What is written at the arrows to other places: their routes, and the names of their channels on hover."""
    marks = {}
    for channel in system.channels:
        for edge in channel.edges:
            crossing = system.graph.edges[edge].crossing
            route = f".{crossing.route}" if crossing is not None and crossing.route else ""
            named = crossing.leads_to if crossing is not None else ""
            marks[edge] = Mark(word=f"{named} {route}".strip(), dashed=True, title=f"channel {channel.name}")
    return marks
