"""The cut: from the graph of a system to a graph for each of its locations.

What a `~>` does at its two ends is made of operators that a person would have written by hand: at the sender a map that
chooses the receiver and puts the name of the channel to the item, and one sink; at the receiver one source, a partition
by channel, and a map that takes the item out. They are parsed from a text of their own, which stands behind the lines
of the user's text, as those of modules do.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final, TypeAlias

from hydroflow_nb.expressions import Argument, Closure, Expression, OperatorCall, Sequence
from hydroflow_nb.ir.graph import Edge, EdgeId, FlatGraph, Instance, ModuleId, Node, NodeId, PortLabel, Read
from hydroflow_nb.locations import Crossing, DeclaredLocation, LocationKind, Route
from hydroflow_nb.operators import BY_NAME
from hydroflow_nb.operators.identity import IDENTITY
from hydroflow_nb.operators.record.operator import Persistence
from hydroflow_nb.passes.built import BuiltGraph
from hydroflow_nb.passes.channels import Channel, names_in
from hydroflow_nb.passes.made_text import (
    ANSWERED,
    GREETED,
    JOINED,
    answer_text,
    by_closure_text,
    by_function_text,
    greeting_text,
    tagging_text,
)
from hydroflow_nb.source import Span
from hydroflow_nb.syntax.tree import Flow

# What the made operators call the type of messages, the choice of a member by a key, and what reads the name of a
# channel in a message.
MESSAGE: Final = "hf_message"
MEMBER: Final = "hf_member"
CHANNEL: Final = "hf_channel"
# Where the user's key stands in a made operator.
_KEY: Final = "hf_key"
# Gives a text its place behind that of the flow, and parses it.
Place: TypeAlias = Callable[[str, str], Flow]


@dataclass(frozen=True, kw_only=True)
class Part:
    """What runs at a location: its graph, the channels that lead to it, and the text of what was made."""

    location: DeclaredLocation
    built: BuiltGraph
    incoming: tuple[Channel, ...]
    made: str


def cut(built: BuiltGraph, location_of: Mapping[NodeId, str], channels: list[Channel], place: Place) -> dict[str, Part]:
    """What runs at each location that has a flow, in the order of their declarations."""
    nodes: dict[str, list[Node]] = {name: [] for name in built.locations}
    for node in built.graph.nodes.values():
        nodes[location_of[node.id]].append(node)
    hosts = {
        one.name: {
            host
            for host, own in nodes.items()
            if any(one.name in names_in(node.call) for node in own)
            or any(
                built.graph.edges[edge].crossing.route is not Route.DIRECT  # type: ignore[union-attr]
                for channel in channels
                if channel.source == host and channel.target == one.name
                for edge in channel.edges
            )
        }
        for one in built.locations.values()
        if one.is_open
    }
    return {
        location.name: _Cutting(built, location, nodes[location.name], channels, place, hosts).part()
        for location in built.locations.values()
        if nodes[location.name] and location.kind is not LocationKind.EXTERNAL
    }


@dataclass(frozen=True, kw_only=True)
class _Chain:
    """Made operators one behind the other. `span` is that of the `~>` that they were made for; `key` is what stands for
    `_KEY` in them.
    """

    text: str
    span: Span
    key: Argument | None = None
    # What `$name` in another chain calls it.
    name: str = ""
    # False for what all messages go through.
    is_of_one: bool = True


@dataclass(frozen=True)
class _Departure:
    """Messages with their receivers, which go to the sink."""

    source: NodeId | _Chain
    port: PortLabel
    span: Span


@dataclass(frozen=True)
class _Arrival:
    """The messages of a channel, and where they go."""

    channel: Channel
    target: NodeId | _Chain
    port: PortLabel
    span: Span


@dataclass(kw_only=True)
class _Made:
    """The first and the last of the operators of a chain."""

    first: NodeId
    last: NodeId


@dataclass(kw_only=True)
class _Wanted:
    """An edge that is put in when the made operators are there. Its ends are operators of the text or chains."""

    source: NodeId | _Chain
    source_port: PortLabel
    target: NodeId | _Chain
    target_port: PortLabel


@dataclass
class _Cutting:
    """The cut of one location."""

    built: BuiltGraph
    location: DeclaredLocation
    own: list[Node]
    channels: list[Channel]
    place: Place
    # For each open cluster, the locations that have to know its members.
    hosts: Mapping[str, set[str]]
    chains: list[_Chain] = field(default_factory=list)
    departures: list[_Departure] = field(default_factory=list)
    arrivals: list[_Arrival] = field(default_factory=list)
    # The operators that emit members who greet.
    listing: set[NodeId] = field(default_factory=set)
    wanted: list[_Wanted] = field(default_factory=list)

    def part(self) -> Part:
        """The location's part of the system."""
        here = self.location.name
        edges = self.built.graph.edges
        for channel in self.channels:
            for edge, crossing in ((edges[one], edges[one].crossing) for one in channel.edges):
                if channel.source == here and crossing is not None:
                    self._leave(channel, edge, crossing)
            edge = edges[channel.edges[0]]
            if channel.target == here and edge.crossing is not None:
                arrivals = [edge] if channel.tagged else [edges[one] for one in channel.edges]
                for one in arrivals:
                    self.arrivals.append(_Arrival(channel, one.target, one.target_port, edge.crossing.span))
        for other in self.built.locations.values():
            if other.is_open:
                self._know(other)
        if self.location.is_open:
            self._greet()
        self._send()
        self._receive()
        graph = self._own_graph()
        self._make(graph)
        kept = graph.nodes.keys()
        built = BuiltGraph(
            graph=graph,
            starved={key: count for key, count in self.built.starved.items() if key[0] in kept},
            unsure=self.built.unsure & kept,
            lost=self.built.lost,
            reassigned=self.built.reassigned,
        )
        incoming = tuple({id(one.channel): one.channel for one in self.arrivals}.values())
        return Part(location=self.location, built=built, incoming=incoming, made=self._text())

    # --- what is made -------------------------------------------------------------------------------------------------

    def _chain(
        self, text: str, span: Span, key: Argument | None = None, name: str = "", *, is_of_one: bool = True
    ) -> _Chain:
        chain = _Chain(text=text, span=span, key=key, name=name, is_of_one=is_of_one)
        self.chains.append(chain)
        return chain

    def _leave(self, channel: Channel, edge: Edge, crossing: Crossing) -> None:
        """Let the items of an edge leave by a channel."""
        if not channel.tagged:
            self.departures.append(_Departure(edge.source, edge.source_port, crossing.span))
            return
        tag = self._chain(
            self._tagging(channel, crossing), crossing.span, None if crossing.route is not Route.BY else crossing.key
        )
        plain = PortLabel(label=None, span=crossing.span)
        self._want(edge.source, edge.source_port, tag, plain)
        self.departures.append(_Departure(tag, plain, crossing.span))

    def _tagging(self, channel: Channel, crossing: Crossing) -> str:
        """The operators that choose the receivers of an item and put the name of the channel to it."""
        to, by = channel.target, ""
        if isinstance(crossing.key, Closure):
            by = by_closure_text(channel.name, to, _KEY, _KEY, MEMBER)
        elif crossing.key is not None:
            by = by_function_text(channel.name, to, _KEY, MEMBER)
        return tagging_text(channel.name, to, self.built.locations[to].kind, crossing.route, by)

    def _know(self, cluster: DeclaredLocation) -> None:
        """Take in the greetings of the members of an open cluster, answer them, and keep who they are."""
        here, there = self.location.name, cluster.name
        if here not in self.hosts[there]:
            return
        span = cluster.name_span
        plain = PortLabel(label=None, span=span)
        greeted = self._chain(GREETED, span)
        greetings = Channel(name=f"{there}>members", source=there, target=here, edges=())
        self.arrivals.append(_Arrival(greetings, greeted, plain, span))
        answer = self._chain(answer_text(f"{here}>welcome"), span)
        self._want(greeted, plain, answer, plain)
        self.departures.append(_Departure(answer, plain, span))
        new = self._chain(JOINED, span)
        self._want(greeted, plain, new, plain)
        self._want(new, plain, self._chain(f"for_each({there}.add)", span), plain)
        for node in self.own:
            if node.operator.lists_members and _first_name(node.call) == there:
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
            welcome = Channel(name=f"{host.name}>welcome", source=host.name, target=here, edges=())
            known = self._chain(f"{ANSWERED} -> null()", span, name=f"hf_known_{host.name}")
            self.arrivals.append(_Arrival(welcome, known, plain, span))
            greeting = self._chain(greeting_text(f"{here}>members", host.name, host.kind, known.name), span)
            self.departures.append(_Departure(greeting, plain, span))

    def _send(self) -> None:
        """Let everything that leaves go to one sink."""
        if not self.departures:
            return
        union = "union() -> " if len(self.departures) > 1 else ""
        sink = self._chain(f"{union}dest_sink_serde(outbound)", self.departures[0].span, is_of_one=False)
        for one in self.departures:
            self._want(one.source, one.port, sink, PortLabel(label=None, span=one.span))

    def _receive(self) -> None:
        """Let everything that arrives come from one source, and go to the statement that its channel leads to."""
        if not self.arrivals:
            return
        tagged = [one for one in self.arrivals if one.channel.tagged]
        foreign = [one for one in self.arrivals if not one.channel.tagged]
        several = len(tagged) + bool(foreign) > 1
        names = [one.channel.name for one in tagged]
        choice = f" -> {_partition(names, foreign=bool(foreign))}" if several else ""
        kind = "" if foreign else f"::<{MESSAGE}>"
        source = self._chain(f"source_stream_serde{kind}(inbound){choice}", self.arrivals[0].span, is_of_one=False)
        for number, one in enumerate(tagged):
            plain = PortLabel(label=None, span=one.span)
            untag = self._chain(self._untagging(one.channel, foreign=bool(foreign)), one.span)
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

    def _untagging(self, channel: Channel, *, foreign: bool) -> str:
        item, left = ("_, item", "item") if not foreign else ("message", 'message["item"]')
        pattern = f"({item})" if not foreign else item
        if self.built.locations[channel.source].kind.has_members:
            return f"map(|({pattern}, sender)| ({left}, sender))"
        return f"map(|({pattern}, _)| {left})"

    def _want(
        self, source: NodeId | _Chain, source_port: PortLabel, target: NodeId | _Chain, target_port: PortLabel
    ) -> None:
        self.wanted.append(_Wanted(source=source, source_port=source_port, target=target, target_port=target_port))

    def _text(self) -> str:
        return "".join(f"{chain.text};\n" for chain in self.chains)

    # --- the graph ----------------------------------------------------------------------------------------------------

    def _own_graph(self) -> FlatGraph:
        """The graph of what stands in the text for this location. Members who greet come in over an edge."""
        whole = self.built.graph
        loops = {node.loop for node in self.own if node.loop is not None}
        around = {one for loop in loops for one in whole.around(loop)}
        graph = FlatGraph(
            source=whole.source,
            name=f"{whole.name}@{self.location.name}",
            nodes={node.id: _handing_on(node) if node.id in self.listing else node for node in self.own},
            loops={loop: found for loop, found in whole.loops.items() if loop in around},
            modules=dict(whole.modules),
        )
        for edge in whole.edges.values():
            if edge.crossing is None and edge.source in graph.nodes and edge.target in graph.nodes:
                graph.put(edge)
        for read in whole.reads:
            if read.target in graph.nodes and read.source in graph.nodes:
                graph.put_read(read)
        return graph

    def _make(self, graph: FlatGraph) -> None:
        """Put what is made into the graph: each statement of the made text is a chain."""
        if not self.chains:
            return
        parsed = self.place(f"{graph.name}, made for `~>`", self._text())
        next_node = max(self.built.graph.nodes) + 1
        next_edge = max(self.built.graph.edges) + 1
        made: dict[int, _Made] = {}
        instances: dict[str, ModuleId] = {}
        for chain, statement in zip(self.chains, parsed.statements, strict=True):
            ids = []
            for call in statement.pipeline.nodes:  # type: ignore[union-attr]
                assert isinstance(call, OperatorCall)
                whole = call if chain.key is None else _with_key(call, chain.key)
                node = _node(NodeId(next_node), whole, chain.span, self._instance(graph, instances, chain))
                graph.nodes[node.id] = node
                ids.append(node.id)
                next_node += 1
            plain = PortLabel(label=None, span=chain.span)
            for left, right in pairwise(ids):
                graph.put(Edge(id=EdgeId(next_edge), source=left, source_port=plain, target=right, target_port=plain))
                next_edge += 1
            made[id(chain)] = _Made(first=ids[0], last=ids[-1])
        named = {chain.name: made[id(chain)].first for chain in self.chains if chain.name}
        for chain in self.chains:
            for identity in range(made[id(chain)].first, made[id(chain)].last + 1):
                _put_reads(graph, graph.nodes[NodeId(identity)], named)
        for one in self.wanted:
            graph.put(
                Edge(
                    id=EdgeId(next_edge),
                    source=made[id(one.source)].last if isinstance(one.source, _Chain) else one.source,
                    source_port=one.source_port,
                    target=made[id(one.target)].first if isinstance(one.target, _Chain) else one.target,
                    target_port=one.target_port,
                )
            )
            next_edge += 1

    def _instance(self, graph: FlatGraph, known: dict[str, ModuleId], chain: _Chain) -> ModuleId:
        """The box of what is made for a `~>`; what all of them share has one of its own."""
        title = " ".join(chain.span.text.split()) if chain.is_of_one else "~>"
        if title not in known:
            known[title] = identity = ModuleId(max(graph.modules, default=0) + 1)
            graph.modules[identity] = Instance(id=identity, path=title, parent=None, call=chain.span, made=True)
        return known[title]


