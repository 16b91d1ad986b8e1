"""How long to wait before the next attempt to reach a peer."""

from __future__ import annotations

import random
from typing import Final

# A server that restarts is found again within a second: an attempt costs little, and people are waiting.
FIRST: Final = 0.05
MOST: Final = 1.0


class Backoff:
    """Delays in seconds. The longest possible delay is `first`, and doubles each time, up to `most`.

    Each delay is random, between half of the longest possible one and all of it. So clients that lost a server at the
    same time do not all come back at the same time. And a process that is being killed is not dialled in the moment in
    which its connections are closed and its port is still open: messages sent then would be lost. (This is the "equal
    jitter" of M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.)
    """

    def __init__(self, first: float = FIRST, most: float = MOST, seed: int | None = None) -> None:
        self._first = first
        self._most = most
        self._random = random.Random(seed)
        self._failures = 0

    def delay(self) -> float:
        """The next delay."""
        # The exponent has a bound, because 2.0 ** 2000 is too large for a float.
        longest = min(self._most, self._first * 2.0 ** min(self._failures, 64))
        self._failures += 1
        return self._random.uniform(longest / 2, longest)

    def reset(self) -> None:
        """Start again with the shortest delays, after an attempt that succeeded."""
        self._failures = 0
