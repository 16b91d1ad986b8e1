"""What a flow held at the ends of ticks that have no snapshot: the ticks since the last one run again, in a copy.

Snapshots take a share of the time that a run takes, so there are few ticks between two of them, and these are soon run.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from hydroflow_nb.engine.copying import Copier
from hydroflow_nb.engine.engine import Engine
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.program import Program
from hydroflow_nb.engine.quiet import quiet as printing_nothing
from hydroflow_nb.engine.snapshots import APART, MOST_ENTRIES, Snapshot, Snapshots, taken, transplanted
from hydroflow_nb.flow import Flow
from hydroflow_nb.render.outline import outline_of
from hydroflow_nb.simulation.replaying import apart, run_whole_tick
from hydroflow_nb.trace.matching import same_edges
from hydroflow_nb.trace.recording import Recording
from hydroflow_nb.trace.replay import Difference, first_difference
from hydroflow_nb.trace.ticks import RecordedTick, copied


class HeldAgain:
    """Runs ticks of a flow again to see what it held. What it found last, it knows."""

    def __init__(self, flow: Flow) -> None:
        # The flow's recording holds this.
        self._flow_of = weakref.ref(flow)
        self._known: dict[int, Mapping[str, Any]] = {}
        # Snapshots of ticks that ran again, each with the program whose state it is.
        self._more: dict[int, tuple[Snapshot, Program]] = {}
        self._epoch = -1

    def after(self, tick: int) -> Mapping[str, Any] | str:
        """The values by variable at the end of a tick, or why they cannot be told."""
        flow = self._flow_of()
        if flow is None:
            return "the flow is gone"
        recording, engine = flow.recording, flow.drive().engine
        if recording.epoch != self._epoch:
            # The flow has gone back: another tick of this number may have run.
            self._epoch = recording.epoch
            self._known.clear()
            self._more.clear()
        if tick not in self._known:
            problem = self._run_to(flow, tick, recording, engine)
            if problem is not None:
                return problem
        return self._known[tick]

    def _run_to(self, flow: Flow, tick: int, recording: Recording, engine: Engine) -> str | None:
        snapshots = engine.snapshots
        found = None if snapshots is None else snapshots.newest_up_to(tick)
        if snapshots is None or found is None or tick >= engine.context.tick:
            return "no snapshot is kept of an earlier tick"
        first, snapshot, origin = *found, engine.program
        nearer = max((one for one in self._more if first < one <= tick), default=None)
        if nearer is not None:
            first, (snapshot, origin) = nearer, self._more[nearer]
        try:
            copy = apart(flow, quiet=True)
        except Exception as problem:  # a name that the text needs may be gone
            return f"the flow has no copy that could run again: {problem}"
        try:
            with printing_nothing():
                return self._run(copy, (first, tick), (snapshot, origin), snapshots, recording, engine)
        finally:
            with suppress(Exception):  # an `assert_eq` may still wait
                copy.close()

    def _run(
        self,
        copy: Flow,
        ticks: tuple[int, int],
        begin: tuple[Snapshot, Program],
        snapshots: Snapshots,
        recording: Recording,
        engine: Engine,
    ) -> str | None:
        first, last = ticks
        new = copy.record(recording.budget, copies=recording.keeps is copied)
        driven = copy.drive()
        try:
            transplanted(*begin, driven.engine.program, driven.engine.context)
        except KeyError:
            return "a copy of the flow holds its state in another way"
        driven.engine.context.tick = first
        inboxes = dict(zip(_inboxes(engine), _inboxes(driven.engine), strict=True))
        graph = recording.graph.to_dict()
        twins = same_edges(graph, copy.graph.to_dict())
        ways = {wire.element: wire.way for wire in outline_of(graph).wires}
        recorded = {one.tick: one for one in recording.ticks}
        self._known.clear()
        for number in range(first, last + 1):
            if number % APART == 0 and number > first:
                self._keep(number, taken(driven.engine.program, driven.engine.context), driven.engine.program)
            batch = snapshots.batch(number)
            if batch is None:
                return f"what tick {number} took in is not kept"
            driven.engine.again.append({inboxes[one]: [copied(item) for item in items] for one, items in batch.items()})
            run_whole_tick(copy)
            was: RecordedTick | None = recorded.get(number)
            difference: Difference | None = None
            if was is not None:
                now = new.tick(number)
                if (was.steps, was.fault) != (now.steps, now.fault):
                    difference = first_difference(was, now, twins, ways)
            if difference is not None:
                return f"its ticks give something else when they run again: {difference}"
            if number >= last - 1:
                held = driven.engine.program.held()
                self._known[number] = {name: Copier().accumulated(value) for name, value in held.items()}
        return None

    def _keep(self, tick: int, snapshot: Snapshot, program: Program) -> None:
        self._more[tick] = snapshot, program
        while len(self._more) > 1 and sum(one.size for one, _ in self._more.values()) > MOST_ENTRIES:
            del self._more[next(iter(self._more))]


def _inboxes(engine: Engine) -> list[Inbox]:
    return [one for one in engine.program.inboxes if isinstance(one, Inbox)]
