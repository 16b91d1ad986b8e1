"""What an actor writes, line by line, for the program that deploys: the standard streams of the actor's process."""

from __future__ import annotations

import io
import sys
from collections import deque
from collections.abc import Callable
from typing import Final, TextIO

# The lines that wait to be asked for; older ones are in the log of Ray alone.
_MOST: Final = 2_000


class Written:
    """The lines that wait to be told; `changed` is called when there are more."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._lines: deque[str] = deque(maxlen=_MOST)
        self._rest = ""
        self._changed = changed

    def capture(self) -> None:
        """Take in what this process writes from now on. Ray's own log gets it as well."""
        sys.stdout, sys.stderr = _Copying(sys.stdout, self), _Copying(sys.stderr, self)

    def add(self, text: str) -> None:
        """Take in a piece of what was written."""
        *whole, self._rest = (self._rest + text).split("\n")
        if whole:
            self._lines.extend(whole)
            self._changed()

    def take(self) -> list[bytes]:
        """The lines since the last call."""
        found = [line.encode("utf-8", "replace") for line in self._lines]
        self._lines.clear()
        return found

    def __bool__(self) -> bool:
        return bool(self._lines)


class _Copying(io.TextIOBase):
    """A stream that gives what is written to it to another one, and to the lines."""

    def __init__(self, stream: TextIO, written: Written) -> None:
        self._stream = stream
        self._written = written

    def write(self, text: str, /) -> int:
        self._written.add(text)
        return self._stream.write(text)

    def flush(self) -> None:
        self._stream.flush()

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        return self._stream.fileno()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._stream.encoding
