"""The compiler: from a flow's text to a graph that can be run, in the order of its stages."""

from __future__ import annotations

import ast
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from hydroflow_nb.codegen.asynchronous import Callee, NamedFunction, callees, named_functions
from hydroflow_nb.codegen.ends import End, ends
from hydroflow_nb.codegen.generate import GeneratedCode, generate
from hydroflow_nb.codegen.load import LoadedProgram, load
from hydroflow_nb.codegen.module_lines import remember_module_lines
from hydroflow_nb.codegen.names import UNBOUND, used_names, value_of
from hydroflow_nb.codegen.places import Position
from hydroflow_nb.diagnostics import Diagnostic, error
from hydroflow_nb.engine.collector import beginning_later
from hydroflow_nb.engine.context import Context
from hydroflow_nb.errors import GraphError, HydroflowError, SurfaceSyntaxError
from hydroflow_nb.expressions import OperatorCall, path_of
from hydroflow_nb.ir.graph import EdgeId, FlatGraph, NodeId, PartitionedGraph
from hydroflow_nb.ir.text import input_names
from hydroflow_nb.known_texts import LONGEST_TEXT, KnownTexts
from hydroflow_nb.locations import DeclaredLocation
from hydroflow_nb.operators import OPERATORS
from hydroflow_nb.operators.record.operator import Category
from hydroflow_nb.passes.build import build
from hydroflow_nb.passes.built import BuiltGraph
from hydroflow_nb.passes.channels import Channel, channel_diagnostics, channels_of
from hydroflow_nb.passes.cut import CHANNEL, MEMBER, MESSAGE, TURN, cut
from hydroflow_nb.passes.locate import locate
from hydroflow_nb.passes.pipeline import Compilation, run
from hydroflow_nb.records import dataclass
from hydroflow_nb.source import Source, Span
from hydroflow_nb.state.memory import Memory, memory_of
from hydroflow_nb.syntax import codes
from hydroflow_nb.syntax.depth import with_whole_stack
from hydroflow_nb.syntax.modules import Modules
from hydroflow_nb.syntax.parser import parse
from hydroflow_nb.syntax.tree import Flow

if TYPE_CHECKING:
    from hydroflow_nb.codegen.plain import PlainCode
    from hydroflow_nb.engine.plain import PlainShape

