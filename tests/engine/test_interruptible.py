from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from hydroflow_nb.engine.interruptible import Interruptible, interrupt

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

    with pytest.raises(KeyboardInterrupt), guard:
        time.sleep(20)

    assert not guard.is_entered
    assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN


def test_outside_of_the_block_interrupts_are_treated_as_before() -> None:
    guard = Interruptible()

    with guard:
        assert guard.is_entered

    interrupt()
    assert not guard.is_entered


def test_in_another_thread_there_is_nothing_to_interrupt() -> None:
    guard, entered = Interruptible(), []

    def run() -> None:
        with guard:
            entered.append(guard.is_entered)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()

    assert entered == [False]
    assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
