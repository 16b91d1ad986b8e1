"""A flow that is kept in a folder: its ticks are journaled before they run, its state is written now and then, and a
restart goes on from there.

Of each tick the journal has two records: what it took in, which the disk holds before the tick runs, and behind it what
came out, as a digest for each output. At a restart the ticks run again from the snapshot on. Those that have ended
before run without effects outside, and what comes out of them is compared; the last one, which may not have ended, runs
as it did. (Ticks are deterministic given their batches, so the journal is a command log; see Malviya et al., Rethinking
Main Memory OLTP Recovery, 2014.)
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from enum import StrEnum
from functools import partial, reduce
from operator import or_
from time import time
from typing import Any, Final

from hydroflow_nb.durable.came import Digests, is_other
from hydroflow_nb.durable.keepable import Keepable, Migration
from hydroflow_nb.durable.layout import States
from hydroflow_nb.durable.parts import Keeps, Parts, unwritten
from hydroflow_nb.durable.refusing import refusal, unreadable_journal
from hydroflow_nb.durable.store import Store
from hydroflow_nb.durable.ticks import JournaledTick, changed, ended, ticks_of
from hydroflow_nb.durable.values import Decoder
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.quiet import quiet

SNAPSHOT_EVERY: Final = 1_000
"""After how many ticks the state is written, where nothing else is said."""
MOST_BYTES: Final = 64 << 20
"""How many bytes a journal may have before the state is written, however few ticks it has."""


class Write(StrEnum):
    """What is written of a tick: what it takes in, before it runs; all that is held, when it has run; or what has
    changed of what `'durable` operators hold.
    """

    JOURNAL = "journal"
    STATE = "state"
    OPERATORS = "operators"


class Keeping:
    """Keeps a flow in a store: it brings the flow to where it was, and is told of its ticks from then on.

    Raises DurabilityError where the store holds what another text kept (HF705), what cannot be read (HF703) or kept
    (HF706), and where a tick that is run again gives something else (HF708).
    """

    def __init__(
        self,
        flow: Keepable,
        store: Store,
        *,
        write: Write = Write.JOURNAL,
        snapshot_every: int = SNAPSHOT_EVERY,
        migration: Migration | None = None,
    ) -> None:
        self._flow = flow
        self._store = store
        self._write = write
        self._every = snapshot_every
        self._engine = flow.engine
        self._context = flow.engine.context
        self._layout = flow.layout
        self._parts = Parts(store.path, flow.layout, flow.names, flow.span, Keeps.ALL)
        self._names = {inbox: name for name, inbox in flow.inboxes.items()}
        self._came = flow.came
        # The tick that is in the journal, with its instant, before the engine has run it.
        self._journaled: JournaledTick | None = None
        # The tick of which the journal has what it takes in, and not how it ended.
        self._open: int | None = None
        # What is done when the disk holds the state that the last tick has left.
        self._behind: Future[OSError | None] | None = None
        self._runs_again = False
        self._faults = len(flow.engine.faults)
        self._since = 0
        self._instant = time()
        self._wall = self._context.clock
        self._context.clock = self._now
        if migration is not None and self._parts.is_of(migration.flow.layout.lines, store.kept.snapshot):
            self._migrate(migration)
        else:
            self._bring_back()

    # --- what the engine tells ---------------------------------------------------------------------------------------

    def begin_tick(self) -> None:
        """Have the disk hold what the tick takes in. Raises DurabilityError, where the tick does not begin."""
        self.settle()
        journaled = self._journaled
        if self._runs_again and journaled is not None:
            self._instant = journaled.at
            return
        if self._write is Write.STATE and not self._is_in_journal():
            self._instant = self._wall()
            return
        self._instant = self._journaled_tick().at
        try:
            self._store.sync()
        except BaseException:
            self._journaled = None
            raise
        for end in self._flow.ends:
            end.kept()

    def begin_ahead(self) -> Future[OSError | None] | None:
        """Append what the coming tick takes in, and have the disk hold it in another thread, for which `begin_tick`
        waits. Raises DurabilityError, where the tick does not begin.
        """
        self.settle()
        if self._write is Write.STATE:
            return None
        self._journaled_tick()
        return self._store.begin_sync()

    def _took(self) -> dict[str, list[Any]]:
        return {name: inbox.batch for inbox, name in self._names.items() if inbox.batch}

    def _is_in_journal(self) -> bool:
        """True where the journal has the tick that begins, with what it takes in."""
        one = self._journaled
        return one is not None and one.tick == self._context.tick and one.took == self._took()

    def _journaled_tick(self) -> JournaledTick:
        """The tick that begins: if the journal has it not yet, it is appended."""
        tick = self._context.tick
        if self._journaled is not None and self._is_in_journal():
            self._open = tick
            return self._journaled
        # The disk may have taken nothing when the last tick ended.
        if self._store.has_failed or self._open not in (None, tick):
            self.snapshot()
        try:
            entries = [end.entry() for end in self._flow.ends]
        except Misfit as misfit:
            raise refusal("HF707", str(misfit), self._flow.span, misfit.hint) from None
        # Of what waits for the disk an item may be taken back.
        took = {name: items.copy() for name, items in self._took().items()}
        came = {name: inbox.as_it_came for inbox, name in self._names.items()}
        data = {name: batch for name, batch in came.items() if batch is not None}
        given = entries if any(entries) else None
        one = JournaledTick(tick=tick, at=self._wall(), took=took, data=data, entries=given)
        self._journal(one)
        self._journaled, self._open = one, tick
        return one

    def _journal(self, one: JournaledTick) -> None:
        try:
            payload = one.record()
        except Misfit as misfit:
            raise unwritten("what a tick takes in", misfit, self._flow.span) from None
        self._store.append(payload, synced=False)

    def end_tick(self) -> None:
        """Note that the tick has ended, and write the state where it is time. Raises DurabilityError."""
        tick = self._context.tick - 1
        self._journaled = None
        if self._runs_again:
            return
        self._since += 1
        if self._write is Write.STATE or self._has_failed():
            # What a tick that was aborted has left is not what it would leave if it were run again.
            self._clear()
            parts = self._written([end.entry() for end in self._flow.ends])
            if self._engine.is_awaited:
                self._behind = self._store.begin_snapshot(tick + 1, parts)
            else:
                self._store.snapshot(tick + 1, parts)
                self._leave()
            return
        self._store.append(ended(tick, self._digests()), synced=False)
        self._open = None
        self._store.look()
        if self._is_time():
            self._clear()
            self._store.renew(tick + 1, self._written)
            self._since = 0
        elif tick == 0:
            # A value that cannot be written is told while it is new.
            deque(self._written(), maxlen=0)

    def _is_time(self) -> bool:
        """True where the state is to be written. One snapshot after the other: the journals grow meanwhile."""
        is_due = self._since >= self._every or self._store.size >= MOST_BYTES
        return is_due and not self._store.is_renewing

    def end_behind(self) -> Future[OSError | None] | None:
        """What is done when the disk holds the state that the last tick has left; None where that was not written."""
        return self._behind

    def settle(self) -> None:
        """Wait until the disk holds that state: from then on what the tick gives may leave. Raises DurabilityError."""
        if self._behind is None:
            return
        self._behind = None
        self._store.sync()
        self._leave()

    def _leave(self) -> None:
        """What the last tick has taken in and given is kept in the state."""
        self._since, self._open = 0, None
        for end in self._flow.ends:
            end.kept()
            end.release()

    def undo_tick(self) -> None:
        """Forget what came out of a tick that begins again: what it takes in then is what the journal says of it."""
        self._clear()

    def _clear(self) -> None:
        for came in self._came.values():
            came.forget()

    def _note(self, number: int, entry: Any) -> None:
        """Keep what an end has given beside the ticks."""
        if self._write is Write.STATE:
            self.settle()
            self.snapshot()
        elif entry is not None:
            entries = [entry if number == one else None for one in range(len(self._flow.ends))]
            self._store.append(changed(entries), synced=False)

    def close(self) -> None:
        """Let go of the folder."""
        with suppress(Exception):  # the process may have no more files, or the disk be gone
            self.settle()
        for end in self._flow.ends:
            end.close()
        with suppress(Exception):
            self._store.sync()
        self._store.close()

    def snapshot(self) -> None:
        """Write the state before the tick that comes, and begin the journal anew. Raises DurabilityError."""
        self._clear()
        self._store.snapshot(self._context.tick, self._written())
        self._since, self._open = 0, None

    def _now(self) -> float:
        return self._instant

    def _has_failed(self) -> bool:
        before, self._faults = self._faults, self._engine.faults.total
        return self._faults > before

    def _digests(self) -> Digests:
        names = self._flow.outputs
        digests = ((names[edge], came.digest()) for edge, came in self._came.items())
        return {name: digest for name, digest in digests if digest is not None}

    # --- the state ---------------------------------------------------------------------------------------------------

    def _written(self, entries: Sequence[Any] = ()) -> Iterator[bytes]:
        """The state as parts, with what the ends of networks gave the last tick, if the journal lacks that."""
        ends = [end.held() for end in self._flow.ends]
        head = {"first": self._context.is_first_run, "ends": ends, **({"entries": entries} if any(entries) else {})}
        return self._parts.written(head, self._layout.states(self._context))

    # --- coming back -------------------------------------------------------------------------------------------------

    def _bring_back(self) -> None:
        """Bring the flow to where it was."""
        kept = self._store.kept
        self._engine.keep(self)
        if kept.snapshot is not None:
            self._restore(kept.snapshot, kept.tick)
        if kept.records or kept.tick:
            self._resume()
        self._journaled = self._run_journaled(kept.records)
        self._since = self._context.tick - kept.tick
        if kept.snapshot is None and not kept.records:
            # The folder says from the first instant on whose it is.
            self.snapshot()
        self._tell(silent=False)
        self._begin_ends()

    def _begin_ends(self) -> None:
        # What an earlier process has appended is acknowledged from now on.
        self._store.sync()
        for number, end in enumerate(self._flow.ends):
            end.listen(partial(self._note, number))
            end.begin(holds=self._write is Write.STATE)

    def _resume(self) -> None:
        for external in self._engine.program.inboxes:
            external.resume()

    def _tell(self, *, silent: bool) -> None:
        if self._write is Write.JOURNAL or silent:
            self._flow.tell({edge: came.take for edge, came in self._came.items()}, silent=silent)

    def _restore(self, snapshot: list[bytes], tick: int) -> None:
        head = self._parts.head(snapshot)
        states = self._parts.states(snapshot)
        # What an optimisation holds beside, which the flow runs without now, is found again from the rest.
        self._layout.restore(states, self._context)
        for end, held in zip(self._flow.ends, head["ends"], strict=False):
            end.hold(held)
        self._enter(head.get("entries", ()))
        self._begin_at(tick, is_first_run=head["first"])

    def _begin_at(self, tick: int, *, is_first_run: bool) -> None:
        self._context.is_first_run = is_first_run
        self._context.tick = tick

    def _run_journaled(self, records: list[bytes]) -> JournaledTick | None:
        """Run the ticks of the journal again that have ended. Returns the last one where it may not have ended: it is
        what the engine runs next.
        """
        if not records:
            return None
        self._tell(silent=True)
        self._runs_again = True
        for end in self._flow.ends:
            end.repeat()
        try:
            with quiet():
                for one in self._ticks(records):
                    if one.tick != self._context.tick:
                        raise unreadable_journal(
                            self._store.path,
                            f"it goes on with tick {one.tick}, and the flow is before tick {self._context.tick}",
                        )
                    self._take_in(one)
                    if one.came is None:
                        return one
                    self._run_again(one)
        finally:
            self._runs_again = False
        return None

    def _take_in(self, one: JournaledTick) -> None:
        inboxes = self._flow.inboxes
        for entries in one.given:
            self._enter(entries)
        self._engine.again.append({inboxes[name]: items for name, items in one.took.items()})

    def _with_items(self, one: JournaledTick) -> JournaledTick:
        """A tick of the journal, with the items that were written as they came."""
        try:
            read = {name: self._flow.inboxes[name].read(data) for name, data in one.data.items()}
        except Misfit as misfit:
            raise self._parts.unread("the journal", str(misfit)) from None
        return replace(one, took={**one.took, **read})

    def _enter(self, entries: Sequence[Any]) -> None:
        for end, entry in zip(self._flow.ends, entries, strict=False):
            if entry is not None:
                end.enter(entry)

    def _run_again(self, one: JournaledTick) -> None:
        self._journaled = one
        try:
            self._engine.run_tick()
        except Exception as exception:
            raise self._parted(one, f"it raised {type(exception).__name__}: {exception}") from exception
        came = self._digests()
        for name in dict.fromkeys([*came, *(one.came or {})]):
            before, now = (one.came or {}).get(name, [0, 0]), came.get(name, [0, 0])
            if is_other(before, now):
                more = f"{now[0]} items" if before[0] != now[0] else f"other items, as many ({now[0]})"
                raise self._parted(one, f"`{name}` gave {more}, and {before[0]} when it ran before")

    def _parted(self, one: JournaledTick, how: str) -> Exception:
        return refusal(
            "HF708",
            f"tick {one.tick} was run again, and gave something else: {how}",
            self._flow.span,
            "what a tick gives may depend on its items and on the flow's state alone: on no clock but "
            '`context.current_tick_start()`, no chance, no global. `write="state"` needs none of this',
        )

    def _ticks(self, records: list[bytes]) -> Iterator[JournaledTick]:
        kinds = [inbox.kind for inbox in self._flow.inboxes.values() if inbox.kind is not None]
        decoder = Decoder(self._flow.names, reduce(or_, kinds) if kinds else None)
        try:
            ticks = ticks_of((self._parts.value(decoder, one, "the journal") for one in records), self._enter)
            yield from map(self._with_items, ticks)
        except ValueError as exception:
            raise unreadable_journal(self._store.path, str(exception)) from None

    def _migrate(self, migration: Migration) -> None:
        """Bring a flow of the old text to where it was, and let this one go on with what it held."""
        old = Keeping(migration.flow, self._store)
        states: States = {}
        for place, role, value in old._layout.states(old._context):
            states.setdefault(place, {})[role] = value
        self._parts.must_have_been_put(self._layout.restore(migration.function(states), self._context))
        self._begin_at(old._context.tick, is_first_run=old._context.is_first_run)
        if old._context.tick or old._journaled is not None:
            self._resume()
        self._engine.keep(self)
        last = old._journaled
        self.snapshot()
        if last is not None:
            self._instant = last.at
            self._journal(last)
            self._engine.again.append({self._flow.inboxes[name]: items for name, items in last.took.items()})
            self._journaled = last
        self._tell(silent=False)
        self._begin_ends()
