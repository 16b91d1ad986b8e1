"""The text that made a function or a class: of a notebook's cell, or of a module that another program cannot import."""

from __future__ import annotations

import ast
import importlib.machinery
import inspect
import linecache
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from types import CodeType, FunctionType
from typing import Any, TypeAlias

from hydroflow_nb.processes.names import StatementNames, names_of
from hydroflow_nb.records import dataclass

Made: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda


class Uncarriable(Exception):
    """A value cannot be carried to another program: the message says why, after "it"."""


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A statement that makes what a name stands for: the name that it binds, its text, and what it does with names."""

    name: str
    text: str
    names: StatementNames


def import_of(value: Any) -> tuple[str, str] | None:
    """The module and the name there by which another program finds a function or a class; None where it cannot."""
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(name, str) or not name.isidentifier():
        return None
    there = getattr(sys.modules.get(module), name, None)
    return (module, name) if there is value and is_importable(module) else None


def is_importable(module: str) -> bool:
    """Whether another program finds a module by its name, where imports look as they do here."""
    if module == "__main__":
        return False
    if module in sys.builtin_module_names:
        return True
    path: Sequence[str] | None = None
    name = ""
    origin: str | None = None
    for part in module.split("."):
        name = f"{name}.{part}" if name else part
        found = _spec(name, path)
        if found is None:
            return False
        path, origin = found.submodule_search_locations, found.origin
    known = getattr(sys.modules.get(module), "__spec__", None)
    return known is not None and origin == known.origin


def whole_of(value: Any) -> Any:
    """What decorators have wrapped; any other value is its own."""
    return inspect.unwrap(value) if callable(value) and not isinstance(value, type) else value


def definition_of(value: Any) -> Definition:
    """The statement that made a function or a class. Raises Uncarriable where no text tells it."""
    whole = whole_of(value)
    if isinstance(whole, FunctionType):
        _must_be_whole(whole)
        return _written(*_function(whole), name=value.__name__)
    if isinstance(whole, type):
        return _written(*_class(whole), name=whole.__name__)
    raise Uncarriable(f"it is of type {type(value).__name__}, and no text tells how it was made")


def assignment_of(name: str, cells: Sequence[Any]) -> Definition | None:
    """The newest assignment to a name in cells that were run, oldest first; None where there is none that stands alone:
    `first = itemgetter(0)`.
    """
    for text in reversed([cell for cell in cells if isinstance(cell, str)]):
        try:
            statements = ast.parse(text).body
        except (SyntaxError, ValueError):
            continue
        for statement in reversed(statements):
            found = names_of(statement)
            if name not in found.bound:
                continue
            # What is bound in another way, or in part, is not told by one statement.
            match statement:
                case ast.Assign(targets=[ast.Name()]) | ast.AnnAssign(target=ast.Name()):
                    is_alone = not any(isinstance(part, ast.Await) for part in ast.walk(statement))
                    return Definition(name=name, text=ast.unparse(statement), names=found) if is_alone else None
            return None
    return None


def _spec(name: str, path: Sequence[str] | None) -> importlib.machinery.ModuleSpec | None:
    for finder in sys.meta_path:
        find = getattr(finder, "find_spec", None)
        found: importlib.machinery.ModuleSpec | None = None if find is None else find(name, path)
        if found is not None:
            return found
    return None


def _must_be_whole(function: FunctionType) -> None:
    """Raise Uncarriable for a function that holds variables of the function around it."""
    free = function.__code__.co_freevars
    if free:
        raise Uncarriable(
            f"it uses `{free[0]}` of the function that made it: let it be made at the top of a cell, and take "
            f"`{free[0]}` from there"
        )


def _function(function: FunctionType) -> tuple[str, Made]:
    code = function.__code__
    text = _text(code.co_filename, function.__globals__)
    if text is not None:
        for node in _made_in(text):
            if isinstance(node, ast.Lambda):
                if code.co_name == "<lambda>" and _holds(node, code):
                    return text, node
            elif node.name == code.co_name and _first_line(node) == code.co_firstlineno:
                return text, node
    raise Uncarriable("it is a function whose text is not known: define it in a cell, or in a module that is imported")


def _class(cls: type) -> tuple[str, Made]:
    for text, holds in _texts_of(cls):
        found = [
            node
            for node in _made_in(text)
            if isinstance(node, ast.ClassDef) and node.name == cls.__name__ and holds(node)
        ]
        if found:
            return text, found[-1]
    raise Uncarriable("it is a class whose text is not known: define it in a cell, or in a module that is imported")


def _texts_of(cls: type) -> Iterator[tuple[str, Callable[[ast.ClassDef], bool]]]:
    """The texts in which a class may have been made, and what its statement holds there."""
    for method in map(_code_of, vars(cls).values()):
        text = None if method is None else _text(method.co_filename, vars(sys.modules.get(cls.__module__, sys)))
        if text is not None and method is not None:
            line = method.co_firstlineno
            yield text, lambda node, line=line: node.lineno <= line <= (node.end_lineno or 0)  # type: ignore[misc]
    with suppress(OSError, TypeError, KeyError):
        yield inspect.getsource(sys.modules[cls.__module__]), lambda _: True
    # A cell that was run has lines without a time; the newest one counts.
    for _, modified, lines, _ in reversed([entry for entry in linecache.cache.values() if len(entry) == 4]):
        if modified is None:
            yield "".join(lines), lambda _: True


def _code_of(value: Any) -> CodeType | None:
    for function in (value, getattr(value, "__func__", None), getattr(value, "fget", None)):
        if isinstance(function, FunctionType):
            return function.__code__
    return None


def _text(filename: str, names: dict[str, Any]) -> str | None:
    lines = linecache.getlines(filename, names)
    return "".join(lines) if lines else None


def _made_in(text: str) -> Iterator[Made]:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield node


def _holds(node: ast.Lambda, code: CodeType) -> bool:
    """Whether the code of a lambda stands within it, and its own within no other one."""
    body = node.body
    begin, end = (body.lineno, body.col_offset), (body.end_lineno or 0, body.end_col_offset or 0)
    places = [(line, column) for line, _, column, _ in code.co_positions() if line is not None and column is not None]
    return begin in places and all(begin <= place <= end for place in places if place > (code.co_firstlineno, 0))


def _first_line(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> int:
    return min([node.lineno, *(one.lineno for one in node.decorator_list)])


def _written(text: str, node: Made, *, name: str) -> Definition:
    if isinstance(node, ast.Lambda):
        made = f"function = {ast.unparse(node)}"
        bound = "function"
    else:
        bound = node.name
        lines = text.splitlines(keepends=True)[_first_line(node) - 1 : node.end_lineno]
        # What stands further right is written anew: its texts of several lines keep their margins so.
        made = "".join(lines) if node.col_offset == 0 else ast.unparse(node)
    statement = ast.parse(textwrap.dedent(made)).body[0]
    return Definition(name=bound, text=made.rstrip("\n"), names=names_of(statement))
