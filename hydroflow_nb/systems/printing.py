"""What runs at a location, as one would have written it by hand: the text of a flow of its own."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final

from hydroflow_nb.compiler import CompiledSystem
from hydroflow_nb.expressions import Closure, OperatorCall
from hydroflow_nb.ir.graph import EdgeId, NodeId
from hydroflow_nb.locations import Crossing
from hydroflow_nb.passes.channels import Channel, listed_by, names_of
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
from hydroflow_nb.records import dataclass
from hydroflow_nb.syntax import tree

_WORD: Final = re.compile(r"\w+")
_MEMBER_OF: Final = "member_of"
_MESSAGE_OF: Final = "message_of"


@dataclass(frozen=True, kw_only=True)
class _Segment:
    """A part of a statement at one place: its nodes, and the crossings by which items come to it and leave it."""

    statement: tree.Statement
    nodes: tuple[tree.PipelineNode, ...]
    arrives: Crossing | None
    leaves: Crossing | None
    is_first: bool
    is_last: bool
    # Whether the statement's name stands for it at its place.
    is_named: bool = False

    @property
    def name(self) -> str | None:
        """The name that it begins with, where it does."""
        match self.nodes[0]:
            case tree.Ported(node=tree.NameReference(name=name)):
                return name
        return None


class Printing:
    """The texts of a system's flows."""

    def __init__(self, system: CompiledSystem) -> None:
        self._system = system

    def text_at(self, location: str) -> str:
        """The text of the flow of a location. Beside the names of the system's text it uses `outbound`, `inbound` and
        `address`, the names of locations, for `.by` the function `hydroflow_nb.net.member_of`, and for the types of
        channels `hydroflow_nb.net.message_of`.
        """
        return _AtLocation(self._system, self._placed, location).text()

    @cached_property
    def _placed(self) -> _Placed:
        return _Placed(self._system)


class _Placed:
    """The statements of a system by the location where each part of them is."""

    def __init__(self, system: CompiledSystem) -> None:
        graph = system.graph
        self._system = system
        # The operators by the start of their text; an import is one of those that stand for it.
        self._nodes: dict[int, NodeId] = {}
        for node in graph.nodes.values():
            module = None if node.module is None else graph.modules[node.module]
            while module is not None and module.parent is not None:
                module = graph.modules[module.parent]
            self._nodes.setdefault(node.span.start if module is None else module.call.start, node.id)
        crossings = [(edge, edge.crossing) for edge in graph.edges.values() if edge.crossing is not None]
        self.listing = [node for node in graph.nodes.values() if node.operator.lists_members and node.module is None]
        self.edge_at = {crossing.arrow.start: edge.id for edge, crossing in crossings}
        self.channel_of = {edge: channel for channel in system.channels for edge in channel.edges}
        self._segments_of = {
            id(one): _segments(one) for one in system.flow.statements if isinstance(one, tree.Statement)
        }
        self._statements = {
            one.name: one for one in system.flow.statements if isinstance(one, tree.Statement) and one.name is not None
        }
        self.at: dict[str, list[_Segment | tree.Loop]] = {}
        # The names that each edge leads to, with their ports.
        self.led_to: dict[EdgeId, list[str]] = {}
        starts = sorted(self._nodes)
        for statement in system.flow.statements:
            if isinstance(statement, tree.Loop):
                first = bisect_left(starts, statement.span.start)
                if first < len(starts) and starts[first] < statement.span.end:
                    place = system.location_of[self._nodes[starts[first]]]
                    self.at.setdefault(place, []).append(statement)
                continue
            own = [(segment, self._place(segment)) for segment in self._segments_of[id(statement)]]
            named = _named_segments(own)
            for segment, here in own:
                if here is not None:
                    self.at.setdefault(here, []).append(replace(segment, is_named=segment in named))
                if segment.arrives is not None and segment.name is not None:
                    edge = self.edge_at.get(segment.arrives.arrow.start)
                    first_node = segment.nodes[0]
                    before = first_node.before if isinstance(first_node, tree.Ported) else None
                    if edge is not None:
                        port = before.span.text if before is not None else ""
                        self.led_to.setdefault(edge, []).append(f"{port}{segment.name}")

    def _place(self, segment: _Segment, seen: frozenset[str] = frozenset()) -> str | None:
        """The location of a segment: that of an operator in it, or of what a name in it stands for."""
        for node in segment.nodes:
            inside = self._inside(node)
            if inside is not None:
                return self._system.location_of[inside]
        if segment.name is None or segment.name in seen:
            return None
        if segment.name in self._system.locations:
            return segment.name
        statement = self._statements.get(segment.name)
        if statement is None:
            return None
        found = self._segments_of[id(statement)]
        return self._place(found[0] if segment.arrives is not None else found[-1], seen | {segment.name})

    def _inside(self, node: tree.PipelineNode) -> NodeId | None:
        match node:
            case OperatorCall() | tree.Import():
                return self._nodes.get(node.span.start)
            case tree.Ported(node=tree.Group(pipeline=pipeline)):
                found = (self._inside(one) for one in pipeline.nodes)
                return next((one for one in found if one is not None), None)
        return None


