"""The cyclic collector during ticks.

It finds nothing in a tick's containers, but looks through all of them again and again. So in a tick that makes many of
them it begins later: after so many that its looks cost next to nothing, and few enough that the garbage of user code
stays bounded. When the tick has ended, what it made is passed over: it counts as old without a look, as long as ticks
leave no cyclic garbage, until so much has gathered that one real collection looks at all of it. The collector is never
switched off, settings of user code are kept, and a forked process has its old settings.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TypeAlias

from hydroflow_nb.engine.at_once import at_once

# The collector begins after so many new containers: `LITTLE` while ticks leave cyclic garbage, else `MUCH`.
LITTLE: Final = 50_000
MUCH: Final = 1_000_000
# Ticks that leave less cyclic garbage leave none.
LEAST: Final = 100
# A tick that makes more containers is worth being passed over: to look at them takes a fifth of a millisecond.
WORTH: Final = 10_000
# Python 3.12 freezes some hundred objects itself as it starts; who freezes a program freezes more.
OF_PYTHON: Final = 1_000
# The collector looks at what is old after so many looks at what is new: never.
NEVER: Final = (1 << 31) - 1
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
        # Whether it has found much since the tick before this one, or in this one.
        self._finds_garbage = False

    def begin(self) -> None:
        """Called before a tick that is expected to make many containers."""
        self._finds_garbage = self._found(self._made)
        self._made, self.begun, _ = gc.get_count()
        PAUSE.begin(self.limit)

    def end(self) -> None:
        """Called after such a tick. After an interrupt in its middle it is called again."""
        made, begun, _ = gc.get_count()
        times, new = begun - self.begun, made - self._made
        if times:
            self._finds_garbage |= self._found(made + times * self.limit)
        if times and not self._finds_garbage:
            self.limit = MUCH
        # What others have made is passed over with it, so it has to be most of what is new.
        is_worth_it = times > 0 or (new > WORTH and new > made // 2)
        if is_worth_it or self._finds_garbage:
            PAUSE.end(finds_garbage=self._finds_garbage, passes_over=is_worth_it)
            begun = gc.get_count()[1]
        else:
            PAUSE.set_back()
        is_much = times or new > gc.get_threshold()[0] // 2
        self._ticks_to_come = STAYS if is_much else self._ticks_to_come - 1
        self.is_needed = self._ticks_to_come > 0
        self._made, self.begun = made, begun

    def _found(self, made: int) -> bool:
        """Whether the collector has found much since it was asked last, among so many new containers."""
        before, self._collected = self._collected, _collected()
        found = before is not None and self._collected - before >= min(LITTLE // 10, max(made // 10, LEAST))
        if found:
            self.limit = LITTLE
        return found

    def look(self) -> None:
        """Called after another tick, in which the collector has begun."""
        begun = gc.get_count()[1]
        times, self.begun = begun - self.begun, begun
        # Once is chance: it happens sooner or later in every tick.
        if times != 1 and begun:
            self.is_needed, self._ticks_to_come = True, STAYS

    def look_after_many(self) -> None:
        """Called after many ticks that were not expected to make many containers. If they did, the next one is."""
        begun = gc.get_count()[1]
        if begun - self.begun not in (0, 1):
            self.is_needed, self._ticks_to_come = True, 1
        self.begun = begun


def _collected() -> int:
    """How much the collector has collected so far."""
    young, middle, old = gc.get_stats()
    collected: int = young["collected"] + middle["collected"] + old["collected"]
    return collected


class Pause:
    """Makes the collector begin later, for all threads. The first one that did so sets it back.

    Then what is new counts as old without a look, as long as the process does not grow: where nothing gathers, there is
    no garbage either. Each time it has grown by `MUCH` blocks of memory, the collector looks at what the tick has made;
    each time it has grown by ten times as much and by a quarter, and where garbage was found, it looks at everything.
    """

    def __init__(self) -> None:
        self._before: Thresholds | None = None
        self._during: Thresholds | None = None
        # How many containers were made since the process was measured, as far as they are known; and how many blocks of
        # memory it had when something new was looked at, and when everything was.
        self._made = 0
        self._looked: int | None = None
        self._full = 0
        # How many containers nobody has looked at.
        self._unseen = 0
        # User code that has frozen containers manages the collector by itself. From Python 3.14 on there is another
        # collector, to which passing over gives nothing; and without Python's own allocator nothing tells of growth.
        self._leaves_alone = sys.version_info >= (3, 14) or not sys.getallocatedblocks()
        # How many ask that what is old be spared, and after how many looks it was looked at before.
        self._spares = 0
        self._old = 0

    def begin(self, limit: int) -> None:
        """Let the collector begin only after more new containers."""
        thresholds = gc.get_threshold()
        # With 0 the user has switched it off.
        if self._before is None and 0 < thresholds[0] < limit:
            # What was looked at once is looked at again after `MUCH` more.
            self._during = (limit, max(thresholds[1], MUCH // limit), thresholds[2])
            self._before = thresholds
            gc.set_threshold(*self._during)

    def end(self, *, finds_garbage: bool = False, passes_over: bool = False) -> None:
        """Set it back, and have what is new passed over, unless garbage was found."""
        is_set = self._before is not None and gc.get_threshold() == self._during
        if is_set and gc.isenabled() and not self._leaves_alone:
            if finds_garbage:
                self._look_at_rest()
            elif passes_over:
                self._pass_over()
        self.set_back()

    def set_back(self) -> None:
        """Set it back, unless the user has set it meanwhile."""
        if self._before is not None:
            if gc.get_threshold() == self._during:
                gc.set_threshold(*self._before)
            self._before = None

    def spare_old(self) -> None:
        """Have the collector not look at what there is, until `look_at_old` was called as often.

        Each look writes to all that it looks at; what is shared with a forked process is copied then.
        """
        self._spares += 1
        if self._spares == 1:
            self._old = gc.get_threshold()[2]
            if gc.isenabled() and not self._leaves_alone and gc.get_freeze_count() <= OF_PYTHON:
                at_once(gc.freeze, gc.unfreeze)
            self._look_at_old_after(NEVER)

    def look_at_old(self) -> None:
        """Have the collector look at all again."""
        self._spares -= 1
        if self._spares == 0 and gc.get_threshold()[2] == NEVER:
            self._look_at_old_after(self._old)

    def look_at_all_in_child(self) -> None:
        """In a process that was forked from one that spares."""
        if self._spares:
            self._spares = 1
            self.look_at_old()

    def _look_at_old_after(self, times: int) -> None:
        thresholds = gc.get_threshold()
        gc.set_threshold(*thresholds[:2], times)
        if self._before is not None and thresholds == self._during:
            self._before = (*self._before[:2], times)
            self._during = gc.get_threshold()

    def _look_at_rest(self) -> None:
        """Garbage was found: there may be more of it in what was passed over."""
        if self._unseen > LITTLE:
            self._look_at_everything()

    def _pass_over(self) -> None:
        made = gc.get_count()[0]
        self._made += made
        if self._made > MUCH // 4 or self._looked is None:
            # To measure takes as long as to make some thousand containers.
            self._made, blocks = 0, sys.getallocatedblocks()
            if self._looked is None:
                self._looked = self._full = blocks
            elif blocks - self._full > max(10 * MUCH, self._full // 4):
                self._look_at_everything()
                return
            elif blocks - self._looked > MUCH:
                # As soon as it is set back, the collector begins.
                self._looked = blocks
                return
        if gc.get_freeze_count() > OF_PYTHON:
            self._leaves_alone = True
        else:
            # All that is frozen comes back as old. No other thread may freeze anything between the two.
            at_once(gc.freeze, gc.unfreeze)
            self._unseen += made

    def _look_at_everything(self) -> None:
        gc.collect()
        self._made = self._unseen = 0
        self._looked = self._full = sys.getallocatedblocks()


PAUSE: Final = Pause()


@contextmanager
def beginning_later(*, passes_over: bool = False) -> Iterator[None]:
    """While something is made of many containers that all stay, the collector begins later, as in a large tick.

    With `passes_over` they count as old from then on, without a look.
    """
    PAUSE.begin(LITTLE)
    try:
        yield
    finally:
        PAUSE.end(passes_over=passes_over)


def _in_child() -> None:
    PAUSE.set_back()
    PAUSE.look_at_all_in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
