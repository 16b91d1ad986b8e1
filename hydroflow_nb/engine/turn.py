"""Whose turn it is: one tick of a flow at a time, whichever thread runs it.

A thread takes the turn by one statement, `taken, turn.taken = turn.taken, True`, which reads and writes at once:
between the two the interpreter neither changes threads nor handles a signal. That costs a tick less than a lock, and
no interrupt can leave it locked: it is given back by a plain assignment as well.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Collection
from types import CodeType, FrameType
from typing import Final, NoReturn, TypeVar

from hydroflow_nb.later import asyncio

# How long a thread waits for its turn, in seconds. It has an end, because the other thread may wait for this one.
PATIENCE: Final = 5.0
_PAUSE: Final = 0.0005
_LONGEST_PAUSE: Final = 0.01

_Result = TypeVar("_Result")


class Turn:
    """The turn of one engine, whose methods that take it have the code `at_work`.

    `taken` is True while a thread is at work, and for ever once the engine is closed.
    """

    def __init__(self, at_work: Collection[CodeType]) -> None:
        self._at_work = at_work
        self.taken = False
        self.is_over = False
        # The threads whose event loops have a task that is within a tick.
        self._loops: list[int] = []

    def is_elsewhere(self) -> bool:
        """True while a task in another thread is within a tick, where it may wait for something."""
        # Where two have come at once, it is the turn of the first one.
        return bool(self._loops) and self._loops[0] != threading.get_ident()

    def is_at_work(self, callers: int = 1) -> bool:
        """True where the caller, or the one so many calls before, was called by a tick of this engine."""
        frame: FrameType | None = sys._getframe(callers)
        while frame is not None:
            if frame.f_code in self._at_work and frame.f_locals["self"].turn is self:
                return True
            frame = frame.f_back
        return False

    def wait(self) -> None:
        """Wait until another thread has ended its tick; an interrupt ends the waiting.

        Raises RuntimeError where this thread is at work itself, where the waiting takes longer than `PATIENCE`, and
        where the engine was closed meanwhile.
        """
        # What is called by a tick is the caller of the one that asks for the turn.
        if self.is_at_work(3):
            raise RuntimeError(
                "a tick of this flow called the function that asks for another tick: send items into the flow's "
                "inputs instead, and a later tick takes them in"
            )
        deadline = time.monotonic() + PATIENCE
        pause = _PAUSE
        while True:
            if self.is_over:
                self._refuse_closed()
            if not (self.taken or self.is_elsewhere()):
                return
            if time.monotonic() > deadline:
                raise RuntimeError(
                    f"another thread has been within a tick of this flow for more than {PATIENCE:g} s: one tick "
                    "runs at a time. Send items into the flow's inputs, so that the other thread takes them in, or "
                    "run the flow in one thread"
                )
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def comes(self) -> None:
        """Wait in a task until no other thread is within a tick, however long it takes: other tasks go on."""
        while (self.taken and not self.is_over and not self.is_at_work()) or self.is_elsewhere():
            await asyncio.sleep(_LONGEST_PAUSE)

    def begin_in_loop(self) -> None:
        """Called when a task of this thread's event loop starts a tick, or goes on with one."""
        self._loops.append(threading.get_ident())

    def end_in_loop(self) -> None:
        """Called when the task has ended the tick, or left it."""
        self._loops.remove(threading.get_ident())

    def alone(self, do: Callable[[], _Result]) -> _Result:
        """What a function returns while no other thread runs a tick. Raises RuntimeError as `wait` does."""
        __tracebackhide__ = True
        if self.is_over or self.is_at_work():
            return do()
        taken, self.taken = self.taken, True
        while taken:
            self.wait()
            taken, self.taken = self.taken, True
        try:
            return do()
        finally:
            self.taken = self.is_over

    def end(self) -> None:
        """End the turn for ever: no tick runs any more."""
        self.is_over = self.taken = True

    @staticmethod
    def _refuse_closed() -> NoReturn:
        raise RuntimeError("the flow was closed or reset by another thread, just before this thread ran it")
