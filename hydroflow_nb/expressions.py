"""Calls of operators and their arguments: closures with patterns, Python expressions, generics.

A graph holds these parts of a flow's text. They do not depend on the grammar: a graph can be built of them without a
text.
"""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator
from typing import Final, TypeAlias

from hydroflow_nb.records import dataclass
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
    """`*name` or `*_` among the parts of a pattern, at most once: takes the items that the others leave, as a list."""

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
    """The names by which a pattern finds its classes: `shapes` for `shapes.Rect`."""
    if isinstance(pattern, Instance):
        yield pattern.path[0]
    if isinstance(pattern, Sequence | Instance):
        for item in pattern.items:
            yield from classes_named(item)


# What `$name` is called in the tree of a Python expression. No name of a user begins with this.
REFERENCE_PREFIX = "hf_ref_"


def path_of(node: ast.expr) -> tuple[str, ...] | None:
    """`("a", "b")` for the expression `a.b`, a name with or without attributes; None for any other expression."""
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

    @property
    def bound(self) -> frozenset[str]:
        """The names that the parameters bind in the body."""
        return frozenset(name for one in self.parameters for name in bound_names(one))


@dataclass(frozen=True, kw_only=True)
class Expression:
    """Any other Python expression. `node` keeps its places in the cell, as the body of a closure does."""

    span: Span
    node: ast.expr
    references: tuple[Reference, ...] = ()

    @property
    def body(self) -> ast.expr:
        """The whole of it, as a closure has a body."""
        return self.node

    @property
    def bound(self) -> frozenset[str]:
        """No names: it has no parameters."""
        return frozenset()


Argument: TypeAlias = Closure | Expression

# Expressions whose value is never a function.
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
    """True where the form of an expression tells that its value is not a function."""
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
        """The name that is written, without the module: `b` for `a.b`; empty where the expression is not a name."""
        match self.node:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                return name
        return ""


# --- calls ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class OperatorCall:
    """`name::<generics>(arguments)`: `span` covers the whole call, `name_span` the name."""

    span: Span
    name: str
    name_span: Span
    lifetimes: tuple[Lifetime, ...] = ()
    type_arguments: tuple[TypeArgument, ...] = ()
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True, kw_only=True)
class WrittenCall:
    """An argument that is written as a call: the name of the function, and the arguments of that call."""

    name: str
    arguments: tuple[Argument, ...]


def written_call(argument: Argument, names: Container[str]) -> WrittenCall | None:
    """An argument such as `Fold(init, f)` taken apart; None where it is not a call of one of the names, or where it has
    keywords or stars: Python evaluates such a call.
    """
    match argument:
        case Expression(node=ast.Call(func=ast.Name(id=name), args=parts, keywords=[])) if name in names:
            if any(isinstance(part, ast.Starred) for part in parts):
                return None
            return WrittenCall(name=name, arguments=tuple(part_of(argument, part) for part in parts))
    return None


def part_of(argument: Expression, node: ast.expr) -> Argument:
    """A part of an expression as an argument of its own: a lambda is a closure."""
    source = argument.span.source
    span = _place(source, node, source.code_offset)
    references = tuple(reference for reference in argument.references if span.start <= reference.span.start < span.end)
    if isinstance(node, ast.Lambda):
        parameters = lambda_parameters(source, node.args, source.code_offset)
        if parameters is not None:
            return Closure(span=span, parameters=parameters, body=node.body, references=references)
    return Expression(span=span, node=node, references=references)


def lambda_parameters(source: Source, arguments: ast.arguments, moved: int = 0) -> tuple[Pattern, ...] | None:
    """The parameters of a lambda as patterns; None if they are more than plain names. `moved` is the number of
    lines by which the tree was moved.
    """
    if arguments.posonlyargs or arguments.kwonlyargs or arguments.defaults or arguments.vararg or arguments.kwarg:
        return None
    return tuple(Binding(span=_place(source, one, moved), name=one.arg) for one in arguments.args)


def _place(source: Source, node: ast.expr | ast.arg, moved: int) -> Span:
    start = source.offset(node.lineno - moved, node.col_offset)
    end = source.offset((node.end_lineno or node.lineno) - moved, node.end_col_offset or node.col_offset)
    return source.span(start, end)
