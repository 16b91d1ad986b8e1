"""A line that tells how far a run is, while a person waits for it: ticks, items a second, what waits, seconds.

The run itself pays nothing for it. One thread of the process looks at the run under way four times a second, also
within a tick that takes long.
"""

from __future__ import annotations

import builtins
import contextvars
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final, TextIO

from hydroflow_nb.records import dataclass

# A run that takes no longer shows nothing; and the time between two texts.
PATIENCE: Final = 0.5
PERIOD: Final = 0.25


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a run stands: the tick, how many items the ticks have taken in (None where that is not recorded), and
    how many wait.
    """

    tick: int
    taken: int | None
    waiting: int


def told(before: Standing, now: Standing, seconds: float) -> str:
    """How far a run is that began some seconds ago."""
    ticks = now.tick - before.tick
    parts = [f"tick {now.tick:,}", f"{ticks / seconds:,.0f} ticks a second"]
    if before.taken is not None and now.taken is not None:
        parts.append(f"{(now.taken - before.taken) / seconds:,.0f} items a second")
    return ", ".join([*parts, f"{now.waiting:,} waiting", f"{seconds:.1f} s"])


class _Run:
    """A run that is watched: where it stood at its start, and the line about it."""

    def __init__(self, standing: Callable[[], Standing], stream: TextIO) -> None:
        self.standing = standing
        self.stream = stream
        self.began = time.monotonic()
        self.before = standing()
        self.width = 0
        # A notebook shows what a thread writes under the cell whose context it is in.
        self.context = contextvars.copy_context()

    def tell(self) -> None:
        seconds = time.monotonic() - self.began
        if seconds >= PATIENCE:
            self.write(told(self.before, self.standing(), seconds))

    def write(self, text: str) -> None:
        self.context.run(self.stream.write, f"\r{text.ljust(self.width)}")
        self.context.run(self.stream.flush)
        self.width = len(text)


class _Watch:
    """The thread that looks at the runs under way."""

    def __init__(self) -> None:
        self._runs: list[_Run] = []
        self._lock = threading.Lock()
        self._any = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, run: _Run) -> None:
        with self._lock:
            self._runs.append(run)
            self._any.set()
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._look, name="hydroflow progress", daemon=True)
                self._thread.start()

    def end(self, run: _Run) -> None:
        with self._lock:
            self._runs.remove(run)
            if not self._runs:
                self._any.clear()
            if run.width:
                run.write("")
                run.write("\r")

    def _look(self) -> None:
        while True:
            self._any.wait()
            time.sleep(PERIOD)
            with self._lock:
                for run in self._runs:
                    # The run goes on meanwhile, and may change what is looked at; a stream may be closed.
                    with suppress(RuntimeError, ValueError, OSError):
                        run.tell()


_WATCH: Final = _Watch()


def is_wanted(progress: bool | None) -> bool:
    """Whether a line is shown: as asked, and by default in a notebook."""
    return hasattr(builtins, "__IPYTHON__") if progress is None else progress


@contextmanager
def progress_of(standing: Callable[[], Standing]) -> Iterator[None]:
    """Tell how far a run is, from half a second after its start until its end, when the line is gone.

    It stands in the output of a notebook's cell, elsewhere on the error stream.
    """
    # A notebook would show its error stream in red.
    run = _Run(standing, sys.stdout if hasattr(builtins, "__IPYTHON__") else sys.stderr)
    try:
        _WATCH.begin(run)
    except RuntimeError:  # a kernel in a page has no threads
        yield
        return
    try:
        yield
    finally:
        _WATCH.end(run)
