"""What the engine does for the front ends of a stepper."""

from __future__ import annotations

import threading


class Work:
    """Whether the engine works for a front end: `doing` is "step" or "run" then, and None while it rests.

    A flow that runs live works for itself: the engine rests then, as far as front ends go.
    """

    def __init__(self) -> None:
        self.doing: str | None = None
        self._rests = threading.Event()
        self._rests.set()

    def begin(self, what: str) -> None:
        """Note that work begins."""
        self.doing = what
        self._rests.clear()

    def end(self) -> None:
        """Note that the engine rests."""
        self.doing = None
        self._rests.set()

    def wait_for_rest(self, seconds: float) -> bool:
        """Wait until the engine rests, on another thread; False if it still works after so many seconds."""
        return self._rests.wait(seconds)
