"""What runs at a location, as one would have written it by hand: the text of a flow of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from hydroflow_nb.compiler import CompiledSystem
from hydroflow_nb.expressions import Closure, OperatorCall
from hydroflow_nb.ir.graph import EdgeId, NodeId
from hydroflow_nb.locations import Crossing
from hydroflow_nb.passes.channels import Channel
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
from hydroflow_nb.syntax import tree

_WORD: Final = re.compile(r"\w+")
_MEMBER_OF: Final = "member_of"


def text_at(system: CompiledSystem, location: str) -> str:
    """The text of the flow of a location. Beside the names of the system's text it uses `outbound`, `inbound` and
    `address`, the names of locations, and for `.by` the function `hydroflow_nb.net.member_of`.
    """
    return _Printing(system, location).text()


@dataclass(frozen=True, kw_only=True)
class _Segment:
    """A part of a statement at one place: its nodes, and the crossings by which items come to it and leave it."""

    statement: tree.Statement
    nodes: tuple[tree.PipelineNode, ...]
    arrives: Crossing | None
    leaves: Crossing | None
    is_first: bool
    is_last: bool

    @property
    def name(self) -> str | None:
        """The name that it begins with, where it does."""
        match self.nodes[0]:
            case tree.Ported(node=tree.NameReference(name=name)):
                return name
        return None


class _Printing:
    """One location's text."""

    def __init__(self, system: CompiledSystem, location: str) -> None:
        self._system = system
        self._here = location
        self._nodes = {node.span.start: node.id for node in system.graph.nodes.values() if node.made is None}
        edges = [edge for edge in system.graph.edges.values() if edge.crossing is not None]
        self._edges = {edge.crossing.arrow.start: edge.id for edge in edges if edge.crossing is not None}
        self._channel = {edge: channel for channel in system.channels for edge in channel.edges}
        self._statements = {
            one.name: one for one in system.flow.statements if isinstance(one, tree.Statement) and one.name is not None
        }
        used = set(_WORD.findall(system.graph.source.text))
        self._outgoing, self._incoming = _free("outgoing", used), _free("incoming", used)
        self._known, self._new = _free("known", used), _free("joined", used)
        incoming = system.parts[location].incoming
        self._tagged = [channel for channel in incoming if channel.tagged]
        self._has_foreign = any(not channel.tagged for channel in incoming)
        self._several = len(self._tagged) + self._has_foreign > 1
        self._sends = 0

    def text(self) -> str:
        """The statements of the text, and then what was made."""
        lines = [line for statement in self._system.flow.statements for line in self._own(statement)]
        made = [*self._arrivals(), *self._greetings()]
        if self._sends:
            union = "union() -> " if self._sends > 1 else ""
            made.append(f"{self._outgoing} = {union}dest_sink_serde(outbound);")
        if self._tagged or self._has_foreign:
            made.append(f"{self._incoming} = source_stream_serde(inbound){self._choice()};")
        return "\n".join([*lines, *([""] if made and lines else []), *made, ""])

    # --- the user's statements ----------------------------------------------------------------------------------------

    def _own(self, statement: tree.Statement | tree.Loop) -> Iterator[str]:
        if isinstance(statement, tree.Loop):
            inside = range(statement.span.start, statement.span.end)
            node = next((node for start, node in self._nodes.items() if start in inside), None)
            if node is not None and self._system.location_of[node] == self._here:
                yield f"{statement.span.text};"
            return
        for segment in _segments(statement):
            if self._place(segment) == self._here and (line := self._segment(segment)):
                yield f"{line};"

    def _segment(self, segment: _Segment) -> str:
        start, end = segment.nodes[0].span.start, segment.nodes[-1].span.end
        text = self._slice(start, end)
        if segment.arrives is not None:
            edge = self._edges.get(segment.arrives.arrow.start)
            if segment.name is not None:
                if len(segment.nodes) == 1 and segment.leaves is None:
                    # It says only where the items of a channel go.
                    return ""
            elif edge is not None:
                text = f"{self._arriving(self._channel[edge])} -> {text}"
        if segment.leaves is not None:
            text = f"{text} -> {self._leaving(segment.leaves)}"
        return f"{self._named(segment)}{text}"

    def _named(self, segment: _Segment) -> str:
        """The name of the statement, which stands for its last segment; for the first where the last is elsewhere."""
        name = segment.statement.name
        own = [one for one in _segments(segment.statement) if self._place(one) == self._here]
        ends = [one for one in own if one.is_last] or [one for one in own if one.is_first]
        return f"{name} = " if name is not None and ends and segment == ends[-1] else ""

    def _slice(self, start: int, end: int) -> str:
        """The text between two offsets; `members(cluster)` of an open cluster is the name of those who came."""
        text, found = self._system.graph.source.text, ""
        for node in self._system.graph.nodes.values():
            if node.operator.lists_members and start <= node.span.start < end:
                cluster = next((one for one in self._open() if one in _WORD.findall(node.span.text)), None)
                if cluster is not None:
                    found += text[start : node.span.start] + f"{cluster}_{self._new}"
                    start = node.span.end
        return found + text[start:end]

    # --- what is made -------------------------------------------------------------------------------------------------

    def _leaving(self, crossing: Crossing) -> str:
        self._sends += 1
        edge = self._edges.get(crossing.arrow.start)
        channel = self._channel.get(edge) if edge is not None else None
        if channel is None or not channel.tagged:
            return self._outgoing
        return f"{self._tagging(channel, crossing)} -> {self._outgoing}"

    def _tagging(self, channel: Channel, crossing: Crossing) -> str:
        to, by = channel.target, ""
        if isinstance(crossing.key, Closure):
            by = by_closure_text(
                channel.name, to, crossing.key.parameters[0].span.text, _body(crossing.key), _MEMBER_OF
            )
        elif crossing.key is not None:
            by = by_function_text(channel.name, to, f"({crossing.key.span.text})", _MEMBER_OF)
        return tagging_text(channel.name, to, self._system.locations[to].kind, crossing.route, by)

    def _arriving(self, channel: Channel) -> str:
        """Where the items of a channel come out, without its name."""
        if not channel.tagged:
            return f"{self._incoming}[{len(self._tagged)}]" if self._several else self._incoming
        port = f"[{self._tagged.index(channel)}]" if self._several else ""
        left = '(message["item"], sender)' if self._system.locations[channel.source].kind.has_members else None
        pattern = "message, sender" if left else "message, _"
        left = left or 'message["item"]'
        return f"{self._incoming}{port} -> map(|({pattern})| {left})"

    def _arrivals(self) -> Iterator[str]:
        """The channels that lead to names."""
        for channel in self._system.parts[self._here].incoming:
            for name in dict.fromkeys(self._names_led_to(channel.edges)):
                yield f"{self._arriving(channel)} -> {name};"

    def _names_led_to(self, edges: Sequence[EdgeId]) -> Iterator[str]:
        for statement in self._system.flow.statements:
            for segment in _segments(statement) if isinstance(statement, tree.Statement) else ():
                if segment.arrives is None or segment.name is None:
                    continue
                if self._edges.get(segment.arrives.arrow.start) in edges:
                    first = segment.nodes[0]
                    port = first.before.span.text if isinstance(first, tree.Ported) and first.before is not None else ""
                    yield f"{port}{segment.name}"

    def _choice(self) -> str:
        if not self._several:
            return ""
        last = len(self._tagged) - (not self._has_foreign)
        name = '(message["channel"] if isinstance(message, dict) and "channel" in message else None)'
        name = name if self._has_foreign else 'message["channel"]'
        tests = [f'{n} if {name} == "{one.name}" else' for n, one in enumerate(self._tagged[:last])]
        return f" -> partition(|(message, _), outputs| {' '.join([*tests, str(last)])})"

    # --- open clusters ------------------------------------------------------------------------------------------------

    def _open(self) -> list[str]:
        return [name for name, one in self._system.locations.items() if one.is_open]

    def _greetings(self) -> Iterator[str]:
        """How members of open clusters greet, and how they are answered."""
        for channel in self._tagged:
            if channel.edges:
                continue
            arriving = self._arriving(channel)
            if channel.name == f"{channel.source}>members":
                came = f"{channel.source}_{self._new}"
                answer = answer_text(f"{self._here}>welcome")
                self._sends += 1
                yield f"{came}_again = {arriving} -> {GREETED};"
                yield f"{came}_again -> {answer} -> {self._outgoing};"
                yield f"{came} = {came}_again -> {JOINED};"
                yield f"{came} -> for_each({channel.source}.add);"
                continue
            known, host = f"{channel.source}_{self._known}", channel.source
            greeting = greeting_text(f"{self._here}>members", host, self._system.locations[host].kind, known)
            self._sends += 1
            yield f"{known} = {arriving} -> {ANSWERED};"
            yield f"{known} -> null();"
            yield f"{greeting} -> {self._outgoing};"

    # --- where something is -------------------------------------------------------------------------------------------

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
        found = _segments(statement)
        return self._place(found[0] if segment.arrives is not None else found[-1], seen | {segment.name})

    def _inside(self, node: tree.PipelineNode) -> NodeId | None:
        match node:
            case OperatorCall():
                return self._nodes.get(node.span.start)
            case tree.Ported(node=tree.Group(pipeline=pipeline)):
                found = (self._inside(one) for one in pipeline.nodes)
                return next((one for one in found if one is not None), None)
        return None


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