_DROPS = next(operator for operator in OPERATORS if operator.drops)


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """A flow's graph and code, with the warnings of the compiler.

    The properties are what every flow of the text needs when it is loaded. They are found once, since one text may have
    thousands of flows.
    """

    graph: PartitionedGraph
    code: GeneratedCode
    diagnostics: list[Diagnostic]

    @cached_property
    def recorded_code(self) -> GeneratedCode:
        """The variant of the code that tells a recorder of every item on every edge."""
        return with_whole_stack(lambda: generate(self.graph, recorded=True))

    def watched_code(
        self,
        *,
        recorded: bool,
        stops: AbstractSet[EdgeId] = frozenset(),
        timed: bool = False,
        filtered: AbstractSet[int] = frozenset(),
    ) -> GeneratedCode:
        """The variant that tells a meter where the time goes, breakpoints of every item on some edges, and a recorder,
        for which it chooses among the items of `filtered` wires; each where it is asked for.
        """
        if recorded and not stops and not timed and not filtered:
            return self.recorded_code
        return with_whole_stack(
            lambda: generate(self.graph, recorded=recorded, stops=stops, timed=timed, filtered=filtered)
        )

    def silenced(self, nodes: Container[NodeId]) -> Compiled:
        """The same, but some operators at the end of the flow drop what comes to them, and have no effects."""
        flat = self.graph.flat
        silent = {
            node.id: replace(
                node,
                operator=_DROPS,
                persistences=(),
                call=OperatorCall(span=node.span, name=_DROPS.name, name_span=node.call.name_span),
            )
            for node in flat.nodes.values()
            if node.id in nodes
        }
        graph = replace(self.graph, flat=replace(flat, nodes={**flat.nodes, **silent}))
        return Compiled(graph=graph, code=with_whole_stack(lambda: generate(graph)), diagnostics=self.diagnostics)

    def plain_code(self, shape: PlainShape) -> PlainCode | None:
        """The code that runs ticks of the flow in which nobody looks on, if there is one."""
        # Most flows are gone before they have run so many ticks.
        from hydroflow_nb.codegen.plain import plain_code

        if shape not in self._plain_codes:
            position = Position(self.graph.flat.source.span(0, 0))
            made = with_whole_stack(lambda: plain_code(self.code, shape, self.watched_names, position))
            self._plain_codes[shape] = made
        return self._plain_codes[shape]

    @cached_property
    def _plain_codes(self) -> dict[PlainShape, PlainCode | None]:
        return {}

    @cached_property
    def push_code(self) -> PlainCode | None:
        """The code that runs such a tick with one item, if there is one."""
        from hydroflow_nb.codegen.plain import push_code

        position = Position(self.graph.flat.source.span(0, 0))
        return with_whole_stack(lambda: push_code(self.code, position))

    @cached_property
    def memory(self) -> Memory:
        """What the operators hold from tick to tick, and where."""
        code = self.code
        return memory_of(self.graph, code.held.own, code.states.keys() - code.renewed, code.handoffs)

    @cached_property
    def callees(self) -> tuple[Callee, ...]:
        """The functions whose results the operators use."""
        return callees(self.graph)

    @cached_property
    def named_functions(self) -> tuple[NamedFunction, ...]:
        """The functions that are given by name."""
        return named_functions(self.graph)

    @cached_property
    def ends(self) -> tuple[End, ...]:
        """The ends of channels and networks that are given by name."""
        return ends(self.graph)

    @cached_property
    def watched_names(self) -> tuple[str, ...]:
        """The first names of the callees and ends: a flow looks at them again before it runs."""
        paths = [*(callee.path for callee in self.callees), *(end.path for end in self.ends)]
        return tuple(dict.fromkeys(path[0] for path in paths))

    @cached_property
    def used_names(self) -> tuple[str, ...]:
        """The names of Python that the text uses, in the order of the alphabet."""
        return tuple(sorted(used_names(node.call for node in self.graph.nodes.values())))

    @cached_property
    def names_of_sinks(self) -> frozenset[str]:
        """Those of them that sinks alone use: what they stand for is outside of the flow."""
        sinks: list[OperatorCall] = []
        others: list[OperatorCall] = []
        for node in self.graph.nodes.values():
            (sinks if node.operator.category is Category.SINK else others).append(node.call)
        return frozenset(used_names(sinks)) - used_names(others)

    @cached_property
    def inputs(self) -> dict[str, NodeId]:
        """The operators that read inputs, by the name of the input."""
        return input_names(self.graph)

    @cached_property
    def places(self) -> dict[NodeId, str]:
        """The place of each operator, in words."""
        return {
            node.id: f"in `{node.word}` at {node.place.source.label}, line {node.place.line}"
            for node in self.graph.nodes.values()
        }


@dataclass(frozen=True, kw_only=True)
class CompiledPart:
    """What runs at a location: its flow, the channels that lead to it, and the names that its made operators use."""

    location: DeclaredLocation
    compiled: Compiled
    incoming: tuple[Channel, ...]
    names: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class CompiledSystem:
    """A system as it is written, its statements and its graph, and what runs at each location that has a flow."""

    flow: Flow
    graph: FlatGraph
    location_of: Mapping[NodeId, str]
    locations: Mapping[str, DeclaredLocation]
    channels: Sequence[Channel]
    parts: Mapping[str, CompiledPart]
    diagnostics: list[Diagnostic]


def compile_text(
    source: Source, name: str, namespace: dict[str, Any] | None = None, without: frozenset[str] = frozenset()
) -> Compiled | CompiledSystem:
    """Run the whole pipeline, for a flow or, where the text says where something runs, for each location of a system.

    Raises `SurfaceSyntaxError` or `GraphError` with everything that a stage found. Only generic types are looked up in
    the namespace here. Functions and values are looked up when the flow is loaded and when it runs. `without` are the
    names of the optimisations that are left out. A flow's text that was compiled a short while ago is not compiled
    again, unless it reads modules or names a type that is another one now.
    """

    def evaluate(node: ast.expr) -> Any:
        return eval(compile(ast.Expression(body=node), source.filename, "eval"), dict(namespace or {}))

    types: list[tuple[ast.expr, Any]] = []

    def evaluate_and_note(node: ast.expr) -> Any:
        types.append((node, value := evaluate(node)))
        return value

    if len(source.text) > LONGEST_TEXT:
        return _compile(source, name, evaluate, without)
    key = (source.key, name, without)
    known = _KNOWN.find(key, evaluate)
    if known is not None:
        return known
    made = _compile(source, name, evaluate_and_note, without)
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
    return [one for one in found if one.code not in _OF_TYPES] if unknown else found


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
    source: Source, name: str, evaluate: Callable[[ast.expr], Any], without: frozenset[str] = frozenset()
) -> Compiled | CompiledSystem:
    try:
        with beginning_later():
            return with_whole_stack(lambda: _compiled(source, name, evaluate, without))
    except RecursionError:
        message = f"this flow is nested too deeply for the recursion limit of {sys.getrecursionlimit()}"
        hint = "`sys.setrecursionlimit(1000)` is Python's own default"
        raise SurfaceSyntaxError([error(codes.TOO_DEEP, message, source.span(0, 0), hint=hint)]) from None


