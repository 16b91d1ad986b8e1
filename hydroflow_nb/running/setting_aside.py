"""Runs the ticks of a flow, and sets aside the items with which they fail.

A tick that fails is undone. The item at fault is the one that the code was at work on, as its loop tells, where the
operator that failed had nothing else to work on. Elsewhere, as behind a join, it is found by halving: the first one, in
the order in which the tick takes its items in, with which the batch up to it fails, though it does not without it. The
rest of the batch runs again as one tick, so that what comes out is what would have come out if the item had never come.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, Final, TypeAlias, TypeVar

from hydroflow_nb.codegen.live import Stopped, loops_around
from hydroflow_nb.diagnostics import error
from hydroflow_nb.engine.engine import Engine
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.notes import annotate, described, is_kind, notes_of
from hydroflow_nb.engine.set_aside import ItemSetAside
from hydroflow_nb.engine.shown import shown_shorter
from hydroflow_nb.engine.snapshots import Batch
from hydroflow_nb.engine.undoing import Undoing, Undone
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.portable import Portable
from hydroflow_nb.running.drivable import Drivable

_LIST_ITERATOR: Final[type] = type(iter([]))

# Of what is told of an item so many characters are kept: an exception may have said anything, and notes of the user's.
_LONGEST: Final = 600
_MEND: Final = (
    "the tick was undone, and what came in waits: mend the function, and start the flow again; where its text changes "
    "with that, `flow.migrate(old, function)` takes over what the folder holds"
)

_Result = TypeVar("_Result")
# Where it yields, the engine runs a tick, or what is left of one; it is sent what that has raised.
_Steps: TypeAlias = "Generator[None, BaseException | None, _Result]"


class _Ended(Portable):
    """The run ends with an exception, by which a tick was aborted, or which leaves the flow before its tick."""

    def __init__(self, exception: BaseException, *, aborted: bool, problem: str = "") -> None:
        super().__init__()
        self.exception = exception
        self.aborted = aborted
        # Why the tick was not undone, where that is for a reason of its own.
        self.problem = problem


class _Intake:
    """What a tick took in: lists of items in the order of the inputs, each with the inboxes that it came by. These are
    several where they read the same source: an item that goes, goes from all of them.
    """

    def __init__(self, batch: Batch) -> None:
        groups: dict[tuple[int, ...], list[Inbox]] = {}
        for inbox in batch:
            groups.setdefault((*map(id, inbox.source), len(batch[inbox])), []).append(inbox)
        self._groups = [(inboxes, batch[inboxes[0]].copy()) for inboxes in groups.values()]

    def __len__(self) -> int:
        return sum(len(items) for _, items in self._groups)

    def first(self, count: int) -> Batch:
        """The first items, as a batch."""
        batch: Batch = {}
        for inboxes, items in self._groups:
            some = items[:count]
            count -= len(some)
            if some:
                batch.update(dict.fromkeys(inboxes, some))
        return batch

    def all(self) -> Batch:
        """All of them."""
        return self.first(len(self))

    def place(self, inbox: Inbox, index: int) -> int | None:
        """Where an item stands among all of them, by its place among those of an inbox."""
        before = 0
        for inboxes, items in self._groups:
            if inbox in inboxes:
                return before + index if 0 <= index < len(items) else None
            before += len(items)
        return None

    def at(self, place: int) -> tuple[list[Inbox], list[Any], int]:
        """The inboxes of the item at a place, the list that it stands in, and its place there."""
        for inboxes, items in self._groups:
            if place < len(items):
                return inboxes, items, place
            place -= len(items)
        raise IndexError(place)


class SettingAside:
    """Runs ticks of a flow; those that fail run again, without the items at fault."""

    def __init__(self, flow: Drivable) -> None:
        self._flow = flow

    def tick(self, engine: Engine) -> None:
        """Run a tick. Raises what ends it where no item is at fault: an interrupt, or a tick that fails without any
        input.
        """
        __tracebackhide__ = True
        steps = self._steps(engine)
        raised: BaseException | None = None
        ended: _Ended | None = None
        try:
            while _next(steps, raised):
                raised = _raised(engine)
        except _Ended as found:
            ended = found
        self._end_tick(ended)

    async def tick_async(self, engine: Engine) -> None:
        """The same in an event loop, where a tick may wait for what an operator awaits."""
        __tracebackhide__ = True
        steps = self._steps(engine)
        raised: BaseException | None = None
        ended: _Ended | None = None
        try:
            while _next(steps, raised):
                raised = await _raised_async(engine)
        except _Ended as found:
            ended = found
        self._end_tick(ended)

    def _end_tick(self, ended: _Ended | None) -> None:
        __tracebackhide__ = True
        if ended is None:
            self._flow.changed()
        elif ended.aborted:
            try:
                self._flow.abort(ended.exception)
            except BaseException as exception:
                if ended.problem:
                    annotate(exception, f"hydroflow: the tick could not be undone: {ended.problem}", anew=False)
                raise
        else:
            raise ended.exception

    def end(self, engine: Engine) -> None:
        """The flow does not run so any more. A tick that waits for something may still be undone."""
        if not engine.is_within_tick:
            engine.undoing = None

    def _steps(self, engine: Engine) -> _Steps[None]:
        undoing = engine.undoing
        if undoing is None:
            undoing = engine.undoing = self._flow.undoing()
        undoing.is_on, undoing.undone, undoing.problem = True, None, ""
        try:
            if not (yield from self._runs(undoing)):
                yield from self._without(_Intake(undoing.batch), engine, undoing)
        finally:
            undoing.is_on, undoing.is_trial, undoing.given, undoing.undone = False, False, None, None

    def _runs(self, undoing: Undoing) -> _Steps[bool]:
        """Run a tick. False where it was undone; raises what aborts it."""
        raised = yield
        if raised is not None and undoing.undone is None:
            raise _Ended(raised, aborted=True, problem=undoing.problem)
        return raised is None

    def _without(self, came: _Intake, engine: Engine, undoing: Undoing) -> _Steps[None]:
        """Run a tick that was undone again, without the items at fault."""
        known = 0
        while True:
            assert undoing.undone is not None
            at, undone = self._at_work(undoing.undone, undoing, came), undoing.undone
            try:
                if at is None:
                    at, undone = yield from self._first_at_fault(came, known, undone, engine, undoing)
                    known = at
                inboxes, items, index = came.at(at)
                self._flow.set_aside.note(self._told(inboxes, items[index], undone, engine))
            except BaseException:
                # The tick does not run now: what it has taken in waits for the next one.
                if engine.is_within_tick:
                    engine.undo_tick()
                engine.again.put_back([came.all()])
                raise
            del items[index]
            known = min(known, at)
            undoing.given, undoing.is_trial, undoing.undone = came.all(), False, None
            if (yield from self._runs(undoing)):
                return

    def _at_work(self, undone: Undone, undoing: Undoing, came: _Intake) -> int | None:
        """The place of the item that the code was at work on; None where it was not at work on what had come of one."""
        if undone.exception is None or not self._flow.failed_alone(undone.exception):
            return None
        for frame, at in undone.frames:
            for iterator in loops_around(Stopped(frame, at)):
                if type(iterator) is not _LIST_ITERATOR:
                    continue
                # An iterator at its end has neither a list nor an index.
                state: Any = iterator.__reduce__()
                inbox, items = undoing.lists.get(id(state[1][0]), (None, None)) if len(state) == 3 else (None, None)
                if inbox is not None and items is state[1][0]:
                    return came.place(inbox, state[2] - 1)
        return None

    def _first_at_fault(
        self, came: _Intake, known: int, undone: Undone, engine: Engine, undoing: Undoing
    ) -> _Steps[tuple[int, Undone]]:
        """The place of the first item with which the batch up to it fails, and how. So many items are known to run."""
        if not known:
            alone = (yield from self._try({}, engine, undoing)) if len(came) else undone
            if alone is not None:
                raise _Ended(self._cannot(alone, engine), aborted=False)
        low, high = known, len(came)
        while high - low > 1:
            middle = (low + high) // 2
            failed = yield from self._try(came.first(middle), engine, undoing)
            if failed is None:
                low = middle
            else:
                high, undone = middle, failed
        return low, undone

    def _try(self, batch: Batch, engine: Engine, undoing: Undoing) -> _Steps[Undone | None]:
        """How the tick ends with these items, None where it ends well; it is undone in any case."""
        undoing.given, undoing.is_trial = batch, True
        while True:
            raised = yield
            if raised is not None:
                if undoing.undone is None or not is_kind(raised, Exception):
                    raise _Ended(raised, aborted=False)
                return undoing.undone
            if not engine.is_within_tick:
                return None
            # A breakpoint does not stop a try.
            assert engine.breaks is not None
            engine.breaks.forget()

    def _cannot(self, undone: Undone, engine: Engine) -> BaseException:
        """What ends the run where a tick fails without any input."""
        assert undone.exception is not None
        tick, place = engine.context.tick, self._flow.raised_at(undone.exception)
        explained = self._flow.explained(undone.exception, tick=tick, stratum=undone.stratum)
        if engine.is_kept:
            message = f"tick {tick} fails without any input: {described(undone.exception)}"
            found = HydroflowError([error("HF709", message, place, hint=_MEND)])
            found.__cause__ = explained
            return found
        annotate(
            explained,
            "hydroflow: the tick fails without any input, so there is no item to set aside; it was undone, and what "
            "came in waits",
            anew=False,
        )
        return explained

    def _told(self, inboxes: Sequence[Inbox], item: Any, undone: Undone, engine: Engine) -> ItemSetAside:
        assert undone.exception is not None
        tick = engine.context.tick
        explained = self._flow.explained(undone.exception, tick=tick, stratum=undone.stratum)
        found = explained.diagnostics[0] if isinstance(explained, HydroflowError) and explained.diagnostics else None
        notes = [one.removeprefix("hydroflow: ") for one in notes_of(explained)]
        raised = f"{found.code}: {found.message}" if found is not None else described(explained)
        where = found.span.place if found is not None else "; ".join(notes)
        return ItemSetAside(
            tick=tick,
            input=next((name for name, inbox in self._flow.inboxes.items() if inbox in inboxes), ""),
            item=item,
            sender=inboxes[0].sender(item),
            error=shown_shorter(raised, _LONGEST, len(raised)),
            where=shown_shorter(where, _LONGEST, len(where)),
        )


def _next(steps: _Steps[None], raised: BaseException | None) -> bool:
    """Go on to the next step, with what the last one has raised. False where there is none."""
    try:
        steps.send(raised)
    except StopIteration:
        return False
    return True


def _raised(engine: Engine) -> BaseException | None:
    """Run a tick, or what is left of one; what it raised."""
    try:
        engine.run_tick()
    except BaseException as exception:  # the steps know what to do with it
        return exception
    return None


async def _raised_async(engine: Engine) -> BaseException | None:
    try:
        await engine.run_tick_async()
    except BaseException as exception:  # the steps know what to do with it
        return exception
    return None
