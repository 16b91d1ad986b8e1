"""The check of a flow: all classes of runs, under both assumptions on what is unknown of its functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import field
from functools import cached_property
from typing import Any, Final, Protocol

from hydroflow_nb.correctness.examples import Examples
from hydroflow_nb.correctness.halves import with_halves_joined
from hydroflow_nb.correctness.inference import Typing
from hydroflow_nb.correctness.levels import Level, level_of
from hydroflow_nb.correctness.outputs import Output, outputs_of
from hydroflow_nb.correctness.subject import Subject
from hydroflow_nb.correctness.view import Asked
from hydroflow_nb.ir.graph import Edge, EdgeId, FlatGraph, Node, NodeId
from hydroflow_nb.operators.rules.content import Cause, Content, Copies, Time, mixed
from hydroflow_nb.operators.rules.rule import Differences
from hydroflow_nb.records import dataclass

# An edge without a type never carries a message.
_NOTHING: Final = Content(time=Time.ONCE, copies=Copies.DISTINCT)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What is known of an output in one class of runs.

    `content` is the type of its edge, with what is unknown taken for false; `because` are the causes, first one first.
    """

    level: Level
    early: bool
    content: Content
    because: Sequence[Cause]


class CheckedOutput(Protocol):
    """An output with what is known of it."""

    @property
    def name(self) -> str:
        """The name that people know it by."""

    @property
    def node(self) -> Node:
        """The operator that gives it."""

    @property
    def edges(self) -> Sequence[Edge]:
        """The edges over which it leaves, where these do not end at an operator that is the user's."""

    def verdict(self, differences: Differences) -> Verdict:
        """What is known of it in a class of runs."""

    def asked(self, differences: Differences) -> Sequence[Asked]:
        """The laws that were asked of functions before it."""

    def node_of(self, cause: Cause) -> Node:
        """The operator that a cause is about."""


@dataclass(kw_only=True)
class Checked:
    """A flow that is checked. Each class of runs is looked at when it is first asked for."""

    graph: FlatGraph
    names: Mapping[str, Any]
    examples: Mapping[str, Iterable[Any]] | None = None
    # The items that a recording holds of those that came to a node.
    seen: Callable[[NodeId], Iterable[Any]] | None = None
    _typings: dict[tuple[Differences, bool], Typing] = field(default_factory=dict)

    @cached_property
    def subject(self) -> Subject:
        """What was read of the flow."""
        return Subject(self.graph, self.names)

    @cached_property
    def outputs(self) -> Sequence[FlowOutput]:
        """The outputs, in the order of the text."""
        return [
            FlowOutput(name=one.name, node=one.node, edges=one.edges, checked=self) for one in outputs_of(self.graph)
        ]

    def typing(self, differences: Differences, *, assumed: bool = False) -> Typing:
        """The types of all edges in a class of runs."""
        key = (differences, assumed)
        typing = self._typings.get(key)
        if typing is None:
            typing = Typing(subject=self.subject, differences=differences, assumed=assumed)
            typing.run()
            if self._tried is not None:
                self._tried.refute(typing.asked)
            if self._tried is not None and typing.has_unknown:
                typing = Typing(subject=self.subject, differences=differences, assumed=assumed).run()
            self._typings[key] = typing
        return typing

    @cached_property
    def _tried(self) -> Examples | None:
        if self.examples is None and self.seen is None:
            return None
        return Examples(self.subject, self.examples or {}, self.seen or (lambda _: ()))

    def edges(self, differences: Differences) -> Mapping[EdgeId, Content]:
        """The types of the edges in a class of runs."""
        return self.typing(differences).edges

    def node_of(self, cause: Cause) -> Node:
        """The operator that a cause is about."""
        return self.graph.nodes[NodeId(cause.place)]


@dataclass(frozen=True, kw_only=True)
class FlowOutput(Output):
    """An output of a flow that is checked."""

    checked: Checked

    def verdict(self, differences: Differences) -> Verdict:
        """What is known of it in a class of runs."""

        def content(assumed: bool) -> Content:
            return given_by(self, self.checked.typing(differences, assumed=assumed), self.checked.graph)

        return believed(content, lambda: self.checked.typing(differences).has_unknown)

    def asked(self, differences: Differences) -> Sequence[Asked]:
        """The laws that were asked of functions before it."""
        before = nodes_before(self, self.checked.subject)
        return [one for one in self.checked.typing(differences).asked if one.node in before]

    def node_of(self, cause: Cause) -> Node:
        """The operator that a cause is about."""
        return self.checked.node_of(cause)


def given_by(output: Output, typing: Typing, graph: FlatGraph) -> Content:
    """The type of what an output gives."""
    if not output.edges:
        return typing.unread.get(output.node.id, _NOTHING)
    contents = [content for _, content in with_halves_joined(graph, typing.edges, output.edges)]
    return mixed(contents) if contents else _NOTHING


def nodes_before(output: Output, subject: Subject) -> Set[NodeId]:
    """The operators that an output depends on."""
    ends = [edge.source for edge in output.edges] or [output.node.id]
    return {node for end in ends for node in subject.before(end)}


def believed(content: Callable[[bool], Content], has_unknown: Callable[[], bool]) -> Verdict:
    """The verdict on an edge, by its type with all that is unknown taken for false, and for true where that matters."""
    doubted = content(False)
    level, because = level_of(doubted), doubted.because
    if has_unknown():
        trusted = content(True)
        better = level_of(trusted)
        if (level is Level.DIFFERS) != (better is Level.DIFFERS):
            level = Level.UNKNOWN
        elif level is Level.DIFFERS:
            because = trusted.because
    return Verdict(level=level, early=doubted.is_early, content=doubted, because=because)
