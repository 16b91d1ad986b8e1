"""What the text of cells tells without running anything of them: functions, classes that only hold, constants.

A `def` makes a function and calls nothing, so the check of a flow can read it. Imports are followed into the standard
library and into this package. A name that any other statement may bind or change is not told.
"""

from __future__ import annotations

import ast
import builtins
import copy
import dataclasses
import sys
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any, Final

from hydroflow_nb.codegen.load import remember_lines
from hydroflow_nb.expressions import path_of
from hydroflow_nb.lattices.laws import law
from hydroflow_nb.processes.names import ANYTHING
from hydroflow_nb.processes.slicing import ProcessPlan

# Modules of the standard library that do something when they are imported.
_ACTING: Final = frozenset({"antigravity", "this"})


class Untold:
    """What a name stands for that hides one of Python's, where no text tells what it is."""


UNTOLD: Final = Untold()


def told_names(plan: ProcessPlan) -> dict[str, Any]:
    """The names of a flow's cells that their text tells. Nothing of the notebook is called."""
    module = ModuleType("__main__")
    names = module.__dict__
    given = set(names)
    for step in plan.steps:
        if step.makes_flow:
            continue
        remember_lines(step.cell.text, step.cell.filename)
        for statement in step.statements:
            if _tell(statement.node, step.cell.filename, names):
                continue
            touched = statement.names.bound | statement.names.changes | statement.names.may_change
            if ANYTHING in touched:
                touched |= names.keys() - given | set(dir(builtins))
            for name in touched:
                names.pop(name, None)
                if hasattr(builtins, name):
                    names[name] = UNTOLD
    return names


def _tell(node: ast.stmt, filename: str, names: dict[str, Any]) -> bool:
    """Run a statement that runs nothing of the notebook; False for every other one, and for one that raises."""
    plain = _plain(node, names)
    if plain is None:
        return False
    tree = ast.fix_missing_locations(ast.Module(body=[plain], type_ignores=[]))
    try:
        exec(compile(tree, filename, "exec", dont_inherit=True), names)
    except Exception:  # what it raises is told where the cell runs
        return False
    return True


def _plain(node: ast.stmt, names: Mapping[str, Any]) -> ast.stmt | None:
    """A statement without what would be evaluated that is not needed, as annotations; None where more would run."""
    match node:
        case ast.Import(names=modules):
            return node if all(map(_is_known, (one.name for one in modules))) else None
        case ast.ImportFrom(module=str() as module, names=found, level=0):
            return node if _is_known(module) and all(one.name != "*" for one in found) else None
        case ast.FunctionDef(args=arguments):
            defaults = [*arguments.defaults, *filter(None, arguments.kw_defaults)]
            declares = all(_declares_laws(one, names) for one in node.decorator_list)
            return _without_annotations(node) if declares and all(map(_is_literal, defaults)) else None
        case ast.ClassDef(bases=[], keywords=[], body=body):
            made = list(_members(body, names))
            is_plain = None not in made and all(_is_dataclass(one, names) for one in node.decorator_list)
            plain = copy.copy(node)
            plain.body = [one for one in made if one is not None]
            return plain if is_plain else None
        case ast.Assign(targets=[ast.Name()], value=value):
            return node if _is_literal(value) else None
    return None


def _members(body: Iterable[ast.stmt], names: Mapping[str, Any]) -> Iterator[ast.stmt | None]:
    for one in body:
        match one:
            case ast.Pass() | ast.Expr(value=ast.Constant()):
                yield one
            case ast.AnnAssign(target=ast.Name(), value=value) if value is None or _is_literal(value):
                plain = copy.copy(one)
                plain.annotation = ast.Constant(ast.unparse(one.annotation))
                yield plain
            case ast.FunctionDef(decorator_list=[]):
                yield _plain(one, names)
            case _:
                yield None


def _without_annotations(node: ast.FunctionDef) -> ast.FunctionDef:
    plain = copy.deepcopy(node)
    plain.returns = None
    for one in ast.walk(plain.args):
        if isinstance(one, ast.arg):
            one.annotation = None
    return plain


def _is_known(module: str) -> bool:
    root = module.partition(".")[0]
    return (root in sys.stdlib_module_names and root not in _ACTING) or root == __name__.partition(".")[0]


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _value(node: ast.expr, names: Mapping[str, Any]) -> Any:
    """What a path stands for that begins with a name that is told: a module's attribute, or the name itself."""
    path = path_of(node)
    found = names.get(path[0]) if path is not None else None
    for part in path[1:] if path is not None else ():
        found = getattr(found, part, None) if isinstance(found, ModuleType) else None
    return found


def _declares_laws(node: ast.expr, names: Mapping[str, Any]) -> bool:
    match node:
        case ast.Call(func=func, args=args, keywords=[]):
            called = _value(func, names)
            return called is law and all(map(_is_literal, args))
    return False


def _is_dataclass(node: ast.expr, names: Mapping[str, Any]) -> bool:
    match node:
        case ast.Call(func=func, args=[], keywords=keywords):
            return _is_dataclass(func, names) and all(_is_literal(one.value) for one in keywords)
    return _value(node, names) is dataclasses.dataclass