def _compiled(
    source: Source, name: str, evaluate: Callable[[ast.expr], Any], without: frozenset[str]
) -> Compiled | CompiledSystem:
    parsed, modules = parse(source), Modules()
    built = build(parsed.flow.whole(), name, load=modules.load)
    unread = [*parsed.diagnostics, *modules.diagnostics]
    if parsed.flow.is_located:
        return _compiled_system(parsed.flow, built, unread, modules, evaluate, without)
    known = [*unread, *built.diagnostics]
    flow = run(Compilation(built=built, evaluate=evaluate, without=without, diagnostics=known))
    if flow.failed:
        raise _refusal(built, unread, flow.diagnostics[len(unread) :])
    assert flow.partitioned is not None
    remember_module_lines(source.filename, modules.loaded)
    return Compiled(graph=flow.partitioned, code=generate(flow.partitioned), diagnostics=_in_order(flow.diagnostics))


def _compiled_system(
    flow: Flow,
    built: BuiltGraph,
    unread: list[Diagnostic],
    modules: Modules,
    evaluate: Callable[[ast.expr], Any],
    without: frozenset[str],
) -> CompiledSystem:
    source, located = built.graph.source, locate(built)
    found = [*built.diagnostics, *located.diagnostics]
    if _any_error([*unread, *found]):
        raise _refusal(built, unread, _of_places(unread, found))
    channels = channels_of(built, located.location_of)
    found += channel_diagnostics(built, located.location_of)
    parts = cut(built, located.location_of, channels, lambda label, text: modules.place(label, text, source))
    compiled: dict[str, CompiledPart] = {}
    runs: dict[str, Compilation] = {}
    names: dict[str, Mapping[str, Any]] = {}
    told: dict[str, list[Diagnostic]] = {}
    for location, part in parts.items():
        names[location] = own = made_names(part.incoming, evaluate)
        of_part = Compilation(built=part.built, evaluate=_with_names(own, evaluate), without=without)
        runs[location] = ran = run(of_part)
        # What is made is right where the text is.
        is_right = not _any_error(found)
        told[location] = [one for one in ran.diagnostics if one.span.source is not part.made]
        found += told[location]
        if is_right:
            found += [one for one in ran.diagnostics if one.is_error and one.span.source is part.made]
    if _any_error(found):
        raise GraphError(_in_order([*unread, *_of_places(unread, found)]))
    for location, ran in runs.items():
        assert ran.partitioned is not None
        compiled[location] = CompiledPart(
            location=parts[location].location,
            compiled=Compiled(graph=ran.partitioned, code=generate(ran.partitioned), diagnostics=told[location]),
            incoming=parts[location].incoming,
            names=names[location],
        )
    remember_module_lines(source.filename, modules.loaded)
    return CompiledSystem(
        flow=flow,
        graph=built.graph,
        location_of=located.location_of,
        locations=built.locations,
        channels=channels,
        parts=compiled,
        diagnostics=_in_order([*unread, *found]),
    )


def made_names(incoming: Sequence[Channel], evaluate: Callable[[ast.expr], Any]) -> dict[str, Any]:
    """The values of the names that the made operators of a location use, by its incoming channels."""
    # A flow that is alone needs no messages.
    from hydroflow_nb.net.messages.tagged import channel_in, member_by_turn, member_of, message_of

    names: dict[str, Any] = {MEMBER: member_of, TURN: member_by_turn, CHANNEL: channel_in}
    tagged = {one.name: evaluate(one.types[0].node) if one.types else None for one in incoming if one.tagged}
    foreign = [evaluate(one.types[0].node) if one.types else None for one in incoming if not one.tagged]
    if incoming:
        names[MESSAGE] = message_of(tagged, foreign)
    return names


def _with_names(names: Mapping[str, Any], evaluate: Callable[[ast.expr], Any]) -> Callable[[ast.expr], Any]:
    """The same evaluation, in which names that stand alone may have other values."""
    return lambda node: names[node.id] if isinstance(node, ast.Name) and node.id in names else evaluate(node)


