"""What an interrupt of the process ends: ticks that run in an event loop, where interrupts may not come through."""

from __future__ import annotations

# What `signal` is made of. It makes enums of numbers, which costs ten times as much, and is paid for each tick.
import _signal  # type: ignore[import-not-found]
import _thread
import asyncio
import signal
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import FrameType
from typing import Any, NoReturn, TypeVar

_Result = TypeVar("_Result")


class InterruptHandler(ABC):
    """A handler of interrupts that sees to it by itself that ticks end: none takes its place while a tick runs."""

    @abstractmethod
    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal."""


class Interruptible:
    """Lets an interrupt raise KeyboardInterrupt in the block that it is entered for, and knows whether it is entered.

    A notebook's kernel ignores interrupts between cells, and while a cell awaits it tells the event loop of them, which
    a tick that never ends keeps from listening. In threads other than the main one there are no interrupts.
    """

    def __init__(self) -> None:
        self.is_entered = False

    def call(self, block: Callable[[], _Result]) -> _Result:
        """What a function returns that an interrupt may end."""
        __tracebackhide__ = True
        # By their numbers, for each tick asks it.
        if threading.get_ident() != threading.main_thread().ident:
            return block()
        before = _signal.getsignal(signal.SIGINT)
        if isinstance(before, InterruptHandler):
            return block()
        # No context manager: an interrupt that came last in the block would be raised at the entry of its `__exit__`.
        try:
            self.is_entered = True
            _signal.signal(signal.SIGINT, signal.default_int_handler)
            return block()
        finally:
            try:
                self._leave(before)
            except KeyboardInterrupt:
                self._leave(before)
                raise

    def _leave(self, before: Callable[[int, FrameType | None], Any] | int | None) -> None:
        self.is_entered = False
        _signal.signal(signal.SIGINT, signal.SIG_DFL if before is None else before)


def pass_on(interrupt: KeyboardInterrupt) -> NoReturn:
    """Raise what a task is to end by when an interrupt has ended what it ran.

    A KeyboardInterrupt out of a task ends the event loop, and a notebook's kernel with it. Where an event loop's own
    handler is there (`asyncio.run` has it cancel the main task, a notebook's kernel the cell), that one is told, and
    where interrupts are ignored nobody; then the task ends as one that was cancelled.
    """
    __tracebackhide__ = True
    handler = signal.getsignal(signal.SIGINT)
    is_elsewhere = threading.current_thread() is not threading.main_thread()
    if is_elsewhere or handler is signal.default_int_handler or isinstance(handler, InterruptHandler):
        raise interrupt
    if callable(handler):
        handler(signal.SIGINT, sys._getframe())
    raise asyncio.CancelledError("interrupted") from interrupt


def interrupt() -> None:
    """Interrupt the main thread, from another one: Python handles signals only there."""
    if sys.platform == "win32":
        _thread.interrupt_main()
    else:
        # Which ends a sleep too.
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
