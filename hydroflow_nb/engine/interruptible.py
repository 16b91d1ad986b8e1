"""Lets an interrupt of the process end ticks that run in an event loop, where it may not arrive otherwise."""

from __future__ import annotations

# The module beneath `signal`, which makes enums of numbers: that costs ten times as much, in each tick.
import _signal  # type: ignore[import-not-found]
import _thread
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial
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


class _Staying:
    """A handler that lets interrupts end the blocks that run, and between them does what the one before it does.

    It stays from block to block, since to set a handler costs as much as a small tick. It goes with the task that
    `asyncio.run` waits for, so that this finds the handler that it has set.
    """

    def __init__(self, before: Any, main: asyncio.Task[Any] | None) -> None:
        self.is_at_work = False
        self.thread = threading.get_ident()
        self._before = before
        self._main = main
        if main is not None:
            main.add_done_callback(self._leave)
        _signal.signal(signal.SIGINT, self)

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal."""
        if self.is_at_work:
            signal.default_int_handler(number, frame)
        elif callable(self._before):
            self._before(number, frame)

    def leave(self) -> None:
        """Put the handler back that was there before, unless there is another one by now."""
        if self._main is not None:
            self._main.remove_done_callback(self._leave)
        if _signal.getsignal(signal.SIGINT) is self:
            _signal.signal(signal.SIGINT, self._before)

    def _leave(self, _: object) -> None:
        self.leave()


def _staying(before: Any) -> _Staying | None:
    """A handler that stays in place of one that is known: that of `asyncio.run`, or that which ignores interrupts."""
    if before == signal.SIG_IGN:
        return _Staying(before, None)
    main = before.keywords.get("main_task") if isinstance(before, partial) else None
    if isinstance(main, asyncio.Task) and not main.done():
        return _Staying(before, main)
    return None


class Interruptible:
    """Lets an interrupt raise KeyboardInterrupt in a block. `is_entered` is True while such a block runs.

    A notebook's kernel ignores interrupts between cells. While a cell awaits, the kernel tells the event loop of them,
    which does not hear it during a tick that never ends. Only the main thread gets interrupts.

    Who runs many blocks sets `stays`, and calls `leave` behind the last one.
    """

    def __init__(self) -> None:
        self.is_entered = False
        self.stays = False

    def call(self, block: Callable[[], _Result]) -> _Result:
        """What a function returns; an interrupt may end it."""
        __tracebackhide__ = True
        # Compared by their numbers, because each tick does this.
        before, thread = _signal.getsignal(signal.SIGINT), threading.get_ident()
        if type(before) is _Staying and before.thread == thread:
            return self._call_with(before, block)
        if thread != threading.main_thread().ident or isinstance(before, InterruptHandler):
            return block()
        staying = _staying(before) if self.stays else None
        if staying is not None:
            return self._call_with(staying, block)
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

    def _call_with(self, staying: _Staying, block: Callable[[], _Result]) -> _Result:
        __tracebackhide__ = True
        was_at_work = staying.is_at_work
        # An interrupt is handled where something is called, so never between the last two assignments.
        try:
            self.is_entered = staying.is_at_work = True
            return block()
        finally:
            staying.is_at_work = was_at_work
            self.is_entered = False

    def leave(self) -> None:
        """Let interrupts be handled as before."""
        self.stays = False
        if threading.get_ident() == threading.main_thread().ident:
            handler = _signal.getsignal(signal.SIGINT)
            if type(handler) is _Staying:
                handler.leave()

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
