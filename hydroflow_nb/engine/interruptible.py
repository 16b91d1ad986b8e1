"""Lets an interrupt of the process end ticks that run in an event loop, where it may not arrive otherwise."""

from __future__ import annotations

# The module beneath `signal`, which makes enums of numbers: that costs ten times as much, in each tick.
import _signal  # type: ignore[import-not-found]
import _thread
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, NoReturn, TypeVar

from hydroflow_nb.later import asyncio

_Result = TypeVar("_Result")


class InterruptHandler:
    """A handler of interrupts that ends ticks by itself, so that it is not replaced while a tick runs.

    It is no abstract class: each tick asks whether the handler is one.
    """

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal."""
        raise NotImplementedError


class Interruptible:
    """Lets an interrupt raise KeyboardInterrupt in a block. `is_entered` is True while such a block runs.

    A notebook's kernel ignores interrupts between cells. While a cell awaits, the kernel tells the event loop of them,
    which does not hear it during a tick that never ends. Only the main thread gets interrupts.
    """

    def __init__(self) -> None:
        self.is_entered = False

    def call(self, block: Callable[[], _Result]) -> _Result:
        """What a function returns; an interrupt may end it."""
        __tracebackhide__ = True
        # Compared by their numbers, because each tick does this.
        if threading.get_ident() != threading.main_thread().ident:
            return block()
        before = _signal.getsignal(signal.SIGINT)
        if isinstance(before, InterruptHandler):
            return block()
        # Not a context manager: an interrupt at the end of the block would be raised at the entry of its `__exit__`.
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
    """Raise the exception that ends a task after an interrupt has ended a tick in it.

    A KeyboardInterrupt out of a task ends the event loop, and a notebook's kernel with it. Where the event loop has a
    handler of its own, this calls it: that of `asyncio.run` cancels the main task, that of a notebook's kernel the
    cell. Then, and where interrupts are ignored, the task ends as one that was cancelled.
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
    """Interrupt the main thread from another one: Python handles signals only in the main thread."""
    if sys.platform == "win32":
        _thread.interrupt_main()
    else:
        # This ends a sleep too.
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
