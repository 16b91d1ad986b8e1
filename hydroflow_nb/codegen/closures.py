"""Closures applied to values: their patterns take the values apart, their bodies are put in place or called.

A sequence is taken apart by an assignment, as one writes it in Python: `a, b = item`. Only where that fails is the item
looked at again: an instance has its fields in order. Fields of a named class, `Rect(w, h)`, are asked of the engine.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from types import MappingProxyType

from hydroflow_nb import expressions
from hydroflow_nb.codegen.inline import (
    Applied,
    Uses,
    assign,
    comes_first,
    copied,
    elements,
    is_atom,
    is_repeatable,
    load,
)
from hydroflow_nb.codegen.places import Position
from hydroflow_nb.records import dataclass
from hydroflow_nb.syntax.depth import is_deeper

# A value is put into the body that takes it down to so many levels, two for a call of a method: those of a long chain
# would grow with its length. A variable between costs a twentieth of twenty `upper()`, as one text more is alive.
DEEPEST_VALUE = 45
_NONE: Mapping[str, ast.expr] = MappingProxyType({})


def put_in_place(
    closure: expressions.Closure,
    values: Sequence[ast.expr],
    local: Callable[[str], str],
    runtime: Callable[[str], str],
    references: Mapping[str, ast.expr] = _NONE,
) -> Applied:
    """The body of a closure with its parameters bound to values. `local` gives the variable for a parameter's name,
    `runtime` what something of the engine's is called, `references` says what `$name` stands for.

    A tuple that one body builds and the next pattern takes apart is never built: its elements are bound one by one.
    """
    before: list[ast.stmt] = []
    body = closure.body
    used = Uses(body)
    names: dict[str, ast.expr] = dict(references)

    def variable(name: str, position: Position) -> str:
        if name == "_" or not used.count(name):
            # Of all names this is the one that no parameter bears.
            return local("_")
        names[name] = load(local(name), position)
        return local(name)

    apart = _Destructuring(variable=variable, scratch=local, runtime=runtime)

    def bind(pattern: expressions.Pattern, value: ast.expr) -> None:
        position = Position(pattern.span)
        match pattern:
            case expressions.Binding(name=name) if used.count(name):
                if is_atom(value) and not (isinstance(value, ast.Constant) and used.is_looked_into(name)):
                    names[name] = value
                    return
                before.append(assign(local(name), copied(value, {}), position))
                names[name] = load(local(name), position)
            case expressions.Wildcard() | expressions.Binding():
                if not is_repeatable(value):
                    before.append(position.set(ast.Expr(value=copied(value, {}))))
            case expressions.Sequence(items=items):
                rests = any(isinstance(item, expressions.Rest) for item in items)
                written = None if rests else elements(value, len(items))
                if written is None:
                    before.extend(apart.statements(pattern, value))
                    return
                for item, element in zip(items, written, strict=True):
                    bind(item, element)
            case expressions.Instance():
                before.extend(apart.statements(pattern, value))
            case expressions.Rest():
                raise AssertionError(pattern)

    alone = len(closure.parameters) == 1
    for pattern, value in zip(closure.parameters, values, strict=True):
        if (
            alone
            and isinstance(pattern, expressions.Binding)
            and not is_atom(value)
            and used.count(pattern.name) == 1
            and comes_first(body, pattern.name)
            and not is_deeper(value, DEEPEST_VALUE)
        ):
            names[pattern.name] = value
        else:
            bind(pattern, value)
    return Applied(before=before, value=copied(body, names))


def parameter_role(index: int) -> str:
    """What a closure's parameter is called as a variable of its operator's own."""
    return f"parameter_{index}"


def as_definition(
    closure: expressions.Closure,
    name: str,
    local: Callable[[str], str],
    runtime: Callable[[str], str],
    references: Mapping[str, ast.expr] = _NONE,
) -> ast.stmt:
    """A statement that binds the closure as a function to a name, for where its body cannot be put in place."""
    position = Position(closure.span)
    if all(isinstance(pattern, expressions.Binding) for pattern in closure.parameters):
        parameters = [pattern.name for pattern in closure.parameters if isinstance(pattern, expressions.Binding)]
        function = ast.Lambda(args=_parameters(parameters, position), body=copied(closure.body, references))
        return assign(name, position.set(function), position)

    def variable(name: str, _position: Position) -> str:
        return local("unused") if name == "_" else name

    apart = _Destructuring(variable=variable, scratch=local, runtime=runtime)
    parameters = [local(parameter_role(index)) for index in range(len(closure.parameters))]
    body: list[ast.stmt] = []
    for pattern, parameter in zip(closure.parameters, parameters, strict=True):
        place = Position(pattern.span)
        if isinstance(pattern, expressions.Sequence | expressions.Instance):
            body += apart.statements(pattern, load(parameter, place))
        elif isinstance(pattern, expressions.Binding | expressions.Wildcard):
            bound = pattern.name if isinstance(pattern, expressions.Binding) else "_"
            body.append(assign(variable(bound, place), load(parameter, place), place))
    body.append(position.set(ast.Return(value=copied(closure.body, references))))
    definition = ast.parse(f"def {name}(): pass").body[0]
    assert isinstance(definition, ast.FunctionDef)
    position.set_all(definition)
    definition.args = _parameters(parameters, position)
    definition.body = body
    return definition


def _parameters(names: Sequence[str], position: Position) -> ast.arguments:
    return ast.arguments(
        posonlyargs=[],
        args=[position.set(ast.arg(arg=name)) for name in names],
        kwonlyargs=[],
        kw_defaults=[],
        defaults=[],
    )


# --- patterns ----------------------------------------------------------------------------------------------------


@dataclass(kw_only=True)
class _Destructuring:
    """Takes values apart for one closure.

    `variable` gives the variable for a name that a pattern binds (`_`: for a value that is not used), `scratch` one
    for a role, `runtime` the name by which the code calls something of the engine.
    """

    variable: Callable[[str, Position], str]
    scratch: Callable[[str], str]
    runtime: Callable[[str], str]
    _parts: int = field(default=0, init=False)

    def statements(self, pattern: expressions.Sequence | expressions.Instance, value: ast.expr) -> list[ast.stmt]:
        """Statements that bind the parts of a value."""
        position = Position(pattern.span)
        if isinstance(pattern, expressions.Sequence) and _is_plain(pattern, value):
            return [self._assigned(pattern, copied(value, {}), [])]
        before: list[ast.stmt] = []
        if not is_atom(value):
            name = self._part()
            before.append(assign(name, copied(value, {}), position))
            value = load(name, position)
        inner: list[tuple[expressions.Sequence | expressions.Instance, str]] = []
        if isinstance(pattern, expressions.Instance):
            before.append(self._assigned(pattern, self._fields(pattern, value), inner))
        else:
            plain = self._assigned(pattern, position.set(copied(value, {})), inner)
            anew = self._assigned(pattern, self._opened(pattern, value), [], names=[name for _, name in inner])
            refused = load(self.runtime("TypeError"), position)
            handler = position.set(ast.ExceptHandler(type=refused, name=None, body=[anew]))
            before.append(position.set(ast.Try(body=[plain], handlers=[handler], orelse=[], finalbody=[])))
        for part, name in inner:
            before += self.statements(part, load(name, Position(part.span)))
        return before

    def _part(self) -> str:
        self._parts += 1
        return self.scratch(f"{self._parts}_part")

    def _assigned(
        self,
        pattern: expressions.Sequence | expressions.Instance,
        value: ast.expr,
        inner: list[tuple[expressions.Sequence | expressions.Instance, str]],
        names: list[str] | None = None,
    ) -> ast.stmt:
        """An assignment to the pattern's variables. Parts that the assignment cannot destructure are left in variables:
        `inner` gets their patterns, with the names; `names` are the names that they already have.
        """
        given = iter(names or ())
        # A sequence pattern is tried again with `opened`, which takes instances as well. An instance pattern is not, so
        # the sequences in it go to `inner`.
        within = isinstance(pattern, expressions.Sequence)

        def target(part: expressions.Pattern) -> ast.expr:
            position = Position(part.span)
            match part:
                case expressions.Binding(name=name) | expressions.Rest(name=name):
                    store = position.set(ast.Name(id=self.variable(name, position), ctx=ast.Store()))
                    if isinstance(part, expressions.Rest):
                        return position.set(ast.Starred(value=store, ctx=ast.Store()))
                    return store
                case expressions.Wildcard():
                    return position.set(ast.Name(id=self.variable("_", position), ctx=ast.Store()))
                case expressions.Sequence() if within:
                    return targets(part)
                case expressions.Sequence() | expressions.Instance():
                    name = next(given) if names is not None else self._part()
                    inner.append((part, name))
                    return position.set(ast.Name(id=name, ctx=ast.Store()))

        def targets(of: expressions.Sequence | expressions.Instance) -> ast.expr:
            return Position(of.span).set(ast.Tuple(elts=[target(part) for part in of.items], ctx=ast.Store()))

        return Position(pattern.span).set(ast.Assign(targets=[targets(pattern)], value=value, lineno=0))

    def _fields(self, pattern: expressions.Instance, value: ast.expr) -> ast.expr:
        """`fields[value.__class__, Rect, 2](value)`."""
        position = Position(pattern.span)
        kind: ast.expr = load(pattern.path[0], position)
        for name in pattern.path[1:]:
            kind = ast.Attribute(value=kind, attr=name, ctx=ast.Load())
        counted = sum(not isinstance(part, expressions.Rest) for part in pattern.items)
        key: list[ast.expr] = [
            ast.Attribute(value=copied(value, {}), attr="__class__", ctx=ast.Load()),
            kind,
            ast.Constant(value=counted),
        ]
        if counted < len(pattern.items):
            key.append(ast.Constant(value=...))
        parts = ast.Subscript(
            value=load(self.runtime("fields"), position), slice=ast.Tuple(elts=key, ctx=ast.Load()), ctx=ast.Load()
        )
        return position.set_all(ast.Call(func=parts, args=[copied(value, {})], keywords=[]))

    def _opened(self, pattern: expressions.Sequence, value: ast.expr) -> ast.expr:
        """`opened(value, shape)`."""
        position = Position(pattern.span)
        arguments = [copied(value, {})]
        if _has_sequence(pattern):
            arguments.append(ast.parse(repr(_shape(pattern)).replace("Ellipsis", "..."), mode="eval").body)
        call = ast.Call(func=load(self.runtime("opened"), position), args=arguments, keywords=[])
        return position.set_all(call)


def _shape(pattern: expressions.Sequence) -> tuple[object, ...]:
    """The shape of a pattern as `engine.fields.opened` takes it."""
    return tuple(
        ... if isinstance(part, expressions.Rest) else _shape(part) if isinstance(part, expressions.Sequence) else None
        for part in pattern.items
    )


def _has_sequence(pattern: expressions.Sequence) -> bool:
    return any(isinstance(part, expressions.Sequence) for part in pattern.items)


def _is_plain(pattern: expressions.Sequence, value: ast.expr) -> bool:
    """True where a sequence is written that has no instances to take apart: `(x, *y)`."""
    return isinstance(value, ast.Tuple | ast.List) and all(
        isinstance(part, expressions.Binding | expressions.Wildcard | expressions.Rest) for part in pattern.items
    )
