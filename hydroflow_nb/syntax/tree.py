"""The tree of a flow's text: statements of pipelines. Every node has the span that it came from.

What stands in the pipelines, calls of operators with their arguments, is `hydroflow_nb.expressions`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeAlias

from hydroflow_nb.expressions import OperatorCall
from hydroflow_nb.locations import Crossing, DeclaredLocation, LocationReference
from hydroflow_nb.records import dataclass
from hydroflow_nb.source import Source, Span


@dataclass(frozen=True, kw_only=True)
class Port:
    """`[0]` or `[name]`: `label` is a number (int) or a name (str); `span` covers the brackets."""

    span: Span
    label: int | str


@dataclass(frozen=True, kw_only=True)
class NameReference:
    """A name that stands for a pipeline of this flow."""

    span: Span
    name: str


@dataclass(frozen=True, kw_only=True)
class ModuleBoundary:
    """`mod` in a module's text: at the left of an arrow what flows in, at the right what flows out."""

    span: Span


@dataclass(frozen=True, kw_only=True)
class Import:
    """`import!("file.hf")`: the flow in that file stands here, between its `mod`s."""

    span: Span
    path: str


@dataclass(frozen=True, kw_only=True)
class Group:
    """`( pipeline )`."""

    span: Span
    pipeline: Pipeline


@dataclass(frozen=True, kw_only=True)
class Ported:
    """A name, a group or `mod` with the ports written before (`[0]join`) and after it (`tee[1]`)."""

    span: Span
    before: Port | None
    node: NameReference | Group | ModuleBoundary
    after: Port | None


PipelineNode: TypeAlias = OperatorCall | Import | Ported


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """`@place node -> node ~> node ...`, at least one node. `location` is where it begins, if that is written.

    `crossings` has, for each arrow, what it crosses to, None for `->`; it is empty where all arrows are `->`.
    """

    span: Span
    nodes: tuple[PipelineNode, ...]
    location: LocationReference | None = None
    crossings: tuple[Crossing | None, ...] = ()

    @property
    def is_located(self) -> bool:
        """True where it says where it runs, or leads to another place."""
        return self.location is not None or bool(self.crossings)


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A pipeline, or `name = pipeline`; then `name` is set and `name_span` is its place."""

    span: Span
    name: str | None
    name_span: Span | None
    pipeline: Pipeline


@dataclass(frozen=True, kw_only=True)
class Loop:
    """`@place loop name { statements };`: `span` goes from the word `loop` to the closing brace, `head` covers the word
    and the name.
    """

    span: Span
    head: Span
    name: str | None
    statements: tuple[Statement | Loop, ...]
    location: LocationReference | None = None


@dataclass(frozen=True, kw_only=True)
class Flow:
    """A whole text."""

    source: Source
    statements: tuple[Statement | Loop, ...]
    # The locations that it declares.
    locations: tuple[DeclaredLocation, ...] = ()
    # Statements that hold a reported error, as far as they could be read: what else is wrong can be found in them.
    damaged: tuple[Statement | Loop, ...] = ()
    # The stretches that could not be read as statements at all: what they connect is not known.
    lost: tuple[Span, ...] = ()

    def whole(self) -> Flow:
        """The flow with its damaged statements among the others, in the order of the text."""
        statements = sorted((*self.statements, *self.damaged), key=lambda statement: statement.span.start)
        return replace(self, statements=tuple(statements), damaged=()) if self.damaged else self

    @property
    def is_located(self) -> bool:
        """True for the text of a system: it declares a location, or writes `@` or `~>`."""
        return bool(self.locations) or any(
            one.pipeline.is_located if isinstance(one, Statement) else one.location is not None
            for one in (*self.statements, *self.damaged)
        )

    def pipelines(self) -> Iterator[Pipeline]:
        """The pipelines of all statements in the order of the text, those of loops included."""
        waiting = list(reversed(self.statements))
        while waiting:
            statement = waiting.pop()
            if isinstance(statement, Loop):
                waiting += reversed(statement.statements)
            else:
                yield statement.pipeline
