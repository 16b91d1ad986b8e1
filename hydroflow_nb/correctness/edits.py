"""Edits of a flow's text that may lift the level of an output. Nothing here tells whether they do: that is tried."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from hydroflow_nb.ir.graph import Edge, FlatGraph, Node, NodeId
from hydroflow_nb.operators.record.operator import Persistence
from hydroflow_nb.operators.rules.content import Cause, Place
from hydroflow_nb.records import dataclass


@dataclass(frozen=True, kw_only=True)
class Edit:
    """What takes the place of a stretch of the text; `start` and `end` are offsets into it."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Edits that belong together. `code` is that of the finding that they are for; `words` tell a reader what to do:
    "put ... before ...".
    """

    code: str
    words: str
    edits: Sequence[Edit]
    # How many things change in what the flow does; 0 stands for one for each edit.
    changes: int = 0

    @property
    def size(self) -> tuple[int, int]:
        """How many things it changes, and how many characters are written and taken away."""
        characters = sum(len(edit.text) + edit.end - edit.start for edit in self.edits)
        return self.changes or len(self.edits), characters

    def apply(self, text: str) -> str:
        """The text with the edits made."""
        for edit in sorted(self.edits, key=lambda edit: edit.start, reverse=True):
            text = text[: edit.start] + edit.text + text[edit.end :]
        return text


def candidates(
    graph: FlatGraph, output: Node | None, because: Sequence[Cause], *, sorts: bool = False
) -> Sequence[Candidate]:
    """The candidates for an output, of this flow or of another one (None), and the causes of its level, the smallest
    first, each edited text once. `sorts`: sorting makes sense.
    """
    by_text: dict[str, Candidate] = {}
    text = graph.source.text
    # The last cause is the operator at fault; what led to it comes first.
    at_output = [] if output is None else [Cause(code=_NO_FINDING, place=Place(output.id), port="", words="")]
    for cause in (*reversed(because), *at_output):
        at = _At(graph, graph.nodes[NodeId(cause.place)], cause)
        for kind in _KINDS.get(cause.code, ()):
            for one in kind(at):
                by_text.setdefault(one.apply(text), one)
        if sorts and cause.code == "HF301":
            for one in _sorted_before(at):
                by_text.setdefault(one.apply(text), one)
    by_text.pop(text, None)
    return sorted(by_text.values(), key=lambda one: one.size)


@dataclass(frozen=True)
class _At:
    """An operator at fault, in its flow."""

    graph: FlatGraph
    node: Node
    cause: Cause

    @property
    def name(self) -> str:
        """The operator's name, as messages quote it."""
        return f"`{self.node.operator.name}`"

    @property
    def inputs(self) -> Sequence[Edge]:
        """The edges into it whose ends are in the flow's own text; those of the port at fault, where there is one."""
        edges = self.graph.inputs(self.node.id)
        return [edge for edge in edges if self.is_own(edge) and self.cause.port in ("", edge.target_port.text)]

    def is_own(self, edge: Edge) -> bool:
        """True where the end of an edge is in the flow's own text, and not in a file that is imported."""
        return edge.target_port.span.source is self.graph.source

    def offer(self, words: str, *edits: Edit, changes: int = 0) -> Candidate:
        """A candidate for the finding."""
        return Candidate(code=self.cause.code, words=words, edits=edits, changes=changes)


def _inserted(place: int, text: str) -> Edit:
    return Edit(start=place, end=place, text=text)


def _is_own(at: _At, node: Node) -> bool:
    return node.made is None and node.span.source is at.graph.source


# --- what is put before an operator ----------------------------------------------------------------------------------

_UNIQUE: Final = "unique::<'static>()"


def _unique_before(at: _At) -> Iterator[Candidate]:
    for edge in at.inputs:
        words = f"put `{_UNIQUE}` before {at.name}, if equal items are one item"
        yield at.offer(words, _inserted(edge.target_port.span.start, f"{_UNIQUE} -> "))


def _unique_behind(at: _At) -> Iterator[Candidate]:
    if not at.graph.inputs(at.node.id) and _is_own(at, at.node):
        words = f"put `{_UNIQUE}` behind {at.name}, if equal messages are one message"
        yield at.offer(words, _inserted(at.node.span.end, f" -> {_UNIQUE}"))


_SORTED: Final = "persist::<'static>() -> sort()"


def _sorted_before(at: _At) -> Iterator[Candidate]:
    # The whole content comes in every tick, so the operator must not remember it as well.
    if _statics(at.node) and not _is_own(at, at.node):
        return
    forgets = [] if not _statics(at.node) else [_with_statics(at.node, [False] * len(_statics(at.node)))]
    for edge in at.inputs:
        words = f"put `{_SORTED}` before {at.name}, if the order of the sorted items is the one that is meant"
        yield at.offer(words, _inserted(edge.target_port.span.start, f"{_SORTED} -> "), *forgets)


def _until_the_end(at: _At) -> Iterator[Candidate]:
    for edge in at.inputs:
        gate, ends = _free(at.graph.source.text, "gate", "ends")
        words = (
            f"hold back what flows into {at.name} until the end with `defer_signal`; `{ends}` is a channel that is "
            "given an item at the end"
        )
        yield at.offer(
            words,
            _inserted(edge.target_port.span.start, f"[input]{gate};\n{gate} = defer_signal() -> "),
            _behind_all(at.graph.source.text, f"source_stream({ends}) -> [signal]{gate};"),
        )


# --- how long an operator remembers ----------------------------------------------------------------------------------


def _statics(node: Node) -> list[bool]:
    """Whether each input that has a persistence is remembered; empty where that is not to be chosen."""
    operator = node.operator
    choice = {Persistence.TICK, Persistence.STATIC} <= set(operator.persistences)
    if not choice or Persistence.MUTABLE in node.persistences:
        return []
    return [node.is_static(position) for position in range(operator.most_persistences)]


