"""Finds every fault that keeps a flow from loading: where one argument fails, the others are evaluated as well."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import FunctionType
from typing import Any

from hydroflow_nb.codegen.blame import blamed_span, explained
from hydroflow_nb.codegen.factory import Factory, names_made
from hydroflow_nb.codegen.generate import GeneratedCode
from hydroflow_nb.codegen.held import Held
from hydroflow_nb.codegen.places import NodePlaces
from hydroflow_nb.codegen.unfound import hint_for, names_in, names_there
from hydroflow_nb.diagnostics import Diagnostic, error
from hydroflow_nb.engine.notes import described, traceback_of
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.portable import Portable
from hydroflow_nb.syntax.depth import with_whole_stack


class LoadingFailed(Portable):
    """Several arguments failed; `faults` are the exceptions, in the order of the arguments."""

    def __init__(self, faults: list[Exception]) -> None:
        super().__init__(f"{len(faults)} arguments failed")
        self.faults = faults


def further_faults(
    code: GeneratedCode, factory: FunctionType, first: Exception, namespace: Mapping[str, Any], filename: str
) -> list[Exception]:
    """The exceptions that the rest of a factory raises, after the statement that raised `first`."""
    traceback = traceback_of(first)
    while traceback is not None and traceback.tb_frame.f_code is not factory.__code__:
        traceback = traceback.tb_next
    if traceback is None:
        return []
    made = traceback.tb_frame.f_locals
    statements = Factory(code.factory, code.strata).statements
    left = [statement for statement in statements if not names_made(statement) & made.keys()]
    return list(_raised(left[1:], {**namespace, **made}, names_made(left[0]), filename)) if left else []


def faults_of_names(
    code: GeneratedCode, given: tuple[Any, Any], namespace: Mapping[str, Any], filename: str
) -> list[Exception]:
    """The exceptions raised by those statements of a factory that do not call functions of the user.

    They come from names that are not bound, or whose values do not fit. `given` are the context and the runtime.
    """
    factory = Factory(code.factory, code.strata)
    scope = {**namespace, factory.context: given[0], factory.runtime: given[1]}
    statements = factory.statements
    asked = {name for one in statements if factory.asked_of_runtime(one) for name in names_made(one)}
    asked.add(factory.runtime)
    return list(_raised(statements, scope, set(), filename, lambda one: _is_quiet(one, asked, namespace)))


def _raised(
    statements: Iterable[ast.stmt],
    scope: dict[str, Any],
    lost: set[str],
    filename: str,
    may_run: Callable[[ast.stmt], bool] = lambda _statement: True,
) -> Iterator[Exception]:
    """The exceptions that statements raise when run one by one in a scope.

    Statements that need a `lost` name are left out. The names that a failed or omitted statement sets are lost too.
    """
    lost = set(lost)
    for statement in statements:
        names = {part.id for part in ast.walk(statement) if isinstance(part, ast.Name)}
        if names & lost or not may_run(statement):
            lost |= names_made(statement)
            continue
        module = ast.Module(body=[statement], type_ignores=[])
        compiled = with_whole_stack(lambda module=module: compile(module, filename, "exec"))  # type: ignore[misc]
        try:
            exec(compiled, scope)
        except Exception as exception:
            lost |= names_made(statement)
            yield exception


def _is_quiet(part: ast.AST, asked: set[str], namespace: Mapping[str, Any]) -> bool:
    """True where code only reads names, calls what came from the runtime, and makes functions and containers."""
    match part:
        case ast.Name() | ast.Constant() | ast.Lambda() | ast.FunctionDef() | ast.expr_context() | ast.unaryop():
            return True
        case ast.Attribute(value=ast.Name(id=name)):
            return name in asked or inspect.ismodule(namespace.get(name))
        case ast.Call(func=ast.Name(id=name)) if name not in asked:
            return False
        case ast.UnaryOp(operand=operand):
            return isinstance(operand, ast.Constant)
        case ast.Assign() | ast.Call() | ast.keyword() | ast.List() | ast.Tuple() | ast.Set() | ast.Dict():
            return all(_is_quiet(inner, asked, namespace) for inner in ast.iter_child_nodes(part))
    return False


def told(
    faults: Iterable[Exception], graph: PartitionedGraph, namespace: Mapping[str, Any], filename: str
) -> list[Diagnostic]:
    """The diagnostics for several faults of one load."""
    places, names = NodePlaces(graph.nodes.values()), names_in(namespace)
    found: list[Diagnostic] = []
    for fault in faults:
        shown = explained(fault, graph, Held(), filename, tick=0, stratum=0, loading=places)
        if isinstance(shown, HydroflowError) and shown.diagnostics:
            found += shown.diagnostics
        else:
            span = blamed_span(fault, graph, filename, places)
            hint = hint_for(fault, names if isinstance(fault, NameError) else names_there(fault, None))
            found.append(error("HF410", f"this cannot be evaluated: {described(fault)}", span, hint=hint))
    return found
