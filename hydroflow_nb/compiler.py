"""The compiler: from a flow's text to a graph that can be run, in the order of its stages."""

from __future__ import annotations

import ast
import re
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
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
from hydroflow_nb.source import Source, Span
from hydroflow_nb.syntax import codes
from hydroflow_nb.syntax.depth import with_whole_stack
from hydroflow_nb.syntax.modules import Modules
from hydroflow_nb.syntax.parser import ParseResult, parse


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
        raise SurfaceSyntaxError(_in_order([*diagnostics, *_what_else_is_wrong(parsed, name, evaluate)]))

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


def _what_else_is_wrong(parsed: ParseResult, name: str, evaluate: Callable[[ast.expr], Any]) -> list[Diagnostic]:
    """The errors of the later stages in a text that cannot be read as a whole, without those that may only follow from
    what could not be read.
    """
    source = parsed.flow.source
    flow = replace(parsed.flow, statements=(*parsed.flow.statements, *parsed.flow.damaged))
    built = build(flow, name, BY_NAME, RENAMED, Modules().load, REMOVED)
    found = [*built.diagnostics, *check(built.graph, built.starved, evaluate)]
    places = sorted(one.span.start for one in parsed.diagnostics)

    def is_damaged(span: Span) -> bool:
        index = bisect_left(places, span.start)
        return span.source is source and index < len(places) and places[index] < span.end

    ends = {node.span.start: node.span for node in built.graph.nodes.values() if is_damaged(node.span)}
    starts = sorted(ends)

    def follows(one: Diagnostic) -> bool:
        """Whether it is about a call that could not be read whole."""
        index = bisect_right(starts, one.span.start) - 1
        return one.span.source is source and index >= 0 and one.span.start < ends[starts[index]].end

    wired = not parsed.flow.lost and not any(one.code in _OF_PORTS for one in parsed.diagnostics)
    if wired:
        found += stratify(built.graph)[1]
    assigned = set(_ASSIGNED.findall(source.text)) if not wired else set()
    return [
        one
        for one in found
        if one.is_error
        and not follows(one)
        and (wired or one.code in _OF_ONE_CALL or (one.code == _UNKNOWN_NAME and one.span.text not in assigned))
    ]


# Errors that are about a call by itself, whatever it is connected to.
_OF_ONE_CALL = frozenset({"HF201", "HF202", *(f"HF{n}" for n in (207, 208, 209, 210, 211, 215, 217, 222, 234, 235))})
_OF_PORTS = frozenset({codes.WRONG_PORT, codes.PORT_ON_OPERATOR})
_UNKNOWN_NAME = "HF203"
_ASSIGNED = re.compile(r"(?<!\w)(\w++)\s*+=")


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
