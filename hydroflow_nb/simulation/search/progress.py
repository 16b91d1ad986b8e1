"""How far a search has come: as data for who asks for it, and on one line that is written over."""

from __future__ import annotations

import builtins
import sys
import time
from collections.abc import Callable
from math import log10
from types import TracebackType
from typing import Final, Self

from hydroflow_nb.records import dataclass
from hydroflow_nb.simulation.model.words import counted

# A search that takes no longer shows nothing; and the time between two texts.
PATIENCE: Final = 1.0
PERIOD: Final = 0.25


@dataclass(frozen=True, kw_only=True)
class SoFar:
    """How far a search has come.

    `tried` schedules of at most `runs`, `estimate` is about the number that there are (None where that is not known),
    in `seconds`; at most `left` seconds remain. While `is_shortening` a run that fails is made shorter. Where equal
    states are merged, `states` counts those that were met, in `tried` runs.
    """

    tried: int
    runs: int
    estimate: int | None
    decisions: int
    seconds: float
    left: float | None
    is_shortening: bool = False
    states: int | None = None

    @property
    def rate(self) -> float:
        """Schedules a second."""
        return self.tried / self.seconds if self.seconds > 0 else 0.0

    def __str__(self) -> str:
        if self.is_shortening:
            return f"one of {self.tried:,} schedules fails; making it shorter"
        if self.states is not None:
            rate = self.states / self.seconds if self.seconds > 0 else 0.0
            return f"{counted(self.states, 'state')} met, {rate:,.0f} a second, {counted(self.decisions, 'decision')}"
        of = "" if self.estimate is None or self.estimate < self.tried else f" of about {about(self.estimate)}"
        left = "" if self.left is None else f", at most {self.left:,.0f} s left"
        tried = f"{self.tried:,}{of} schedules tried" if of else f"{counted(self.tried, 'schedule')} tried"
        return f"{tried}, {self.rate:,.0f} a second{left}, {counted(self.decisions, 'decision')}"


# Called with how far a search has come, a few times a second.
Listener = Callable[[SoFar], object]


def about(count: int) -> str:
    """A large number by its size: 10^46."""
    return f"{count:,}" if count < 10_000 else f"10^{round(log10(count))}"


class Progress:
    """A line on the error stream of a terminal, or in the output of a notebook. It is gone at the end.

    A notebook would show its error stream in red, and would leave a red bar there. `is_shown` says whether the line is
    shown; by default it is where a person watches. A function in its place is called with how far the search has come.
    """

    def __init__(self, is_shown: bool | Listener | None = None) -> None:
        self._listener = is_shown if callable(is_shown) else None
        if self._listener is not None:
            is_shown = False
        in_notebook = hasattr(builtins, "__IPYTHON__")
        self._stream = sys.stdout if in_notebook else sys.stderr
        watched = in_notebook or sys.stderr.isatty()
        self._is_shown = watched if is_shown is None else bool(is_shown)
        self._next = time.monotonic() + (PATIENCE if self._listener is None else 0.0)
        self._width = 0

    def tell(self, so_far: Callable[[], SoFar]) -> None:
        """Show how far it has come, unless that was shown just now."""
        if (self._is_shown or self._listener is not None) and (now := time.monotonic()) >= self._next:
            self._next = now + PERIOD
            if self._listener is not None:
                self._listener(so_far())
            else:
                self._write(str(so_far()))

    def _write(self, text: str) -> None:
        self._stream.write(f"\r{text.ljust(self._width)}")
        self._stream.flush()
        self._width = len(text)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._width:
            self._write("")
            self._stream.write("\r")
            self._stream.flush()
