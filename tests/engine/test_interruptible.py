from __future__ import annotations

import _thread
import asyncio
import os
import signal
import threading
import time

import pytest

from hydroflow_nb.engine.interruptible import Interruptible, interrupt, pass_on

pytestmark = pytest.mark.skipif(os.name != "posix", reason="interrupts this process by a signal")


@pytest.fixture(autouse=True)
def ignored():
    """Interrupts are ignored, as in a notebook's kernel between cells."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_from_another_thread_ends_what_runs_inside() -> None:
    guard = Interruptible()

    def watch() -> None:
        while not guard.is_entered:
            time.sleep(0.01)
        interrupt()

    threading.Thread(target=watch).start()

    with pytest.raises(KeyboardInterrupt):
        guard.call(lambda: time.sleep(20))

    assert not guard.is_entered
    assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN


def test_outside_of_the_block_interrupts_are_treated_as_before() -> None:
    guard = Interruptible()

    assert guard.call(lambda: guard.is_entered)

    interrupt()
    assert not guard.is_entered


def test_in_another_thread_there_is_nothing_to_interrupt() -> None:
    guard, entered = Interruptible(), []

    def run() -> None:
        guard.call(lambda: entered.append(guard.is_entered))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()

    assert entered == [False]
    assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN


def test_an_interrupt_in_the_last_moment_leaves_all_as_it_was() -> None:
    guard = Interruptible()

    def interrupted() -> None:
        # Noted at once, raised where a function is entered next: behind the end of this one.
        [_] = map(_thread.interrupt_main, [signal.SIGINT])

    with pytest.raises(KeyboardInterrupt):
        guard.call(interrupted)

    assert not guard.is_entered
    assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN


def test_a_handler_that_stays_ends_blocks_and_is_between_them_what_the_one_before_it_is() -> None:
    guard = Interruptible()
    guard.stays = True
    guard.call(lambda: None)
    interrupt()

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            guard.call(lambda: [interrupt(), time.sleep(20)])
        assert not guard.is_entered
        interrupt()
    assert signal.getsignal(signal.SIGINT) != signal.SIG_IGN
    guard.leave()

    assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN


def test_a_block_within_another_one_leaves_that_to_be_interrupted() -> None:
    outer, inner = Interruptible(), Interruptible()
    outer.stays = True

    with pytest.raises(KeyboardInterrupt):
        outer.call(lambda: [inner.call(lambda: None), interrupt(), time.sleep(20)])

    assert not outer.is_entered
    outer.leave()


def test_a_handler_of_another_kind_is_put_back_behind_each_block() -> None:
    guard = Interruptible()
    guard.stays = True
    signal.signal(signal.SIGINT, print)

    guard.call(lambda: None)

    assert signal.getsignal(signal.SIGINT) is print


def test_what_other_code_has_set_meanwhile_is_left_alone() -> None:
    guard = Interruptible()
    guard.stays = True
    guard.call(lambda: None)
    signal.signal(signal.SIGINT, print)
    guard.leave()

    assert signal.getsignal(signal.SIGINT) is print


def test_in_asyncio_run_a_handler_that_stays_goes_with_the_main_task() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    seen: list[object] = []

    async def main() -> None:
        guard = Interruptible()
        guard.stays = True
        before = signal.getsignal(signal.SIGINT)
        guard.call(lambda: None)
        seen.append(signal.getsignal(signal.SIGINT) is not before)
        # Of `asyncio.run`: it cancels the main task.
        interrupt()
        await asyncio.sleep(20)

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(main())

    assert seen == [True]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_in_a_task_an_interrupt_becomes_a_cancellation_that_leaves_the_event_loop_alone() -> None:
    async def interrupted() -> None:
        pass_on(KeyboardInterrupt())

    async def go() -> bool:
        task = asyncio.ensure_future(interrupted())
        await asyncio.wait([task])
        return task.cancelled()

    assert asyncio.run(go())


def test_where_an_event_loop_handles_interrupts_it_is_told_of_one() -> None:
    told: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: told.append(number))

    with pytest.raises(asyncio.CancelledError):
        pass_on(KeyboardInterrupt())

    assert told == [signal.SIGINT]


def test_where_nobody_else_handles_interrupts_one_stays_what_it_is() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)

    with pytest.raises(KeyboardInterrupt):
        pass_on(KeyboardInterrupt())
