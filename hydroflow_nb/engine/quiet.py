"""Runs that print nothing: a search makes very many."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import TextIOBase
from threading import get_ident
from typing import TextIO


class _SilentInOneThread(TextIOBase):
    """An output that drops what the thread prints that made it; what other threads print is passed on."""

    def __init__(self, output: TextIO) -> None:
        self._output = output
        self._thread = get_ident()

    def write(self, text: str) -> int:
        return len(text) if get_ident() == self._thread else self._output.write(text)

    def flush(self) -> None:
        self._output.flush()


@contextmanager
def quiet() -> Iterator[None]:
    """While it lasts, what functions of a flow print in this thread goes nowhere."""
    with redirect_stdout(_SilentInOneThread(sys.stdout)):
        yield
