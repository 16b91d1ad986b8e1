"""A timer: an inbox of instants, one for each period."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from hydroflow_nb.engine.channel import Channel
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.later import asyncio


class Timer(Inbox):
    """Gives an instant (an aware `datetime`, UTC) for each period: the first at the first tick, then one a period.

    Instants that were missed, because nothing ran or a tick took long, come together in the next tick.
    """

    def __init__(self, period: Any) -> None:
        super().__init__(Channel())
        self._period = seconds_of(period)
        self._begin: tuple[float, datetime] | None = None
        self._count = 0

    def ingest(self) -> None:
        """Take in the instants that are due; the clock begins with the first look."""
        if self._begin is None:
            self._begin = monotonic(), datetime.now(UTC)
        origin, instant = self._begin
        due = math.floor((monotonic() - origin) / self._period) + 1
        if due > self._count:
            # By the monotonic clock; the calendar is asked once.
            self.channel.extend(
                instant + timedelta(seconds=number * self._period) for number in range(self._count, due)
            )
            self._count = due
        super().ingest()

    def waits(self) -> bool:
        """True where an instant is due."""
        return self._remaining() <= 0 or super().waits()

    async def pump(self, wake: Callable[[], None]) -> None:
        """Sleep from one instant to the next."""
        while True:
            await asyncio.sleep(self._until_next())
            wake()

    def _until_next(self) -> float:
        """The seconds until the next instant that is not due yet, counted from the first one: delays do not add up.

        An instant that is due and not yet taken in was announced already: a slow tick is not asked for again.
        """
        if self._begin is None:
            return self._period
        passed = monotonic() - self._begin[0]
        return (math.floor(passed / self._period) + 1) * self._period - passed

    def _remaining(self) -> float:
        """The seconds until the next instant."""
        if self._begin is None:
            return 0
        return self._begin[0] + self._count * self._period - monotonic()


def seconds_of(period: Any) -> float:
    """A period in seconds. Raises Misfit for a value that is not a period."""
    if isinstance(period, timedelta):
        seconds = period.total_seconds()
    elif isinstance(period, (int, float)) and not isinstance(period, bool):
        seconds = float(period)
    else:
        raise Misfit(f"takes a number of seconds or a `timedelta`, not {shown(period)}", "every half second: `0.5`")
    if not 0 < seconds < math.inf:
        raise Misfit(f"takes a period longer than zero, not {shown(period)}", "every half second: `0.5`")
    return seconds
