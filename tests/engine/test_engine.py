from __future__ import annotations

import _thread
import asyncio
import signal
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from hydroflow_nb.engine.channel import channel
from hydroflow_nb.engine.context import Context
from hydroflow_nb.engine.engine import Engine
from hydroflow_nb.engine.faults import MOST_FAULTS, Fault
from hydroflow_nb.engine.futures import settle
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.notes import described
from hydroflow_nb.engine.outlet import Outlet
from hydroflow_nb.engine.program import Awaited, Program, TickBuffer


class Written:
    """A program by hand: an inbox, a handoff from stratum 0 to 1, a deferred buffer, and what came out."""

    def __init__(self, *, lazy: bool = False, fail_at: Any = None) -> None:
        self.channel = channel()
        self.inbox = Inbox(self.channel)
        self.handoff: list[Any] = []
        self.deferred = TickBuffer(now=[], next=[], lazy=lazy)
        self.fail_at = fail_at
        self.out: list[tuple[int, int, Any]] = []
        self.context = Context()
        self.engine = Engine(
            Program(
                strata=(self.first, self.second),
                handoffs=(self.handoff,),
                tick_buffers=(self.deferred,),
                inboxes=(self.inbox,),
            ),
            self.context,
        )

    def first(self) -> None:
        for item in [*self.deferred.now, *self.inbox.take()]:
            if item == self.fail_at:
                raise ValueError(item)
            self.handoff.append(item)
        self.deferred.now.clear()

    def second(self) -> None:
        for item in self.handoff:
            self.out.append((self.context.tick, self.context.stratum, item))
            if item > 1:
                self.deferred.next.append(item - 1)
        self.handoff.clear()


def test_the_engine_runs_a_program_that_was_written_by_hand() -> None:
    written = Written()
    written.channel.extend([1, 3])

    written.engine.run_tick()
    written.engine.run_tick()

    assert written.out == [(0, 1, 1), (0, 1, 3), (1, 1, 2)]
    assert written.context.tick == 2


def test_a_tick_that_is_asked_for_happens_without_anything_to_do() -> None:
    written = Written()

    written.engine.run_tick()
    written.engine.run_tick()

    assert written.context.tick == 2
    assert written.out == []


@pytest.mark.parametrize("lazy", [False, True])
def test_what_was_deferred_asks_for_a_tick_unless_it_is_lazy(lazy: bool) -> None:
    written = Written(lazy=lazy)
    written.channel.send(2)
    assert written.engine.is_scheduled()

    written.engine.run_tick()

    assert written.engine.is_scheduled() is not lazy


def test_a_tick_can_be_run_stratum_by_stratum() -> None:
    written = Written()
    written.channel.send(1)

    written.engine.run_stratum()
    halfway = (
        written.engine.is_within_tick,
        written.context.stratum,
        written.context.tick,
        written.out.copy(),
    )
    written.engine.run_stratum()

    assert halfway == (True, 1, 0, [])
    assert (written.engine.is_within_tick, written.context.stratum, written.context.tick) == (False, 0, 1)
    assert written.out == [(0, 1, 1)]


def test_a_tick_that_was_begun_by_stratum_is_ended_by_running_it() -> None:
    written = Written()
    written.channel.send(1)
    written.engine.run_stratum()
    written.channel.send(5)

    written.engine.run_tick()

    assert written.out == [(0, 1, 1)]
    assert written.context.tick == 1
    assert written.engine.is_scheduled()


def test_what_is_sent_while_a_tick_runs_waits_for_the_next() -> None:
    written = Written()
    written.out = Forwarding(written)
    written.channel.send(1)

    written.engine.run_tick()
    first = list(written.out)
    written.engine.run_tick()

    assert first == [(0, 1, 1)]
    assert list(written.out) == [(0, 1, 1), (1, 1, 0)]


class Forwarding(list[Any]):
    """What comes out goes in again."""

    def __init__(self, written: Written) -> None:
        self.written = written

    def append(self, item: Any) -> None:
        super().append(item)
        if item[2]:
            self.written.channel.send(item[2] - 1)


