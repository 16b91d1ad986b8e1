"""Where a user's function can be put in place, and small trees to do it with; `closures` does it.

A body is put in place only where it means the same there as in a function of its own: no nested scope that captures a
parameter, no `:=`, `yield` or `await`, nothing that looks at its own frame. A name bound to a function is called,
because the notebook may bind it anew.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import cached_property
from typing import TypeVar

from hydroflow_nb import expressions
from hydroflow_nb.codegen.places import Position
from hydroflow_nb.effects import OF_FRAMES, puts
from hydroflow_nb.records import dataclass
from hydroflow_nb.source import Span
from hydroflow_nb.trees import walk

N = TypeVar("N", bound=ast.AST)

_OWN_SCOPE = (ast.Lambda, ast.GeneratorExp, ast.ListComp, ast.SetComp, ast.DictComp)
_NEVER = (ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Await, ast.Lambda, ast.GeneratorExp)
_NEVER_NONE = (
    ast.Tuple,
    ast.List,
    ast.Dict,
    ast.Set,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.JoinedStr,
    ast.Compare,
)


@dataclass(kw_only=True)
class Applied:
    """An expression, and the statements that have to run before it."""

    before: list[ast.stmt] = field(default_factory=list)
    value: ast.expr


# --- questions about the user's code ------------------------------------------------------------------------------


def why_called(closure: expressions.Closure) -> str | None:
    """Why the body of a closure is called and not put in place; None where it is put in place."""
    names = {name for pattern in closure.parameters for name in expressions.bound_names(pattern)}
    for node in walk(closure.body):
        if isinstance(node, ast.NamedExpr):
            return "its body binds a name with `:=`"
        if isinstance(node, _NEVER):
            return "its body contains another function"
        if isinstance(node, _OWN_SCOPE) and not names.isdisjoint(_names(node)):
            return "a comprehension in its body uses a parameter"
        if isinstance(node, ast.Name) and node.id in OF_FRAMES:
            return f"its body uses `{node.id}`"
    return None


def never_none(argument: expressions.Argument) -> bool:
    """True where a function never returns None: by the form of its body, taking operators to give values."""
    return isinstance(argument, expressions.Closure) and _never_none(argument.body)


def _never_none(node: ast.expr) -> bool:
    if isinstance(node, ast.IfExp):
        return _never_none(node.body) and _never_none(node.orelse)
    if isinstance(node, ast.BinOp):
        # To put something into a container may give None.
        return not puts(node.op)
    return isinstance(node, _NEVER_NONE) or (isinstance(node, ast.Constant) and node.value is not None)


def constant(argument: expressions.Argument) -> str | None:
    """The text of the constant that a closure without parameters returns; None where it is not a plain constant."""
    if isinstance(argument, expressions.Closure) and isinstance(argument.body, ast.Constant):
        return repr(argument.body.value)
    return None


def is_direct(node: ast.expr) -> bool:
    """True for a name and for a name with attributes: they are looked up anew whenever they are called."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def is_atom(node: ast.expr) -> bool:
    """True for what costs nothing to write twice: a variable or a constant."""
    return isinstance(node, (ast.Name, ast.Constant)) or (isinstance(node, ast.Tuple) and not node.elts)


def is_repeatable(node: ast.expr) -> bool:
    """True for what may be evaluated twice: an atom, or a tuple of such."""
    return is_atom(node) or (isinstance(node, ast.Tuple) and all(is_repeatable(element) for element in node.elts))


def elements(node: ast.expr, count: int) -> Sequence[ast.expr] | None:
    """The elements of a tuple that is written with so many; None where only a run tells how many: `(*x, y)`."""
    if not isinstance(node, ast.Tuple) or len(node.elts) != count:
        return None
    return None if any(isinstance(element, ast.Starred) for element in node.elts) else node.elts


class Uses:
    """How a body uses the names of its parameters; it is gone through once for all of them."""

    def __init__(self, body: ast.expr) -> None:
        self._body = body
        self._counts = Counter(node.id for node in walk(body) if isinstance(node, ast.Name))

    def count(self, name: str) -> int:
        """How often the body uses a name."""
        return self._counts[name]

    def is_looked_into(self, name: str) -> bool:
        """True where Python would warn of a constant in the place of a name: `5 is x`, `5[0]`, `5()`."""
        return name in self._looked_into

    @cached_property
    def _looked_into(self) -> set[str]:
        found: set[str] = set()
        for node in walk(self._body):
            match node:
                case ast.Compare(ops=ops) if any(isinstance(operator, ast.Is | ast.IsNot) for operator in ops):
                    found |= _names(node)
                case ast.Call(func=ast.Name(id=name)) | ast.Subscript(value=ast.Name(id=name)):
                    found.add(name)
        return found


def _names(node: ast.AST) -> set[str]:
    return {inner.id for inner in walk(node) if isinstance(inner, ast.Name)}


def comes_first(body: ast.expr, name: str) -> bool:
    """True where the name is evaluated for certain, and before anything that could have or feel an effect."""
    node = body
    while True:
        match node:
            case ast.Name():
                return node.id == name
            case ast.BinOp(left=first) | ast.Compare(left=first) | ast.UnaryOp(operand=first):
                node = first
            case ast.Attribute(value=first) | ast.Subscript(value=first) | ast.Starred(value=first):
                node = first
            case ast.FormattedValue(value=first) | ast.IfExp(test=first):
                node = first
            case ast.BoolOp(values=[first, *_]):
                node = first
            case ast.Call(func=ast.Name(id=function), args=[first, *_]) if function != name:
                # Looking up a function's name has no effect that the argument could feel.
                node = first
            case ast.Call(func=first):
                node = first
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts) | ast.JoinedStr(values=parts):
                rest = [part for part in parts if not isinstance(part, ast.Constant)]
                if not rest:
                    return False
                node = rest[0]
            case _:
                return False


# --- copies -------------------------------------------------------------------------------------------------------


def copied(node: N, values: Mapping[str, ast.expr]) -> N:
    """A copy of the user's tree in which names are replaced by values; all places are kept."""
    if isinstance(node, ast.Name) and node.id in values and isinstance(node.ctx, ast.Load):
        value = copied(values[node.id], {})
        if is_atom(value):
            # The traceback shall point at the use of the name, not at its pattern.
            ast.copy_location(value, node)
        return value  # type: ignore[return-value]
    known = node.__dict__
    # Others hang their own things on nodes, such as the node above, and Python has one node for every `+`.
    contents = {name: known[name] for name in (*node._fields, *node._attributes) if name in known}
    for name in node._fields:
        content = contents.get(name)
        if content.__class__ is list:
            contents[name] = [copied(part, values) if isinstance(part, ast.AST) else part for part in content]
        elif isinstance(content, ast.AST) and not isinstance(content, ast.expr_context):
            contents[name] = copied(content, values)
    return type(node)(**contents)


# --- small trees --------------------------------------------------------------------------------------------------


def load(name: str, position: Position) -> ast.Name:
    """A variable that is read."""
    return position.set(ast.Name(id=name, ctx=ast.Load()))


def assign(name: str, value: ast.expr, position: Position) -> ast.stmt:
    """`name = value`."""
    target = position.set(ast.Name(id=name, ctx=ast.Store()))
    return position.set(ast.Assign(targets=[target], value=value, lineno=0))


def call(function: ast.expr, values: Sequence[ast.expr], span: Span) -> ast.expr:
    """`function(values)`, with the place of the function in the user's text."""
    return Position(span).set(ast.Call(func=function, args=list(values), keywords=[]))
