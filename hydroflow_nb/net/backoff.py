"""How long to wait before the next attempt to reach somebody."""

from __future__ import annotations

import random
from typing import Final

# A server that restarts is found again within a second: an attempt costs little, and people wait for it.
FIRST: Final = 0.05
MOST: Final = 1.0


class Backoff:
    """Delays in seconds: at most `first`, then at most twice as much each time, up to `most`.

    Each is drawn anew between half of what it is at most and all of it: those who lost somebody together do not come
    back together, and a process that is being killed is not found again in the instant in which its connections are
    closed and its port is not yet, where what is sent to it would be lost. (This is the "equal jitter" of M. Brooker,
    "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.)
    """

    def __init__(self, first: float = FIRST, most: float = MOST, seed: int | None = None) -> None:
        self._first = first
        self._most = most
        self._random = random.Random(seed)
        self._failures = 0

    def delay(self) -> float:
        """The next delay."""
        # The exponent is bounded as the delay is: 2.0 ** 2000 is too large for a float.
        longest = min(self._most, self._first * 2.0 ** min(self._failures, 64))
        self._failures += 1
        return self._random.uniform(longest / 2, longest)

    def reset(self) -> None:
        """Begin anew: the attempt succeeded."""
        self._failures = 0
