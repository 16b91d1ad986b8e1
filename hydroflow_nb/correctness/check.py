"""The check of a flow: all classes of runs, under both assumptions on what is unknown of its functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from hydroflow_nb.correctness.examples import Examples
from hydroflow_nb.correctness.inference import Subject, Typing
from hydroflow_nb.correctness.levels import Level, is_early, level_of
from hydroflow_nb.correctness.outputs import Output, outputs_of
from hydroflow_nb.ir.graph import EdgeId, FlatGraph, NodeId
from hydroflow_nb.operators.rules.content import Cause, Content
from hydroflow_nb.operators.rules.rule import Differences


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What is known of an output in one class of runs.

    `content` is the type of its edge, with what is unknown taken for false; `because` are the causes, first one first.
    """

    level: Level
    early: bool
    content: Content
    because: Sequence[Cause]


@dataclass(kw_only=True)
class Checked:
    """A flow that is checked. Each class of runs is looked at when it is first asked for."""

    graph: FlatGraph
    names: Mapping[str, Any]
    given: Mapping[NodeId, Content] = field(default_factory=dict)
    examples: Mapping[str, Iterable[Any]] | None = None
    _typings: dict[tuple[Differences, bool], Typing] = field(default_factory=dict)

    @cached_property
    def subject(self) -> Subject:
        """What was read of the flow."""
        return Subject(self.graph, self.names)

    @cached_property
    def outputs(self) -> Mapping[str, Output]:
        """The outputs by name, in the order of the text."""
        return {output.name: output for output in outputs_of(self.graph)}

    def typing(self, differences: Differences, *, assumed: bool = False) -> Typing:
        """The types of all edges in a class of runs."""
        key = (differences, assumed)
        typing = self._typings.get(key)
        if typing is None:
            typing = Typing(subject=self.subject, differences=differences, assumed=assumed, given=self.given)
            typing.run()
            if self._tried is not None and typing.has_unknown:
                self._tried.refute(typing.asked)
                typing = Typing(subject=self.subject, differences=differences, assumed=assumed, given=self.given).run()
            self._typings[key] = typing
        return typing

    @cached_property
    def _tried(self) -> Examples | None:
        return Examples(self.subject, self.examples) if self.examples is not None else None

    def verdict(self, output: Output, differences: Differences) -> Verdict:
        """What is known of an output in a class of runs."""
        doubted = self.typing(differences)
        content = doubted.unread[output.node.id]
        level = level_of(content)
        because = content.because
        if doubted.has_unknown:
            believed = self.typing(differences, assumed=True).unread[output.node.id]
            better = level_of(believed)
            if (level is Level.DIFFERS) != (better is Level.DIFFERS):
                level = Level.UNKNOWN
            elif level is Level.DIFFERS:
                because = believed.because
        return Verdict(level=level, early=is_early(content), content=content, because=because)

    def edges(self, differences: Differences) -> Mapping[EdgeId, Content]:
        """The types of the edges in a class of runs."""
        return self.typing(differences).edges


def together(*several: Differences) -> Differences:
    """All differences at once."""
    return Differences(
        order=any(one.order for one in several),
        duplication=any(one.duplication for one in several),
        loss=any(one.loss for one in several),
        replication=any(one.replication for one in several),
    )
