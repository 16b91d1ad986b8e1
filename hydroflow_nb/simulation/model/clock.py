"""The time of a simulated network: it stands still until a timer is what happens next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.timer import Timer

# When every simulated run begins.
BEGIN: Final = datetime(2000, 1, 1, tzinfo=UTC)


class Clock:
    """The seconds that have passed in a run; all of its nodes share them."""

    def __init__(self) -> None:
        self.now = 0.0

    def advance(self, instant: float) -> None:
        """Let time pass up to an instant; never backwards."""
        self.now = max(self.now, instant)

    @property
    def instant(self) -> datetime:
        """The time as a date, UTC."""
        return BEGIN + timedelta(seconds=self.now)

    def time(self) -> float:
        """The time in seconds since the epoch."""
        return self.instant.timestamp()


class VirtualTimer(Timer):
    """A `Timer` by a simulated clock: its instants are the same in every run of the same decisions."""

    def __init__(self, period: Any, clock: Clock) -> None:
        super().__init__(period)
        self._clock = clock
        self._from: float | None = None

    @property
    def next_instant(self) -> float:
        """When the next instant is due, in seconds since the start of the run."""
        return self._clock.now if self._from is None else self._from + self._count * self._period

    @property
    def started(self) -> tuple[float | None, int]:
        """When it started, in seconds since the start of the run, and how many instants it has given since."""
        return (self._from, self._count)

    def ingest(self) -> None:
        """Take in the instants that are due; the timer starts with the first call."""
        if self._from is None:
            self._from = self._clock.now
        # By the same sum that the clock was advanced to, so that no rounding leaves one out.
        while (instant := self.next_instant) <= self._clock.now:
            self.channel.send(BEGIN + timedelta(seconds=instant))
            self._count += 1
        Inbox.ingest(self)

    def waits(self) -> bool:
        """True where an instant is due."""
        return self.next_instant <= self._clock.now

    async def pump(self, wake: Callable[[], None]) -> None:
        """Nothing goes on by itself here: the clock is advanced by decisions."""
        return
