"""Waiting for a disk, in a thread beside the one that runs a flow."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor


class Waiting:
    """Has a thread of its own do what waits for a disk, one after the other. The thread begins with the first of it."""

    def __init__(self) -> None:
        self._thread: ThreadPoolExecutor | None = None
        self._last: Future[OSError | None] | None = None

    def begin(self, work: Callable[[], None]) -> Future[OSError | None]:
        """Have the thread do something, which may raise OSError. Returns what can be waited for: what it has raised."""
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "hydroflow-disk")
        self._last = self._thread.submit(_raised, work)
        return self._last

    def end(self) -> None:
        """Wait until all of it is done. Raises what the last of it has raised: OSError."""
        last, self._last = self._last, None
        exception = None if last is None else last.result()
        if exception is not None:
            raise exception

    def close(self) -> None:
        """Let go of the thread, once all of it is done."""
        if self._thread is not None:
            self._thread.shutdown()


def _raised(work: Callable[[], None]) -> OSError | None:
    try:
        work()
    except OSError as exception:
        return exception
    return None
