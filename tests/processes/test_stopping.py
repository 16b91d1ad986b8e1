"""How a process hears that it is to stop."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading

import pytest

from hydroflow_nb.processes.stopping import Stopping

PATIENCE = 60.0


@pytest.fixture
def loop():
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows gives no signal to a thread")
def test_a_signal_that_does_not_end_the_wait_of_the_event_loop_is_heard(loop):
    woken_by_time = []
    # As one that comes just before the loop begins to wait: the system call of the main thread goes on.
    other = threading.Thread(target=threading.Event().wait, args=(PATIENCE,), daemon=True)
    other.start()
    with Stopping(loop, lambda: "") as stopping:
        loop.call_later(0.05, lambda: threading.Thread(target=signal_in, args=(other,)).start())
        loop.call_later(PATIENCE, woken_by_time.append, True)
        loop.run_until_complete(stopping.asked())
        stopping.heard()

    assert stopping.reason == "SIGTERM"
    assert not woken_by_time


def signal_in(thread: threading.Thread) -> None:
    """Send SIGTERM to one thread, which is not the one that handles signals, while the loop waits."""
    threading.Event().wait(0.2)
    signal.pthread_kill(thread.ident, signal.SIGTERM)


@pytest.mark.skipif(sys.platform == "win32", reason="the loop of Windows has a wakeup of its own")
def test_nothing_is_left_behind_it(loop):
    former = signal.getsignal(signal.SIGTERM)
    with Stopping(loop, lambda: "") as stopping:
        stopping.heard()

    assert signal.getsignal(signal.SIGTERM) is former
    assert signal.set_wakeup_fd(-1) == -1
