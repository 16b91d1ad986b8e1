"""The tree of a flow's text. Every node has the span that it came from."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from hydroflow_nb.source import Source, Span

# --- patterns and arguments ----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Wildcard:
    """`_`: fits anything, binds nothing."""

    span: Span


@dataclass(frozen=True, kw_only=True)
class Binding:
    """A name: fits anything and binds it."""

    span: Span
    name: str


@dataclass(frozen=True, kw_only=True)
class Rest:
    """`*name` or `*_` among the parts of a pattern, at most once: takes what the others leave, as a list."""

    span: Span
    name: str  # "_" binds nothing


@dataclass(frozen=True, kw_only=True)
class Sequence:
    """`(a, b)` or `[a, b]`: fits an iterable of exactly so many items, and an instance of so many fields. `()` fits an
    empty one; `(a)` is just `a`.
    """

    span: Span
    items: tuple[Pattern, ...]
    brackets: str  # "()" or "[]"


@dataclass(frozen=True, kw_only=True)
class Instance:
    """`Rect(w, h)` or `shapes.Rect(w, h)`: fits an instance of the class, which has exactly so many fields. `path` is
    the class's name, by its parts.
    """

    span: Span
    path: tuple[str, ...]
    items: tuple[Pattern, ...]


Pattern: TypeAlias = Wildcard | Binding | Rest | Sequence | Instance


def bound_names(pattern: Pattern) -> Iterator[str]:
    """The names that a pattern binds, in the order of the text."""
    match pattern:
        case Binding(name=name):
            yield name
        case Rest(name=name) if name != "_":
            yield name
        case Sequence(items=items) | Instance(items=items):
            for item in items:
                yield from bound_names(item)


def classes_named(pattern: Pattern) -> Iterator[str]:
    """The names by which a pattern finds its classes: of `shapes.Rect` it is `shapes`."""
    if isinstance(pattern, Instance):
        yield pattern.path[0]
    if isinstance(pattern, Sequence | Instance):
        for item in pattern.items:
            yield from classes_named(item)


# What `$name` is called in the tree of a Python expression. Users have no names that begin so.
REFERENCE_PREFIX = "hf_ref_"


def path_of(node: ast.expr) -> tuple[str, ...] | None:
    """The parts of an expression that is a Python name, perhaps with those of attributes behind it; None for others."""
    match node:
        case ast.Name(id=name) if not name.startswith(REFERENCE_PREFIX):
            return (name,)
        case ast.Attribute(value=value, attr=name):
            path = path_of(value)
            return None if path is None else (*path, name)
    return None


@dataclass(frozen=True, kw_only=True)
class Reference:
    """`$name` inside an argument; in the argument's `ast` the name `hf_ref_NAME` stands at its place."""

    span: Span
    name: str


@dataclass(frozen=True, kw_only=True)
class Closure:
    """`|pattern, ...| body`, or a `lambda` whose parameters are plain names without defaults.

    `body` keeps its places in the cell: lines as the source counts them, columns from 0 in UTF-8 bytes.
    """

    span: Span
    parameters: tuple[Pattern, ...]
    body: ast.expr
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Expression:
    """Any other Python expression. `node` keeps its places in the cell, as the body of a closure does."""

    span: Span
    node: ast.expr
    references: tuple[Reference, ...] = ()


Argument: TypeAlias = Closure | Expression

# Expressions that give no function, whatever they hold.
_VALUES: Final = (
    ast.Constant,
    ast.List,
    ast.Dict,
    ast.Set,
    ast.Tuple,
    ast.JoinedStr,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.UnaryOp,
    ast.Compare,
)


def is_value(node: ast.expr) -> bool:
    """Whether an expression cannot give a function, by how it is written."""
    return isinstance(node, _VALUES)


# --- generics ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Lifetime:
    """`'tick`, `'static`, ...: `name` is without the quote and not yet checked."""

    span: Span
    name: str


@dataclass(frozen=True, kw_only=True)
class TypeArgument:
    """A Python expression among the generics."""

    span: Span
    node: ast.expr

    @property
    def name(self) -> str:
        """The name that is written, without what it is a part of: that of `a.b` is `b`; empty for no name."""
        match self.node:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                return name
        return ""


# --- pipelines ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Port:
    """`[0]` or `[name]`: `label` is a number (int) or a name (str); `span` covers the brackets."""

    span: Span
    label: int | str


@dataclass(frozen=True, kw_only=True)
class OperatorCall:
    """`name::<generics>(arguments)`: `span` covers all of it, `name_span` the name."""

    span: Span
    name: str
    name_span: Span
    lifetimes: tuple[Lifetime, ...]
    type_arguments: tuple[TypeArgument, ...]
    arguments: tuple[Argument, ...]


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


Node: TypeAlias = OperatorCall | Import | Ported


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """`node -> node -> ...`, at least one node."""

    span: Span
    nodes: tuple[Node, ...]


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
    # Statements that hold a reported error, as far as they could be read: for finding what else is wrong.
    damaged: tuple[Statement | Loop, ...] = ()
    # What could not be read as statements at all, so that what it connects is not known.
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
