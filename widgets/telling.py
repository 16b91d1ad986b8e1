"""When front ends are told: soon after something changed, and at most twenty times a second while much does."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from typing import Final

from hydroflow_nb.engine.loops import running_loop

_PERIOD: Final = 0.050  # seconds between two news: the server drops messages of a kernel that talks more


class Telling(ABC):
    """What tells front ends of something; it tells nothing before `listen`. Subclasses say what is new."""

    def __init__(self) -> None:
        self._is_heard = False
        self._told_at = 0.0
        self._due: asyncio.TimerHandle | None = None

    @abstractmethod
    def _tell_new(self) -> None:
        """Tell what is new."""

    def listen(self) -> None:
        """Tell news from now on: a front end is there."""
        self._is_heard = True

    def close(self) -> None:
        """Tell no more."""
        self._is_heard = False
        self._cancel()

    def tell(self) -> None:
        """Tell now what is new."""
        self._cancel()
        if self._is_heard:
            self._told_at = time.monotonic()
            self._tell_new()

    def tell_at_times(self) -> None:
        """Tell now what is new, unless something was told a moment ago."""
        if time.monotonic() - self._told_at >= _PERIOD:
            self.tell()

    def tell_soon(self) -> None:
        """Tell soon, once, what is new. Without an event loop: now, unless something was told a moment ago."""
        if not self._is_heard or self._due is not None:
            return
        loop = running_loop()
        if loop is None:
            self.tell_at_times()
        else:
            self._due = loop.call_later(_PERIOD, self.tell)

    def _cancel(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None
