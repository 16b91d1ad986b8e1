"""The errors of a text that cannot be compiled, without those that only follow from others."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from hydroflow_nb.diagnostics import Diagnostic
from hydroflow_nb.errors import GraphError, HydroflowError, SurfaceSyntaxError
from hydroflow_nb.ir.graph import NodeId
from hydroflow_nb.passes.built import BuiltGraph
from hydroflow_nb.source import Source, Span
from hydroflow_nb.syntax import codes

# Errors about the types that an operator is given.
OF_TYPES = frozenset({"HF247", "HF248", "HF249"})

# Errors about a single call: its connections do not matter.
_OF_ONE_CALL = frozenset(f"HF{n}" for n in (201, 202, 207, 208, 209, 210, 211, 215, 217, 222, 225, 234, 235)) | {
    codes.WRONG_GENERICS
}

# Errors that further edges cannot remove: too many edges, wrong ports, cycles.
_OF_KNOWN_EDGES = frozenset({"HF212", "HF213", "HF216", "HF220", "HF223", "HF224"})


def any_error(diagnostics: Iterable[Diagnostic]) -> bool:
    """True where one of them is an error."""
    return any(diagnostic.is_error for diagnostic in diagnostics)


def in_order(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """The same in the order of the text."""
    return sorted(diagnostics, key=lambda diagnostic: diagnostic.span.start)


def of_places(unread: Sequence[Diagnostic], found: Sequence[Diagnostic]) -> list[Diagnostic]:
    """What was found in the text of a system that has errors, without what only follows from them: that nothing runs at
    a location, and, where a place was written that cannot be, where the rest runs.
    """
    follow = {"HF510"} if any_error([*unread, *found]) else set()
    if any(one.code in (codes.PLACE_IN_A_PLACE, codes.CROSSING_INSIDE) for one in unread):
        follow |= {"HF504", "HF505", "HF506", "HF508"}
    return [one for one in found if one.code not in follow]


def refusal(built: BuiltGraph, unread: Sequence[Diagnostic], found: Iterable[Diagnostic]) -> HydroflowError:
    """The exception for a text with errors, without those that only follow from what could not be read."""
    if any_error(unread):
        consequences = _Consequences(built, unread)
        found = [one for one in found if one.is_error and not consequences.may_hold(one)]
    is_unreadable = any(one.is_error and one.span.source is built.graph.source for one in unread)
    return (SurfaceSyntaxError if is_unreadable else GraphError)(in_order([*unread, *found]))


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
