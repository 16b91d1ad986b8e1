"""Turns: large messages come in a few at a time, so that those which are not whole yet take bounded memory."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Final, Protocol

SMALL: Final = 1 << 16
"""A message of so many bytes, its length included, comes in at any time."""

# Who brings less than this many bytes in so many seconds is waited for no more, if others wait.
_LEAST: Final = 1 << 14
PACE: Final = 5.0
_SHORTEST: Final = 0.1
# So long may a message take to come in while others wait, in seconds, where so many bytes a second are enough for that.
_LONGEST: Final = 30.0
_FAST: Final = 1 << 18


class Taker(Protocol):
    """A connection by which a large message comes in."""

    host: str

    @property
    def pending(self) -> int:
        """How many bytes of the message have come."""

    def read_on(self) -> None:
        """Its turn has come."""

    def break_off(self) -> None:
        """Its turn is over, and so is the connection."""


class Turns:
    """Who takes in a large message now, and who waits: hosts take turns, and their connections in the order in which
    they asked.

    The messages that come in at once have `room` bytes together, or there is one. Where others wait, who stops in its
    middle is broken off, and so is who would take longer than half a minute; so those who only ever begin, or trickle,
    hold the others up for a while, and not for ever.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, room: int | None) -> None:
        self._loop = loop
        self._room = room
        self._waiting: dict[Taker, int] = {}
        self._taking: dict[Taker, int] = {}
        self._taken = 0
        # How much had come when somebody looked last.
        self._came: dict[Taker, int] = {}
        self._pace = PACE
        self._watch: asyncio.TimerHandle | None = None
        self._is_paused = False

    def ask(self, taker: Taker, size: int) -> bool:
        """True where a message of so many bytes may come in now; else it may when `read_on` is called."""
        self._waiting[taker] = size
        self._go_on()
        return taker in self._taking

    def finish(self, taker: Taker) -> None:
        """A message has come in."""
        self._pace = PACE
        self.leave(taker)

    def leave(self, taker: Taker) -> None:
        """Somebody takes in nothing any more, and waits for nothing."""
        self._waiting.pop(taker, None)
        self._came.pop(taker, None)
        self._taken -= self._taking.pop(taker, 0)
        self._go_on()

    def waits(self, taker: Taker) -> bool:
        """True for who is not to read until its turn comes."""
        return taker in self._waiting

    def pause(self) -> None:
        """Judge nobody for now: nothing is read."""
        self._is_paused = True
        self._stop()

    def resume(self) -> None:
        """Judge by what comes from now on."""
        self._is_paused = False
        self._go_on()

    def _stop(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def _go_on(self) -> None:
        hosts = Counter(taker.host for taker in self._taking)
        while self._waiting:
            # Of those who asked first, one whose host has the fewest turns now.
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
        """Break off those who bring next to nothing."""
        assert self._watch is not None
        is_late = self._loop.time() - self._watch.when() > _SHORTEST
        # Where the loop itself was held up, nobody else is to blame.
        idle = [] if is_late else [taker for taker, came in self._came.items() if self._is_slow(taker, came)]
        if len(idle) == len(self._taking):
            # Those whose turn comes next may be of the same kind, and get less time.
            self._pace = max(self._pace / 2, _SHORTEST)
        for taker in idle:
            taker.break_off()
        self._stop()
        self._go_on()