def test_an_exception_aborts_its_tick_and_no_other() -> None:
    written = Written(fail_at=7)
    written.channel.extend([1, 7, 2])

    with pytest.raises(ValueError, match="7"):
        written.engine.run_tick()
    written.channel.send(5)
    written.engine.run_tick()

    assert written.out == [(1, 1, 5)]
    assert [(fault.tick, fault.stratum, fault.message) for fault in written.engine.faults] == [(0, 0, "ValueError: 7")]
    assert written.context.tick == 2


def test_what_had_been_deferred_when_a_tick_was_aborted_comes_in_the_next() -> None:
    written = Written()
    strata = written.engine.program.strata
    engine = Engine(
        Program(strata=(*strata, failing), tick_buffers=(written.deferred,), inboxes=(written.inbox,)), written.context
    )
    written.channel.send(2)

    with pytest.raises(ZeroDivisionError):
        engine.run_tick()

    assert written.deferred.now == [1]
    assert engine.is_scheduled()


def failing() -> None:
    _ = 1 / 0


def test_dropped_items_are_counted_wherever_they_were() -> None:
    inbox, later = Inbox(channel(range(10))), Inbox(channel([1, 2]))
    emptied: list[int] = [1, 2, 3, 4]
    waiting: list[int] = [5, 6]
    deferred = TickBuffer(now=[7], next=[8], lazy=False)

    def stratum() -> None:
        rest = iter(inbox.take())
        for item in rest:
            if item == 6:
                break
        done = iter([1, 2, 3])
        for _ in done:
            pass
        left = iter(emptied)
        for item in left:
            if item == 2:
                raise ValueError

    program = Program(strata=(stratum,), handoffs=(emptied, waiting), tick_buffers=(deferred,), inboxes=(inbox, later))
    engine = Engine(program, Context())

    with pytest.raises(ValueError):  # noqa: PT011 - there is no other
        engine.run_tick()

    # 6 to 9 of the first inbox, two of the second, 2 to 4 of the handoff being emptied, two of the other, one deferred.
    assert engine.faults[0].dropped == 4 + 2 + 3 + 2 + 1
    assert (emptied, waiting, deferred.now, deferred.next) == ([], [], [8], [])


def test_observers_are_told_of_ticks_and_strata_and_why() -> None:
    written = Written(fail_at=7)
    told: list[Any] = []

    class Observer:
        def tick_begins(self, tick: int, why: str) -> None:
            told.append((tick, why))

        def stratum_ends(self, tick: int, stratum: int) -> None:
            told.append((tick, stratum))

        def tick_ends(self, tick: int, fault: Fault | None) -> None:
            told.append((tick, "end", fault and fault.message))

    written.engine.observer = Observer()
    written.engine.run_tick()
    written.channel.send(2)
    written.engine.run_tick()
    written.engine.run_tick()
    written.engine.run_tick()
    written.channel.send(7)
    with pytest.raises(ValueError, match="7"):
        written.engine.run_tick()

    assert told == [
        *[(0, "first"), (0, 0), (0, 1), (0, "end", None)],
        *[(1, "input"), (1, 0), (1, 1), (1, "end", None)],
        *[(2, "deferred"), (2, 0), (2, 1), (2, "end", None)],
        *[(3, "hand"), (3, 0), (3, 1), (3, "end", None)],
        *[(4, "input"), (4, "end", "ValueError: 7")],
    ]


def test_other_strata_are_installed_when_the_next_tick_begins() -> None:
    written = Written()
    ran: list[str] = []
    written.engine.run_stratum()

    written.engine.coming_strata = lambda: (lambda: ran.append("other"),)
    written.engine.run_stratum()
    before = ran.copy()
    written.engine.run_tick()

    assert before == []
    assert ran == ["other"]


def test_an_interrupt_ends_a_tick_that_does_not_end(interrupted: Callable[..., Any]) -> None:
    written = Written()

    def endless() -> None:
        while True:
            written.out.append((0, 0, 0))
            del written.out[:]

    engine = Engine(Program(strata=(endless,)), Context())
    begin = time.monotonic()

    with interrupted(engine, 0.05):
        engine.run_tick()

    assert time.monotonic() - begin < 60  # a busy machine; what is wanted is 0.15
    assert engine.faults[0].message == "interrupted"
    assert engine.context.tick == 1


