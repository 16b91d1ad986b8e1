"""What a durable node keeps over a crash, as a folder keeps a flow: what its ticks took in, and what its ends held.

Ticks are deterministic given their batches, so a restart that runs the journaled ticks again, without effects, comes to
the state that the node had when its last tick ended. That state is taken here in place of the ticks. Only a tick that
was journaled and had not ended is run again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.program import Program
from hydroflow_nb.engine.returning import leave
from hydroflow_nb.engine.set_aside import SetAside
from hydroflow_nb.engine.snapshots import Batch, Left, Snapshot, taken, transplanted
from hydroflow_nb.net.ledger import Ledger
from hydroflow_nb.records import dataclass
from hydroflow_nb.running import Drivable
from hydroflow_nb.simulation.model.acknowledging import AcknowledgingOutbound
from hydroflow_nb.simulation.model.decisions import Point


class _Down(BaseException):
    """The node goes down within a tick. User code does not catch it."""


class Giving(Protocol):
    """What gives a tick something that has come from outside."""

    def entry(self) -> Any:
        """What it has given the tick that begins, as data; None for nothing."""

    def kept(self) -> None:
        """What the last `entry` told of is kept: it may be acknowledged."""


def keep_taken(given: Sequence[Giving], keep: Callable[[list[Any]], None]) -> None:
    """Have a function keep what a tick was given; only then that is acknowledged."""
    keep([one.entry() for one in given])
    for one in given:
        one.kept()


@dataclass(frozen=True, kw_only=True)
class LeftBehind:
    """What a durable node finds at its restart: its state, a tick that is to run again, if any, with the instant that
    it had, and what each of its ends held.
    """

    origin: Program
    flow: Left
    names: Mapping[Inbox, str]
    ends: Sequence[Any]
    again: float | None
    set_aside: SetAside


class Journal:
    """The keeper of a durable node's ticks. `now` gives the seconds since the epoch."""

    def __init__(self, driven: Drivable, ends: Sequence[AcknowledgingOutbound], now: Callable[[], float]) -> None:
        self._engine = driven.engine
        self._inboxes = driven.inboxes
        self._set_aside = driven.set_aside
        self._ends = ends
        self._lasting = [end.deliveries for end in ends]
        self._now = now
        # The instant of the tick that runs again, which an earlier life has journaled.
        self._again: float | None = None
        # Where the tick that begins is to go down; what it takes in, and when; what the ends held before it; what they
        # gave it, once that is in the journal; and the state before it runs.
        self._stop: Point | None = None
        self._batch: Batch = {}
        self._at = 0.0
        self._entries: Sequence[Any] | None = None
        self._before: Snapshot | None = None
        self._held: Sequence[Any] | None = None

    def instant(self) -> float:
        """The instant of the tick that begins, in seconds since the epoch."""
        return self._now() if self._again is None else self._again

    # --- what the engine tells ---------------------------------------------------------------------------------------

    def begin_tick(self) -> None:
        """Keep what the tick takes in, and acknowledge it then."""
        # A tick that runs again was given what it takes in by an earlier life.
        given = self._lasting if self._again is None else []
        if self._stop is None or self._before is not None:
            # The state that the tick leaves stands for it. One that begins again without an item at fault is there
            # with that item, which the tick sets aside again after a restart.
            keep_taken(given, _nothing)
            return
        self._batch = {one: one.batch.copy() for one in self._inboxes.values() if one.batch}
        self._at = self.instant()
        self._held = [end.held() for end in self._lasting]
        keep_taken([*given, self], self._keep)
        self._before = taken(self._engine.program, self._engine.context)
        if self._stop is Point.TICK:
            for end in self._lasting:
                end.repeat()

    def begin_ahead(self) -> None:
        """There is no disk to wait for."""
        return

    def end_behind(self) -> None:
        """There is no disk to wait for."""
        return

    def settle(self) -> None:
        """There is no disk to wait for."""
        return

    def _keep(self, entries: Sequence[Any]) -> None:
        *self._entries, _ = entries
        if self._stop is Point.JOURNAL:
            raise _Down

    def entry(self) -> Any:
        """The node itself gives the tick nothing."""
        return

    def kept(self) -> None:
        """All ends have acknowledged what came in."""
        if self._stop is Point.ACKNOWLEDGE:
            raise _Down

    def end_tick(self) -> None:
        """A restart goes on behind the tick."""
        self._again = None

    def undo_tick(self) -> None:
        """A simulated node undoes no tick."""

    def close(self) -> None:
        """There is nothing to close."""

    # --- crashes and restarts ----------------------------------------------------------------------------------------

    def go_down(self, point: Point, tick: Callable[[], None]) -> None:
        """Run a tick up to a point of it, and leave the flow as its journal has it: before the tick, which runs again.

        Raises what user code raises in the tick, which ends then as any other.
        """
        engine, number = self._engine, self._engine.context.tick
        try:
            self._run_to(point, tick)
        except BaseException:
            self._held = None
            for end in self._lasting:
                end.begin(holds=False)
            raise
        if self._before is not None:
            engine.restore(self._before, number)
        engine.again.clear()
        if self._entries is not None:
            engine.again.append(self._batch)
            self._again = self._at

    def _run_to(self, point: Point, tick: Callable[[], None]) -> None:
        self._stop, self._before, self._entries = point, None, None
        try:
            tick()
        except _Down:
            pass
        finally:
            self._stop = None

    def left(self) -> LeftBehind:
        """What a restart finds."""
        return LeftBehind(
            origin=self._engine.program,
            flow=leave(self._engine),
            names={inbox: name for name, inbox in self._inboxes.items()},
            ends=self._held_by_ends(),
            again=self._again,
            set_aside=self._set_aside,
        )

    def _held_by_ends(self) -> Sequence[Any]:
        if self._held is None:
            # What was acknowledged since the last tick is not sent again, though the journal of a folder may not say
            # so: the receiver would acknowledge it before.
            return [end.held() for end in self._lasting]
        found = []
        for held, entry in zip(self._held, self._entries or (), strict=False):
            ledger = Ledger("")
            ledger.hold(held)
            if entry is not None:
                ledger.enter(entry)
            found.append(ledger.held())
        return found or self._held

    def begin(self, left: LeftBehind | None) -> None:
        """Begin, or go on from what was left behind; from now on ticks are kept."""
        if left is not None:
            for end, held in zip(self._lasting, left.ends, strict=True):
                end.hold(held)
            if left.flow.tick or left.flow.again:
                self._go_on(left)
        self._engine.keep(self)
        for end in self._lasting:
            end.begin(holds=False)

    def _go_on(self, left: LeftBehind) -> None:
        engine, flow = self._engine, left.flow
        assert flow.snapshot is not None
        transplanted(flow.snapshot, left.origin, engine.program, engine.context)
        engine.context.tick = flow.tick
        # In a tick that has not ended well an item is set aside again.
        kept = [one for one in left.set_aside if one.tick < flow.tick]
        self._set_aside.restore(kept, left.set_aside.dropped)
        for external in engine.program.inboxes:
            external.resume()
        for batch in flow.again:
            engine.again.append({self._inboxes[left.names[inbox]]: items for inbox, items in batch.items()})
        self._again = left.again

    # --- looking -----------------------------------------------------------------------------------------------------

    def remembers(self, body: Callable[[bytes], Any], *, is_up: bool) -> Iterator[Any]:
        """All that is kept, and what the ends of a node that is up hold; `body` gives what stands for a message."""
        yield self._again
        for held in self._held_by_ends():
            waiting = [
                (address, [(number, [body(one) for one in bodies]) for number, bodies in batches])
                for address, batches in held["waiting"]
            ]
            yield (held["entry"], held["given"], waiting)
        if is_up:
            for end in self._ends:
                yield from end.remembers()


def _nothing(entries: Sequence[Any]) -> None:
    return
