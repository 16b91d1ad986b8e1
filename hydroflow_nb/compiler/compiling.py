"""The compiler: from a flow's text to a graph that can be run, in the order of its stages."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from hydroflow_nb.codegen.generate import generate
from hydroflow_nb.codegen.module_lines import remember_module_lines
from hydroflow_nb.codegen.names import UNBOUND, value_of
from hydroflow_nb.compiler.compiled import Compiled, CompiledSystem
from hydroflow_nb.compiler.refusing import OF_TYPES, in_order, refusal
from hydroflow_nb.compiler.system import compiled_system
from hydroflow_nb.diagnostics import Diagnostic, error
from hydroflow_nb.engine.collector import beginning_later
from hydroflow_nb.errors import HydroflowError, SurfaceSyntaxError
from hydroflow_nb.expressions import path_of
from hydroflow_nb.ir.graph import FlatGraph
from hydroflow_nb.known_texts import LONGEST_TEXT, KnownTexts
from hydroflow_nb.passes.build import build
from hydroflow_nb.passes.channels import Channel, channels_of
from hydroflow_nb.passes.locate import locate
from hydroflow_nb.passes.pipeline import Compilation, run
from hydroflow_nb.source import Source
from hydroflow_nb.syntax import codes
from hydroflow_nb.syntax.depth import with_whole_stack
from hydroflow_nb.syntax.modules import Modules
from hydroflow_nb.syntax.parser import parse


def compile_text(
    source: Source,
    name: str,
    namespace: dict[str, Any] | None = None,
    without: frozenset[str] = frozenset(),
    *,
    knows_all: bool = True,
) -> Compiled | CompiledSystem:
    """Run the whole pipeline, for a flow or, where the text says where something runs, for each location of a system.

    Raises `SurfaceSyntaxError` or `GraphError` with everything that a stage found. Only generic types are looked up in
    the namespace here, and functions read where members share items by a key, unless it `knows_all` not: then others
    may be missing there. Functions and values are looked up when the flow is loaded and when it runs. `without` are the
    names of the optimisations that are left out. A flow's text that was compiled a short while ago is not compiled
    again, unless it reads modules or names a type that is another one now.
    """

    def evaluate(node: ast.expr) -> Any:
        return eval(compile(ast.Expression(body=node), source.filename, "eval"), dict(names))

    names = namespace or {}
    readable = names if knows_all else None

    types: list[tuple[ast.expr, Any]] = []

    def evaluate_and_note(node: ast.expr) -> Any:
        types.append((node, value := evaluate(node)))
        return value

    if len(source.text) > LONGEST_TEXT:
        return _compile(source, name, evaluate, without, readable)
    key = (source.key, name, without)
    known = _KNOWN.find(key, evaluate)
    if known is not None:
        return known
    made = _compile(source, name, evaluate_and_note, without, readable)
    if isinstance(made, Compiled) and not made.graph.modules:
        _KNOWN.keep(key, made, types)
    return made


# The graph and the code of a flow serve all flows of its text.
_KNOWN: Final[KnownTexts[Compiled]] = KnownTexts()


def compile_source(source: Source, name: str, namespace: dict[str, Any] | None = None) -> Compiled:
    """The same for the text of one flow. Raises `HydroflowError` for that of a system, too."""
    return the_one_flow(compile_text(source, name, namespace), name)


def the_one_flow(compiled: Compiled | CompiledSystem, name: str) -> Compiled:
    """What was compiled, if it is one flow. Raises `HydroflowError` for a system."""
    if isinstance(compiled, CompiledSystem):
        raise HydroflowError(
            message=f"`{name}` is the text of a system, which has a flow for each of its locations: "
            f"`hydroflow_nb.compile(text).flows` has them"
        )
    return compiled


def findings(source: Source, name: str, namespace: Mapping[str, Any]) -> list[Diagnostic]:
    """All that the compiler finds in a text that is still being written, in the order of the text. Nothing of it runs:
    of the types in it, only dotted names are looked up, and what depends on others is not told of.
    """
    unknown: list[ast.expr] = []

    def evaluate(node: ast.expr) -> Any:
        path = path_of(node)
        found = UNBOUND if path is None else value_of(path, namespace)
        if found is UNBOUND:
            unknown.append(node)
            raise NameError(ast.unparse(node))
        return found

    try:
        found = _compile(source, name, evaluate).diagnostics
    except HydroflowError as refused:
        found = refused.diagnostics
    return [one for one in found if one.code not in OF_TYPES] if unknown else found


def channels_in(source: Source, name: str) -> tuple[Sequence[Channel], FlatGraph]:
    """The channels of the text of a system that is still being written, and its graph; no channels where the text says
    too little. Nothing of it is looked up or runs.
    """
    parsed, modules = parse(source), Modules()
    built = build(parsed.flow.whole(), name, load=modules.load)
    if not parsed.flow.is_located:
        return (), built.graph
    located = locate(built)
    is_known = all(
        end in located.location_of and located.location_of[end] in built.locations
        for edge in built.graph.edges.values()
        if edge.crossing is not None
        for end in (edge.source, edge.target)
    )
    return (channels_of(built, located.location_of) if is_known else ()), built.graph


def _compile(
    source: Source,
    name: str,
    evaluate: Callable[[ast.expr], Any],
    without: frozenset[str] = frozenset(),
    names: Mapping[str, Any] | None = None,
) -> Compiled | CompiledSystem:
    """`names` are those of Python, in which functions are read; None for a text that is still being written."""
    try:
        with beginning_later():
            return with_whole_stack(lambda: _compiled(source, name, evaluate, without, names))
    except RecursionError:
        message = f"this flow is nested too deeply for the recursion limit of {sys.getrecursionlimit()}"
        hint = "`sys.setrecursionlimit(1000)` is Python's own default"
        raise SurfaceSyntaxError([error(codes.TOO_DEEP, message, source.span(0, 0), hint=hint)]) from None


def _compiled(
    source: Source,
    name: str,
    evaluate: Callable[[ast.expr], Any],
    without: frozenset[str],
    names: Mapping[str, Any] | None,
) -> Compiled | CompiledSystem:
    parsed, modules = parse(source), Modules()
    built = build(parsed.flow.whole(), name, load=modules.load)
    unread = [*parsed.diagnostics, *modules.diagnostics]
    if parsed.flow.is_located:
        return compiled_system(parsed.flow, built, unread, modules, evaluate, without, names)
    known = [*unread, *built.diagnostics]
    flow = run(Compilation(built=built, evaluate=evaluate, without=without, diagnostics=known))
    if flow.failed:
        raise refusal(built, unread, flow.diagnostics[len(unread) :])
    assert flow.partitioned is not None
    remember_module_lines(source.filename, modules.loaded)
    return Compiled(graph=flow.partitioned, code=generate(flow.partitioned), diagnostics=in_order(flow.diagnostics))
