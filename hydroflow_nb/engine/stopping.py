"""Breakpoints in the engine: what asks a run to stop before the tick's next stratum, and where it has stopped.

An item, a state or the entry of a stratum hits a breakpoint. A stratum that runs goes on to its fixpoint, so that a
flow that has stopped is as `run_stratum` leaves it; the next run goes on from there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Final

from hydroflow_nb.records import dataclass

# The items of one stratum whose hits are told; the others are counted.
MOST_HITS: Final = 20


@dataclass(frozen=True, kw_only=True)
class Hit:
    """What hit a breakpoint: the place in words, what was there, and the number that the breakpoint has in its flow;
    None for an operator `breakpoint`.
    """

    place: str
    what: str
    number: int | None = None

    def __str__(self) -> str:
        return f"{self.place} {self.what}".rstrip()


@dataclass(frozen=True, kw_only=True)
class Stop:
    """Where a run has stopped: before this stratum of this tick; stratum 0 is that of a tick that has not begun.

    `hits` tell why, the first ones in full; `more` counts the others. The next run goes on from here.
    """

    tick: int
    stratum: int
    hits: tuple[Hit, ...]
    more: int = 0

    @property
    def ran(self) -> int:
        """The tick that ran last, in which what is told happened."""
        return self.tick if self.stratum else self.tick - 1

    @property
    def is_within_tick(self) -> bool:
        """True where the tick has begun."""
        return self.stratum > 0

    def __str__(self) -> str:
        where = f"stratum {self.stratum} of tick {self.tick}" if self.stratum else f"tick {self.tick}"
        more = f", and {self.more:,} more" if self.more else ""
        return f"stopped before {where}: {'; '.join(map(str, self.hits))}{more}"

    def __repr__(self) -> str:
        return f"<{self}>"


class Breaks:
    """What makes an engine's runs stop. An engine without breakpoints has none.

    By stratum: `entries` are asked before it runs, `after` when it has come to its fixpoint. `begins` are told of each
    tick that begins, `returns` of the tick that a flow has gone back to. `stopped` is where the last run has stopped.
    """

    def __init__(self) -> None:
        self.stopped: Stop | None = None
        self.entries: defaultdict[int, list[Callable[[int], Hit | None]]] = defaultdict(list)
        self.after: defaultdict[int, list[Callable[[], Hit | None]]] = defaultdict(list)
        self.begins: list[Callable[[int], None]] = []
        self.returns: list[Callable[[int], None]] = []
        self._hits: list[Hit] = []
        self._more = 0
        # The tick at whose entry the last run has stopped: the next one goes past it.
        self._entered: int | None = None

    def clear(self) -> None:
        """Forget who is asked and told; where the run has stopped stays."""
        self.entries.clear()
        self.after.clear()
        self.begins.clear()
        self.returns.clear()

    def hit(self, found: Hit) -> None:
        """Ask the run to stop before the next stratum."""
        if len(self._hits) < MOST_HITS:
            self._hits.append(found)
        else:
            self._more += 1

    def forget(self) -> None:
        """A run begins, or has failed."""
        self.stopped = None
        self._hits, self._more = [], 0

    def begin_run(self, tick: int, *, is_within: bool) -> bool:
        """A run begins: true where it has to stop before it does anything, at the entry of a tick's first stratum."""
        self.forget()
        passed, self._entered = self._entered, None
        if is_within or passed == tick:
            return False
        self._enter(tick, 0)
        if self._hits:
            self._entered = tick
        return self._stops(tick, 0)

    def end_stratum(self, tick: int, stratum: int, following: tuple[int, int]) -> bool:
        """A stratum has ended; the following one is of the same tick or the next: true where the run stops here."""
        for look in self.after.get(stratum, ()):
            found = look()
            if found is not None:
                self.hit(found)
        if following[0] == tick:
            self._enter(*following)
        return self._stops(*following)

    def _enter(self, tick: int, stratum: int) -> None:
        for look in self.entries.get(stratum, ()):
            found = look(tick)
            if found is not None:
                self.hit(found)

    def _stops(self, tick: int, stratum: int) -> bool:
        if not self._hits:
            return False
        self.stopped = Stop(tick=tick, stratum=stratum, hits=tuple(self._hits), more=self._more)
        return True
