"""The cut: from the graph of a system to a graph for each of its locations.

What a `~>` does at its two ends is made of operators that a person would have written by hand: at the sender a map that
chooses the receiver and puts the name of the channel to the item, and one sink; at the receiver one source, a partition
by channel, and a map that takes the item out. They are parsed from a text of their own, which stands behind the lines
of the user's text, as those of modules do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from typing import Final, TypeAlias

from hydroflow_nb.expressions import Argument, Closure
from hydroflow_nb.ir.graph import Edge, FlatGraph, Node, NodeId, PortLabel, Read
from hydroflow_nb.locations import Crossing, DeclaredLocation, LocationKind, Route
from hydroflow_nb.operators.identity import IDENTITY
from hydroflow_nb.passes.built import BuiltGraph
from hydroflow_nb.passes.channels import Channel, hosts_of, listed_by, names_of
from hydroflow_nb.passes.made_text import (
    ANSWERED,
    GREETED,
    HELD,
    HELD_PORT,
    JOINED,
    RELEASE_PORT,
    SOMEBODY,
    answer_text,
    by_closure_text,
    by_function_text,
    by_path_text,
    choice_text,
    greeting_text,
    members_channel,
    tagging_text,
    waits_for_members,
    welcome_channel,
)
from hydroflow_nb.passes.planting import KEY, Chain, Planting, Wanted
from hydroflow_nb.records import dataclass
from hydroflow_nb.source import Source, Span
from hydroflow_nb.syntax.tree import Flow

# What the made operators call the type of messages, the choice of a member by a key and by turns, and what reads the
# name of a channel in a message.
MESSAGE: Final = "hf_message"
MEMBER: Final = "hf_member"
TURN: Final = "hf_turn"
CHANNEL: Final = "hf_channel"
# Gives a text its place behind that of the flow, and parses it.
Place: TypeAlias = Callable[[str, str], Flow]


@dataclass(frozen=True, kw_only=True)
class Part:
    """What runs at a location: its graph, the channels that lead to it, and the source of what was made."""

    location: DeclaredLocation
    built: BuiltGraph
    incoming: tuple[Channel, ...]
    made: Source | None


def cut(built: BuiltGraph, location_of: Mapping[NodeId, str], channels: list[Channel], place: Place) -> dict[str, Part]:
    """What runs at each location that has a flow, in the order of their declarations."""
    own = {name: _Own() for name in built.locations}
    for node in built.graph.nodes.values():
        own[location_of[node.id]].nodes.append(node)
    for edge in built.graph.edges.values():
        if edge.crossing is None:
            own[location_of[edge.source]].edges.append(edge)
    for read in built.graph.reads:
        own[location_of[read.target]].reads.append(read)
    for channel in channels:
        own[channel.source].leaving.append(channel)
        own[channel.target].arriving.append(channel)
    hosts = hosts_of(built, location_of, channels)
    return {
        location.name: _Cutting(built, location, own[location.name], place, hosts).part()
        for location in built.locations.values()
        if own[location.name].nodes and location.kind is not LocationKind.EXTERNAL
    }


@dataclass
class _Own:
    """What stands in the text for a location, and the channels from it and to it."""

    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    leaving: list[Channel] = field(default_factory=list)
    arriving: list[Channel] = field(default_factory=list)


@dataclass(frozen=True)
class _Departure:
    """Messages with their receivers, which go to the sink."""

    source: NodeId | Chain
    port: PortLabel
    span: Span
    # The external location that they go to.
    leaves: str = ""


@dataclass(frozen=True)
class _Arrival:
    """The messages of a channel, and where they go."""

    channel: Channel
    target: NodeId | Chain
    port: PortLabel
    span: Span


@dataclass
class _Cutting:
    """The cut of one location."""

    built: BuiltGraph
    location: DeclaredLocation
    own: _Own
    place: Place
    # For each open cluster, the locations that have to know its members.
    hosts: Mapping[str, set[str]]
    chains: list[Chain] = field(default_factory=list)
    departures: list[_Departure] = field(default_factory=list)
    arrivals: list[_Arrival] = field(default_factory=list)
    # What waits for the first member of an open cluster, by its name.
    held: dict[str, list[Chain]] = field(default_factory=dict)
    # The operators that emit members who greet.
    listing: set[NodeId] = field(default_factory=set)
    wanted: list[Wanted] = field(default_factory=list)

    def part(self) -> Part:
        """The location's part of the system."""
        edges = self.built.graph.edges
        for channel in self.own.leaving:
            for edge, crossing in ((edges[one], edges[one].crossing) for one in channel.edges):
                if crossing is not None:
                    self._leave(channel, edge, crossing)
        for channel in self.own.arriving:
            edge = edges[channel.edges[0]]
            span = edge.target_port.span if edge.crossing is None else edge.crossing.span
            self.arrivals.append(_Arrival(channel, edge.target, edge.target_port, span))
        for other in self.built.locations.values():
            if other.is_open:
                self._know(other)
        if self.location.is_open:
            self._greet()
        self._send()
        self._receive()
        graph = self._own_graph()
        made = None
        if self.chains:
            parsed = self.place(f"{graph.name}, made for `~>`", self._text())
            whole, made = self.built.graph, parsed.source
            Planting(graph, max(whole.nodes), max(whole.edges)).plant(self.chains, parsed, self.wanted)
        kept = graph.nodes.keys()
        built = BuiltGraph(
            graph=graph,
            starved={key: count for key, count in self.built.starved.items() if key[0] in kept},
            unsure=self.built.unsure & kept,
            lost=self.built.lost,
            reassigned=self.built.reassigned,
        )
        incoming = tuple({id(one.channel): one.channel for one in self.arrivals}.values())
        return Part(location=self.location, built=built, incoming=incoming, made=made)

    # --- what is made -------------------------------------------------------------------------------------------------

    def _chain(self, text: str, span: Span, key: Argument | None = None, name: str = "", sends: str = "") -> Chain:
        chain = Chain(text=text, span=span, key=key, name=name, sends=sends)
        self.chains.append(chain)
        return chain

    def _leave(self, channel: Channel, edge: Edge, crossing: Crossing) -> None:
        """Let the items of an edge leave by a channel."""
        if not channel.tagged:
            self.departures.append(_Departure(edge.source, edge.source_port, crossing.span, channel.target))
            return
        is_sharded = self.built.locations[channel.target].shards_by is not None
        key = crossing.key if crossing.route is Route.BY and not is_sharded else None
        tag = self._chain(self._tagging(channel, crossing), crossing.span, key, sends=channel.name)
        plain = PortLabel(label=None, span=crossing.span)
        if waits_for_members(self.built.locations[channel.target], crossing.route):
            held = self._chain(HELD, crossing.span)
            self.held.setdefault(channel.target, []).append(held)
            self._want(edge.source, edge.source_port, held, PortLabel(label=HELD_PORT, span=crossing.span))
            self._want(held, plain, tag, plain)
        else:
            self._want(edge.source, edge.source_port, tag, plain)
        self.departures.append(_Departure(tag, plain, crossing.span))

    def _tagging(self, channel: Channel, crossing: Crossing) -> str:
        """The operators that choose the receivers of an item and put the name of the channel to it."""
        to, by = channel.target, ""
        location = self.built.locations[to]
        if location.shards_by is not None:
            return by_path_text(channel.name, to, location.shards_by, MEMBER)
        if isinstance(crossing.key, Closure):
            by = by_closure_text(channel.name, to, KEY, KEY, MEMBER, names_of(crossing.key))
        elif crossing.key is not None:
            by = by_function_text(channel.name, to, KEY, MEMBER, names_of(crossing.key))
        return tagging_text(channel.name, to, location.kind, crossing.route, by, TURN)

    def _know(self, cluster: DeclaredLocation) -> None:
        """Take in the greetings of the members of an open cluster, answer them, and keep who they are."""
        here, there = self.location.name, cluster.name
        if here not in self.hosts[there]:
            return
        span = cluster.name_span
        plain = PortLabel(label=None, span=span)
        greeted = self._chain(GREETED, span)
        greetings = Channel(name=members_channel(there), source=there, target=here, edges=())
        self.arrivals.append(_Arrival(greetings, greeted, plain, span))
        answer = self._chain(answer_text(welcome_channel(here)), span)
        self._want(greeted, plain, answer, plain)
        self.departures.append(_Departure(answer, plain, span))
        new = self._chain(JOINED, span)
        self._want(greeted, plain, new, plain)
        self._want(new, plain, self._chain(f"for_each({there}.add)", span), plain)
        if there in self.held:
            somebody = self._chain(SOMEBODY, span)
            self._want(new, plain, somebody, plain)
            for held in self.held[there]:
                self._want(somebody, plain, held, PortLabel(label=RELEASE_PORT, span=held.span))
        for node in self.own.nodes:
            if node.operator.lists_members and listed_by(node) == there:
                self.listing.add(node.id)
                self._want(new, plain, node.id, PortLabel(label=None, span=node.span))

    def _greet(self) -> None:
        """Greet each location that has to know the members of this cluster, until it answers."""
        here = self.location.name
        for host in self.built.locations.values():
            if host.name not in self.hosts[here]:
                continue
            span = self.location.name_span
            plain = PortLabel(label=None, span=span)
            welcome = Channel(name=welcome_channel(host.name), source=host.name, target=here, edges=())
            known = self._chain(f"{ANSWERED} -> null()", span, name=f"hf_known_{host.name}")
            self.arrivals.append(_Arrival(welcome, known, plain, span))
            greeting = self._chain(greeting_text(members_channel(here), host.name, host.kind, known.name), span)
            self.departures.append(_Departure(greeting, plain, span))

    def _send(self) -> None:
        """Let everything that leaves go to one sink."""
        if not self.departures:
            return
        union = "union() -> " if len(self.departures) > 1 else ""
        sink = Chain(text=f"{union}dest_sink_serde(outbound)", span=self.departures[0].span, is_of_one=False)
        self.chains.append(sink)
        for one in self.departures:
            self._want(one.source, one.port, sink, PortLabel(label=None, span=one.span), one.leaves)

    def _receive(self) -> None:
        """Let everything that arrives come from one source, and go to the statement that its channel leads to."""
        if not self.arrivals:
            return
        tagged = [one for one in self.arrivals if one.channel.tagged]
        foreign = [one for one in self.arrivals if not one.channel.tagged]
        several = len(tagged) + bool(foreign) > 1
        names = tuple(one.channel.name for one in tagged)
        choice = f" -> {_partition(names, foreign=bool(foreign))}" if several else ""
        source = Chain(
            text=f"source_stream_serde::<{MESSAGE}>(inbound){choice}",
            span=self.arrivals[0].span,
            is_of_one=False,
            channels=names if not foreign else (*names, ""),
            routes=(*(self._routes(one.channel) for one in tagged), *([frozenset({Route.DIRECT})] if foreign else [])),
        )
        self.chains.append(source)
        for number, one in enumerate(tagged):
            plain = PortLabel(label=None, span=one.span)
            untag = self._chain(self._untagging(one.channel), one.span)
            self._want(source, PortLabel(label=number, span=one.span) if several else plain, untag, plain)
            self._want(untag, plain, one.target, one.port)
        if foreign:
            plain = PortLabel(label=None, span=foreign[0].span)
            port = PortLabel(label=len(tagged), span=plain.span) if several else plain
            origin = source
            if len(foreign) > 1:
                origin = self._chain("tee()", plain.span)
                self._want(source, port, origin, plain)
                port = plain
            for one in foreign:
                self._want(origin, port, one.target, one.port)

    def _routes(self, channel: Channel) -> frozenset[Route]:
        """How the messages of a channel are sent."""
        crossings = (self.built.graph.edges[edge].crossing for edge in channel.edges)
        return frozenset(one.route for one in crossings if one is not None)

    def _untagging(self, channel: Channel) -> str:
        if self.built.locations[channel.source].kind.has_members:
            return "map(|((_, item), sender)| (item, sender))"
        return "map(|((_, item), _)| item)"

    def _want(
        self,
        source: NodeId | Chain,
        source_port: PortLabel,
        target: NodeId | Chain,
        target_port: PortLabel,
        leaves: str = "",
    ) -> None:
        self.wanted.append(
            Wanted(source=source, source_port=source_port, target=target, target_port=target_port, leaves=leaves)
        )

    def _text(self) -> str:
        return "".join(f"{chain.text};\n" for chain in self.chains)

    # --- the graph ----------------------------------------------------------------------------------------------------

    def _own_graph(self) -> FlatGraph:
        """The graph of what stands in the text for this location. Members who greet come in over an edge."""
        whole = self.built.graph
        own = self.own
        loops = {node.loop for node in own.nodes if node.loop is not None}
        around = {one for loop in loops for one in whole.around(loop)}
        graph = FlatGraph(
            source=whole.source,
            name=f"{whole.name}@{self.location.name}",
            location=self.location,
            nodes={node.id: _handing_on(node) if node.id in self.listing else node for node in own.nodes},
            loops={loop: found for loop, found in whole.loops.items() if loop in around},
            modules=dict(whole.modules),
        )
        for edge in own.edges:
            graph.put(edge)
        for read in own.reads:
            graph.put_read(read)
        return graph


def _handing_on(node: Node) -> Node:
    """An operator that emits what comes to it, in the place of a source."""
    call = replace(node.call, name=IDENTITY.name, arguments=())
    return replace(node, operator=IDENTITY, call=call)


def _partition(channels: Sequence[str], *, foreign: bool) -> str:
    """The operator that gives each channel an output of its own, and one to messages of other programs."""
    if not foreign:
        return f"partition(|((channel, _), _), outputs| {choice_text(channels, 'channel')})"
    return f"partition(|(message, _), outputs| {choice_text(channels, f'{CHANNEL}(message)', len(channels))})"
