"""A function of a call as its text gives it: parameters, one expression, and the names that it finds."""

from __future__ import annotations

import ast
import builtins
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import FunctionType, ModuleType
from typing import Any, Final

from hydroflow_nb import expressions
from hydroflow_nb.expressions import REFERENCE_PREFIX, Binding, Closure, Instance, Pattern, Rest, bound_names, path_of
from hydroflow_nb.expressions import Sequence as Parts
from hydroflow_nb.source import Source

MISSING: Final = object()

# Modules that tell of a clock, of chance, of the machine, or of an object's place in memory.
_WORLD: Final = frozenset(
    {"time", "random", "datetime", "uuid", "secrets", "os", "_random", "posix", "nt", "_datetime"}
)
_WORLDLY: Final = frozenset({id, hash, input, open})
_CONTEXT: Final = "context"
# How far functions that are called by functions are looked into.
_DEPTH: Final = 4


@dataclass(frozen=True)
class Names:
    """Where the names of a text are found: never by running anything of it."""

    of: Mapping[str, Any]

    def value(self, node: ast.expr) -> Any:
        """What a name, or an attribute of a module or a class that has a name, stands for; MISSING for all else."""
        path = path_of(node)
        if path is None:
            return MISSING
        found = self.of.get(path[0], MISSING)
        if found is MISSING:
            found = getattr(builtins, path[0], MISSING)
        for part in path[1:]:
            if not isinstance(found, ModuleType | type):
                return MISSING
            found = inspect.getattr_static(found, part, MISSING)
            found = getattr(found, "__func__", found)
        return found


@dataclass(frozen=True, kw_only=True)
class Written:
    """A function of one expression. `names` does not hold the parameters."""

    parameters: tuple[Pattern, ...]
    body: ast.expr
    names: Names
    context: bool = False

    @cached_property
    def bound(self) -> tuple[frozenset[str], ...]:
        """The names that each parameter binds."""
        return tuple(frozenset(bound_names(parameter)) for parameter in self.parameters)

    @cached_property
    def all_bound(self) -> frozenset[str]:
        """The names that all parameters bind."""
        return frozenset().union(*self.bound)

    def value(self, node: ast.expr) -> Any:
        """What a name in the body stands for; MISSING where it is a parameter, or no name."""
        path = path_of(node)
        return MISSING if path is None or path[0] in self.all_bound else self.names.value(node)

    def uses(self, node: ast.AST, names: frozenset[str]) -> bool:
        """Whether a part of the body mentions one of some names."""
        return any(isinstance(one, ast.Name) and one.id in names for one in ast.walk(node))


def names_in(node: ast.AST) -> Iterator[ast.Name]:
    """The names that are read in an expression, but those that comprehensions and lambdas of its own bind."""
    own = {
        one.id if isinstance(one, ast.Name) else one.arg
        for one in ast.walk(node)
        if (isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)) or isinstance(one, ast.arg)
    }
    for one in ast.walk(node):
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load) and one.id not in own:
            yield one


def written(argument: expressions.Argument, names: Mapping[str, Any]) -> Written | None:
    """The function that an argument gives, by its text; None where it is more than one expression, or unknown."""
    match argument:
        case Closure(parameters=parameters, body=body):
            return Written(parameters=parameters, body=body, names=Names(names), context=True)
        case expressions.Expression(node=ast.Lambda() as node):
            return _of_arguments(node.args, node.body, Names(names))
    value = given(argument, names)
    return of_value(value) if value is not MISSING else None


def given(argument: expressions.Argument, names: Mapping[str, Any]) -> Any:
    """What an argument that is a name stands for; MISSING for a closure, and for an expression that has to be run."""
    return Names(names).value(argument.node) if isinstance(argument, expressions.Expression) else MISSING


def of_value(value: Any) -> Written | None:
    """A Python function of one `return`, as its source gives it; None for every other one."""
    if not isinstance(value, FunctionType):
        return None
    return _read(value)


