"""A snapshot that a forked process writes while ticks go on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Final

from hydroflow_nb.durable.folder import fill, part_of, put_in_place
from hydroflow_nb.durable.forked import Forked

# After so many seconds a process that writes hangs.
_PATIENCE: Final = 600.0


class Renewal:
    """A snapshot of the state before a tick, which is being written. The old one stays until it is whole.

    Raises OSError where the file cannot be made, or no process begins.
    """

    def __init__(self, target: Path, tick: int, pieces: Callable[[], list[bytes]]) -> None:
        self.tick = tick
        self._target, self._part = target, part_of(target)
        self._deadline = monotonic() + _PATIENCE
        try:
            # The process writes to the file that is open: whatever becomes of its name, it writes to no other one.
            with self._part.open("wb") as file:
                self._forked = Forked(lambda: fill(file, pieces()), [file.fileno()])
        except BaseException:
            self._part.unlink(missing_ok=True)
            raise

    def failure(self) -> str | None:
        """Why it was not written, empty where it is in its place; None while it is being written."""
        why = self._forked.failure()
        if why is None and monotonic() > self._deadline:
            self._forked.end()
            why = f"its process hung for {_PATIENCE:.0f} seconds"
        if why == "":
            try:
                put_in_place(self._part, self._target)
            except OSError as exception:
                why = exception.strerror or str(exception)
        if why:
            self._part.unlink(missing_ok=True)
        return why

    def end(self) -> None:
        """End it, where it is not whole."""
        self._forked.end()
        self._part.unlink(missing_ok=True)
