"""The compiler: from a flow's text to a graph that can be run, in the order of its stages."""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from hydroflow_nb.codegen.generate import GeneratedCode, generate
from hydroflow_nb.codegen.load import LoadedProgram, load
from hydroflow_nb.codegen.module_lines import remember_module_lines
from hydroflow_nb.diagnostics import Diagnostic, error
from hydroflow_nb.engine.context import Context
from hydroflow_nb.errors import GraphError, SurfaceSyntaxError
from hydroflow_nb.ir.graph import PartitionedGraph
from hydroflow_nb.operators import BY_NAME, RENAMED
from hydroflow_nb.operators.former import REMOVED
from hydroflow_nb.passes.build import build
from hydroflow_nb.passes.check import check
from hydroflow_nb.passes.loops import check_loops
from hydroflow_nb.passes.partition import partition
from hydroflow_nb.passes.reduce import remove_needless_unions_and_tees
from hydroflow_nb.passes.stratify import stratify
from hydroflow_nb.source import Source
from hydroflow_nb.syntax import codes
from hydroflow_nb.syntax.depth import with_whole_stack
from hydroflow_nb.syntax.modules import Modules
from hydroflow_nb.syntax.parser import parse


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """A flow's graph and code, with the warnings that were found on the way."""

    graph: PartitionedGraph
    code: GeneratedCode
    diagnostics: list[Diagnostic]


def compile_source(source: Source, name: str, namespace: dict[str, Any] | None = None) -> Compiled:
    """The whole pipeline. Raises `SurfaceSyntaxError` or `GraphError` with everything that a stage found.

    Of the namespace only generic types are looked up here; functions and values are when the flow is loaded and runs.
    """
    try:
        return with_whole_stack(lambda: _compiled(source, name, namespace))
    except RecursionError:
        message = f"this flow is too deep for the recursion limit of {sys.getrecursionlimit()}"
        hint = "`sys.setrecursionlimit(1000)` is Python's own default"
        raise SurfaceSyntaxError([error(codes.TOO_DEEP, message, source.span(0, 0), hint=hint)]) from None


def _compiled(source: Source, name: str, namespace: dict[str, Any] | None) -> Compiled:
    def evaluate(node: ast.expr) -> Any:
        return eval(compile(ast.Expression(body=node), source.filename, "eval"), dict(namespace or {}))

    parsed = parse(source)
    diagnostics = list(parsed.diagnostics)
    if _any_error(diagnostics):
        raise SurfaceSyntaxError(diagnostics)

    modules = Modules()
    built = build(parsed.flow, name, BY_NAME, RENAMED, modules.load, REMOVED)
    flat = built.graph
    diagnostics += _in_order(
        [*built.diagnostics, *check(flat, built.starved, evaluate), *check_loops(flat, built.starved)]
    )
    if _any_error(diagnostics):
        raise GraphError(diagnostics)
    remove_needless_unions_and_tees(flat)

    strata, cycles = stratify(flat)
    diagnostics += cycles
    if _any_error(diagnostics):
        raise GraphError(diagnostics)
    graph = partition(flat, strata)
    remember_module_lines(source.filename, modules.loaded)
    return Compiled(graph=graph, code=generate(graph), diagnostics=diagnostics)


def load_compiled(
    compiled: Compiled,
    namespace: dict[str, Any],
    context: Context,
    surroundings: Mapping[str, Any] = MappingProxyType({}),
) -> LoadedProgram:
    """The compiled flow at tick 0; `surroundings` stand in the place of what the runtime gives under the same names."""
    filename = compiled.graph.flat.source.filename
    return load(compiled.code, compiled.graph, namespace, context, filename, surroundings)


def _any_error(diagnostics: list[Diagnostic]) -> bool:
    return any(diagnostic.is_error for diagnostic in diagnostics)


def _in_order(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    return sorted(diagnostics, key=lambda diagnostic: diagnostic.span.start)
