"""What makes an argument of a flow more than a function of its items: the tick, a clock, chance, or the machine."""

from __future__ import annotations

import ast
import builtins
import dis
import inspect
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any, Final

from hydroflow_nb import expressions
from hydroflow_nb.correctness.written import MISSING, Names, codes, enclosed, is_one_of, module_of, names_in
from hydroflow_nb.expressions import REFERENCE_PREFIX, path_of

# Modules that tell of a clock, of chance, of the machine, or of an object's place in memory.
_WORLD: Final = frozenset(
    {"time", "random", "datetime", "uuid", "secrets", "os", "_random", "posix", "nt", "_datetime"}
)
_WORLDLY: Final = (id, hash, input, open)
_CHANCE: Final = ("random", "numpy.random")
CONTEXT: Final = "context"
# How far functions that are called by functions are looked into.
_DEPTH: Final = 4
# What makes an object of a class.
_MAKERS: Final = ("__new__", "__init__", "__post_init__")


def reaches_out(argument: expressions.Argument, names: Mapping[str, Any]) -> tuple[str, str] | None:
    """The code that says so, and the words; None where nothing of the kind is seen. Functions and classes of the
    notebook are looked into, and so are those that they use; those of the standard library are known by their module.
    """
    body, bound = argument.body, argument.bound
    found = Names(names)
    read = {one.id for one in names_in(body)} - bound
    if CONTEXT in read:
        return "HF303", "asks for the tick"
    seen: set[int] = set()
    # A name by itself says more than what is looked up in it.
    nodes = [node for node in ast.walk(body) if isinstance(node, ast.Name | ast.Attribute)]
    for node in sorted(nodes, key=lambda node: isinstance(node, ast.Attribute)):
        path = path_of(node)
        if path is None or path[0] not in read or path[0].startswith(REFERENCE_PREFIX):
            continue
        value = found.value(node)
        unknown = value is MISSING and len(path) == 1 and path[0] in _WORLD
        if unknown or _is_worldly(value, seen, _DEPTH):
            return "HF308", f"uses `{'.'.join(path)}`"
    return None


def _is_worldly(value: Any, seen: set[int], depth: int) -> bool:
    if value is MISSING or id(value) in seen:
        return False
    seen.add(id(value))
    if isinstance(value, ModuleType):
        return value.__name__.partition(".")[0] in _WORLD or value.__name__.startswith(_CHANCE)
    if is_one_of(value, *_WORLDLY) or any(module_of(one).startswith(_CHANCE) for one in type(value).__mro__):
        return True
    if not callable(value):
        return False
    top = module_of(value).partition(".")[0]
    if top in _WORLD:
        return True
    if not depth or (top in sys.stdlib_module_names and not isinstance(value, partial)):
        return False
    return any(_is_worldly(one, seen, depth - 1) for one in _used_by(value))


def _used_by(value: Any) -> Iterator[Any]:
    """What a function finds by a name, or what is called where a class, a method or another object is called."""
    match value:
        case FunctionType():
            for code in codes(value.__code__):
                yield from _found_by(code, value)
        case MethodType(__func__=function):
            yield function
        case partial(func=function, args=arguments, keywords=keywords):
            yield from (function, *arguments, *keywords.values())
        case type():
            yield from (inspect.getattr_static(value, name, MISSING) for name in _MAKERS)
        case _:
            yield inspect.getattr_static(value, "__wrapped__", MISSING)
            yield inspect.getattr_static(type(value), "__call__", MISSING)


def _found_by(code: CodeType, function: FunctionType) -> Iterator[Any]:
    """What a code finds by names, and by attributes of the modules and classes that it finds."""
    names = {**vars(builtins), **function.__globals__, **enclosed(function)}
    current: Any = MISSING
    for step in dis.get_instructions(code):
        match step.opname:
            case "LOAD_GLOBAL" | "LOAD_NAME" | "LOAD_DEREF" | "LOAD_CLASSDEREF":
                current = names.get(step.argval, MISSING)
            case "IMPORT_NAME":
                current = sys.modules.get(step.argval, MISSING)
            case "LOAD_ATTR" | "LOAD_METHOD" | "IMPORT_FROM" if isinstance(current, ModuleType | type):
                current = inspect.getattr_static(current, step.argval, MISSING)
                current = getattr(current, "__func__", current)
            case _:
                current = MISSING
        yield current
