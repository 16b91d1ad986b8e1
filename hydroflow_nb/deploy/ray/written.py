"""What an actor writes, line by line, for the program that deploys: the standard streams of the actor's process."""

from __future__ import annotations

import io
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import Final, TextIO

# The lines that wait to be asked for; older ones are in the log of Ray alone.
_MOST: Final = 2_000
# A longer line is told in pieces, as that of a process is.
_LONGEST: Final = 4096


class Written:
    """The lines that wait to be told; `changed` is called when there are more. Any thread may write them."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._lines: deque[str] = deque(maxlen=_MOST)
        # What stands behind the last line end.
        self._rest = ""
        self._changed = changed
        # The collector of garbage may have the thread that holds it write something.
        self._lock = threading.RLock()

    def capture(self) -> None:
        """Take in what this process writes from now on. Ray's own log gets it as well."""
        sys.stdout, sys.stderr = _Copying(sys.stdout, self), _Copying(sys.stderr, self)

    def add(self, text: str) -> None:
        """Take in a piece of what was written."""
        with self._lock:
            *whole, rest = (self._rest + text).split("\n")
            *begun, self._rest = _pieces(rest)
            self._lines.extend(piece for line in whole for piece in _pieces(line))
            self._lines.extend(begun)
        if whole or begun:
            self._changed()

    def end(self) -> None:
        """Nothing follows: what stands behind the last line end is a line too."""
        with self._lock:
            rest, self._rest = self._rest, ""
            self._lines.extend([rest] if rest else [])

    def take(self) -> list[bytes]:
        """The lines since the last call."""
        with self._lock:
            lines, self._lines = self._lines, deque(maxlen=_MOST)
        return [line.encode("utf-8", "replace") for line in lines]

    def __bool__(self) -> bool:
        return bool(self._lines)


def _pieces(line: str) -> list[str]:
    """A line in pieces that are not too long; one piece of an empty line."""
    return [line[start : start + _LONGEST] for start in range(0, len(line), _LONGEST)] or [line]


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
