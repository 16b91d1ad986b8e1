"""A count of the items that go by, printed now and then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from typing import Any

from hydroflow_nb.engine.timer import seconds_of


class Counter:
    """Counts items, and prints `_counter(tag): count` after the first one and then at most once an interval.

    Nothing is printed while no item comes. The next line counts all items that have come since the last one.
    """

    def __init__(self, tag: Any, interval: float | timedelta, clock: Callable[[], float] = monotonic) -> None:
        self._tag = tag
        self._interval = seconds_of(interval)
        self._clock = clock
        self._due = float("-inf")
        self.count = 0

    def add(self, count: int = 1) -> None:
        """Count so many items more."""
        self.count += count
        now = self._clock()
        if now >= self._due:
            self._due = now + self._interval
            print(f"_counter({self._tag}): {self.count}")
