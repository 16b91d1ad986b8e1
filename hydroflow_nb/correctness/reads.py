"""How the arguments of an operator look at the items of a state that they read by `$name`."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Final

from hydroflow_nb import expressions
from hydroflow_nb.correctness.written import Names
from hydroflow_nb.expressions import REFERENCE_PREFIX, Closure

# What is the same of equal sets, and what is the same of equal bags.
_OF_SETS: Final = (set, frozenset, any, all, max, min)
_OF_BAGS: Final = (*_OF_SETS, len, sorted)


def reads_members(
    arguments: Iterable[expressions.Argument], name: str, names: Names, *, counted: bool, keyed: bool
) -> bool:
    """Whether arguments only ask which items a state has, so that their order does not matter: `x in $name`,
    `set($name)`, `max($name)`, `any(... for y in $name)`. `counted`: they may also ask how often each comes, as `len`
    and `sorted` do. `keyed`: its items are pairs, one for each key, so that they may also be made a `dict`.
    """
    allowed = (*(_OF_BAGS if counted else _OF_SETS), *([dict] if keyed else []))
    reference = REFERENCE_PREFIX + name
    return all(_asks(_body(argument), reference, names, allowed) for argument in arguments)


def _body(argument: expressions.Argument) -> ast.expr:
    return argument.body if isinstance(argument, Closure) else argument.node


def _asks(body: ast.expr, reference: str, names: Names, allowed: tuple[object, ...]) -> bool:
    harmless = {id(one) for node in ast.walk(body) for one in _harmless(node, names, allowed)}
    mentions = (one for one in ast.walk(body) if isinstance(one, ast.Name) and one.id == reference)
    return all(id(one) in harmless for one in mentions)


def _harmless(node: ast.AST, names: Names, allowed: tuple[object, ...]) -> Iterator[ast.expr]:
    """The expressions in a node whose order does not matter to it."""
    match node:
        case ast.Compare(ops=ops, comparators=comparators):
            for op, one in zip(ops, comparators, strict=True):
                if isinstance(op, ast.In | ast.NotIn):
                    yield one
        case ast.IfExp(test=one) | ast.UnaryOp(op=ast.Not(), operand=one):
            yield one
        case ast.SetComp(generators=generators):
            yield from (loop.iter for loop in generators)
        case ast.Call(func=func, args=[one], keywords=keywords) if _is_one(names.value(func), allowed):
            if all(keyword.arg == "default" for keyword in keywords):
                yield one
                if isinstance(one, ast.GeneratorExp):
                    yield from (loop.iter for loop in one.generators)


def _is_one(value: object, several: Iterable[object]) -> bool:
    return any(value is one for one in several)
