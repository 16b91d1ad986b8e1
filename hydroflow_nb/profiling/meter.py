"""The meter: the timed variant of a flow's code tells it who was at work, and the engine where ticks begin and end."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import field
from time import perf_counter_ns
from typing import Final, TypeVar

from hydroflow_nb.engine.faults import Fault
from hydroflow_nb.engine.observing import Observer
from hydroflow_nb.ir.graph import NodeId
from hydroflow_nb.ir.partitioned import PartitionedGraph, SubgraphId
from hydroflow_nb.records import dataclass

# The newest ticks are kept, and the runs of subgraphs in them: at most so many of each.
MOST_TICKS: Final = 10_000
MOST_RUNS: Final = 100_000


@dataclass(frozen=True, kw_only=True)
class TimedRun:
    """One run of a subgraph: when it began and ended, in ns; of each operator the ns that it was at work, and the items
    that came to it and left it.
    """

    subgraph: SubgraphId
    begin: int
    end: int
    spent: Mapping[NodeId, tuple[int, int, int]]


@dataclass(kw_only=True)
class TimedTick:
    """One tick: ns and items by operator and by wire, how often subgraphs ran, how much was held at its end; `fault`
    tells of an aborted one.
    """

    tick: int
    begin: int
    end: int = 0
    spent: dict[NodeId, int] = field(default_factory=dict)
    items: dict[int, int] = field(default_factory=dict)
    rounds: dict[SubgraphId, int] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    runs: list[TimedRun] = field(default_factory=list)
    fault: str | None = None


class Meter:
    """Measures ticks. It observes the engine, and lets another observer do so, whose time is left out.

    `sizes` tells how much each operator holds now, by element id.
    """

    def __init__(
        self,
        graph: PartitionedGraph,
        sizes: Callable[[], Mapping[str, int]],
        clock: Callable[[], int] = perf_counter_ns,
    ) -> None:
        self.graph = graph
        self.ticks: deque[TimedTick] = deque()
        self.dropped = 0
        self.left_out_runs = 0
        self.within: Observer | None = None
        self._sizes = sizes
        self._clock = clock
        self._runs = 0
        # When the clock was read last, and when the run that is under way began.
        self._mark = [0]
        self._run_begin = 0
        self._spent = dict.fromkeys(graph.nodes, 0)
        self._items = {wire.number: 0 for wire in graph.wires}
        # As they were when the run that is under way began.
        self._spent_before = self._spent.copy()
        self._items_before = self._items.copy()
        elements = {node.element: node.id for node in graph.nodes.values()}
        self._into: dict[NodeId, list[int]] = {node: [] for node in graph.nodes}
        self._out_of: dict[NodeId, list[int]] = {node: [] for node in graph.nodes}
        for wire in graph.wires:
            if wire.target in elements:
                self._into[elements[wire.target]].append(wire.number)
            if wire.source in elements:
                self._out_of[elements[wire.source]].append(wire.number)
        self._tick: TimedTick | None = None

    # --- called by the code ----------------------------------------------------------------------------------------

    def names(self) -> dict[str, Callable[..., None]]:
        """What the timed variant of the code calls, by name."""
        nodes = {node.element: node.id for node in self.graph.nodes.values()}
        entered = {
            # From a handoff an item comes by the work of who empties it.
            f"entered_{wire.number}": self._entered(nodes.get(wire.source, wire.edge.target), wire.number)
            for wire in self.graph.wires
        }
        worked = {f"worked_{node}": self._worked(node) for node in self.graph.nodes}
        return {**entered, **worked, "resumed": self.resume, "subgraph_timed": self._subgraph_timed}

    def _entered(self, node: NodeId, wire: int) -> Callable[[], None]:
        clock, mark, spent, items = self._clock, self._mark, self._spent, self._items

        def entered() -> None:
            spent[node] += clock() - mark[0]
            items[wire] += 1
            mark[0] = clock()

        return entered

    def _worked(self, node: NodeId) -> Callable[[], None]:
        clock, mark, spent = self._clock, self._mark, self._spent

        def worked() -> None:
            spent[node] += clock() - mark[0]
            mark[0] = clock()

        return worked

    def resume(self) -> None:
        """Read the clock: what has passed was nobody's work."""
        self._mark[0] = self._clock()

    def _subgraph_timed(self, number: SubgraphId) -> None:
        now, tick = self._clock(), self._tick
        if tick is None:
            return
        tick.rounds[number] = tick.rounds.get(number, 0) + 1
        if self._runs < MOST_RUNS:
            self._runs += 1
            spent = self._since(self.graph.subgraphs[number].nodes)
            tick.runs.append(TimedRun(subgraph=number, begin=self._run_begin, end=now, spent=spent))
        else:
            self.left_out_runs += 1
        self._run_begin = self._clock()

    def _since(self, nodes: Iterable[NodeId]) -> dict[NodeId, tuple[int, int, int]]:
        """The ns and the items in and out of operators since the run before."""
        wires = {wire for node in nodes for wire in (*self._into[node], *self._out_of[node])}
        moved = {wire: self._items[wire] - self._items_before[wire] for wire in wires}
        found = {}
        for node in nodes:
            came, left = (sum(moved[wire] for wire in of[node]) for of in (self._into, self._out_of))
            found[node] = (self._spent[node] - self._spent_before[node], came, left)
            self._spent_before[node] = self._spent[node]
        for wire in wires:
            self._items_before[wire] = self._items[wire]
        return found

    # --- called by the engine --------------------------------------------------------------------------------------

    def tick_begins(self, tick: int, why: str) -> None:
        """A tick begins to work."""
        if self.within is not None:
            self.within.tick_begins(tick, why)
        for counts in (self._spent, self._spent_before):
            _clear(counts)
        for counted in (self._items, self._items_before):
            _clear(counted)
        now = self._clock()
        self._tick = TimedTick(tick=tick, begin=now)
        self._run_begin = self._mark[0] = now

    def stratum_ends(self, tick: int, stratum: int) -> None:
        """A stratum has come to its fixpoint; the next one may begin later."""
        if self.within is not None:
            self.within.stratum_ends(tick, stratum)
        self._run_begin = self._mark[0] = self._clock()

    def tick_ends(self, tick: int, fault: Fault | None) -> None:
        """The tick is over."""
        now, timed = self._clock(), self._tick
        if timed is not None:
            self._tick = None
            timed.end = now
            timed.fault = None if fault is None else fault.message
            timed.spent = {node: ns for node, ns in self._spent.items() if ns}
            timed.items = {wire: count for wire, count in self._items.items() if count}
            timed.sizes = dict(self._sizes())
            self._keep(timed)
        if self.within is not None:
            self.within.tick_ends(tick, fault)

    def tick_undone(self, tick: int) -> None:
        """The tick has not been."""
        if self._tick is not None:
            self._runs -= len(self._tick.runs)
        self._tick = None
        if self.within is not None:
            self.within.tick_undone(tick)

    def _keep(self, timed: TimedTick) -> None:
        # A flow that has gone back runs a tick again.
        while self.ticks and self.ticks[-1].tick >= timed.tick:
            self._runs -= len(self.ticks.pop().runs)
        self.ticks.append(timed)
        while len(self.ticks) > MOST_TICKS:
            self._runs -= len(self.ticks.popleft().runs)
            self.dropped += 1

    def moved(self, tick: TimedTick) -> int:
        """The items that went from operator to operator in a tick."""
        return sum(tick.items.get(wire.number, 0) for wire in self.graph.wires if not wire.leaves_handoff)

    def items_of(self, tick: TimedTick, node: NodeId) -> tuple[int, int]:
        """The items that came to an operator in a tick, and those that left it."""
        came, left = (sum(tick.items.get(wire, 0) for wire in of[node]) for of in (self._into, self._out_of))
        return came, left


_Key = TypeVar("_Key")


def _clear(counts: MutableMapping[_Key, int]) -> None:
    for key in counts:
        counts[key] = 0
