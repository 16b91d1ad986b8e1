"""How a process is asked to stop, and how it is ended if it does not stop."""

from __future__ import annotations

import _thread
import asyncio
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import FrameType, TracebackType
from typing import Any, Final, Self

from hydroflow_nb.engine.interruptible import InterruptHandler, interrupt

# A tick may go on for so many seconds after the request to stop. Then it is interrupted, again and again.
GRACE: Final = 0.4
# After so many seconds of interrupts the process is ended.
MOST_PATIENCE: Final = 10.0

_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name))


class _Wakeup:
    """Wakes an event loop at each signal, so that Python gets to call the signal's handler.

    A signal that comes between the last look of the interpreter and the system call in which the loop waits would be
    handled only when something else wakes the loop, and in an idle process nothing does
    (https://docs.python.org/3/library/signal.html#signal.set_wakeup_fd).
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._ends: tuple[socket.socket, ...] = ()
        before = signal.set_wakeup_fd(-1)
        if before != -1:
            # The loop of Windows does so itself.
            signal.set_wakeup_fd(before)
            return
        self._ends = heard, told = socket.socketpair()
        for end in self._ends:
            end.setblocking(False)
        loop.add_reader(heard, self._empty, heard)
        signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)

    def close(self) -> None:
        """Wake it no longer."""
        if not self._ends:
            return
        signal.set_wakeup_fd(-1)
        if not self._loop.is_closed():
            self._loop.remove_reader(self._ends[0])
        for end in self._ends:
            end.close()

    def _empty(self, heard: socket.socket) -> None:
        with suppress(BlockingIOError):
            while heard.recv(64):
                pass


class Stopping(InterruptHandler):
    """Makes SIGINT, SIGTERM and SIGHUP, or the end of a time limit, a request to stop: `await asked()`, then `reason`.

    In code that blocks the event loop, such as a tick that never ends, a KeyboardInterrupt is raised after `GRACE` or
    at a second signal. Call `heard()` when that is no longer needed. Use it in the main thread, as a context manager.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, last_line: Callable[[], str]) -> None:
        """`last_line` gives the last line of the log, for a process that has to be ended."""
        self.reason: str | None = None
        self._loop = loop
        self._last_line = last_line
        self._event = asyncio.Event()
        self._heard = False
        self._former: dict[signal.Signals, Any] = {}
        self._wakeup: _Wakeup | None = None

    async def asked(self) -> None:
        """Wait until the process is asked to stop."""
        await self._event.wait()

    def after(self, seconds: float, reason: str) -> None:
        """Ask to stop after some time, even if a tick blocks the event loop."""
        self.when(partial(time.sleep, min(seconds, threading.TIMEOUT_MAX)), reason)

    def when(self, wait: Callable[[], None], reason: str) -> None:
        """Ask to stop when a function returns, which waits in a thread of its own."""
        _thread.start_new_thread(self._wait, (wait, reason))

    def heard(self) -> None:
        """The code that was asked to stop has ended: interrupt nothing from now on."""
        self._heard = True

    def __enter__(self) -> Self:
        self._wakeup = _Wakeup(self._loop)
        for number in _SIGNALS:
            self._former[number] = signal.signal(number, self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exception: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._heard = True
        for number, handler in self._former.items():
            signal.signal(number, handler)
        if self._wakeup is not None:
            self._wakeup.close()

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal: ask to stop, or interrupt code that does not stop."""
        if self.reason is None:
            # `nohup` makes its command ignore a signal, and so do shells for commands in the background.
            if self._former.get(signal.Signals(number)) is signal.SIG_IGN:
                return
            self._ask(signal.Signals(number).name)
            # Not `threading.Thread`, whose locks the interrupted code may hold.
            _thread.start_new_thread(self._insist, ())
        elif self._heard:
            return
        elif number == signal.SIGINT:
            raise KeyboardInterrupt
        else:
            # While the engine holds back Ctrl-C, it holds back this signal as well.
            signal.raise_signal(signal.SIGINT)

    def _ask(self, reason: str) -> None:
        self.reason = reason
        self._loop.call_soon_threadsafe(self._event.set)

    def _wait(self, wait: Callable[[], None], reason: str) -> None:
        wait()
        if self.reason is None and not self._heard:
            self._ask(reason)
            self._insist()

    def _insist(self) -> None:
        start = time.monotonic()
        while time.monotonic() < start + MOST_PATIENCE:
            time.sleep(GRACE)
            if self._heard:
                return
            interrupt()
        if not self._heard:
            # Not through the log: the code that does not stop may hold its locks.
            os.write(2, self._last_line().encode())
            os._exit(1)
