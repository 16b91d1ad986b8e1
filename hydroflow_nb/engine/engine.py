"""The engine: ticks, strata, and what makes a further tick due.

A tick takes in what waits in the inboxes, runs the strata in order, each to its fixpoint, and advances the clock.
Source of the rules: Hydroflow's scheduler, made simpler where each stratum is one function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from gc import get_count
from types import CodeType
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import ref

from hydroflow_nb.engine.collector import Collector
from hydroflow_nb.engine.context import Context
from hydroflow_nb.engine.dropping import dropped
from hydroflow_nb.engine.faults import Fault, Faults
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.interruptible import Interruptible
from hydroflow_nb.engine.notes import described
from hydroflow_nb.engine.observing import ChangeKeeper, Keeper, Observer
from hydroflow_nb.engine.plain import Around, Plain, Ticks, none_yet
from hydroflow_nb.engine.program import Program
from hydroflow_nb.engine.snapshots import Batch, Repeats, Snapshot, Snapshots, restored
from hydroflow_nb.engine.turn import FREE, PLAIN, TAKEN, WATCHED, Turn
from hydroflow_nb.engine.undisturbed import undisturbed
from hydroflow_nb.engine.undoing import Undoing

if TYPE_CHECKING:
    from concurrent.futures import Future

AroundPlain = TypeVar("AroundPlain", bound=Around)


class Engine:
    """Runs a program."""

    def __init__(self, program: Program, context: Context) -> None:
        self.program = program
        self.context = context
        # None where there is no breakpoint.
        self.breaks = context.breaks
        self.faults = Faults()
        self.observer: Observer | None = None
        self._snapshots: Snapshots | None = None
        self._keeper: Keeper | None = None
        self._change_keeper: ChangeKeeper | None = None
        self._undoing: Undoing | None = None
        # Whether there is one of these three: a small tick asks once.
        self._keeps = False
        # Set when the keeper has kept a tick from beginning.
        self._has_not_begun = False
        # Set while an event loop runs a tick, which waits for what the keeper begins at its end.
        self.is_awaited = False
        self.again = Repeats()
        self.interruptible = Interruptible()
        # While it is set, nothing is taken in from outside, because items leave the flow too slowly.
        self.holds_back = False
        # Makes the strata that are installed at the next tick boundary.
        self.coming_strata: Callable[[], Sequence[Callable[[], None]]] | None = None
        self._strata: Sequence[Callable[[], None]] = program.strata
        self._within = False
        # Whether the tick that is under way was asked for.
        self._was_asked_for = True
        # Why it happens, where somebody is told of that.
        self._reason = ""
        self.turn = Turn(_AT_WORK)
        # Runs plain ticks; see `plain`. The second one is for who looks after the outlets, as an event loop does.
        self.plain: Ticks = none_yet
        self.plain_alone: Ticks = none_yet
        self._rests: dict[CodeType, tuple[str, ...]] = {}
        self._collector = Collector()
        self.is_closed = False
        self._tick_ends = [outlet.end_tick for outlet in program.outlets]
        self._tick_ends += [inbox.end_tick for inbox in program.inboxes if inbox.hears_of_ends]
        self._eager_buffers = [buffer for buffer in program.tick_buffers if not buffer.lazy]

    @property
    def snapshots(self) -> Snapshots | None:
        """The snapshots of the ticks of a recorded run."""
        return self._snapshots

    @snapshots.setter
    def snapshots(self, snapshots: Snapshots | None) -> None:
        self._snapshots = snapshots
        self._note_keeps()

    @property
    def undoing(self) -> Undoing | None:
        """What undoes ticks that fail; None where they are aborted."""
        return self._undoing

    @undoing.setter
    def undoing(self, undoing: Undoing | None) -> None:
        if self._undoing is not None:
            self._tick_ends.remove(self._undoing.end_tick)
        if undoing is not None:
            self._tick_ends.append(undoing.end_tick)
        self._undoing = undoing
        self._note_keeps()
        self.watch()

    def undo_tick(self) -> None:
        """Undo the tick under way, as far as `undoing` can."""
        self._undo(None)

    def _note_keeps(self) -> None:
        self._keeps = any(one is not None for one in (self._snapshots, self._keeper, self._undoing))

    @property
    def is_kept(self) -> bool:
        """True where a keeper keeps its ticks."""
        return self._keeper is not None

    def keep(self, keeper: Keeper) -> None:
        """Have a keeper keep all ticks from now on, until the engine is closed."""
        self._keeper, self._keeps = keeper, True
        self._tick_ends.append(keeper.end_tick)
        self.watch()

    def keep_changes(self, keeper: ChangeKeeper) -> None:
        """Have a keeper keep what each tick changes, from now on, until the engine is closed."""
        self._change_keeper = keeper
        self._tick_ends.insert(0, keeper.end_tick)
        self.forget_plain()
        self.watch()

    def begin_ahead(self) -> Future[Any] | None:
        """Take in what the next tick works on, where a keeper keeps it. Returns what can be waited for until that is
        done; None where the tick may run at once. A tick that does not wait for it waits for the keeper itself.
        """
        __tracebackhide__ = True
        if self._keeper is None or self._within or self.is_closed:
            return None
        return self.turn.alone(partial(self._begin_ahead, self._keeper))

    def _begin_ahead(self, keeper: Keeper) -> Future[Any] | None:
        self._take_in()
        try:
            return keeper.begin_ahead()
        finally:
            self.again.hold(self._taken_back())

    def end_behind(self) -> Future[Any] | None:
        """What can be waited for until all is kept that a tick leaves, where a keeper keeps it; `settle` tells how that
        has ended. None where nothing is to be waited for.
        """
        return None if self._keeper is None else self._keeper.end_behind()

    def settle_kept(self) -> None:
        """Wait until all is kept that a tick leaves, and raise what has gone wrong."""
        if self._keeper is not None:
            self._keeper.settle()

    # --- running ---------------------------------------------------------------------------------------------------

    def run_tick(self) -> None:
        """Run one tick, or what is left of the one that is under way."""
        __tracebackhide__ = True
        turn = self.turn
        if self._within and turn.is_elsewhere():
            turn.wait()
        # No other thread has its turn until it is given back; see `turn`.
        while turn.state > WATCHED:
            turn.wait()
        turn.state = TAKEN
        collector, tick = self._collector, self.context.tick
        is_needed = collector.is_needed
        try:
            if is_needed:
                collector.begin()
            if (
                self._within
                or self.observer
                or self.holds_back
                or self.again
                or self._keeps
                or self.coming_strata
                or self.breaks
            ):
                self._run_to_end()
            else:
                # The same for a plain tick, without a call for each part: these calls would slow down a tick that has
                # only one item.
                for inbox in self.program.inboxes:
                    inbox.ingest()
                self._within = True
                context = self.context
                for stratum in self._strata:
                    stratum()
                    context.stratum += 1
                self._end_tick(None)
        except BaseException as exception:
            # Not in a function: a second interrupt may be raised at the entry of any call.
            try:
                self._abort(exception, tick)
            except KeyboardInterrupt:
                self._abort(exception, tick)
            raise
        finally:
            turn.state = turn.between
            if is_needed:
                try:
                    collector.end()
                except KeyboardInterrupt:
                    collector.end()
                    raise
            elif get_count()[1] != collector.begun:
                collector.look()

    def run_stratum(self) -> None:
        """Run one stratum; behind the last one the tick ends."""
        __tracebackhide__ = True
        turn = self.turn
        if self._within and turn.is_elsewhere():
            turn.wait()
        while turn.state > WATCHED:
            turn.wait()
        turn.state = TAKEN
        # The next tick goes on with what this leaves.
        turn.watch()
        tick = self.context.tick
        try:
            if self.breaks is not None:
                self.breaks.forget()
            if not self._within:
                self._begin_tick()
            self._strata[self.context.stratum]()
            self._end_stratum()
        except BaseException as exception:
            try:
                self._abort(exception, tick)
            except KeyboardInterrupt:
                self._abort(exception, tick)
            raise
        finally:
            turn.state = turn.between

    async def run_tick_async(self) -> None:
        """Run one tick, or what is left of the one that is under way; before each stratum await what it needs.

        Cancelled while it waits, it leaves the tick where it is; what it waits for goes on.
        """
        __tracebackhide__ = True
        self.turn.begin_in_loop()
        try:
            await self.turn.comes()
            await self._run_tick_async()
        finally:
            self.turn.end_in_loop()

    async def _run_tick_async(self) -> None:
        __tracebackhide__ = True
        if self.breaks is not None and self.breaks.begin_run(self.context.tick, is_within=self._within):
            return
        while True:
            was_within = self._within
            for one in self.program.awaited.get(self.context.stratum, ()):
                if one.handoff:
                    await one.settle(one.handoff)
            # The flow was closed meanwhile, or another task has ended the tick or gone back from it.
            if self.is_closed or (was_within and not self._within):
                return
            self.interruptible.call(self.run_stratum)
            if not self._within or self.has_stopped:
                return

    def restore(self, snapshot: Snapshot, tick: int) -> None:
        """Go to just before a tick, with the state of a snapshot; what waits is left as it is."""
        restored(snapshot, self.program, self.context)
        if self._undoing is not None:
            self._undoing.forget()
        self._within = False
        self.context.tick = tick
        self.context.stratum = 0
        self.watch()
        self._has_gone_back()

    def close(self) -> None:
        """Release everything outside of the program, then the program. A tick that waits does not go on.

        A closed flow may be kept for long, for example as an old result of a notebook; its state is not kept with it.
        """
        self.is_closed = True
        # The frames are looked through only where a tick is under way.
        is_at_work = self.turn.state > WATCHED and self.turn.is_at_work()
        self.turn.end()
        self.forget_plain()
        self.program.close()
        for keeper in (self._keeper, self._change_keeper):
            if keeper is not None:
                keeper.close()
        # A tick that closes its own flow goes on to its end.
        if not is_at_work:
            self.program = Program(strata=())
            self._snapshots = self._keeper = self._change_keeper = self._undoing = self.coming_strata = None
            self._keeps = False
            self._strata = ()
            self._tick_ends, self._eager_buffers = [], []

    # --- plain ticks -------------------------------------------------------------------------------------------------

    def run_plainly(self, plain: Plain) -> Callable[..., Any]:
        """Let a function run plain ticks, from now on. Returns the function."""
        self.turn.plain[plain.run.__code__] = plain.turn
        self._rests[plain.run.__code__] = plain.rests
        return plain.run

    def forget_plain(self) -> None:
        """Have no function run plain ticks, until there is a new one."""
        self.plain = self.plain_alone = none_yet

    def around_plain(self, kind: type[AroundPlain]) -> AroundPlain:
        """What such a function is given. It does not hold the engine, so that no circle is left behind."""
        engine = ref(self)

        def abort(exception: BaseException, tick: int) -> None:
            found = engine()
            assert found is not None
            found._abort(exception, tick)

        return kind(self.turn, self._collector, abort, self._tick_ends)

    def settle(self, told: Sequence[object]) -> bool:
        """Have the coming ticks be plain ones, unless there is something to look at, or somebody to be told of ticks;
        returns whether they are.
        """
        self.turn.settle(lambda: told or self._is_watched())
        return self.turn.between == FREE

    def watch(self) -> None:
        """Have no tick be a plain one, because it has something to look at now."""
        self.turn.watch()

    def _is_watched(self) -> bool:
        return bool(
            self._within
            or self.observer
            or self.holds_back
            or self.again
            or self._keeps
            or self.coming_strata
            or self.breaks
            or self._collector.is_needed
            or self._strata is not self.program.strata
        )

    # --- what is due -------------------------------------------------------------------------------------------------

    def hold_back(self) -> None:
        """Take nothing in from outside while too much waits to leave. Call it again when that may have changed."""
        for outlet in self.program.outlets:
            if outlet.is_congested():
                self.watch()
                self.holds_back = True
                return
        self.holds_back = False

    def has_work(self) -> bool:
        """True where the tick that is under way was asked for; between two ticks, where the next one is.

        The first tick always is; a later one is where it is scheduled.
        """
        if self._within:
            return self._was_asked_for
        return self.context.tick == 0 or self.is_scheduled()

    def is_scheduled(self) -> bool:
        """True where a further tick is due: input waits, an item was deferred, or `spin` asks for it."""
        if self.program.always_scheduled:
            return True
        for buffer in self._eager_buffers:
            if buffer.now:
                return True
        if self.again or self.holds_back:
            return self._input_waits()
        for inbox in self.program.inboxes:  # noqa: SIM110 - a loop costs a third of `any` with a generator
            if inbox.waits():
                return True
        return False

    def _input_waits(self) -> bool:
        if self.again and not self.holds_back:
            return True
        return any(inbox.waits() and not (self.holds_back and inbox.pauses) for inbox in self.program.inboxes)

    def _has_gone_back(self) -> None:
        if self.breaks is not None:
            self.breaks.forget()
            for told in self.breaks.returns:
                told(self.context.tick)

    @property
    def has_stopped(self) -> bool:
        """True where the last run has stopped at a breakpoint."""
        return self.breaks is not None and self.breaks.stopped is not None

    @property
    def is_within_tick(self) -> bool:
        """True where a tick has begun and not ended."""
        return self._within or self.turn.state == PLAIN

    # --- the parts of a tick ---------------------------------------------------------------------------------------

    def _run_to_end(self) -> None:
        __tracebackhide__ = True
        if self.breaks is not None and self.breaks.begin_run(self.context.tick, is_within=self._within):
            return
        if not self._within:
            self._begin_tick()
        while self._within:
            self._strata[self.context.stratum]()
            self._end_stratum()
            if self.breaks is not None and self.breaks.stopped is not None:
                return

    def _begin_tick(self) -> None:
        if self.coming_strata is not None:
            made, self.coming_strata = self.coming_strata, None
            self._strata = made()
        given = None if self._undoing is None else self._undoing.given
        if given is not None:
            # A tick that was undone: it happens for the reason that it had.
            self._take_in_again(given)
        else:
            self._was_asked_for = self.has_work()
            self._reason = self._why() if self.observer else ""
            self._take_in()
        if self._keeper is not None and not (given is not None and self._undoing and self._undoing.is_trial):
            self._keep_batch(self._keeper)
        self._within = True
        if self.breaks is not None:
            for told in self.breaks.begins:
                told(self.context.tick)
        if self.observer:
            self.observer.tick_begins(self.context.tick, self._reason)
        if self._snapshots is not None:
            self._snapshots.begin_tick()
        if self._undoing is not None:
            self._undoing.begin_tick()

    def _take_in(self) -> None:
        """Take in what the tick works on."""
        if self.again:
            self._take_in_again({} if self.holds_back else self.again.popleft())
            return
        for inbox in self.program.inboxes:
            if not (self.holds_back and inbox.pauses):
                inbox.ingest()

    def _taken_back(self) -> Batch:
        """What was taken in, which is taken in again later."""
        taken_in = (inbox for inbox in self.program.inboxes if isinstance(inbox, Inbox))
        return {inbox: inbox.take() for inbox in taken_in if inbox.batch}

    def _keep_batch(self, keeper: Keeper) -> None:
        """Have what was taken in kept. Where that fails, it waits again, in front of what waits anyway."""
        try:
            keeper.begin_tick()
        except BaseException:
            self.again.put_back([self._taken_back()])
            self._has_not_begun = True
            raise

    def _take_in_again(self, batch: Batch) -> None:
        """Take in what an earlier tick took in; what waits in the inboxes comes later."""
        for external in self.program.inboxes:
            if not isinstance(external, Inbox):
                external.ingest()
            elif external in batch:
                external.repeat(batch[external])

    def _end_stratum(self) -> None:
        context = self.context
        tick, stratum = context.tick, context.stratum
        if self.observer:
            self.observer.stratum_ends(tick, stratum)
        context.stratum += 1
        if context.stratum == len(self._strata):
            if self._undoing is not None and self._undoing.is_trial and self._undo(None):
                return
            self._end_tick(None)
        if self.breaks is not None:
            self.breaks.end_stratum(tick, stratum, (context.tick, context.stratum))

    def _end_tick(self, fault: Fault | None) -> None:
        for buffer in self.program.tick_buffers:
            if buffer.next:
                buffer.now.extend(buffer.next)
                buffer.next.clear()
        tick = self.context.tick
        self._within = False
        self.context.tick = tick + 1
        self.context.stratum = 0
        for told in self._tick_ends:
            told()
        if self.observer:
            self.observer.tick_ends(tick, fault)

    def _abort(self, exception: BaseException, tick: int) -> None:
        """End a tick in its middle: items on their way are dropped and counted, state stays, and the clock advances."""
        with undisturbed():
            if self._has_not_begun:
                self._has_not_begun = False
                return
            if self.context.tick != tick:
                # The tick has ended, or was aborted already: no item is lost, but the observer may not know.
                if self.observer:
                    self.observer.tick_ends(tick, None)
                return
            if self._undo(exception):
                return
            fault = Fault(
                tick=tick,
                stratum=self.context.stratum,
                message=described(exception),
                dropped=dropped(self.program, exception, self._strata, _AT_WORK, self._rests),
            )
            self.faults.note(fault)
            self._end_tick(fault)
            if self.breaks is not None:
                self.breaks.forget()

    def _undo(self, exception: BaseException | None) -> bool:
        """Undo the tick under way, which has raised an exception or was only tried out; False where it cannot be."""
        tick = self.context.tick
        if self._undoing is None or not self._undoing.undo(exception, self._strata):
            return False
        self._within = False
        if self.observer:
            self.observer.tick_undone(tick)
        for kept in (self._snapshots, self._keeper):
            if kept is not None:
                kept.undo_tick()
        if self.breaks is not None:
            self.breaks.forget()
        return True

    def _why(self) -> str:
        """Why the tick happens, in one word."""
        program = self.program
        if self.context.tick == 0:
            return "first"
        if self._input_waits() and (not self.again or self.again.give_now()):
            return "input"
        if any(buffer.now for buffer in self._eager_buffers):
            return "deferred"
        return "spin" if program.always_scheduled else "hand"


_AT_WORK = frozenset({Engine.run_tick.__code__, Engine.run_stratum.__code__})
