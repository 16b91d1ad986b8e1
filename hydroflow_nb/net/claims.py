"""What receivers claim to keep of what an end has sent: more than that, where its folder was put back from a copy."""

from __future__ import annotations

import logging
from typing import Final

from hydroflow_nb.engine.shown import shown

# Of so many streams at most it is told.
_MOST: Final = 100

_LOG = logging.getLogger("hydroflow_nb.net")


class Claims:
    """Up to which number each stream was sent, and what receivers claim to keep of it. Anybody may claim anything: the
    flow goes on.
    """

    def __init__(self) -> None:
        self._sent: dict[str, int] = {}
        self._told: set[str] = set()
        # The last tick before a restart, when it runs again, may give what is claimed: until a tick begins that is new,
        # claims wait.
        self._waiting: dict[str, int] | None = {}

    @property
    def wait(self) -> bool:
        """True until the first tick begins that is new."""
        return self._waiting is not None

    def sent(self, stream: str, number: int) -> None:
        """All of a stream up to a number was sent, now or by an earlier process."""
        if number > self._sent.get(stream, 0):
            self._sent[stream] = number

    def claimed(self, stream: str, number: int) -> None:
        """A receiver claims to keep all of a stream up to a number."""
        if number <= self._sent.get(stream, 0):
            return
        if self._waiting is None:
            self._tell(stream, number)
        elif len(self._waiting) < _MOST:
            self._waiting[stream] = number

    def settle(self) -> None:
        """A tick begins that is new."""
        waiting, self._waiting = self._waiting, None
        for stream, number in (waiting or {}).items():
            self.claimed(stream, number)

    def _tell(self, stream: str, number: int) -> None:
        """Tell it, once of each stream."""
        if stream not in self._told and len(self._told) < _MOST:
            self._told.add(stream)
            _LOG.warning(
                "%s keeps messages of this flow up to batch %d, which it has not sent: the folder of this flow has "
                "lost what it sent, and what it sends next is dropped there up to that number",
                shown(stream),
                number,
            )
