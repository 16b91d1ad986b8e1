"""Whose turn it is: one tick of a flow at a time, whichever thread runs it.

A thread takes the turn by a test of its state and an assignment to it: between the two the interpreter neither changes
threads nor handles a signal, which it does where something is called and where a loop goes back. That costs a tick less
than a lock, and no interrupt can leave it locked: it is given back by a plain assignment as well.
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

# The states of a turn. It is free, and the next tick may be a plain one; or that has more to look at; a plain tick is
# at work, or something else; or the engine is closed.
FREE: Final = 0
WATCHED: Final = 1
PLAIN: Final = 2
TAKEN: Final = 3
OVER: Final = 4

_Result = TypeVar("_Result")


class Turn:
    """The turn of one engine, whose methods that take it have the code `at_work`.

    `state` is what it is now, `between` what it is given back as. `plain` is what functions that run plain ticks call
    the turn, by their code.
    """

    __slots__ = ("_at_work", "_loops", "between", "plain", "state")

    def __init__(self, at_work: Collection[CodeType]) -> None:
        self._at_work = at_work
        self.state = self.between = WATCHED
        self.plain: dict[CodeType, str] = {}
        # The threads whose event loops have a task that is within a tick.
        self._loops: list[int] = []

    @property
    def is_over(self) -> bool:
        """True once the engine is closed."""
        return self.between == OVER

    def watch(self) -> None:
        """Have no tick be a plain one until `settle` finds nothing that it has to look at; from any thread."""
        if self.between == FREE:
            self.between = WATCHED
        if self.state == FREE:
            self.state = WATCHED

    def settle(self, is_watched: Callable[[], object]) -> None:
        """Have the coming ticks be plain ones, unless they have something to look at."""
        if self.between == WATCHED:
            self.between = FREE
        # What another thread asks for meanwhile puts it back.
        if self._loops or is_watched():
            self.watch()
        if self.between == FREE and self.state == WATCHED:
            self.state = FREE

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
            if frame.f_code in self.plain and frame.f_locals[self.plain[frame.f_code]] is self:
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
            if self.state <= WATCHED and not self.is_elsewhere():
                return
            if time.monotonic() > deadline:
                raise RuntimeError(
                    f"another thread has been within a tick of this flow for more than {PATIENCE:g} s: one tick "
                    "runs at a time. Send items into the flow's inputs, so that the other thread takes them in, or "
                    "run the flow in one thread"
                )
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def is_here(self) -> bool:
        """True where a task can take it at once."""
        return self.state <= WATCHED and not self.is_elsewhere()

    async def comes(self) -> None:
        """Wait in a task until no other thread is within a tick, however long it takes: other tasks go on."""
        while (WATCHED < self.state < OVER and not self.is_at_work()) or self.is_elsewhere():
            await asyncio.sleep(_LONGEST_PAUSE)

    def begin_in_loop(self) -> None:
        """Called when a task of this thread's event loop starts a tick, or goes on with one."""
        self._loops.append(threading.get_ident())
        self.watch()

    def end_in_loop(self) -> None:
        """Called when the task has ended the tick, or left it."""
        self._loops.remove(threading.get_ident())

    def alone(self, do: Callable[[], _Result]) -> _Result:
        """What a function returns while no other thread runs a tick. Raises RuntimeError as `wait` does."""
        __tracebackhide__ = True
        if self.is_over or self.is_at_work():
            return do()
        while self.state > WATCHED:
            self.wait()
        self.state = TAKEN
        try:
            return do()
        finally:
            self.state = self.between

    def end(self) -> None:
        """End the turn for ever: no tick runs any more."""
        self.state = self.between = OVER

    @staticmethod
    def _refuse_closed() -> NoReturn:
        raise RuntimeError("the flow was closed or reset by another thread, just before this thread ran it")
