"""The recorder observes a running flow and writes the recording: it says how much the code keeps, and takes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from hydroflow_nb.engine.faults import Fault
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.keeping import TapPlan
from hydroflow_nb.engine.set_aside import SetAside
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.ir.place import wires_of
from hydroflow_nb.ir.text import printable
from hydroflow_nb.trace.carrying import carried_elements
from hydroflow_nb.trace.keeping import Keeping, SubgraphRun
from hydroflow_nb.trace.recording import Recording
from hydroflow_nb.trace.ticks import MOST_KEPT, MOST_STEPS, RecordedTick, copied, depth_of, given, moved
from hydroflow_nb.trace.wires import plan_of_wires

# Of the items that a tick has set aside so many are told, each in about so many characters.
MOST_ASIDE: Final = 5
LONGEST_ASIDE: Final = 1_000


class Recorder:
    """The engine's observer while a flow is recorded."""

    def __init__(
        self,
        graph: PartitionedGraph,
        recording: Recording,
        inputs: Mapping[str, Inbox],
        set_aside: SetAside | None = None,
    ) -> None:
        self.graph = graph
        self.recording = recording
        self.inputs = inputs
        # What the flow has set aside so far, oldest first.
        self.set_aside = SetAside() if set_aside is None else set_aside
        self.room = 0
        # The batches that the tick has taken in and were looked at as a whole.
        self.known: dict[int, tuple[Sequence[Any], int, int | None]] = {}
        # The tick that is under way.
        self.tick: RecordedTick | None = None
        self._carries = carried_elements(graph)
        # What the code that runs keeps, and the code that runs from the next tick on.
        self._keeping: Keeping | None = None
        self._coming: Keeping | None = None
        # The steps that the tick may have at most so far.
        self._steps = 0
        # A flow with several runs in a tick keeps something of each.
        self._shares = len(graph.subgraphs) > 1 or any(component.cyclic for component in graph.components())

    # --- the code --------------------------------------------------------------------------------------------------

    @property
    def filters(self) -> Mapping[int, Callable[[Any], object]]:
        """The predicates that choose what is kept, by the number of a wire."""
        found: dict[int, Callable[[Any], object]] = {}
        for place, predicate in self.recording.filters.items():
            found |= {wire.number: predicate for wire in wires_of(self.graph, place)}
        return found | self.recording.listeners

    def follow(self, plan: TapPlan) -> Keeping:
        """Follow code that was generated with a plan, from the next tick on."""
        self._coming = Keeping(self.graph, plan, self, self.recording.keeps)
        return self._coming

    def taps(self) -> dict[int, Callable[[Any], None]]:
        """Follow code that was not generated: what it calls with each item, by the number of the wire."""
        return self.follow(plan_of_wires(self.graph)).taps()

    def subgraph_ran(self, number: Any, *iteration: int) -> None:
        """A run of a subgraph has ended, in code that was not generated."""
        if self._keeping is not None:
            self._keeping.subgraph_ran(number, *iteration)

    def take(self, run: SubgraphRun, size: int) -> None:
        """A subgraph has run, and so many items are kept of it."""
        tick = self.tick
        if tick is None:
            return
        self._steps += run.most_steps
        if self._steps > MOST_STEPS:
            self._steps = len(tick.steps) + run.most_steps
        if self._steps > MOST_STEPS:
            tick.skipped_steps += sum(1 for _ in run.steps())
            self._set_room(0)
        else:
            tick.ran(run)
            self.recording.grow(tick, size)
            self._set_room(self.recording.room)

    def _set_room(self, room: int) -> None:
        self.room = (room + 1) // 2 if self._shares else room

    # --- called by the engine ----------------------------------------------------------------------------------------

    def tick_begins(self, tick: int, why: str) -> None:
        """A tick has taken in its batches."""
        self._steps = 0
        most = min(MOST_KEPT, self.recording.budget // 10)
        keeps = copied if self.recording.keeps is copied else given
        batch = {}
        for name, inbox in self.inputs.items():
            items = inbox.batch
            depth = depth_of(items) if 0 < len(items) <= most else None
            if depth is not None:
                self.known[id(items)] = items, len(items), depth
            batch[name] = moved(items, keeps, most, depth)
        self.tick = RecordedTick(tick=tick, why=why, batch=batch)
        if count := self.set_aside.in_newest(tick):
            first = self.set_aside[-count:][:MOST_ASIDE]
            self.tick.set_aside = [_short(printable(one.words)) for one in first]
            self.tick.more_set_aside = count - len(first)
        if self._carries:
            self.tick.carries = self._carries
            self.tick.before = self.recording.whole_tick(tick - 1)
        self.recording.begin(self.tick)
        self._set_room(self.recording.room)
        self._keeping = self._coming
        if self._keeping is not None:
            self._keeping.begin_tick()

    def stratum_ends(self, tick: int, stratum: int) -> None:
        """A stratum has come to its fixpoint."""
        if self.tick is not None:
            self.tick.strata_done = stratum + 1
            self.recording.tell()

    def tick_ends(self, tick: int, fault: Fault | None) -> None:
        """The tick is over."""
        self.known.clear()
        if self.tick is None:
            return
        if fault is not None:
            if self._keeping is not None:
                self._keeping.break_off(fault.stratum)
            self.tick.fault = fault.message
        self.tick.complete = True
        self.tick = None
        self.recording.tell()

    def tick_undone(self, tick: int) -> None:
        """The tick has not been."""
        self.known.clear()
        self.tick = None
        if self._keeping is not None:
            self._keeping.forget()
        self.recording.cut(tick)
        self.recording.tell()


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_ASIDE else f"{text[: LONGEST_ASIDE - 1]}…"
