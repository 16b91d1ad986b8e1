"""When a member that has ended starts again: soon, later and later while it ends quickly, and at last no more."""

from __future__ import annotations

from typing import Final

from hydroflow_nb.net.backoff import Backoff
from hydroflow_nb.processes.failures import ExitCode

# A member that ran for less than so many seconds has ended quickly.
QUICK: Final = 10.0
FIRST: Final = 0.1
MOST: Final = 5.0
# What a new start would not mend.
_FINAL: Final = frozenset({ExitCode.STOPPED, ExitCode.MISUSED, ExitCode.NOT_COMPILED})


class Restarts:
    """Decides about the restarts of one member: after `most` quick ends in a row there is no further one."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._backoff = Backoff(FIRST, MOST)
        self.quick_ends = 0

    def delay(self, code: int | None, ran: float) -> float | None:
        """How many seconds to wait before the next start; None where there is none. `ran` is how long it ran, `code`
        its exit code.
        """
        if code in _FINAL:
            return None
        if ran >= QUICK:
            self.forget()
        self.quick_ends += 1
        return None if self.quick_ends > self._most else self._backoff.delay()

    def forget(self) -> None:
        """Begin to count anew."""
        self.quick_ends = 0
        self._backoff.reset()
