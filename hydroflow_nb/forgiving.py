"""Which functions that fold change nothing for an item that came before, by the form of their text.

They put what is made of it into a set, or into the set of a key; they keep the greatest or the least; or they keep the
accumulator as it is. So it does not matter what came between. What the text cannot tell depends on names: each form
says which have to mean Python's own, and `engine.steady` looks at that. As for `flow.check()`, what comes is taken to
be of the kind that the accumulator begins with, and its order to be transitive. (`correctness.forms` knows more, as it
looks at values, too late for code.)
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from hydroflow_nb.expressions import Binding, Closure, Expression, Pattern, bound_names, path_of
from hydroflow_nb.expressions import Sequence as Parts

# Names that have to mean Python's own; None where a function does not forgive.
Own: TypeAlias = "frozenset[str] | None"

_SET: Final = frozenset({"set"})
_DEFAULTDICT: Final = frozenset({"defaultdict"})
_EXTREMES: Final = frozenset({"max", "min"})
_SETTLED: Final[frozenset[str]] = frozenset()
# What a set takes many items by, and what gives a set.
_MANY: Final = frozenset({"update", "union"})
_SETS: Final = frozenset({"set", "frozenset"})


def forgives(argument: Closure | Expression, begun: Closure | Expression | None) -> Own:
    """The names on which it depends that a function that folds forgives; None if it is not known to. `begun` makes the
    first accumulator; None where the first item is it.
    """
    first = _begun(begun)
    if isinstance(argument, Expression):
        return _by_name(path_of(argument.node), first)
    if len(argument.parameters) != 2:
        return None
    found = _of_closure(argument.parameters[0], argument.body, first)
    bound = {name for pattern in argument.parameters for name in bound_names(pattern)}
    return None if found is None or bound & found else found


def _of_closure(accumulator: Pattern, body: ast.expr, begun: ast.expr | None) -> Own:
    match accumulator, body:
        case Binding(name=name), _:
            found = _changed(name, body, begun)
            return _value(name, body) if found is None else found
        case Parts(items=parts), ast.Tuple(elts=elements) if len(parts) == len(elements):
            names = [part.name for part in parts if isinstance(part, Binding)]
            if len(names) == len(elements):
                return _of_parts(names, elements)
    return None


def _of_parts(names: Sequence[str], elements: Sequence[ast.expr]) -> Own:
    """A tuple, part by part."""
    found: Own = _SETTLED
    for name, element in zip(names, elements, strict=True):
        found = _both(found, None if _uses(element, {*names} - {name}) else _value(name, element))
    return found


def _begun(begun: Closure | Expression | None) -> ast.expr | None:
    """The expression of the first accumulator: a class alone stands for a call of it."""
    match begun:
        case Expression(node=ast.Name() as node):
            return ast.Call(func=node, args=[], keywords=[])
        case Closure(body=body):
            return body
    return None


def _by_name(path: tuple[str, ...] | None, begun: ast.expr | None) -> Own:
    match path:
        case ("max" | "min" as name,):
            return frozenset({name})
        case ("set", "add" | "update"):
            return _made_set(begun)
    return None


def _made_set(begun: ast.expr | None, *, frozen: bool = False) -> Own:
    match begun:
        case ast.Call(func=ast.Name(id="set")):
            return _SET
        case ast.Call(func=ast.Name(id="frozenset")) if frozen:
            return frozenset({"frozenset"})
        case ast.Set():
            return _SETTLED
    return None


def _made_dict(begun: ast.expr | None) -> Own:
    match begun:
        case ast.Dict(keys=[]):
            return _SETTLED
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=[]):
            return frozenset({"dict"})
    return None


def _changed(name: str, body: ast.expr, begun: ast.expr | None) -> Own:
    """A body that gives a set, or puts something into one: the accumulator, or the one of a key."""
    match body:
        case ast.Call(func=ast.Attribute(value=into, attr=method), args=args, keywords=[]) if method in _MANY or (
            method == "add" and len(args) == 1
        ):
            if _uses_any(args, {name}) or any(isinstance(one, ast.Starred) for one in args):
                return None
            if _is(into, name):
                return _made_set(begun, frozen=method == "union")
            return _of_key(name, into, begun) if method != "union" else None
        case ast.BinOp(left=left, op=ast.BitOr(), right=right) if _is(left, name) and not _uses(right, {name}):
            return _both(_made_set(begun, frozen=True), _is_set(right))
    return None


def _of_key(name: str, into: ast.expr, begun: ast.expr | None) -> Own:
    """The set of a key in a dict: `acc.setdefault(key, set())`, or `acc[key]` of a `defaultdict(set)`."""
    match into:
        case ast.Call(func=ast.Attribute(value=owner, attr="setdefault"), args=[key, made], keywords=[]):
            if _is(owner, name) and not _uses(key, {name}):
                match made:
                    case ast.Call(func=ast.Name(id="set"), args=[], keywords=[]):
                        return _both(_made_dict(begun), _SET)
        case ast.Subscript(value=owner, slice=key) if _is(owner, name) and not _uses(key, {name}):
            match begun:
                case ast.Call(func=ast.Name(id="defaultdict"), args=[ast.Name(id="set")], keywords=[]):
                    return _DEFAULTDICT | _SET
    return None


def _is_set(node: ast.expr) -> Own:
    match node:
        case ast.Set() | ast.SetComp():
            return _SETTLED
        case ast.Call(func=ast.Name(id=name)) if name in _SETS:
            return frozenset({name})
    return None


def _value(name: str, body: ast.expr) -> Own:
    """A body that gives the accumulator, or what is greater or less."""
    match body:
        case ast.Name(id=one) if one == name:
            return _SETTLED
        # With the accumulator first: of two that compare neither way, such as NaN, it stays.
        case ast.Call(func=ast.Name(id=called), args=[first, other], keywords=[]) if called in _EXTREMES:
            if _is(first, name) and not isinstance(other, ast.Starred) and not _uses(other, {name}):
                return frozenset({called})
        case ast.IfExp(test=ast.Compare(left=left, ops=[op], comparators=[right]), body=taken, orelse=kept):
            # `x if x > acc else acc`, and what means the same.
            other = right if _is(left, name) else left
            compared = _is(left, name) or _is(right, name)
            if (
                compared
                and isinstance(op, ast.Gt | ast.Lt)
                and _is(kept, name)
                and ast.dump(taken) == ast.dump(other)
                and not _uses(other, {name})
            ):
                return _SETTLED
    return None


def _both(one: Own, other: Own) -> Own:
    return None if one is None or other is None else one | other


def _is(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _uses(node: ast.AST, names: set[str]) -> bool:
    return any(isinstance(one, ast.Name) and one.id in names for one in ast.walk(node))


def _uses_any(nodes: Iterable[ast.AST], names: set[str]) -> bool:
    return any(_uses(node, names) for node in nodes)