def _read(function: FunctionType) -> Written | None:
    try:
        lines, _ = inspect.getsourcelines(function)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, TypeError, SyntaxError, ValueError, RecursionError):
        return None
    scope = Names({**function.__globals__, **_enclosed(function)})
    match tree.body:
        case [ast.FunctionDef(args=arguments, body=body)]:
            match [one for one in body if not _is_text(one)]:
                case [ast.Return(value=ast.expr() as result)]:
                    return _of_arguments(arguments, result, scope)
    return None


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _enclosed(function: FunctionType) -> dict[str, Any]:
    found = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # not bound yet
            continue
    return found


_NOWHERE: Final = Source(text="").span(0, 0)


def _of_arguments(arguments: ast.arguments, body: ast.expr, names: Names) -> Written | None:
    if arguments.posonlyargs or arguments.kwonlyargs or arguments.defaults or arguments.vararg or arguments.kwarg:
        return None
    parameters = tuple(Binding(span=_NOWHERE, name=one.arg) for one in arguments.args)
    return Written(parameters=parameters, body=body, names=names)


# --- what reaches out of its arguments -----------------------------------------------------------------------------


def reaches_out(argument: expressions.Argument, names: Mapping[str, Any]) -> tuple[str, str] | None:
    """What makes an argument more than a function of its items, with the code that says so: the tick's context, a
    clock, chance or the world; None where nothing is seen.
    """
    found = Names(names)
    bound: frozenset[str] = frozenset()
    match argument:
        case Closure(parameters=parameters, body=body):
            bound = frozenset(name for one in parameters for name in bound_names(one))
        case expressions.Expression(node=body):
            pass
    seen: set[int] = set()
    for name in names_in(body):
        if name.id in bound or name.id.startswith(REFERENCE_PREFIX):
            continue
        if name.id == _CONTEXT:
            return "HF303", "asks for the tick"
        value = found.value(name)
        if value is MISSING and name.id in _WORLD:
            return "HF308", f"uses `{name.id}`"
        if _is_worldly(value, seen, _DEPTH):
            return "HF308", f"uses `{name.id}`"
    return None


def _is_worldly(value: Any, seen: set[int], depth: int) -> bool:
    if value is MISSING or id(value) in seen:
        return False
    seen.add(id(value))
    if isinstance(value, ModuleType):
        return value.__name__.partition(".")[0] in _WORLD or value.__name__ == "numpy.random"
    try:
        if value in _WORLDLY:
            return True
    except TypeError:
        return False
    owner = getattr(value, "__self__", None)
    module = getattr(value, "__module__", None) or getattr(type(owner), "__module__", None)
    if callable(value) and isinstance(module, str) and module.partition(".")[0] in _WORLD:
        return True
    if isinstance(value, FunctionType) and depth:
        return any(_is_worldly(one, seen, depth - 1) for one in _called_by(value))
    return False


def _called_by(function: FunctionType) -> Iterator[Any]:
    enclosed = _enclosed(function)
    for code in _codes(function.__code__):
        for name in code.co_names:
            yield function.__globals__.get(name, getattr(builtins, name, MISSING))
        for name in code.co_freevars:
            yield enclosed.get(name, MISSING)


def _codes(code: Any) -> Iterator[Any]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, type(code)):
            yield from _codes(constant)


# --- patterns ------------------------------------------------------------------------------------------------------


def single(pattern: Pattern) -> str | None:
    """The name of a parameter that is just a name."""
    return pattern.name if isinstance(pattern, Binding) else None


def pair(pattern: Pattern) -> tuple[Pattern, Pattern] | None:
    """The two parts of a parameter that takes a pair apart."""
    match pattern:
        case Parts(items=(key, value)) if not isinstance(key, Rest) and not isinstance(value, Rest):
            return key, value
    return None


def binds_all(pattern: Pattern) -> bool:
    """Whether a pattern keeps all of its item in the names that it binds."""
    match pattern:
        case Binding():
            return True
        case Parts(items=items) | Instance(items=items):
            return all(binds_all(item) for item in items)
        case Rest(name=name):
            return name != "_"
    return False


def holds_distinct(node: ast.expr, names: Mapping[str, Any]) -> bool:
    """Whether an expression is a display of constants, or `range(...)`, and no two of its items are equal."""
    try:
        items = list(ast.literal_eval(node))
        return len(set(items)) == len(items)
    except (TypeError, ValueError, SyntaxError, MemoryError, RecursionError):
        pass
    match node:
        case ast.Call(func=func):
            return Names(names).value(func) is range
    return False
