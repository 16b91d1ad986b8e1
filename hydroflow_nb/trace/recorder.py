"""The recorder observes a running flow and writes the recording."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hydroflow_nb.engine.faults import Fault
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.ir.graph import NodeId, PartitionedGraph, Subgraph, SubgraphId, Wire
from hydroflow_nb.trace.recording import Recording
from hydroflow_nb.trace.ticks import (
    MOST_KEPT,
    MOST_STEPS,
    Moved,
    RecordedStep,
    RecordedTick,
    moved,
    without_empty,
)


class Tap:
    """Sits on one edge: counts what goes over it, and keeps the first of it."""

    __slots__ = ("count", "items", "keeps", "limit")

    def __init__(self, keeps: Callable[[Any], Any]) -> None:
        self.keeps = keeps
        self.count = 0
        self.items: list[Any] = []
        self.limit = MOST_KEPT

    def add(self, item: Any) -> None:
        """One item has gone over the edge."""
        if self.count < self.limit:
            self.items.append(self.keeps(item))
        self.count += 1

    def take(self) -> Moved:
        """What went over the edge since the last call."""
        taken = Moved(count=self.count, items=self.items)
        self.count, self.items = 0, []
        return taken


class Recorder:
    """The engine's observer while a flow is recorded."""

    def __init__(self, graph: PartitionedGraph, recording: Recording, inputs: Mapping[str, Inbox]) -> None:
        self.graph = graph
        self.recording = recording
        self.inputs = inputs
        self.taps = {wire.element: Tap(recording.keeps) for wire in graph.wires}
        self._limit = MOST_KEPT
        self._tick: RecordedTick | None = None
        self._runs: dict[SubgraphId, int] = {}
        # The edges that a step of an operator shows: those that leave it, and those from handoffs that it empties.
        self._shown: dict[str, list[Wire]] = {node.element: [] for node in graph.nodes.values()}
        self._into: dict[str, list[Wire]] = {node.element: [] for node in graph.nodes.values()}
        for wire in graph.wires:
            if wire.source in self._shown:
                self._shown[wire.source].append(wire)
            elif wire.target in self._shown:
                self._shown[wire.target].append(wire)
            if wire.target in self._into:
                self._into[wire.target].append(wire)

    def names(self) -> dict[str, Callable[..., None]]:
        """What the recorded variant of the code calls, by name."""
        taps = {f"tap_{wire.number}": self.taps[wire.element].add for wire in self.graph.wires}
        return {**taps, "subgraph_ran": self.subgraph_ran}

    # --- called by the code ------------------------------------------------------------------------------------------

    def subgraph_ran(self, number: SubgraphId, *iteration: int) -> None:
        """A run of a subgraph has ended, in these iterations of the nested loops around it, outermost first."""
        subgraph = self.graph.subgraphs[number]
        self._runs[number] = self._runs.get(number, 0) + 1
        self._write(subgraph, iteration)

    def _write(self, subgraph: Subgraph, iteration: tuple[int, ...]) -> None:
        tick = self._tick
        if tick is None:
            return
        elements = [self.graph.nodes[node].element for node in subgraph.nodes]
        moves = {wire.element: self.taps[wire.element].take() for element in elements for wire in self._shown[element]}
        size = 0
        for element in elements:
            own = without_empty((wire.element, moves[wire.element]) for wire in self._shown[element])
            came = any(wire.element in moves and moves[wire.element].count for wire in self._into[element])
            if not own and not came:
                continue
            if len(tick.steps) >= MOST_STEPS:
                tick.skipped_steps += 1
                continue
            tick.steps.append(
                RecordedStep(
                    stratum=subgraph.stratum,
                    subgraph=subgraph.element,
                    run=self._runs.get(subgraph.id, 1),
                    operator=element,
                    loop=None if subgraph.loop is None else self.graph.loops[subgraph.loop].element,
                    iteration=iteration,
                    moves=own,
                )
            )
            size += sum(len(moved.items) for moved in own.values())
        self.recording.grow(tick, size)
        self._limit_taps(min(MOST_KEPT if len(tick.steps) < MOST_STEPS else 0, self.recording.room))

    def _limit_taps(self, limit: int) -> None:
        # It seldom changes, and each edge has a tap: a flow of thousands of subgraphs would be slow.
        if limit != self._limit:
            self._limit = limit
            for tap in self.taps.values():
                tap.limit = limit

    # --- called by the engine ----------------------------------------------------------------------------------------

    def tick_begins(self, tick: int, why: str) -> None:
        """A tick has taken in its batches."""
        self._runs.clear()
        self._limit_taps(MOST_KEPT)
        for tap in self.taps.values():
            tap.take()
        batch = {name: moved(inbox.batch, self.recording.keeps) for name, inbox in self.inputs.items()}
        self._tick = RecordedTick(tick=tick, why=why, batch=batch)
        self.recording.begin(self._tick)

    def stratum_ends(self, tick: int, stratum: int) -> None:
        """A stratum has come to its fixpoint."""
        if self._tick is not None:
            self._tick.strata_done = stratum + 1
            self.recording.tell()

    def tick_ends(self, tick: int, fault: Fault | None) -> None:
        """The tick is over."""
        if self._tick is None:
            return
        if fault is not None:
            # The run that the fault broke off has not been recorded.
            for number, subgraph in self.graph.subgraphs.items():
                if any(self.taps[wire.element].count for node in subgraph.nodes for wire in self._wires_of(node)):
                    self.subgraph_ran(number)
            self._tick.fault = fault.message
        self._tick.complete = True
        self._tick = None
        self.recording.tell()

    def _wires_of(self, node: NodeId) -> list[Wire]:
        return self._shown[self.graph.nodes[node].element]
