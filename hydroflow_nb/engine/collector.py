"""The cyclic collector during ticks.

It finds nothing in a tick's containers, but looks through all of them again and again. So in a tick that makes many of
them it begins later: after so many that its looks cost next to nothing, and few enough that the garbage of user code
stays bounded. It is never switched off, settings of user code are kept, and a forked process has its old settings.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TypeAlias

# The collector begins after so many new containers: `LITTLE` while ticks leave cyclic garbage, else `MUCH`.
LITTLE: Final = 50_000
MUCH: Final = 1_000_000
# After a tick that made many containers, so many ticks are expected to do the same.
STAYS: Final = 100

Thresholds: TypeAlias = tuple[int, int, int]


class Collector:
    """The collector as one engine's ticks need it. Small ticks, in which it hardly ever begins, leave it alone."""

    def __init__(self) -> None:
        # Whether the next tick is expected to make many containers, and for how many ticks that holds: for the first.
        self.is_needed = True
        self._ticks_to_come = 1
        self.limit = LITTLE
        # At the start of this tick or the end of the one before: how many new containers there were, how often the
        # collector had begun (CPython counts that from 0 again and again), and how much it had collected.
        self._made, self.begun, _ = gc.get_count()
        # The first tick asks for it: that takes a while, and an engine that never runs does not need it.
        self._collected: int | None = None

    def begin(self) -> None:
        """Called before a tick that is expected to make many containers."""
        if self._collected is None:
            self._collected = _collected()
        self._made, self.begun, _ = gc.get_count()
        PAUSE.begin(self.limit)

    def look(self) -> None:
        """Called after a tick in which the collector has begun, or that was expected to make many containers."""
        made, begun, _ = gc.get_count()
        times = begun - self.begun
        self.begun = begun
        if self.is_needed:
            collected = _collected()
            self.limit = MUCH if collected - (self._collected or 0) < LITTLE // 10 else LITTLE
            self._collected = collected
            is_much = times or made - self._made > gc.get_threshold()[0] // 2
            self._ticks_to_come = STAYS if is_much else self._ticks_to_come - 1
            self.is_needed = self._ticks_to_come > 0
        elif times != 1 and begun:
            # Once is chance: it happens sooner or later in every tick.
            self.is_needed, self._ticks_to_come = True, STAYS


def _collected() -> int:
    """How much the collector has collected so far."""
    return sum(generation["collected"] for generation in gc.get_stats())


class _Pause:
    """Makes the collector begin later, for all threads. The first one that did so sets it back."""

    def __init__(self) -> None:
        self._before: Thresholds | None = None
        self._during: Thresholds | None = None

    def begin(self, limit: int) -> None:
        """Let the collector begin only after more new containers."""
        thresholds = gc.get_threshold()
        # With 0 the user has switched it off.
        if self._before is None and 0 < thresholds[0] < limit:
            self._during = (limit, *thresholds[1:])
            self._before = thresholds
            gc.set_threshold(*self._during)

    def end(self) -> None:
        """Set it back, unless the user has set it meanwhile."""
        if self._before is not None:
            if gc.get_threshold() == self._during:
                gc.set_threshold(*self._before)
            self._before = None


PAUSE: Final = _Pause()


@contextmanager
def beginning_later() -> Iterator[None]:
    """While something is made of many containers that all stay, the collector begins later, as in a large tick."""
    PAUSE.begin(LITTLE)
    try:
        yield
    finally:
        PAUSE.end()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=PAUSE.end)
