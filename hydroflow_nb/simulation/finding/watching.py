"""What the edges of a flow carried in a recorded run, tick by tick."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from hydroflow_nb.correctness.report import OutputReport, Report
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.flow import Flow
from hydroflow_nb.ir.graph import EdgeId, FlatGraph, Node, NodeId
from hydroflow_nb.trace.ticks import Moved, RecordedTick

# What an edge carried, a list for each tick; None where a recording does not keep as much.
Ticks = Sequence[Sequence[Any]] | None


class Watch:
    """What goes into the operator of an output, or over its edges, in each tick."""

    def __init__(self, output: OutputReport) -> None:
        self._node = output.node
        self._edges = {edge.id for edge in output.edges}

    def ticks(self, flow: Flow) -> Ticks:
        """What the output of a recorded flow gave, a list for each tick."""
        graph = flow.graph.partitioned
        if self._edges:
            return carried(flow, {wire.element for wire in graph.wires if wire.edge.id in self._edges})
        return carried(flow, {wire.element for wire in graph.wires if wire.target == self._node.element})

    def edges(self, flow: Flow) -> list[str]:
        """The edges that lead to the output, as drawings name them, each behind those that lead to it. Of an edge with
        a handoff it is the part in front of that.
        """
        graph = flow.graph.partitioned
        first = {wire.edge.id: wire.element for wire in reversed(graph.wires)}
        before = list(_leading_to(graph.flat, self._node.id, set()))
        return [first[edge] for edge in (*before, *sorted(self._edges))]


def _leading_to(graph: FlatGraph, node: NodeId, seen: set[NodeId]) -> Iterator[EdgeId]:
    """The edges that lead to a node, also by a state that is read."""
    if node in seen:
        return
    seen.add(node)
    for read in graph.reads_by(node):
        yield from _leading_to(graph, read.source, seen)
    for edge in graph.inputs(node):
        yield from _leading_to(graph, edge.source, seen)
        yield edge.id


def must_not_wait_for_a_loop(graph: FlatGraph, output: Node) -> None:
    """Raises HydroflowError where an operator before an output gives what an event loop brings between two ticks: the
    runs of a search have no event loop, so nothing would ever come of it.
    """
    before: set[NodeId] = set()
    list(_leading_to(graph, output.id, before))
    for node in map(graph.nodes.get, sorted(before)):
        if node is not None and node.operator.takes_awaitables and node.id != output.id:
            raise HydroflowError(
                message=f"`{node.operator.name}` in line {node.span.line} waits for an event loop between ticks, and "
                "the runs of a search have no event loop: search with its relative that waits within the tick and has "
                "`_blocking` in its name"
            )


def carried(flow: Flow, edges: set[str]) -> Ticks:
    """What edges of a recorded flow carried, a list for each tick."""
    recording = flow.recording
    ticks = [list(_moved_on(tick, edges)) for tick in recording.ticks]
    if recording.dropped or any(one.count > len(one.items) for tick in ticks for one in tick):
        return None
    return [[item for one in tick for item in one.items] for tick in ticks]


def _moved_on(tick: RecordedTick, edges: set[str]) -> Iterator[Moved]:
    for step in tick.steps:
        for edge, moved in step.moves.items():
            if edge in edges:
                yield moved


def output_of(report: Report, name: str) -> OutputReport:
    """The report on an output. Raises HydroflowError, which names all outputs."""
    if name not in report:
        close = get_close_matches(str(name), list(report), 1)
        meant = f"did you mean {close[0]!r}? " if close else ""
        outputs = f"outputs: {', '.join(report)}" if list(report) else "there are no outputs"
        raise HydroflowError(message=f"{shown(name)} is not an output; {meant}{outputs}")
    return report[name]