@pytest.mark.parametrize("run", [Engine.run_tick, Engine.run_stratum])
def test_an_interrupt_before_the_first_one_had_its_way_leaves_no_tick_under_way(run: Callable[[Engine], None]) -> None:
    def interrupted() -> None:
        # Noted at once, raised where a function is entered next: that is the one which aborts the tick.
        [_] = map(_thread.interrupt_main, [signal.SIGINT])
        raise KeyboardInterrupt

    engine = Engine(Program(strata=[interrupted]), Context())

    with pytest.raises(KeyboardInterrupt):
        run(engine)

    assert not engine.is_within_tick
    assert [fault.tick for fault in engine.faults] == [0]


def test_an_interrupt_as_a_tick_has_ended_aborts_no_further_one() -> None:
    class Interrupted(Outlet):
        def put(self, item: Any) -> None:
            raise NotImplementedError

        def end_tick(self) -> None:
            raise KeyboardInterrupt

    buffer = TickBuffer(now=[], next=["later"], lazy=False)
    engine = Engine(Program(strata=[lambda: None], outlets=[Interrupted()], tick_buffers=[buffer]), Context())

    with pytest.raises(KeyboardInterrupt):
        engine.run_tick()

    assert (engine.context.tick, engine.faults, engine.is_within_tick) == (1, [], False)
    assert buffer.now == ["later"]


def test_an_exception_is_described_in_one_line_whatever_its_text_does() -> None:
    class Rude(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert described(ValueError("x")) == "ValueError: x"
    assert described(ValueError()) == "ValueError"
    assert described(Rude()) == "Rude"
    assert len(described(ValueError("x" * 10_000))) < 600


# --- what a stratum awaits ----------------------------------------------------------------------------------------


class Awaiting:
    """A program by hand whose second stratum has awaitables in its handoff."""

    def __init__(self) -> None:
        self.handoff: list[Any] = []
        self.out: list[Any] = []
        awaited = {1: [Awaited(handoff=self.handoff, settle=partial(settle, in_order=True))]}
        self.engine = Engine(
            Program(strata=(self.first, self.second), handoffs=[self.handoff], awaited=awaited), Context()
        )

    def first(self) -> None:
        self.handoff.extend([asyncio.sleep(0.01, 1), asyncio.sleep(0, 2)])

    def second(self) -> None:
        self.out.extend(future.result() for future in self.handoff)
        self.handoff.clear()


def test_what_a_stratum_awaits_is_done_before_it_runs() -> None:
    awaiting = Awaiting()

    asyncio.run(awaiting.engine.run_tick_async())

    assert awaiting.out == [1, 2]
    assert awaiting.engine.context.tick == 1


def test_a_tick_that_is_cancelled_while_it_waits_can_be_gone_on_with() -> None:
    awaiting = Awaiting()

    async def main() -> tuple[int, list[Fault]]:
        running = asyncio.ensure_future(awaiting.engine.run_tick_async())
        await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        found = (awaiting.engine.context.stratum, awaiting.engine.faults.copy())
        await awaiting.engine.run_tick_async()
        return found

    assert asyncio.run(main()) == (1, [])
    assert awaiting.out == [1, 2]


def test_a_closed_engine_goes_on_with_no_tick_that_waited() -> None:
    awaiting = Awaiting()

    async def main() -> None:
        running = asyncio.ensure_future(awaiting.engine.run_tick_async())
        await asyncio.sleep(0)
        awaiting.engine.close()
        await running

    asyncio.run(main())

    assert awaiting.out == []
    assert awaiting.engine.context.stratum == 1


def test_the_newest_faults_are_kept_and_those_before_them_counted() -> None:
    def fails() -> None:
        raise LookupError

    engine = Engine(Program(strata=[fails]), Context())
    for _ in range(MOST_FAULTS + 5):
        with pytest.raises(LookupError):
            engine.run_tick()

    assert [fault.tick for fault in engine.faults] == list(range(5, MOST_FAULTS + 5))
    assert (engine.faults.dropped, engine.faults.total) == (5, MOST_FAULTS + 5)
