"""Turns: large messages come in a few at a time, so that incomplete messages take bounded memory."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Final, Protocol

SMALL: Final = 1 << 16
"""A message of at most so many bytes, its length included, needs no turn."""

# While others wait, a connection that brings fewer than `_LEAST` bytes in `PACE` seconds is closed. If all that have a
# turn are closed so, the next get half of the time, and so on down to `_SHORTEST`.
_LEAST: Final = 1 << 14
PACE: Final = 5.0
_SHORTEST: Final = 0.1
# While others wait, a message may take at most so many seconds, unless it brings at least `_FAST` bytes a second.
_LONGEST: Final = 30.0
_FAST: Final = 1 << 18


class Taker(Protocol):
    """A connection on which a large message comes in."""

    host: str

    @property
    def pending(self) -> int:
        """How many bytes of the message have arrived."""

    def read_on(self) -> None:
        """Read again: its turn has come."""

    def break_off(self) -> None:
        """Close the connection: its turn is over."""


class Turns:
    """Which connections read a large message now, and which wait. Hosts take turns; the connections of one host get
    theirs in the order in which they asked.

    The messages that come in at the same time have at most `room` bytes together, or there is only one. While others
    wait, a connection that stops in the middle of a message is closed, and so is one whose message would take longer
    than half a minute. So slow senders delay the others for a limited time only.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, room: int | None) -> None:
        self._loop = loop
        self._room = room
        self._waiting: dict[Taker, int] = {}
        self._taking: dict[Taker, int] = {}
        self._taken = 0
        # How many bytes had arrived at the last check.
        self._came: dict[Taker, int] = {}
        self._pace = PACE
        self._watch: asyncio.TimerHandle | None = None
        self._is_paused = False

    def ask(self, taker: Taker, size: int) -> bool:
        """Ask for a turn for a message of `size` bytes. True: it has its turn now; False: `read_on` will be called."""
        self._waiting[taker] = size
        self._go_on()
        return taker in self._taking

    def finish(self, taker: Taker) -> None:
        """A message is complete: its turn is over."""
        self._pace = PACE
        self.leave(taker)

    def leave(self, taker: Taker) -> None:
        """A connection gives up its turn, or no longer waits for one."""
        self._waiting.pop(taker, None)
        self._came.pop(taker, None)
        self._taken -= self._taking.pop(taker, 0)
        self._go_on()

    def waits(self, taker: Taker) -> bool:
        """True for a connection that must not read until its turn comes."""
        return taker in self._waiting

    def pause(self) -> None:
        """Close no slow connections for now, because nothing is read."""
        self._is_paused = True
        self._stop()

    def resume(self) -> None:
        """Measure again how fast messages come in, from now on."""
        self._is_paused = False
        self._go_on()

    def _stop(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def _go_on(self) -> None:
        hosts = Counter(taker.host for taker in self._taking)
        while self._waiting:
            # The first that asked, of the host that has the fewest turns now.
            taker = min(self._waiting, key=lambda one: hosts[one.host])
            size = self._waiting[taker]
            if self._room is not None and self._taking and self._taken + size > self._room:
                break
            hosts[taker.host] += 1
            del self._waiting[taker]
            self._taking[taker] = size
            self._taken += size
            taker.read_on()
        if not self._waiting:
            self._pace = PACE
            self._stop()
        elif self._watch is None and not self._is_paused:
            self._came = {taker: taker.pending for taker in self._taking}
            self._watch = self._loop.call_later(self._pace, self._look)

    def _is_slow(self, taker: Taker, came: int) -> bool:
        pace = min(self._taking[taker] / _LONGEST, _FAST)
        return taker.pending - came < max(_LEAST, pace * self._pace)

    def _look(self) -> None:
        """Close the connections that bring too little."""
        assert self._watch is not None
        is_late = self._loop.time() - self._watch.when() > _SHORTEST
        # After a delay of the event loop itself, the connections are not to blame.
        idle = [] if is_late else [taker for taker, came in self._came.items() if self._is_slow(taker, came)]
        if len(idle) == len(self._taking):
            # The next connections may be as slow, and get less time.
            self._pace = max(self._pace / 2, _SHORTEST)
        for taker in idle:
            taker.break_off()
        self._stop()
        self._go_on()
