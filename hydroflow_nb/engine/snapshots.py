"""Snapshots: the state of a flow before its ticks, to go back to it.

A snapshot is a copy of all that lasts from tick to tick. Together with the batches that were taken in since, it is all
that the later ticks depend on, except for what lies outside of the flow.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from time import perf_counter
from typing import Any, Final, TypeAlias

from hydroflow_nb.engine.context import Context
from hydroflow_nb.engine.copying import Copier, Repeatable, repeatable
from hydroflow_nb.engine.faults import Fault
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.program import Program
from hydroflow_nb.records import dataclass

# The newest snapshots are kept: at most so many, and fewer where they and their batches would hold more than so many
# entries of containers and items. Of older ones some stay, with so many ticks between two of them that these are soon
# run again, as far back as a recording goes.
MOST_SNAPSHOTS: Final = 1_000
MOST_ENTRIES: Final = 1_000_000
APART: Final = 50
FARTHEST: Final = 2_000 + APART
# Snapshots take at most this share of the time that passes; the collector and the caches may cost as much again. Time
# that was not used is saved, up to so many seconds: each tick that a person runs by hand has its snapshot, and so have
# the first ticks of a run.
SHARE: Final = 0.1
SAVED: Final = 0.1

# What a tick took in, by inbox; inboxes that gave nothing are left out.
Batch: TypeAlias = dict[Inbox, list[Any]]


class Repeats(deque[Batch]):
    """The batches of ticks that a flow has gone back from, one for each coming tick; the last one is not empty."""

    def put_back(self, batches: Sequence[Batch]) -> None:
        """Put batches in front of the others: the coming ticks take them in, in their order."""
        self.extendleft(reversed(batches))
        self._forget_empty()

    def give_now(self) -> bool:
        """True where the next tick takes in items from here."""
        return bool(self) and any(self[0].values())

    def waiting(self, inbox: Inbox) -> list[Any]:
        """The items that wait here for an inbox, oldest first."""
        return [item for batch in self for item in batch.get(inbox, ())]

    def discard(self, inbox: Inbox, index: int) -> Any:
        """Take back one item that waits here for an inbox, by its position from 0 on. Raises IndexError."""
        for batch in self:
            items = batch.get(inbox, [])
            if index < len(items):
                item = items.pop(index)
                self._forget_empty()
                return item
            index -= len(items)
        raise IndexError(index)

    def hold(self, batch: Batch) -> None:
        """The next tick takes in this, also where it is nothing."""
        self.appendleft(batch)

    def _forget_empty(self) -> None:
        # What comes in next does not wait for ticks that would take in nothing.
        while self and not any(self[-1].values()):
            self.pop()


def batch_size(batch: Batch) -> int:
    """How many items a tick took in."""
    return sum(map(len, batch.values()))


def _nothing(tick: int) -> None:
    return


# Not frozen: that takes as long as all of a small flow's tick.
@dataclass(kw_only=True, slots=True)
class Snapshot:
    """The state of a flow at the start of a tick. `uncopied` holds the classes of what has no copy and is shared."""

    first_run: bool
    values: tuple[Any, ...]
    sources: dict[int, Callable[[], Iterator[Any]]]
    repeatables: tuple[Repeatable, ...]
    states: list[Any]
    buffers: tuple[list[Any], ...]
    counts: tuple[int, ...]
    marks: tuple[Any, ...]
    size: int
    uncopied: frozenset[type]

    def held(self, program: Program) -> dict[str, Any]:
        """What `Program.held` gave then: copies that nothing changes."""
        # A variable that another variant of the code has added is not in an older snapshot.
        variables = zip(program.variables, self.values, strict=False)
        buffers = zip(program.tick_buffers, self.buffers, strict=True)
        return {
            **{one.name: value for one, value in variables},
            **{one.name: items for one, items in buffers},
            **{name: self.states[place] for name, place in program.named_states.items()},
        }

    @property
    def is_lost(self) -> bool:
        """True where a source has given so much since that it cannot start again."""
        return any(one.is_lost for one in self.repeatables)


@dataclass(frozen=True, kw_only=True)
class Left:
    """How a flow was when it left a line of its run, before this tick: without a snapshot within the tick.

    `again` and `waiting` are what it would have taken in next.
    """

    tick: int
    snapshot: Snapshot | None
    again: list[Batch]
    waiting: Batch
    faults: list[Fault]


def taken(program: Program, context: Context) -> Snapshot:
    """A snapshot. Iterators that sources read are replaced by iterators that can start again."""
    copier = Copier()
    sources: dict[int, Callable[[], Iterator[Any]]] = {}
    values: list[Any] = []
    repeatables: list[Repeatable] = []
    for position, variable in enumerate(program.variables):
        value = variable.cell.cell_contents
        if variable.accumulates:
            value = copier.accumulated(value)
        elif isinstance(value, Iterator):
            made, sources[position] = repeatable(value)
            variable.cell.cell_contents = made
            if isinstance(made, Repeatable):
                repeatables.append(made)
            value = None
        else:
            value = copier.held(value)
        values.append(value)
    return Snapshot(
        first_run=context.is_first_run,
        values=tuple(values),
        sources=sources,
        repeatables=tuple(repeatables),
        states=copier.accumulated(context.states),
        buffers=tuple([buffer.now.copy() for buffer in program.tick_buffers]),
        counts=tuple([expectation.count for expectation in program.expectations]),
        marks=tuple([external.mark() for external in program.inboxes]),
        size=1 + copier.size + sum(len(buffer.now) for buffer in program.tick_buffers),
        uncopied=frozenset(copier.uncopied),
    )


def restored(snapshot: Snapshot, program: Program, context: Context) -> None:
    """Restore a program to a snapshot, which can be used again."""
    copier = Copier()
    values = [
        copier.accumulated(value) if variable.accumulates else copier.held(value)
        # A variable that another variant of the code has added is not in an older snapshot.
        for variable, value in zip(program.variables, snapshot.values, strict=False)
    ]
    states = copier.accumulated(snapshot.states)
    for position, variable in enumerate(program.variables[: len(values)]):
        begin = snapshot.sources.get(position)
        variable.cell.cell_contents = values[position] if begin is None else begin()
    context.states[:] = states
    context.is_first_run = snapshot.first_run
    for handoff in program.handoffs:
        handoff.clear()
    for buffer, items in zip(program.tick_buffers, snapshot.buffers, strict=True):
        buffer.now[:] = items
        buffer.next.clear()
    for expectation, count in zip(program.expectations, snapshot.counts, strict=True):
        expectation.count = count
    for external, mark in zip(program.inboxes, snapshot.marks, strict=True):
        external.drop()
        external.go_back(mark)


def transplanted(snapshot: Snapshot, origin: Program, program: Program, context: Context) -> None:
    """Bring another program, loaded from the same text, to what the one of a snapshot held. What its inboxes have taken
    in is left as it is. Raises KeyError where it holds what the other one does not.
    """
    copier = Copier()
    places = {one.name: place for place, one in enumerate(origin.variables[: len(snapshot.values)])}
    for variable in program.variables:
        place = places[variable.name]
        begin, value = snapshot.sources.get(place), snapshot.values[place]
        copied = copier.accumulated(value) if variable.accumulates else copier.held(value)
        variable.cell.cell_contents = copied if begin is None else begin()
    waiting = {buffer.name: items for buffer, items in zip(origin.tick_buffers, snapshot.buffers, strict=True)}
    for buffer in program.tick_buffers:
        buffer.now[:] = copier.held(waiting[buffer.name])
        buffer.next.clear()
    for expectation, count in zip(program.expectations, snapshot.counts, strict=False):
        expectation.count = count
    context.states[:] = copier.accumulated(snapshot.states)
    context.is_first_run = snapshot.first_run


def survived(origin: Program, program: Program) -> None:
    """Bring another program, newly loaded from the same text, to what the durable variables of the first one hold. All
    else is left as it begins.
    """
    copier = Copier()
    lasting = {one.name: one.cell for one in origin.variables if one.durable}
    for variable in program.variables:
        if variable.name in lasting:
            value = lasting[variable.name].cell_contents
            variable.cell.cell_contents = copier.accumulated(value) if variable.accumulates else copier.held(value)


class Snapshots:
    """The snapshots of a running program, within bounds of time and of memory."""

    def __init__(self, program: Program, context: Context, clock: Callable[[], float] = perf_counter) -> None:
        self._program = program
        self._context = context
        self._clock = clock
        # Both in the order of the ticks; batches are kept of all ticks from the oldest snapshot on.
        self._kept: dict[int, Snapshot] = {}
        self._batches: dict[int, Batch] = {}
        self._inboxes = [external for external in program.inboxes if isinstance(external, Inbox)]
        self._size = 0
        # Those of them that stay apart from each other, which are the oldest ones.
        self._apart: deque[int] = deque()
        # What they hold, with the batches up to the first one that is not apart.
        self._apart_size = 0
        # Called with the number of each tick that begins.
        self.on_tick: Callable[[int], None] = _nothing
        self._saved = SAVED
        self._seen = clock()

    @property
    def ticks(self) -> list[int]:
        """The ticks that the flow can go back to, oldest first."""
        return [tick for tick, snapshot in self._kept.items() if not snapshot.is_lost]

    def held_before(self, tick: int) -> dict[str, Any] | None:
        """What the flow held when a tick began, by the names in the code; None where no snapshot of that is kept."""
        snapshot = self._kept.get(tick)
        return None if snapshot is None else snapshot.held(self._program)

    def begin_tick(self) -> None:
        """Called when a tick has taken in its batches, and before it works on them."""
        tick, now = self._context.tick, self._clock()
        self._saved = min(SAVED, self._saved + (now - self._seen) * SHARE)
        self._seen = now
        self.on_tick(tick)
        batch = {inbox: inbox.batch.copy() for inbox in self._inboxes if inbox.batch}
        # This comes first: an interrupt during the copying must not lose a batch.
        self._batches[tick] = batch
        self._size += sum(map(len, batch.values()))
        # After going back, the tick's snapshot exists already.
        if self._saved > 0 and tick not in self._kept:
            snapshot = taken(self._program, self._context)
            self._kept[tick] = snapshot
            self._size += snapshot.size
        self._let_go(tick)
        self._saved -= self._clock() - now

    def undo_tick(self) -> None:
        """Called when the tick under way was undone: it begins once more."""
        self._size -= batch_size(self._batches.pop(self._context.tick, {}))

    def _let_go(self, newest: int) -> None:
        """Drop the oldest snapshots, but some that stay apart, and the batches that no other one needs. The snapshot of
        the newest tick stays.
        """
        kept, apart = self._kept, self._apart
        while apart and apart[0] < newest - FARTHEST:
            self._drop_farthest()
        while len(kept) - len(apart) > MOST_SNAPSHOTS or self._size > MOST_ENTRIES:
            oldest = next(islice(kept, len(apart), None), newest)
            if apart and (oldest == newest or self._apart_size > MOST_ENTRIES // 2):
                self._drop_farthest()
            elif oldest == newest:
                break
            else:
                self._pass(oldest)
        begin = next(iter(kept), newest + 1)
        while self._batches and (tick := next(iter(self._batches))) < begin:
            self._size -= batch_size(self._batches.pop(tick))

    def _pass(self, tick: int) -> None:
        """The oldest snapshot that is not apart is too old: it is apart from now on, or goes."""
        if not self._apart or tick - self._apart[-1] >= APART:
            self._apart.append(tick)
            self._apart_size += self._kept[tick].size
        else:
            self._size -= self._kept.pop(tick).size
        following = next(islice(self._kept, len(self._apart), None))
        self._apart_size += sum(batch_size(self._batches.get(one, {})) for one in range(tick, following))

    def _drop_farthest(self) -> None:
        """Drop the oldest snapshot that is apart, with the batches behind it."""
        size = self._kept.pop(self._apart.popleft()).size
        begin = next(iter(self._kept))
        while self._batches and (tick := next(iter(self._batches))) < begin:
            size += batch_size(self._batches.pop(tick))
        self._size -= size
        self._apart_size -= size

    def newest_up_to(self, tick: int) -> tuple[int, Snapshot] | None:
        """The newest snapshot that was made before a tick or at it, with its tick."""
        found = [one for one, snapshot in self._kept.items() if one <= tick and not snapshot.is_lost]
        return (max(found), self._kept[max(found)]) if found else None

    def batch(self, tick: int) -> Batch | None:
        """What a tick took in; None where that is not kept."""
        return self._batches.get(tick)

    @property
    def kept(self) -> dict[int, Snapshot]:
        """The snapshots by tick, oldest first."""
        return dict(self._kept)

    @property
    def batches(self) -> dict[int, Batch]:
        """What the ticks from the oldest snapshot on took in."""
        return dict(self._batches)

    def replace(self, kept: Mapping[int, Snapshot], batches: Mapping[int, Batch]) -> None:
        """Hold those of another line of the run."""
        self._set_apart(())
        self._kept, self._batches = dict(kept), dict(batches)
        self._size = sum(one.size for one in kept.values()) + sum(map(batch_size, batches.values()))

    def go_back(self, tick: int) -> tuple[Snapshot, list[Batch]]:
        """The snapshot of a tick, and the batches from then on, which are forgotten. Raises KeyError."""
        snapshot = self._kept[tick]
        for later in [one for one in self._kept if one > tick]:
            self._size -= self._kept.pop(later).size
        batches = [self._batches.pop(one) for one in list(self._batches) if one >= tick]
        self._set_apart([one for one in self._apart if one < tick])
        self._size -= sum(len(items) for batch in batches for items in batch.values())
        return snapshot, batches

    def _set_apart(self, apart: Sequence[int]) -> None:
        self._apart = deque(apart)
        first = next(islice(self._kept, len(apart), None), 0)
        batches = sum(batch_size(batch) for tick, batch in self._batches.items() if tick < first) if apart else 0
        self._apart_size = batches + sum(self._kept[tick].size for tick in apart)
