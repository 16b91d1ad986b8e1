"""The cyclic collector during ticks.

It finds nothing in a tick's containers, but looks through all of them again and again. So in a tick that makes many of
them it begins later: after so many that a look costs next to nothing, and few enough that the garbage of user code
stays bounded. It is never switched off, what user code says of it holds, and a forked child has it as it was.
"""

from __future__ import annotations

import gc
import os
from typing import Final, TypeAlias

# The collector begins after so many new containers: as long as ticks leave cyclic garbage, and when they leave none.
LITTLE: Final = 50_000
MUCH: Final = 1_000_000
# A tick that made many has so many after it that are expected to do the same.
STAYS: Final = 100

Thresholds: TypeAlias = tuple[int, int, int]


class Collector:
    """The collector as one engine's ticks need it. Ticks so small that it hardly begins in them leave it alone."""

    def __init__(self) -> None:
        # Whether the next tick is expected to make many containers: so many ticks are, the first one among them.
        self.is_needed = True
        self._ticks_to_come = 1
        self.limit = LITTLE
        # How many new containers there were, how often it had begun, from 0 on again and again, and how much it had
        # collected, when the tick began or the one before it ended.
        self._made, self.begun, _ = gc.get_count()
        # It is asked for by the first tick: an engine that never runs has no use for it, and it takes a while.
        self._collected: int | None = None

    def begin(self) -> None:
        """A tick begins that is expected to make much."""
        if self._collected is None:
            self._collected = _collected()
        self._made, self.begun, _ = gc.get_count()
        PAUSE.begin(self.limit)

    def look(self) -> None:
        """A tick has ended in which the collector has begun, or that was expected to make much."""
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
            # Once is by chance, sooner or later in every tick.
            self.is_needed, self._ticks_to_come = True, STAYS


def _collected() -> int:
    """How much the collector has collected so far."""
    return sum(generation["collected"] for generation in gc.get_stats())


class _Pause:
    """That the collector begins later, for all threads; whoever said so first sets it back."""

    def __init__(self) -> None:
        self._before: Thresholds | None = None
        self._during: Thresholds | None = None

    def begin(self, limit: int) -> None:
        """Have the collector begin after more new containers."""
        thresholds = gc.get_threshold()
        # 0 is the user's word that it shall not begin.
        if self._before is None and 0 < thresholds[0] < limit:
            self._during = (limit, *thresholds[1:])
            self._before = thresholds
            gc.set_threshold(*self._during)

    def end(self) -> None:
        """Have it as it was, unless the user has said something else meanwhile."""
        if self._before is not None:
            if gc.get_threshold() == self._during:
                gc.set_threshold(*self._before)
            self._before = None


PAUSE: Final = _Pause()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=PAUSE.end)
