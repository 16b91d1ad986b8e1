"""The tree of a flow's text: statements of pipelines. Every node has the span that it came from.

What stands in the pipelines, calls of operators with their arguments, is `hydroflow_nb.expressions`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from hydroflow_nb.expressions import OperatorCall
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
    """`node -> node -> ...`, at least one node."""

    span: Span
    nodes: tuple[PipelineNode, ...]


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A pipeline, or `name = pipeline`; then `name` is set and `name_span` is its place."""

    span: Span
    name: str | None
    name_span: Span | None
    pipeline: Pipeline


@dataclass(frozen=True, kw_only=True)
class Loop:
    """`loop name { statements };`: `span` goes from the word `loop` to the closing brace, `head` covers the word and
    the name.
    """

    span: Span
    head: Span
    name: str | None
    statements: tuple[Statement | Loop, ...]


@dataclass(frozen=True, kw_only=True)
class Flow:
    """A whole text."""

    source: Source
    statements: tuple[Statement | Loop, ...]
    # Statements that hold a reported error, as far as they could be read: what else is wrong can be found in them.
    damaged: tuple[Statement | Loop, ...] = ()
    # The stretches that could not be read as statements at all: what they connect is not known.
    lost: tuple[Span, ...] = ()

    def whole(self) -> Flow:
        """The flow with its damaged statements among the others, in the order of the text."""
        statements = sorted((*self.statements, *self.damaged), key=lambda statement: statement.span.start)
        return replace(self, statements=tuple(statements), damaged=()) if self.damaged else self

    def pipelines(self) -> Iterator[Pipeline]:
        """The pipelines of all statements in the order of the text, those of loops included."""
        waiting = list(reversed(self.statements))
        while waiting:
            statement = waiting.pop()
            if isinstance(statement, Loop):
                waiting += reversed(statement.statements)
            else:
                yield statement.pipeline
