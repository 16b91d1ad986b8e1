from __future__ import annotations

import gc
import os
import signal
import socket
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from hydroflow_nb.durable.forked import CAN_FORK, Forked

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="processes cannot be forked here")


def failure_of(forked: Forked) -> str:
    deadline = time.monotonic() + 60
    while (why := forked.failure()) is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return why


def waits(seconds: float = 60) -> Callable[[], None]:
    return lambda: time.sleep(seconds)


def test_it_sees_what_there_was_at_the_fork_and_writes_to_a_file_that_is_open(tmp_path: Path) -> None:
    held = {"a": 1}
    with (tmp_path / "file").open("wb") as file:

        def work() -> None:
            time.sleep(0.05)
            file.write(repr(held).encode())
            file.flush()

        forked = Forked(work, [file.fileno()])
    held["a"] = 2

    assert failure_of(forked) == ""
    assert (tmp_path / "file").read_text() == "{'a': 1}"


def test_this_process_does_not_wait_for_it() -> None:
    forked = Forked(waits())

    assert forked.failure() is None
    forked.end()
    with pytest.raises(ProcessLookupError):
        os.kill(forked.process, 0)
    forked.end()


def test_what_its_work_raises_is_told() -> None:
    def work() -> None:
        raise MemoryError("no more" + "x" * 10_000)

    assert failure_of(Forked(work)).startswith("MemoryError: no more")


def test_that_it_was_killed_is_told() -> None:
    forked = Forked(waits())
    os.kill(forked.process, signal.SIGKILL)

    assert failure_of(forked) == "its process was ended"


def test_what_it_has_done_is_known_where_another_part_of_the_program_has_waited_for_all_processes() -> None:
    forked = Forked(waits(0))
    os.waitpid(-1, 0)

    assert failure_of(forked) == ""


def test_an_interrupt_from_the_terminal_does_not_end_it_and_is_not_told_to_this_process() -> None:
    heard, tells = socket.socketpair()
    tells.setblocking(False)
    heard.setblocking(False)
    begun, begins = os.pipe()

    def work() -> None:
        os.write(begins, b"x")
        time.sleep(0.2)

    before = signal.set_wakeup_fd(tells.fileno())
    try:
        forked = Forked(work, [begins])
        os.read(begun, 1)
        os.kill(forked.process, signal.SIGINT)

        assert failure_of(forked) == ""
        with pytest.raises(BlockingIOError):
            heard.recv(1)
    finally:
        signal.set_wakeup_fd(before)
        for file in (begun, begins):
            os.close(file)
        heard.close()
        tells.close()


def test_files_and_sockets_of_this_process_are_closed_in_it() -> None:
    here, there = socket.socketpair()
    forked = Forked(waits())
    here.close()
    there.settimeout(60)

    assert there.recv(1) == b""
    assert forked.failure() is None
    forked.end()
    there.close()


def test_other_threads_are_no_reason_for_a_warning() -> None:
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        forked = Forked(waits(0))
    end.set()
    thread.join()

    assert failure_of(forked) == ""


def test_the_collector_spares_what_is_shared_until_it_has_ended() -> None:
    before = gc.get_threshold()
    first, second = Forked(waits()), Forked(waits())
    during = gc.get_threshold()
    first.end()
    still = gc.get_threshold()
    second.end()

    assert during[:2] == before[:2]
    assert during[2] > 1_000_000
    assert still == during
    assert gc.get_threshold() == before


def test_a_process_that_cannot_begin_leaves_all_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    def fork() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", fork)
    before = gc.get_threshold(), len(os.listdir("/dev/fd"))

    with pytest.raises(BlockingIOError):
        Forked(waits())

    assert (gc.get_threshold(), len(os.listdir("/dev/fd"))) == before
