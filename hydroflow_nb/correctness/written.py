"""A function of a call as its text gives it: parameters, one expression, and the names that it finds."""

from __future__ import annotations
import __future__

import ast
import builtins
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from functools import cached_property, reduce
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, Final

from hydroflow_nb import expressions
from hydroflow_nb.expressions import Binding, Closure, Instance, Pattern, Rest, bound_names, path_of
from hydroflow_nb.expressions import Sequence as Parts
from hydroflow_nb.records import dataclass
from hydroflow_nb.source import Source

MISSING: Final = object()


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

    @cached_property
    def _own(self) -> frozenset[str]:
        """The names that the parameters bind, and those that the body binds itself."""
        return self.all_bound | bound_within(self.body)

    def value(self, node: ast.expr) -> Any:
        """What a name in the body stands for; MISSING where the function binds it, or it is not a name."""
        path = path_of(node)
        return MISSING if path is None or path[0] in self._own else self.names.value(node)

    def uses(self, node: ast.AST, names: frozenset[str]) -> bool:
        """Whether a part of the body mentions one of some names."""
        return any(isinstance(one, ast.Name) and one.id in names for one in ast.walk(node))


def bound_within(node: ast.AST) -> frozenset[str]:
    """The names that comprehensions, lambdas and `:=` bind in an expression."""
    return frozenset(
        one.id if isinstance(one, ast.Name) else one.arg
        for one in ast.walk(node)
        if (isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)) or isinstance(one, ast.arg)
    )


def names_in(node: ast.AST) -> Iterator[ast.Name]:
    """The names that an expression reads and does not bind itself."""
    own = bound_within(node)
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
    """A Python function of one `return`, as its source gives it; None for all else, and for a source that is not, or no
    longer, that of the function.
    """
    if not isinstance(value, FunctionType):
        return None
    return _read(value)


def _read(function: FunctionType) -> Written | None:
    definition = definition_of(function)
    if definition is None:
        return None
    match [one for one in definition.body if not _is_text(one)]:
        case [ast.Return(value=ast.expr() as result)]:
            return _of_arguments(definition.args, result, scope_of(function))
    return None


def definition_of(function: FunctionType) -> ast.FunctionDef | None:
    """The definition of a function in its source; None where there is none, or it is no longer that of the function."""
    try:
        # The source of its code: that of the function itself may be the one of a function that it wraps.
        lines, _ = inspect.getsourcelines(function.__code__)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except Exception:  # where there is no source, or its file holds something else by now
        return None
    match tree.body:
        case [ast.FunctionDef() as definition] if _is_source_of(definition, function.__code__):
            return definition
    return None


def scope_of(function: FunctionType) -> Names:
    """Where the names are found that a function does not bind itself."""
    return Names({**function.__globals__, **enclosed(function)})


_FUTURES: Final = reduce(int.__or__, (getattr(__future__, name).compiler_flag for name in __future__.all_feature_names))


def _is_source_of(definition: ast.FunctionDef, code: CodeType) -> bool:
    """Whether a definition, compiled again, gives the code of a function. Another one may stand in its place: a file
    was changed since, or a lambda is on the line of a definition.
    """
    (outer,) = ast.parse("def outer(): pass").body
    assert isinstance(outer, ast.FunctionDef)
    outer.args.args = [ast.arg(arg=name) for name in code.co_freevars]
    outer.body = [ast.FunctionDef(**{**dict(ast.iter_fields(definition)), "decorator_list": []})]
    try:
        module = ast.fix_missing_locations(ast.Module(body=[outer], type_ignores=[]))
        made = compile(module, code.co_filename, "exec", flags=code.co_flags & _FUTURES, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        return False
    _module, _around, inner, *_ = codes(made)
    return code.co_name == definition.name and _alike(inner, code)


def _alike(one: CodeType, other: CodeType) -> bool:
    """Whether two codes do the same, wherever they stand in a text."""
    parts = [
        (code.co_code, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, len(code.co_consts))
        for code in (one, other)
    ]
    return parts[0] == parts[1] and all(
        _alike(mine, yours)
        if isinstance(mine, CodeType) and isinstance(yours, CodeType)
        else type(mine) is type(yours) and mine == yours
        for mine, yours in zip(one.co_consts, other.co_consts, strict=True)
    )


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def enclosed(function: FunctionType) -> dict[str, Any]:
    """The values of the names that a function finds in those around it."""
    found = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # not bound yet
            continue
    return found


def is_one_of(value: Any, *known: object) -> bool:
    """Whether a value of the notebook is one of some objects itself: its own `==` is never asked."""
    return any(value is one for one in known)


def module_of(value: Any) -> str:
    """The name of the module that a function, a class or an object belongs to."""
    if isinstance(value, BuiltinFunctionType) and getattr(value, "__module__", None) is None:
        value = type(value.__self__)
    elif not isinstance(value, FunctionType | MethodType | BuiltinFunctionType | type):
        value = inspect.getattr_static(value, "__wrapped__", type(value))
    module = getattr(value, "__module__", None)
    return module if isinstance(module, str) else ""


def codes(code: CodeType) -> Iterator[CodeType]:
    """A code, and those of the functions and comprehensions within it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes(constant)


NOWHERE: Final = Source(text="").span(0, 0)


def _of_arguments(arguments: ast.arguments, body: ast.expr, names: Names) -> Written | None:
    if arguments.posonlyargs or arguments.kwonlyargs or arguments.defaults or arguments.vararg or arguments.kwarg:
        return None
    if any(isinstance(one, ast.Yield | ast.YieldFrom | ast.Await) for one in ast.walk(body)):
        return None
    parameters = tuple(Binding(span=NOWHERE, name=one.arg) for one in arguments.args)
    return Written(parameters=parameters, body=body, names=names)


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