def _with_statics(node: Node, statics: Sequence[bool]) -> Edit:
    """The call with other persistences."""
    call = node.call
    words = _lifetimes(node, statics)
    if call.lifetimes:
        return Edit(start=call.lifetimes[0].span.start, end=call.lifetimes[-1].span.end, text=words)
    if call.type_arguments:
        return _inserted(call.type_arguments[0].span.start, f"{words}, ")
    return _inserted(call.name_span.end, f"::<{words}>")


def _lifetimes(node: Node, statics: Sequence[bool]) -> str:
    """The persistences to write: one that stays as it is keeps its word."""
    words = [
        f"'{node.persistence(position)}"
        if node.is_static(position) is static
        else f"'{Persistence.STATIC if static else Persistence.TICK}"
        for position, static in enumerate(statics)
    ]
    return words[0] if len(set(words)) == 1 else ", ".join(words)


def _changed(at: _At, *, to: bool, verb: str) -> Iterator[Candidate]:
    statics = _statics(at.node)
    if not _is_own(at, at.node) or all(static is to for static in statics):
        return
    word = f"`'{Persistence.STATIC if to else Persistence.TICK}`"
    ports = at.node.operator.input_ports
    for position, static in enumerate(statics):
        if static is not to and len(statics) > 1:
            wanted = [to if one == position else before for one, before in enumerate(statics)]
            side = f"`[{ports[position]}]` of {at.name}" if position < len(ports) else at.name
            yield at.offer(f"write {word} for {side}, which {verb}", _with_statics(at.node, wanted))
    changes = sum(static is not to for static in statics)
    words = f"write {word} for {at.name}, which {verb}"
    yield at.offer(words, _with_statics(at.node, [to] * len(statics)), changes=changes)


def _remembers(at: _At) -> Iterator[Candidate]:
    return _changed(at, to=True, verb="then holds what came in earlier ticks")


def _forgets(at: _At) -> Iterator[Candidate]:
    return _changed(at, to=False, verb="then works on what comes in the tick")


# --- joins -----------------------------------------------------------------------------------------------------------


def _counting(at: _At) -> Iterator[Candidate]:
    """Operators before it, or itself, for which equal items are one, as those that count them."""
    seen, waiting = {at.node.id}, [at.node]
    while waiting:
        node = waiting.pop(0)
        kin = node.operator.multiset_kin
        if kin and _is_own(at, node):
            words = f"write `{kin}`, for which equal items are as many as come"
            name = node.call.name_span
            yield at.offer(words, Edit(start=name.start, end=name.end, text=kin))
        for edge in at.graph.inputs(node.id):
            if edge.source not in seen:
                seen.add(edge.source)
                waiting.append(at.graph.nodes[edge.source])


def _other_half(at: _At) -> Iterator[Candidate]:
    """A join that holds one side only, and one that holds the other side only: together they miss nothing."""
    node, text = at.node, at.graph.source.text
    edges = at.graph.inputs(node.id)
    if not node.operator.rule.has_halves or len(edges) != 2 or node.variable is None or not _is_own(at, node):
        return
    ends = [_end_of(at, edge, node.variable) for edge in edges]
    if None in ends:
        return
    left, right, now, later = _free(text, *(f"{node.variable}_{word}" for word in ("left", "right", "now", "later")))
    halves = [f"{left} = tee();", f"{right} = tee();"]
    for name, statics in ((now, [False, True]), (later, [True, False])):
        call = Candidate(code="", words="", edits=[_with_statics(node, statics)]).apply(text)
        # The call grew or shrank by as much as the whole text.
        call = call[node.span.start : node.span.end + len(call) - len(text)]
        halves.append(
            f"{left} -> [{edges[0].target_port.text}]{name}; {right} -> [{edges[1].target_port.text}]{name}; "
            f"{name} = {call} -> {node.variable};"
        )
    words = f"put the other half of {at.name} beside it, which holds the other side: together they miss nothing"
    places = [
        Edit(start=end[0], end=end[1], text=name)
        for end, name in zip(ends, (left, right), strict=True)
        if end is not None
    ]
    yield at.offer(
        words,
        *places,
        Edit(start=node.span.start, end=node.span.end, text="union()"),
        _behind_all(text, "\n".join(halves)),
    )


_NAME: Final = re.compile(r"\s*([^\W\d]\w*)")


def _end_of(at: _At, edge: Edge, variable: str) -> tuple[int, int] | None:
    """Where the text says `[port]name` at the end of an edge."""
    port = edge.target_port
    if port.label is None or not at.is_own(edge):
        return None
    found = _NAME.match(port.span.source.text, port.span.end)
    return (port.span.start, found.end()) if found is not None and found[1] == variable else None


def _behind_all(text: str, more: str) -> Edit:
    return Edit(start=len(text.rstrip()), end=len(text), text=f"\n{more}\n")


def _free(text: str, *names: str) -> Sequence[str]:
    """Names that the text does not use yet."""
    words = set(re.findall(r"\w+", text))
    while any(name in words for name in names):
        names = tuple(f"{name}_" for name in names)
    return names


# It is not a fault that equal items count once, so it has no finding.
_NO_FINDING: Final = ""
# Which edits there are for the causes of each finding.
_KINDS: Final[Mapping[str, Sequence[Callable[[_At], Iterator[Candidate]]]]] = {
    _NO_FINDING: (_counting,),
    "HF302": (_unique_before, _unique_behind, _counting),
    "HF303": (_remembers, _until_the_end),
    "HF305": (_forgets,),
    "HF307": (_remembers, _other_half),
    "HF309": (_remembers,),
}
