"""A thread with an event loop, beside the one that runs cells: it goes on while a cell computes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Begun(Generic[T]):
    """What was begun in the background: `await` it, or wait for its `result` where no event loop runs."""

    def __init__(self, future: Future[T]) -> None:
        self._future = future

    def __await__(self) -> Generator[Any, None, T]:
        return asyncio.wrap_future(self._future).__await__()

    def result(self, timeout: float | None = None) -> T:
        """Wait for it, for at most so many seconds. Raises what it raises, and TimeoutError."""
        return self._future.result(timeout)


class Background:
    """An event loop in a thread of its own, which ends with `close`, or with the program."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def begin(self, work: Coroutine[Any, Any, T]) -> Begun[T]:
        """Run a coroutine there. Raises RuntimeError where it has ended."""
        if self._loop.is_closed() or not self._thread.is_alive():
            work.close()
            raise RuntimeError("the background has ended")
        return Begun(asyncio.run_coroutine_threadsafe(work, self._loop))

    def call(self, function: Callable[[], None]) -> None:
        """Call a function there soon; where the loop has ended it is not called."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function)

    def close(self) -> None:
        """End the loop, and wait a moment for the thread, unless this is it."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        if threading.current_thread() is not self._thread:
            self._thread.join(1.0)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            # What came last begins, and is cancelled with all else: nobody waits for it for ever.
            self._loop.run_until_complete(asyncio.sleep(0))
            left = asyncio.all_tasks(self._loop)
            for task in left:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            self._loop.close()
