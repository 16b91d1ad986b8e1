"""How a process is asked to stop, and cannot refuse."""

from __future__ import annotations

import _thread
import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Final, Self

from hydroflow_nb.engine.interruptible import InterruptHandler, interrupt

# A tick may go on for so long after it was asked to stop, in seconds; then it is interrupted, again and again.
GRACE: Final = 0.4
# What does not stop then is ended without being asked.
MOST_PATIENCE: Final = 10.0

_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name))


class Stopping(InterruptHandler):
    """SIGINT, SIGTERM and SIGHUP, or a time that is over, as a request to stop: `await asked()`, then `reason`.

    What holds up the event loop, such as a tick that never ends, has a KeyboardInterrupt raised in it, after `GRACE`
    or at a second signal. `heard()` says that this is no more needed. Used in the main thread, as a context manager.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, last_line: Callable[[], str]) -> None:
        """`last_line` gives what is said of a process that is ended without being asked."""
        self.reason: str | None = None
        self._loop = loop
        self._last_line = last_line
        self._event = asyncio.Event()
        self._heard = False
        self._former: dict[signal.Signals, Any] = {}

    async def asked(self) -> None:
        """Wait until the process is asked to stop."""
        await self._event.wait()

    def after(self, seconds: float, reason: str) -> None:
        """Ask to stop when some time has passed, also where a tick does not let the event loop see it."""
        _thread.start_new_thread(self._wait, (min(seconds, threading.TIMEOUT_MAX), reason))

    def heard(self) -> None:
        """What runs has ended: nothing needs to be interrupted."""
        self._heard = True

    def __enter__(self) -> Self:
        for number in _SIGNALS:
            self._former[number] = signal.signal(number, self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exception: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._heard = True
        for number, handler in self._former.items():
            signal.signal(number, handler)

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal: ask to stop, or interrupt what does not."""
        if self.reason is None:
            # `nohup` has a signal ignored, and so do shells for what they start in the background.
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
            # Where the engine lets no Ctrl-C in, no other signal is let in either.
            signal.raise_signal(signal.SIGINT)

    def _ask(self, reason: str) -> None:
        self.reason = reason
        self._loop.call_soon_threadsafe(self._event.set)

    def _wait(self, seconds: float, reason: str) -> None:
        time.sleep(seconds)
        if self.reason is None and not self._heard:
            self._ask(reason)
            self._insist()

    def _insist(self) -> None:
        begun = time.monotonic()
        while time.monotonic() < begun + MOST_PATIENCE:
            time.sleep(GRACE)
            if self._heard:
                return
            interrupt()
        if not self._heard:
            # Past the logging, whose locks the code that does not stop may hold.
            os.write(2, self._last_line().encode())
            os._exit(1)