def _of_places(unread: Sequence[Diagnostic], found: Sequence[Diagnostic]) -> list[Diagnostic]:
    """What was found in the text of a system that has errors, without what only follows from them: that nothing runs at
    a location, and, where a place was written that cannot be, where the rest runs.
    """
    follow = {"HF510"} if _any_error([*unread, *found]) else set()
    if any(one.code in (codes.PLACE_IN_A_PLACE, codes.CROSSING_INSIDE) for one in unread):
        follow |= {"HF504", "HF505", "HF506", "HF508"}
    return [one for one in found if one.code not in follow]


def _refusal(built: BuiltGraph, unread: Sequence[Diagnostic], found: Iterable[Diagnostic]) -> HydroflowError:
    """The exception for a text with errors, without those that only follow from what could not be read."""
    if _any_error(unread):
        consequences = _Consequences(built, unread)
        found = [one for one in found if one.is_error and not consequences.may_hold(one)]
    is_unreadable = any(one.is_error and one.span.source is built.graph.source for one in unread)
    return (SurfaceSyntaxError if is_unreadable else GraphError)(_in_order([*unread, *found]))


class _Consequences:
    """Tells which findings of later stages may only follow from text that could not be read; these are not reported."""

    def __init__(self, built: BuiltGraph, unread: Sequence[Diagnostic]) -> None:
        self._places: dict[Source, list[int]] = {}
        for one in sorted(unread, key=lambda one: one.span.start):
            self._places.setdefault(one.span.source, []).append(one.span.start)
        nodes = built.graph.nodes
        unsure: set[NodeId] = set(built.unsure) if built.reassigned else set()
        for edge in built.graph.edges.values():
            unsure |= {edge.source} if self._holds_a_place(edge.source_port.span) else set()
            unsure |= {edge.target} if self._holds_a_place(edge.target_port.span) else set()
        self._damaged = _Spans(node.span for node in nodes.values() if self._holds_a_place(node.span))
        self._unsure = _Spans(nodes[node].span for node in unsure)
        self._with_more_edges = _Spans(nodes[node].span for node in built.unsure)

    def may_hold(self, one: Diagnostic) -> bool:
        """True for a finding about a place or a call that could not be read. Also for one about the connections of a
        call: the text that could not be read may have connected it.
        """
        return (
            self._holds_a_place(one.span)
            or self._damaged.hold(one.span)
            or (one.code not in _OF_ONE_CALL and self._unsure.hold(one.span))
            or (one.code not in _OF_ONE_CALL | _OF_KNOWN_EDGES and self._with_more_edges.hold(one.span))
        )

    def _holds_a_place(self, span: Span) -> bool:
        places = self._places.get(span.source, [])
        index = bisect_left(places, span.start)
        return index < len(places) and places[index] < span.end


class _Spans:
    """Spans that do not overlap."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._of: dict[Source, list[tuple[int, int]]] = {}
        for span in sorted(spans, key=lambda span: span.start):
            self._of.setdefault(span.source, []).append((span.start, span.end))

    def hold(self, span: Span) -> bool:
        """True where a span begins in one of them."""
        spans = self._of.get(span.source, [])
        index = bisect_right(spans, span.start, key=lambda bounds: bounds[0]) - 1
        return index >= 0 and span.start < spans[index][1]


# Errors about the types that an operator is given.
_OF_TYPES = frozenset({"HF247", "HF248", "HF249"})

# Errors about a single call: its connections do not matter.
_OF_ONE_CALL = frozenset(f"HF{n}" for n in (201, 202, 207, 208, 209, 210, 211, 215, 217, 222, 225, 234, 235)) | {
    codes.WRONG_GENERICS
}

# Errors that further edges cannot remove: too many edges, wrong ports, cycles.
_OF_KNOWN_EDGES = frozenset({"HF212", "HF213", "HF216", "HF220", "HF223", "HF224"})


def load_compiled(
    compiled: Compiled,
    namespace: dict[str, Any],
    context: Context,
    surroundings: Mapping[str, Any] = MappingProxyType({}),
) -> LoadedProgram:
    """The compiled flow at tick 0. `surroundings` replace what the runtime gives under the same names."""
    filename = compiled.graph.flat.source.filename
    return load(compiled.code, compiled.graph, namespace, context, filename, surroundings)


def _any_error(diagnostics: Iterable[Diagnostic]) -> bool:
    return any(diagnostic.is_error for diagnostic in diagnostics)


def _in_order(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    return sorted(diagnostics, key=lambda diagnostic: diagnostic.span.start)