def _named_segments(own: Sequence[tuple[_Segment, str | None]]) -> list[_Segment]:
    """For each location the segment that a statement's name stands for: its last one; its first where the last is
    elsewhere.
    """
    found: list[_Segment] = []
    if own[0][0].statement.name is None:
        return found
    for place in dict.fromkeys(place for _, place in own):
        here = [segment for segment, there in own if there == place]
        ends = [one for one in here if one.is_last] or [one for one in here if one.is_first]
        found += ends[-1:]
    return found


class _AtLocation:
    """One location's text."""

    def __init__(self, system: CompiledSystem, placed: _Placed, location: str) -> None:
        self._system = system
        self._placed = placed
        self._here = location
        used = set(_WORD.findall(system.graph.source.text))
        self._outgoing, self._incoming = _free("outgoing", used), _free("incoming", used)
        self._known, self._new = _free("known", used), _free("joined", used)
        self._waiting, self._some = _free("waiting", used), _free("some", used)
        incoming = system.parts[location].incoming
        self._tagged = [channel for channel in incoming if channel.tagged]
        self._foreign = [channel for channel in incoming if not channel.tagged]
        # Messages have attributes where their types are known, and are dicts elsewhere.
        self._is_typed = any(channel.types for channel in incoming)
        self._several = len(self._tagged) + bool(self._foreign) > 1
        self._sends = 0
        # What waits for the first member of an open cluster, and goes on by this text.
        self._held: dict[str, list[str]] = {}

    def text(self) -> str:
        """The statements of the text, and then what was made."""
        lines = [line for one in self._placed.at.get(self._here, ()) if (line := self._own(one))]
        made = [*self._arrivals(), *self._greetings()]
        if self._sends:
            union = "union() -> " if self._sends > 1 else ""
            made.append(f"{self._outgoing} = {union}dest_sink_serde(outbound);")
        if self._tagged or self._foreign:
            made.append(f"{self._incoming} = source_stream_serde{self._types()}(inbound){self._choice()};")
        return "\n".join([*lines, *([""] if made and lines else []), *made, ""])

    # --- the user's statements ----------------------------------------------------------------------------------------

    def _own(self, one: _Segment | tree.Loop) -> str:
        if isinstance(one, tree.Loop):
            return f"{one.span.text};"
        line = self._segment(one)
        return f"{line};" if line else ""

    def _segment(self, segment: _Segment) -> str:
        start, end = segment.nodes[0].span.start, segment.nodes[-1].span.end
        text = self._slice(start, end)
        if segment.arrives is not None:
            edge = self._placed.edge_at.get(segment.arrives.arrow.start)
            if segment.name is not None:
                if len(segment.nodes) == 1 and segment.leaves is None:
                    # It says only where the items of a channel go.
                    return ""
            elif edge is not None:
                text = f"{self._arriving(self._placed.channel_of[edge])} -> {text}"
        if segment.leaves is not None:
            text = f"{text} -> {self._leaving(segment.leaves)}"
        return f"{segment.statement.name} = {text}" if segment.is_named else text

    def _slice(self, start: int, end: int) -> str:
        """The text between two offsets; `members(cluster)` of an open cluster is the name of those who came."""
        text, found = self._system.graph.source.text, ""
        for node in self._placed.listing:
            if start <= node.span.start < end:
                cluster = listed_by(node)
                if cluster in self._open():
                    found += text[start : node.span.start] + f"{cluster}_{self._new}"
                    start = node.span.end
        return found + text[start:end]

    # --- what is made -------------------------------------------------------------------------------------------------

    def _leaving(self, crossing: Crossing) -> str:
        self._sends += 1
        edge = self._placed.edge_at.get(crossing.arrow.start)
        channel = self._placed.channel_of.get(edge) if edge is not None else None
        if channel is None or not channel.tagged:
            return self._outgoing
        going = f"{self._tagging(channel, crossing)} -> {self._outgoing}"
        if not waits_for_members(self._system.locations[channel.target], crossing.route):
            return going
        held = self._held.setdefault(channel.target, [])
        held.append(going)
        return f"[{HELD_PORT}]{self._held_name(channel.target, len(held))}"

    def _held_name(self, cluster: str, number: int) -> str:
        return f"{cluster}_{self._waiting}_{number}"

    def _tagging(self, channel: Channel, crossing: Crossing) -> str:
        to, by = channel.target, ""
        location = self._system.locations[to]
        if location.shards_by is not None:
            return by_path_text(channel.name, to, location.shards_by, _MEMBER_OF)
        if isinstance(crossing.key, Closure):
            by = by_closure_text(
                channel.name,
                to,
                crossing.key.parameters[0].span.text,
                _body(crossing.key),
                _MEMBER_OF,
                names_of(crossing.key),
            )
        elif crossing.key is not None:
            by = by_function_text(channel.name, to, f"({crossing.key.span.text})", _MEMBER_OF, names_of(crossing.key))
        return tagging_text(channel.name, to, location.kind, crossing.route, by)

    def _arriving(self, channel: Channel) -> str:
        """Where the items of a channel come out, without its name."""
        if not channel.tagged:
            return f"{self._incoming}[{len(self._tagged)}]" if self._several else self._incoming
        port = f"[{self._tagged.index(channel)}]" if self._several else ""
        item = "message.item" if self._is_typed else 'message["item"]'
        has_members = self._system.locations[channel.source].kind.has_members
        pattern, left = ("message, sender", f"({item}, sender)") if has_members else ("message, _", item)
        return f"{self._incoming}{port} -> map(|({pattern})| {left})"

    def _arrivals(self) -> Iterator[str]:
        """The channels that lead to names."""
        for channel in self._system.parts[self._here].incoming:
            names = (name for edge in channel.edges for name in self._placed.led_to.get(edge, ()))
            for name in dict.fromkeys(names):
                yield f"{self._arriving(channel)} -> {name};"

    def _types(self) -> str:
        """The type of what comes in, where the text says one."""
        foreign = [channel.types[0].span.text if channel.types else "" for channel in self._foreign]
        if not self._is_typed or (not self._tagged and not all(foreign)):
            return ""
        if not self._tagged:
            return f"::<{' | '.join(foreign)}>"
        tagged = (f'"{one.name}": {one.types[0].span.text if one.types else None}' for one in self._tagged)
        more = f", [{', '.join(kind or 'None' for kind in foreign)}]" if foreign else ""
        return f"::<{_MESSAGE_OF}({{{', '.join(tagged)}}}{more})>"

    def _choice(self) -> str:
        if not self._several:
            return ""
        names = [one.name for one in self._tagged]
        if self._is_typed:
            channel = 'getattr(message, "channel", None)' if self._foreign else "message.channel"
            chosen = choice_text(names, channel, len(names) if self._foreign else None)
        elif self._foreign:
            channel = 'message["channel"] if isinstance(message, dict) and "channel" in message else None'
            chosen = choice_text(names, f"({channel})", len(names))
        else:
            chosen = choice_text(names, 'message["channel"]')
        return f" -> partition(|(message, _), outputs| {chosen})"

    # --- open clusters ------------------------------------------------------------------------------------------------

    def _open(self) -> list[str]:
        return [name for name, one in self._system.locations.items() if one.is_open]

    def _greetings(self) -> Iterator[str]:
        """How members of open clusters greet, and how they are answered."""
        for channel in self._tagged:
            if channel.edges:
                continue
            arriving = self._arriving(channel)
            if channel.name == members_channel(channel.source):
                came = f"{channel.source}_{self._new}"
                answer = answer_text(welcome_channel(self._here))
                self._sends += 1
                yield f"{came}_again = {arriving} -> {GREETED};"
                yield f"{came}_again -> {answer} -> {self._outgoing};"
                yield f"{came} = {came}_again -> {JOINED};"
                yield f"{came} -> for_each({channel.source}.add);"
                yield from self._released(channel.source, came)
                continue
            known, host = f"{channel.source}_{self._known}", channel.source
            greeting = greeting_text(members_channel(self._here), host, self._system.locations[host].kind, known)
            self._sends += 1
            yield f"{known} = {arriving} -> {ANSWERED};"
            yield f"{known} -> null();"
            yield f"{greeting} -> {self._outgoing};"

    def _released(self, cluster: str, joined: str) -> Iterator[str]:
        """How items that wait for the first member of a cluster go on."""
        some = f"{cluster}_{self._some}"
        if cluster in self._held:
            yield f"{some} = {joined} -> {SOMEBODY};"
        for number, going in enumerate(self._held.get(cluster, ()), 1):
            held = self._held_name(cluster, number)
            yield f"{some} -> [{RELEASE_PORT}]{held};"
            yield f"{held} = {HELD} -> {going};"


def _segments(statement: tree.Statement) -> list[_Segment]:
    pipeline = statement.pipeline
    ends = [number + 1 for number, one in enumerate(pipeline.crossings) if one is not None]
    starts, ends = [0, *ends], [*ends, len(pipeline.nodes)]
    return [
        _Segment(
            statement=statement,
            nodes=pipeline.nodes[start:end],
            arrives=pipeline.crossings[start - 1] if start else None,
            leaves=pipeline.crossings[end - 1] if end < len(pipeline.nodes) else None,
            is_first=start == 0,
            is_last=end == len(pipeline.nodes),
        )
        for start, end in zip(starts, ends, strict=True)
    ]


def _body(closure: Closure) -> str:
    """The text of a closure's body."""
    text = closure.span.text
    return text[text.index("|", 1) + 1 :].strip() if text.startswith("|") else text.partition(":")[2].strip()


def _free(word: str, used: set[str]) -> str:
    """A name that the text does not use."""
    found, number = word, 2
    while any(one == found or one.endswith(f"_{found}") for one in used):
        found, number = f"{word}_{number}", number + 1
    return found
