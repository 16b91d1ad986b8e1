"""What the functions of a flow change, and read, that is there before they run and stays when they return."""

from __future__ import annotations

import ast
import dis
import inspect
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from enum import Enum
from functools import cached_property, partial
from pathlib import PurePath
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Final

from hydroflow_nb import expressions
from hydroflow_nb.correctness.written import (
    MISSING,
    Names,
    bound_within,
    codes,
    definition_of,
    enclosed,
    module_of,
    scope_of,
)
from hydroflow_nb.effects import MEASURING, PUTTING
from hydroflow_nb.expressions import path_of
from hydroflow_nb.records import dataclass

# Methods that change the container that they are called on.
_CHANGING: Final = PUTTING | {
    *("setdefault", "pop", "popitem", "popleft", "move_to_end", "subtract", "send", "__next__"),
    *("__iadd__", "__isub__", "__imul__", "__ior__", "__iand__", "__ixor__", "__setattr__", "__delattr__"),
}
# Functions of Python and its modules that change what they are called with first.
_CHANGING_FIRST: Final = _CHANGING | {
    *("next", "setattr", "delattr", "setitem", "delitem", "iadd", "isub", "imul", "ior", "iand", "ixor", "iconcat"),
    *("heappush", "heappop", "heapify", "heapreplace", "heappushpop", "insort", "insort_left", "insort_right"),
    "shuffle",
}
# Methods that put something into a container, whatever it holds.
_ADDING: Final = frozenset(
    {"add", "append", "appendleft", "extend", "extendleft", "insert", "update", "send", "__setitem__"}
)
# The folders of installed packages.
_PACKAGES: Final = frozenset({"site-packages", "dist-packages"})
_OWN: Final = __name__.partition(".")[0]
# How far functions that are called by functions are looked into.
_DEPTH: Final = 4
# What makes an object of a class.
_MAKERS: Final = ("__new__", "__init__", "__post_init__")
# What never changes, and what has functions by the same words.
_FIXED: Final = (type(None), bool, int, float, complex, str, bytes, range, Enum)
_DEFINED: Final = (ModuleType, type, FunctionType, BuiltinFunctionType, MethodType)
# What binds names for a part of a text.
_BINDING: Final = (
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
    ast.Lambda,
    ast.NamedExpr,
    ast.FunctionDef,
)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What outlives a call, by the name by which it is found. `number` tells objects apart that can change."""

    name: str
    number: int | None = None

    def is_same(self, other: Kept) -> bool:
        """Whether two names stand, or may stand, for one object."""
        if self.name.rpartition(".")[2] == other.name.rpartition(".")[2]:
            return True
        return self.number is not None and self.number == other.number


@dataclass(frozen=True, kw_only=True)
class Uses:
    """What a function uses that is there before it runs: what it changes, and what it reads."""

    changes: Sequence[Kept] = ()
    reads: Sequence[Kept] = ()


def uses_of(argument: expressions.Argument, names: Mapping[str, Any]) -> Uses:
    """What an argument uses, by itself or by functions of the notebook that it calls."""
    text = _Text([argument.body], Names(names), argument.bound)
    found = _all_of([text.uses, *(_uses_of_value(*one, set(), _DEPTH) for one in text.called)])
    if all(one.number is not None for one in found.changes):
        return found
    # What is changed by another name may be any of what is read.
    return Uses(changes=[*found.changes, *(one for one in found.reads if one.number is not None)], reads=found.reads)


def _all_of(found: Iterable[Uses]) -> Uses:
    parts = list(found)
    return Uses(
        changes=[kept for one in parts for kept in one.changes], reads=[kept for one in parts for kept in one.reads]
    )


def _uses_of_value(value: Any, shared: bool, seen: set[tuple[int, bool]], depth: int) -> Uses:
    """What is used where a value is called. `shared`: what it is called with, too, is there before it runs."""
    if isinstance(value, partial):
        value, shared = value.func, shared or bool(value.args or value.keywords)
    if isinstance(value, MethodType):
        value, shared = value.__func__, True
    if isinstance(value, type) and not _is_installed(value):
        makers = (inspect.getattr_static(value, name, MISSING) for name in _MAKERS)
        return _all_of(_uses_of_value(one, False, seen, depth) for one in makers)
    if not isinstance(value, FunctionType):
        value = inspect.getattr_static(value, "__wrapped__", MISSING)
    if not isinstance(value, FunctionType) or (id(value), shared) in seen or not depth or _is_installed(value):
        return Uses()
    seen.add((id(value), shared))
    definition = definition_of(value)
    if definition is None:
        return _uses_by_code(value)
    arguments = definition.args
    given = {one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    given |= {one.arg for one in (arguments.vararg, arguments.kwarg) if one is not None}
    own = {*value.__code__.co_varnames, *value.__code__.co_cellvars} - (given if shared else set())
    text = _Text([definition.args, *definition.body], scope_of(value), own - _defaults(definition.args))
    return _all_of([text.uses, *(_uses_of_value(*one, seen, depth - 1) for one in text.called)])


def _uses_by_code(function: FunctionType) -> Uses:
    """What a function without a source uses. It is taken to change all that it finds, if it changes anything."""
    free = set(function.__code__.co_freevars)
    found = {**function.__globals__, **enclosed(function)}
    changes: list[Kept] = []
    names: set[str] = set()
    steps = [step for code in codes(function.__code__) for step in dis.get_instructions(code)]
    for step in steps:
        if step.opname in ("STORE_GLOBAL", "DELETE_GLOBAL") or (step.opname == "STORE_DEREF" and step.argval in free):
            changes.append(Kept(name=step.argval))
        elif step.opname in ("LOAD_GLOBAL", "LOAD_NAME") or (step.opname == "LOAD_DEREF" and step.argval in free):
            names.add(step.argval)
    reads = [_kept(name, found[name]) for name in sorted(names) if name in found]
    mutable = [one for one in reads if _may_change(found[one.name])]
    defaults = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    mutable += [Kept(name=function.__name__) for one in defaults if _may_change(one)]
    acts = any(step.opname in ("STORE_SUBSCR", "STORE_ATTR", "DELETE_SUBSCR") for step in steps)
    if acts or any(step.argval in _CHANGING_FIRST for step in steps if isinstance(step.argval, str)):
        changes += mutable
    return Uses(changes=changes, reads=reads)


def _is_installed(value: Any) -> bool:
    """Whether a function or a class is Python's, or of an installed package: what these keep shows in no result."""
    top = module_of(value).partition(".")[0]
    if top in sys.stdlib_module_names or top == _OWN:
        return True
    code = getattr(value, "__code__", None)
    path = code.co_filename if code is not None else getattr(sys.modules.get(module_of(value)), "__file__", None)
    return not _PACKAGES.isdisjoint(PurePath(path or "").parts)


