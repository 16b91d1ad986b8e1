"""Undoing a tick: the flow stands again where it stood before, and the tick can run again with other input.

A tick is undone by a snapshot. To copy a large state in every tick would cost more than the ticks do, so a snapshot is
made when as much has come in since the last one as the state has entries: that costs a bounded time for each item. The
ticks in between run again where one of them is undone, silently: what leaves the flow has left it already. That needs
functions that give the same again; where that is not known, there is a snapshot before each tick.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol, TypeAlias

from hydroflow_nb.engine.context import Context
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.notes import described, is_kind, traceback_of
from hydroflow_nb.engine.program import Program
from hydroflow_nb.engine.snapshots import Batch, Snapshot, batch_size, restored, taken

# There is a new snapshot when so many items have come in for each entry of the last one. To take in an item costs more
# than to copy an entry, so snapshots add little, and a tick that is undone costs about as much as one more snapshot.
ITEMS_AN_ENTRY: Final = 2

Strata: TypeAlias = Sequence[Callable[[], None]]


class Silent(Protocol):
    """Ticks that run again without effects outside."""

    def holds(self) -> bool:
        """Whether the ticks since the last time that it was not so give the same again."""

    def strata(self) -> Strata:
        """The strata that run then, over the same state."""


class Undone:
    """A tick that was undone: what it raised, in which stratum, and where the code of the strata stood, as frames with
    the places in their code. A trial that has run to its end has raised nothing.
    """

    def __init__(self, stratum: int, exception: BaseException | None, strata: Strata) -> None:
        self.stratum = stratum
        self.exception = exception
        self.frames: list[tuple[Any, int]] = []
        codes = {getattr(one, "__code__", None) for one in strata}
        traceback = None if exception is None else traceback_of(exception)
        while traceback is not None:
            if traceback.tb_frame.f_code in codes:
                self.frames.append((traceback.tb_frame, traceback.tb_lasti))
            traceback = traceback.tb_next


class Undoing:
    """Lets the ticks of an engine be undone, as long as it `is_on`.

    `silent` are its ticks where they can run again without effects outside.
    """

    def __init__(
        self,
        program: Program,
        context: Context,
        silent: Silent | None = None,
        *,
        items_an_entry: int = ITEMS_AN_ENTRY,
    ) -> None:
        self._program = program
        self._items_an_entry = items_an_entry
        self._context = context
        self._silent = silent if all(isinstance(one, Inbox) for one in program.inboxes) else None
        self.is_on = False
        # What the tick takes in, in place of what waits; None: what waits.
        self.given: Batch | None = None
        # A tick that is tried out is undone at its end.
        self.is_trial = False
        # What the tick under way has taken in, and by the ids of its lists the inboxes.
        self.batch: Batch = {}
        self.lists: dict[int, tuple[Inbox, list[Any]]] = {}
        # How the last tick that was undone has ended.
        self.undone: Undone | None = None
        # Why the last one that failed was not undone, where that is for a reason of its own.
        self.problem = ""
        self._snapshot: Snapshot | None = None
        # The tick of the snapshot, what came in from then on, and how much that is.
        self._first = 0
        self._since: list[Batch] = []
        self._size = 0
        self._outlets: list[Any] = []

    def forget(self) -> None:
        """The state was changed by something else than ticks that ended well: begin with a new snapshot."""
        self._snapshot = None
        self._since.clear()

    def begin_tick(self) -> None:
        """Called when a tick has taken in its batches, and before it works on them."""
        program, tick = self._program, self._context.tick
        if not self.is_on:
            self.forget()
            return
        inboxes = [one for one in program.inboxes if isinstance(one, Inbox) and one.batch]
        self.lists = {id(one.batch): (one, one.batch) for one in inboxes}
        self.batch = {one: one.batch.copy() for one in inboxes}
        self._outlets = [one.mark() for one in program.outlets]
        if not (self._silent is not None and self._silent.holds() and self._reaches(tick)):
            self._keep_snapshot()

    def end_tick(self) -> None:
        """Called when a tick has ended well."""
        if self._snapshot is not None:
            self._since.append(self.batch)
            # The tick itself counts as one: a flow may tick on without items.
            self._size += 1 + batch_size(self.batch)

    def undo(self, exception: BaseException | None, strata: Strata) -> bool:
        """Undo the tick under way, which has raised the exception, or is over; False where it cannot be.

        An interrupt and an exit end the tick in its middle, unless it is only tried out.
        """
        is_fault = exception is None or is_kind(exception, Exception)
        if not (self.is_on and self._snapshot is not None and (is_fault or self.is_trial)):
            self.forget()
            return False
        context, tick = self._context, self._context.tick
        undone = Undone(context.stratum, exception, strata)
        restored(self._snapshot, self._program, context)
        for outlet, mark in zip(self._program.outlets, self._outlets, strict=True):
            outlet.go_back(mark)
        context.stratum = 0
        self.problem = self._run_again() if self._since else ""
        context.tick = tick
        self.undone = None if self.problem else undone
        return not self.problem

    def _reaches(self, tick: int) -> bool:
        """Whether a snapshot, and what came in since, lead to a tick, and are no more work than a new snapshot."""
        snapshot = self._snapshot
        return (
            snapshot is not None
            and self._size < self._items_an_entry * snapshot.size
            and self._first + len(self._since) == tick
        )

    def _keep_snapshot(self) -> None:
        self._snapshot = taken(self._program, self._context)
        self._first, self._size = self._context.tick, 0
        self._since.clear()

    def _run_again(self) -> str:
        """Run the ticks since the snapshot again, so that the state is that before the tick that was undone. Returns
        why that cannot be, if it cannot.
        """
        assert self._silent is not None
        context, program = self._context, self._program
        strata, since = self._silent.strata(), self._since.copy()
        for context.tick, batch in enumerate(since, self._first):
            for inbox, items in batch.items():
                inbox.repeat(items)
            try:
                for context.stratum, stratum in enumerate(strata):
                    stratum()
            except Exception as exception:  # what the user's code raises tells that it does not give the same again
                self.forget()
                return f"tick {context.tick} had ended well, and raised {described(exception)} when it ran again"
            for buffer in program.tick_buffers:
                buffer.now.extend(buffer.next)
                buffer.next.clear()
        context.tick, context.stratum = self._first + len(since), 0
        # The next try begins here.
        self._keep_snapshot()
        return ""
