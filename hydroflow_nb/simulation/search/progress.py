"""How far a search has come, on one line that is written over."""

from __future__ import annotations

import builtins
import sys
import time
from types import TracebackType
from typing import Final, Self

# A search that takes no longer shows nothing; and the time between two texts.
PATIENCE: Final = 1.0
PERIOD: Final = 0.25


class Progress:
    """A line on the error stream of a terminal, or in the output of a notebook. It is gone at the end.

    A notebook would show its error stream in red, and would leave a red bar there. `is_shown` says whether the line is
    shown; by default it is where a person watches.
    """

    def __init__(self, is_shown: bool | None = None) -> None:
        in_notebook = hasattr(builtins, "__IPYTHON__")
        self._stream = sys.stdout if in_notebook else sys.stderr
        watched = in_notebook or sys.stderr.isatty()
        self._is_shown = watched if is_shown is None else is_shown
        self._next = time.monotonic() + PATIENCE
        self._width = 0

    def tell(self, text: str) -> None:
        """Show a text, unless one was shown just now."""
        if self._is_shown and (now := time.monotonic()) >= self._next:
            self._next = now + PERIOD
            self._write(text)

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