def _may_change(value: Any) -> bool:
    """Whether a value is an object that can change."""
    if isinstance(value, tuple | frozenset):
        return any(map(_may_change, value))
    return not isinstance(value, _FIXED) and not isinstance(value, _DEFINED)


def _kept(name: str, value: Any) -> Kept:
    return Kept(name=name, number=id(value) if value is not MISSING and _may_change(value) else None)


def _defaults(arguments: ast.arguments) -> set[str]:
    """The parameters that begin with one object in all calls."""
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = [
        *zip(reversed(positional), reversed(arguments.defaults), strict=False),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    return {one.arg for one, begin in pairs if begin is not None and not isinstance(begin, ast.Constant)}


class _Text:
    """The text of a function: `own` are the names that it binds, all others are found around it."""

    def __init__(self, trees: Sequence[ast.AST], names: Names, own: Set[str]) -> None:
        self.names = names
        self.nodes = [node for tree in trees for node in ast.walk(tree)]
        binding = [node for node in self.nodes if isinstance(node, _BINDING)]
        inner = {name for node in binding for name in bound_within(node)}
        # A name that is bound for a part of the text only may be another one elsewhere.
        inner -= {name for name in inner if names.value(ast.Name(id=name)) is not MISSING}
        inner -= {name for node in self.nodes if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names}
        begun = {name for node in self.nodes if isinstance(node, ast.arguments) for name in _defaults(node)}
        self.own: Set[str] = (own | inner) - begun
        self._share()

    def _share(self) -> None:
        """Take names for found ones that stand for an object, or a part of one, that is found around the text."""
        while True:
            shared = {name for targets, value in self._bindings() if self._leads_out(value) for name in targets}
            if not shared & self.own:
                return
            self.own -= shared

    def _bindings(self) -> Iterator[tuple[Set[str], ast.expr]]:
        """The names that the text gives to values."""
        for node in self.nodes:
            match node:
                case ast.Assign(targets=targets, value=value):
                    yield _stored(*targets), value
                case (
                    ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value)
                ):
                    yield _stored(target), value
                case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
                    yield _stored(target), value
                case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
                    yield _stored(target), value

    def _leads_out(self, value: ast.expr) -> bool:
        """Whether an expression may give an object that is there before the text runs."""
        match value:
            case ast.Call(func=ast.Name(id=name)) if name in MEASURING and self._is_of_python(value.func):
                return False
        return any(isinstance(one, ast.Name) and self._is_shared(one) for one in ast.walk(value))

    def _is_shared(self, name: ast.Name) -> bool:
        """Whether a name stands for an object that is there before the text runs, and may change."""
        return path_of(name) is not None and name.id not in self.own and _may_change(self.names.value(name))

    def _value(self, node: ast.expr) -> Any:
        """What an expression stands for that is a name, or an attribute of one."""
        path = path_of(node)
        if path is None:
            return None
        found = self.names.value(node)
        # Of an object only what is written for its class is looked at.
        if found is MISSING and len(path) > 1:
            assert isinstance(node, ast.Attribute)
            owner = self.names.value(node.value)
            if owner is not MISSING and not isinstance(owner, _DEFINED) and not _is_installed(type(owner)):
                method = inspect.getattr_static(type(owner), node.attr, MISSING)
                method = getattr(method, "fget", None) or getattr(method, "__func__", method)
                return MethodType(method, owner) if isinstance(method, FunctionType) else MISSING
        return found

    @cached_property
    def called(self) -> Sequence[tuple[Any, bool]]:
        """What the text finds and may call, each with whether it is called with what is there before."""
        shared = {
            id(node.func)
            for node in self.nodes
            if isinstance(node, ast.Call)
            and any(map(self._leads_out, [*node.args, *(one.value for one in node.keywords)]))
        }
        found = []
        for node in self.nodes:
            if not isinstance(node, ast.Name | ast.Attribute):
                continue
            path = path_of(node)
            if path is None or path[0] in self.own:
                continue
            value = self._value(node)
            of_class = isinstance(node, ast.Attribute) and isinstance(self._value(node.value), type)
            if value is not MISSING and not isinstance(value, _DEFINED) and not _is_installed(type(value)):
                value = inspect.getattr_static(type(value), "__call__", MISSING)
                found.append((value, True))
            else:
                found.append((value, of_class or id(node) in shared))
        return found

    @cached_property
    def uses(self) -> Uses:
        """What the text itself uses."""
        changed = [*self._changed()]
        put_into = {id(root) for root, adds in changed if adds} - {id(root) for root, adds in changed if not adds}
        reads = [
            self._found(node)
            for node in self.nodes
            if isinstance(node, ast.Name) and path_of(node) and node.id not in self.own and id(node) not in put_into
        ]
        bound = [
            Kept(name=name)
            for node in self.nodes
            if isinstance(node, ast.Global | ast.Nonlocal)
            for name in node.names
            if name not in self.own
        ]
        return Uses(changes=[*(self._found(root) for root, _ in changed), *bound], reads=reads)

    def _found(self, root: ast.Name) -> Kept:
        return _kept(root.id, self.names.value(root))

    def _changed(self) -> Iterator[tuple[ast.Name, bool]]:
        """The names of what is changed, each with whether it is only put into, which does not read it."""
        for node in self.nodes:
            match node:
                case ast.AugAssign(target=target):
                    yield from self._roots(target, adds=False)
                case ast.Attribute(value=owner, attr=method) if method in _CHANGING:
                    if not isinstance(self._value(owner), ModuleType | type):
                        yield from self._roots(owner, adds=method in _ADDING)
                case ast.Subscript(value=owner, ctx=ast.Store()) | ast.Attribute(value=owner, ctx=ast.Store()):
                    yield from self._roots(owner, adds=True)
                case ast.Subscript(value=owner, ctx=ast.Del()) | ast.Attribute(value=owner, ctx=ast.Del()):
                    yield from self._roots(owner, adds=False)
            match node:
                case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[first, *_]):
                    if name in _CHANGING_FIRST and self._is_of_python(node.func):
                        yield from self._roots(first, adds=False)

    def _is_of_python(self, function: ast.expr) -> bool:
        """Whether what is called may be a function by itself, or one of a module or a class."""
        match function:
            case ast.Name(id=name):
                value = self._value(function)
                return name not in self.own and (not isinstance(value, FunctionType) or _is_installed(value))
            case ast.Attribute(value=owner):
                return isinstance(self._value(owner), ModuleType | type)
        return False

    def _roots(self, owner: ast.expr, *, adds: bool) -> Iterator[tuple[ast.Name, bool]]:
        """The names by which an object is found that is changed, or of which a part is."""
        while isinstance(owner, ast.Attribute | ast.Subscript):
            owner = owner.value
        if isinstance(owner, ast.Name):
            if path_of(owner) is not None and owner.id not in self.own:
                yield owner, adds
            return
        for one in ast.walk(owner):
            if isinstance(one, ast.Name) and self._is_shared(one):
                yield one, False


def _stored(*targets: ast.expr) -> Set[str]:
    return {
        one.id
        for target in targets
        for one in ast.walk(target)
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
    }
