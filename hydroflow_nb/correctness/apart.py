"""What an operator's arguments look at, or change, that is not one thing for all shards: a shard's own name, who the
members are, its count of ticks, and what functions keep in names from item to item.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping, Set
from itertools import chain
from pathlib import PurePath
from types import FunctionType, ModuleType
from typing import Any, Final

from hydroflow_nb import expressions
from hydroflow_nb.correctness.world import CONTEXT
from hydroflow_nb.correctness.written import Names, bound_within, definition_of, module_of, scope_of
from hydroflow_nb.effects import PUTTING
from hydroflow_nb.expressions import Closure, bound_names, path_of

# The name of a member's own address.
_ADDRESS: Final = "address"
# Methods that change the container that they are called on.
_CHANGING: Final = PUTTING | {"setdefault", "pop", "popitem", "popleft", "move_to_end", "subtract", "send", "__next__"}
# The folders of installed packages.
_PACKAGES: Final = frozenset({"site-packages", "dist-packages"})
# How far functions that are called by functions are looked into.
_DEPTH: Final = 4


def stands_apart(
    arguments: Iterable[expressions.Argument], names: Mapping[str, Any], location: str, *, acts: bool
) -> str | None:
    """What makes the arguments of an operator give something else at each shard for the same items, in words that
    follow the operator's name; None where nothing of the kind is seen. `location` is the name that stands for the
    shards, empty where none does. What an operator changes that `acts`, such as a sink, is an output.
    """
    for argument in arguments:
        found = _of(argument, names, location, acts=acts)
        if found is not None:
            return found
    return None


def _of(argument: expressions.Argument, names: Mapping[str, Any], location: str, *, acts: bool) -> str | None:
    bound: frozenset[str] = frozenset()
    match argument:
        case Closure(parameters=parameters, body=body):
            bound = frozenset(name for one in parameters for name in bound_names(one))
        case expressions.Expression(node=body):
            pass
    read = {one.id for one in ast.walk(body) if isinstance(one, ast.Name)} - bound
    if CONTEXT in read:
        return "asks for the tick, and each shard counts its own ticks"
    if _ADDRESS in read:
        return f"reads `{_ADDRESS}`, and each shard has its own"
    if location in read:
        return f"reads `{location}`, which says how many shards there are"
    if acts:
        return None
    scope, own = Names(names), bound | bound_within(body)
    changes = chain(
        _changed_in(body, scope, own),
        chain.from_iterable(_changed_by(one, set(), _DEPTH) for one in _named_in(body, scope, own)),
    )
    changed = next(changes, None)
    return None if changed is None else f"changes `{changed}`, and each shard has its own"


def _changed_in(tree: ast.AST, names: Names, own: Set[str]) -> Iterator[str]:
    """The names of what a text changes that is there before it runs, by itself or by a function of the notebook that it
    uses; `own` are the names that it binds.
    """
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=owner, attr=method) if method in _CHANGING:
                yield from _outer(owner, names, own)
            case ast.Subscript(value=owner, ctx=ast.Store() | ast.Del()):
                yield from _outer(owner, names, own)
            case ast.Attribute(value=owner, ctx=ast.Store() | ast.Del()):
                yield from _outer(owner, names, own)
            case ast.Call(func=ast.Name(id="next"), args=[iterator, *_]) if "next" not in own:
                yield from _outer(iterator, names, own)
            case ast.Global(names=changed) | ast.Nonlocal(names=changed):
                yield from (name for name in changed if name not in own)


def _outer(owner: ast.expr, names: Names, own: Set[str]) -> Iterator[str]:
    """The name of an object that is there before a text runs; a module or a class has functions by the same words."""
    path = path_of(owner)
    if path is not None and path[0] not in own and not isinstance(names.value(owner), ModuleType | type):
        yield ".".join(path)


def _changed_by(value: Any, seen: set[int], depth: int) -> Iterator[str]:
    """The names of what a function of the notebook, or of a module beside it, changes that outlives its call."""
    if not isinstance(value, FunctionType) or id(value) in seen or not depth or _is_installed(value):
        return
    seen.add(id(value))
    definition = definition_of(value)
    if definition is None:
        return
    scope, code = scope_of(value), value.__code__
    own = frozenset((*code.co_varnames, *code.co_cellvars))
    for statement in definition.body:
        yield from _changed_in(statement, scope, own)
        for one in _named_in(statement, scope, own):
            yield from _changed_by(one, seen, depth - 1)


def _is_installed(function: FunctionType) -> bool:
    """Whether a function is Python's, or of an installed package: what these keep shows in no result."""
    if module_of(function).partition(".")[0] in sys.stdlib_module_names:
        return True
    return not _PACKAGES.isdisjoint(PurePath(function.__code__.co_filename).parts)


def _named_in(tree: ast.AST, names: Names, own: Set[str]) -> Iterator[Any]:
    """What stands in a text by a name that it does not bind itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute):
            path = path_of(node)
            if path is not None and path[0] not in own:
                yield names.value(node)