def _put_reads(graph: FlatGraph, node: Node, named: Mapping[str, NodeId]) -> None:
    for argument in node.call.arguments:
        for reference in argument.references:
            if reference.name in named:
                number = len(graph.reads) + 1
                read = Read(
                    number=number,
                    source=named[reference.name],
                    target=node.id,
                    name=reference.name,
                    span=reference.span,
                )
                graph.put_read(read)


def _node(identity: NodeId, call: OperatorCall, made: Span, module: ModuleId) -> Node:
    return Node(
        id=identity,
        operator=BY_NAME[call.name],
        call=call,
        variable=None,
        persistences=tuple(Persistence(lifetime.name) for lifetime in call.lifetimes),
        made=made,
        module=module,
    )


def _handing_on(node: Node) -> Node:
    """An operator that emits what comes to it, in the place of a source."""
    call = replace(node.call, name=IDENTITY.name, arguments=())
    return replace(node, operator=IDENTITY, call=call)


def _with_key(call: OperatorCall, key: Argument) -> OperatorCall:
    """A made call in which the user's key stands for `_KEY`: the pattern and the body of a closure, or a function."""
    (written,) = call.arguments
    assert isinstance(written, Closure)
    if not isinstance(key, Closure):
        return replace(call, arguments=(replace(written, body=_Filling(key.node).visit(written.body)),))
    (pattern,) = written.parameters
    if not isinstance(pattern, Sequence) or len(key.parameters) != 1:
        return call
    parameters = (replace(pattern, items=(key.parameters[0], *pattern.items[1:])),)
    return replace(
        call, arguments=(replace(written, parameters=parameters, body=_Filling(key.body).visit(written.body)),)
    )


class _Filling(ast.NodeTransformer):
    """Puts an expression in place of `_KEY`."""

    def __init__(self, value: ast.expr) -> None:
        self._value = value

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._value if node.id == _KEY else node


def _partition(channels: list[str], *, foreign: bool) -> str:
    """The operator that gives each channel an output of its own, and one to messages of other programs."""
    if not foreign:
        tests = [f'{number} if channel == "{channel}" else' for number, channel in enumerate(channels[:-1])]
        return f"partition(|((channel, _), _), outputs| {' '.join([*tests, str(len(channels) - 1)])})"
    tests = [f'{number} if {CHANNEL}(message) == "{channel}" else' for number, channel in enumerate(channels)]
    return f"partition(|(message, _), outputs| {' '.join([*tests, str(len(channels))])})"


def _first_name(call: OperatorCall) -> str | None:
    """The name that is a call's first argument."""
    match call.arguments:
        case (Expression(node=ast.Name(id=name)), *_):
            return name
    return None
