"""An alarm: one task of an event loop waits for it, and any thread may ring it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from hydroflow_nb.engine.bringing import soon
from hydroflow_nb.later import asyncio

# Behind so many answers at once, an alarm waits for a turn of the loop, and sees whether it is rung again.
_UNTIL_TRIAL: Final = 16


class Alarm:
    """Wakes the task that waits for it; made in the event loop where that task runs.

    Clear it before you look at what it tells of: what comes after that rings it again.

    While the task waits, `answer` is asked first, where there is one: a function that does in the event loop what is to
    be done, and returns True where the task need not wake up. It is asked when the callback that brings something in
    has ended; where several of them ring in one turn of the loop, in the next turn, once for all. Whether they do is
    seen each time that it is asked so, and tried now and then.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._is_rung = False
        # What the task waits for. A future of its own costs half of what an `asyncio.Event` does.
        self._waiter: asyncio.Future[None] | None = None
        # Whether another thread has told the event loop.
        self._is_told = False
        self.answer: Callable[[], bool] | None = None
        # Whether it is asked once for all that rings in one turn.
        self._gathers = False
        self._rings = 0
        self._asked_at_once = 0
        # Set from when the answer is asked for until it is given.
        self._is_asked = False

    def ring(self) -> None:
        """Wake the task, from any thread; without effect where its event loop has ended."""
        # A loop that is closed raises RuntimeError: no task waits there any more.
        if threading.get_ident() == self._thread:
            if self._is_asked:
                self._rings += 1
                return
            # It rings for each message: a call or `suppress` would cost as much as all the rest.
            try:
                if self.answer is None or self._waiter is None:
                    self._wake()
                    return
                self._is_asked = True
                self._rings = 1
                if self._gathers:
                    self._loop.call_soon(self._ask)
                else:
                    soon(self._loop, self._ask)
            except RuntimeError:
                pass
            return
        # A task needs to be told only once, and to tell another thread's loop is expensive.
        if self._is_told:
            return
        self._is_told = True
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._ask)

    def _ask(self) -> None:
        """Ask for the answer, in the event loop; wake the task where there is none."""
        is_answered = False
        try:
            if self.answer is not None and self._waiter is not None and not self._waiter.done():
                # What rings while it is looked for is seen by it.
                self._is_asked = True
                self._is_told = False
                if self._gathers:
                    self._gathers = self._rings > 1
                else:
                    self._asked_at_once += 1
                    if self._asked_at_once == _UNTIL_TRIAL:
                        self._asked_at_once = 0
                        self._gathers = True
                is_answered = self.answer()
        finally:
            self._is_asked = False
            if not is_answered:
                self._wake()

    def wake(self) -> None:
        """Wake the task without asking for an answer, from any thread; another one asks in the event loop."""
        if threading.get_ident() == self._thread:
            with suppress(RuntimeError):
                self._wake()
        else:
            self.ring()

    def _wake(self) -> None:
        self._is_rung = True
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def clear(self) -> None:
        """Forget that it was rung."""
        self._is_told = self._is_rung = False

    async def wait(self) -> None:
        """Wait until it is rung; return at once if it was."""
        if not self._is_rung:
            waiter = self._waiter = self._loop.create_future()
            await waiter
