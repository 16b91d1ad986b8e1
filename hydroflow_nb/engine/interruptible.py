"""What an interrupt of the process ends: ticks that run in an event loop, where interrupts may not come through."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import FrameType
from typing import Any, Self


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
        self._before: Callable[[int, FrameType | None], Any] | int | None = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread() and not isinstance(
            signal.getsignal(signal.SIGINT), InterruptHandler
        ):
            self._before = signal.signal(signal.SIGINT, signal.default_int_handler)
            self.is_entered = True
        return self

    def __exit__(self, *_: object) -> None:
        if self.is_entered:
            self.is_entered = False
            signal.signal(signal.SIGINT, signal.SIG_DFL if self._before is None else self._before)


def interrupt() -> None:
    """Interrupt the main thread, from another one: Python handles signals only there."""
    if sys.platform == "win32":
        _thread.interrupt_main()
    else:
        # Which ends a sleep too.
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
