"""The picture of a system: a box for each location, and what goes between them dashed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from itertools import pairwise
from typing import Final

from hydroflow_nb.compiler import CompiledSystem
from hydroflow_nb.ir.graph import EdgeId, NodeId
from hydroflow_nb.ir.partitioned import (
    Component,
    Handoff,
    HandoffId,
    PartitionedGraph,
    Side,
    Subgraph,
    SubgraphId,
    Wire,
)
from hydroflow_nb.locations import DeclaredLocation
from hydroflow_nb.passes.channels import Channel
from hydroflow_nb.records import dataclass
from hydroflow_nb.render.graph import Graph
from hydroflow_nb.render.marks import Mark
from hydroflow_nb.simulation import Network
from hydroflow_nb.simulation.model.history import Sent
from hydroflow_nb.simulation.model.words import brief, channel_of

# So many of the messages in flight are told of at an arrow.
_MOST_TOLD: Final = 10
# The characters of a message in the picture.
_LONGEST: Final = 60


@dataclass(kw_only=True)
class Traffic:
    """What went over a channel in a run: how many messages were sent, and those that are in flight, in words."""

    sent: int = 0
    in_flight: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        waiting = f", {len(self.in_flight)} in flight" if self.in_flight else ""
        return f"{self.sent} sent{waiting}"


def traffic_in(network: Network, channels: Iterable[Channel]) -> dict[str, Traffic]:
    """What went over each channel in a network so far, by the channel's name. A message that was duplicated counts
    once, and its copies are in flight as well.
    """
    traffic = {channel.name: Traffic() for channel in channels}
    for event in network.history.events:
        channel = channel_of(event.text) if isinstance(event, Sent) else None
        if channel in traffic:
            traffic[channel].sent += 1
    for message in network.in_flight:
        if message.channel in traffic:
            traffic[message.channel].in_flight.append(f"{message.id}: {brief(message.text, _LONGEST)}")
    return traffic


def picture_of(system: CompiledSystem, traffic: Mapping[str, Traffic] | None = None) -> Graph:
    """The graph of a system as it is written: operators bear the ids that they have in the flows of their locations.

    With `traffic`, by channel, each arrow to another place says what went over it.
    """
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
    return Graph(graph, _marks(system, traffic))


def _title(location: DeclaredLocation) -> str:
    return f"{location.name}, {location.words}"


def _marks(system: CompiledSystem, traffic: Mapping[str, Traffic] | None) -> dict[EdgeId, Mark]:
    """What is written at the arrows to other places: their routes and what went over them, and on hover the names of
    their channels and what is in flight.
    """
    marks = {}
    for channel in system.channels:
        for edge in channel.edges:
            crossing = system.graph.edges[edge].crossing
            shard = system.locations[channel.target].shards_by
            route = f".{crossing.route}" if crossing is not None and crossing.route else ""
            if shard is not None:
                route = f"by {shard}"
            named = crossing.leads_to if crossing is not None else ""
            words, title = [named, route], f"channel {channel.name}"
            if traffic is not None and channel.tagged:
                told = traffic.get(channel.name, Traffic())
                words.append(f"({told})")
                more = len(told.in_flight) - _MOST_TOLD
                rest = [f"and {more} more"] if more > 0 else []
                title = "\n".join([f"{title}: {told}", *told.in_flight[:_MOST_TOLD], *rest])
            marks[edge] = Mark(word=" ".join(filter(None, words)), dashed=True, title=title)
    return marks
