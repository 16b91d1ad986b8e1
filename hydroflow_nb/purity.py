"""Whether a function gives the same for the same item in every tick, and has no effects, by the form of its text.

What the text cannot tell depends on names: the function is pure as long as these are bound to what they are bound to
now, and as long as that is pure itself, which `engine.steady` looks at. Items are taken not to change, and operators to
give new values, as everywhere. What is not known for certain is refused, with a reason in words that follow "it".
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from typing import Final, TypeAlias

from hydroflow_nb.effects import MAKING, MEASURING, MEASURING_METHODS, OF_CONTAINERS, OF_FRAMES, TAKING_METHODS, puts
from hydroflow_nb.expressions import REFERENCE_PREFIX, Closure, Expression, Instance, Pattern, bound_names, path_of
from hydroflow_nb.expressions import Sequence as SequencePattern
from hydroflow_nb.records import dataclass

Path: TypeAlias = "tuple[str, ...]"

# Methods of texts, numbers, tuples and containers that change nothing.
READING_METHODS: Final = (
    MEASURING_METHODS
    | TAKING_METHODS
    | {name for kind in (str, bytes, int, float, complex, tuple, frozenset) for name in dir(kind) if name[0] != "_"}
    | {"_replace", "_asdict", "isoformat", "timestamp", "total_seconds", "weekday", "date", "group", "groups"}
)
# Those by which an accumulator is changed, and what it gives of itself.
_CHANGING_METHODS: Final = OF_CONTAINERS | {"setdefault", "pop", "popitem", "popleft", "move_to_end", "merge"}
_PARTS: Final = frozenset({"get", "setdefault", "__getitem__", "values", "items"})

_PLAIN: Final = (
    *(ast.Constant, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Tuple, ast.List, ast.Set, ast.Dict),
    *(ast.Starred, ast.JoinedStr, ast.FormattedValue, ast.Subscript, ast.Slice, ast.keyword),
    *(ast.Return, ast.If, ast.While, ast.Pass, ast.Break, ast.Continue, ast.Raise, ast.Assert, ast.Expr),
    *(ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.Try, ast.ExceptHandler),
)


class ImpureError(Exception):
    """A function may not give the same in every tick, or may have effects: why, in words that follow "it"."""


@dataclass
class Relied:
    """The names that functions rely on: those of `values` have to be bound to what is pure itself, those of `folds` to
    functions that may change their first argument, an accumulator; those of `classes` take instances apart; those of
    `own` have to mean what Python and its collections call so.
    """

    values: dict[Path, None] = field(default_factory=dict)
    folds: dict[Path, None] = field(default_factory=dict)
    classes: dict[Path, None] = field(default_factory=dict)
    own: dict[Path, None] = field(default_factory=dict)

    def add(self, other: Relied) -> None:
        """Rely on what another function relies on, too."""
        self.values |= other.values
        self.folds |= other.folds
        self.classes |= other.classes
        self.own |= other.own

    @property
    def names(self) -> list[str]:
        """All of them as they are written, in the order of the text."""
        return [".".join(path) for path in {**self.values, **self.folds, **self.classes, **self.own}]


def relied_on_by(argument: Closure | Expression, *, accumulates: bool) -> Relied:
    """What the function of an operator's argument relies on. `accumulates`: its first parameter is an accumulator,
    which it may change. Raises ImpureError.
    """
    if argument.references:
        raise ImpureError(f"reads `${argument.references[0].name}`")
    if isinstance(argument, Expression):
        path = path_of(argument.node)
        if path is None:
            raise ImpureError("is the value of an expression")
        return Relied(folds={path: None}) if accumulates else Relied(values={path: None})
    local = {name for pattern in argument.parameters for name in bound_names(pattern)}
    if any(isinstance(part, ast.GeneratorExp | ast.Lambda) for part in _made_of(argument.body)):
        raise ImpureError("gives an iterator or a function, which equals itself alone")
    first = argument.parameters[0] if accumulates and argument.parameters else None
    reading = _Reading(frozenset(bound_names(first)) if first is not None else frozenset())
    reading.relied.classes |= dict.fromkeys(path for pattern in argument.parameters for path in _classes(pattern))
    reading.read(argument.body, frozenset(local))
    return reading.relied


def relied_on_by_text(text: ast.FunctionDef | ast.Lambda, *, accumulates: bool) -> Relied:
    """The same for a function by its text. `accumulates`: it may change its first argument. Raises ImpureError."""
    names = [one.arg for one in (*text.args.posonlyargs, *text.args.args, *text.args.kwonlyargs)]
    names += [one.arg for one in (text.args.vararg, text.args.kwarg) if one is not None]
    body = [text.body] if isinstance(text, ast.Lambda) else text.body
    reading = _Reading(frozenset(names[:1]) if accumulates else frozenset(), own=_own(body, names))
    local = {*names, *(name for one in body for name in _bound(one))}
    for one in body:
        reading.read(one, frozenset(local))
    return reading.relied


def _made_of(body: ast.expr) -> Sequence[ast.expr]:
    return body.elts if isinstance(body, ast.Tuple) else [body]


def _classes(pattern: Pattern) -> Iterator[Path]:
    if isinstance(pattern, Instance):
        yield pattern.path
    if isinstance(pattern, SequencePattern | Instance):
        for part in pattern.items:
            yield from _classes(part)


def _bound(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id


def _own(body: Iterable[ast.AST], parameters: Iterable[str]) -> frozenset[str]:
    """The variables of a function that only ever hold what it has made itself, so that it may change that."""
    made: set[str] = set()
    other = set(parameters)
    for one in body:
        for node in ast.walk(one):
            match node:
                case (
                    ast.Assign(targets=[ast.Name(id=name)], value=value)
                    | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
                ):
                    (made if _is_made(value) else other).add(name)
                case ast.AugAssign(target=ast.Name(id=name)):
                    pass
                case ast.Assign(targets=targets):
                    other |= {
                        inner.id for target in targets for inner in ast.walk(target) if isinstance(inner, ast.Name)
                    }
                case ast.For(target=target) | ast.comprehension(target=target):
                    other |= {inner.id for inner in ast.walk(target) if isinstance(inner, ast.Name)}
    return frozenset(made - other)


def _is_made(value: ast.expr) -> bool:
    match value:
        case ast.Constant() | ast.List() | ast.Dict() | ast.Set() | ast.JoinedStr() | ast.Compare() | ast.BinOp():
            return True
        case ast.ListComp() | ast.SetComp() | ast.DictComp():
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name in MAKING or name in MEASURING
    return False


class _Reading:
    """Goes through the text of a function. `changed` are the names of accumulators, `own` those of what it has made."""

    def __init__(self, changed: frozenset[str], own: frozenset[str] = frozenset()) -> None:
        self.relied = Relied()
        self._changed = changed | own

    def read(self, node: ast.AST, local: frozenset[str]) -> None:
        """Note what a part of the text relies on. Raises ImpureError."""
        match node:
            case ast.Name(id="context") if "context" not in local:
                raise ImpureError("reads `context`")
            case ast.Name(id=name) if name.startswith(REFERENCE_PREFIX):
                raise ImpureError(f"reads `${name.removeprefix(REFERENCE_PREFIX)}`")
            case ast.Name(id=name) if name in OF_FRAMES:
                raise ImpureError(f"uses `{name}`")
            case ast.Name(id=name):
                if name not in local:
                    self.relied.values[(name,)] = None
            case ast.Attribute():
                path = path_of(node)
                if path is None or path[0] in local:
                    self.read(node.value, local)
                elif path[0] == "context":
                    raise ImpureError("reads `context`")
                else:
                    self.relied.values[path] = None
            case ast.Call(func=called, args=args, keywords=keywords):
                self._call(called, local)
                for one in (*args, *keywords):
                    self.read(one, local)
            case ast.BinOp(op=operator) if puts(operator):
                raise ImpureError(f"writes `{ast.unparse(node)}`, which may put something into a container")
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                inner = local.union(*(_bound(one.target) for one in node.generators))
                for part in ast.iter_child_nodes(node):
                    self.read(part, inner)
            case ast.comprehension(iter=items, ifs=tests, is_async=0):
                for one in (items, *tests):
                    self.read(one, local)
            case ast.Lambda(args=arguments, body=body):
                if arguments.defaults or arguments.kw_defaults:
                    raise ImpureError("contains a function with default values")
                self.read(body, local | {one.arg for one in arguments.args})
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._stored(target, local)
                self.read(value, local)
            case ast.AnnAssign(target=target, value=value):
                self._stored(target, local)
                if value is not None:
                    self.read(value, local)
            case ast.AugAssign(target=target, value=value):
                if not self._is_own(target):
                    raise ImpureError(f"writes `{ast.unparse(node)}`, which may change an item")
                self.read(value, local)
            case ast.Delete(targets=targets):
                for target in targets:
                    self._stored(target, local)
            case ast.For(target=target, iter=items, body=body, orelse=other):
                self._stored(target, local)
                for one in (items, *body, *other):
                    self.read(one, local)
            case _ if isinstance(node, _PLAIN):
                for part in ast.iter_child_nodes(node):
                    self.read(part, local)
            case _:
                raise ImpureError(f"contains `{_first_line(node)}`")

    def _call(self, called: ast.expr, local: frozenset[str]) -> None:
        path = path_of(called)
        if path is not None and path[0] not in local:
            self.read(called, local)
            return
        match called:
            case ast.Attribute(value=owner, attr=name) if name in READING_METHODS or (
                name in _CHANGING_METHODS and self._is_own(owner)
            ):
                self.read(owner, local)
            case ast.Attribute(attr=name):
                raise ImpureError(f"calls `.{name}()`, which may have effects")
            case _:
                raise ImpureError(f"calls `{_first_line(called)}`, which is not known before it runs")

    def _stored(self, target: ast.expr, local: frozenset[str]) -> None:
        match target:
            case ast.Name():
                return
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part in parts:
                    self._stored(part, local)
            case ast.Starred(value=value):
                self._stored(value, local)
            case ast.Subscript(value=owner, slice=index) if self._is_own(owner):
                self.read(owner, local)
                self.read(index, local)
            case ast.Attribute(value=owner) if self._is_own(owner):
                self.read(owner, local)
            case _:
                raise ImpureError(f"sets `{_first_line(target)}`")

    def _is_own(self, node: ast.expr) -> bool:
        """True for what the function may change: an accumulator, what it has made, and parts of these."""
        while True:
            match node:
                case ast.Name(id=name):
                    return name in self._changed
                case ast.Subscript(value=owner) | ast.Attribute(value=owner):
                    node = owner
                case ast.Call(func=ast.Attribute(value=owner, attr=name)) if name in _PARTS:
                    node = owner
                case _:
                    return False


def _first_line(node: ast.AST) -> str:
    text = ast.unparse(node).split("\n", 1)[0]
    return text if len(text) <= 40 else f"{text[:40]}…"
