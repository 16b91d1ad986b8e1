"""A channel: where a flow's input waits, and where its output may go."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from itertools import repeat, starmap
from typing import Any


class Channel:
    """A queue without limit that any thread may send into.

    `send(item)` and `extend(items)` put items in, `drain()` takes all out as a list, `len()` counts what waits, and
    `async for item in channel` takes items out one by one, waiting for more until the channel is closed.
    """

    def __init__(self) -> None:
        self._items: deque[Any] = deque()
        self._listeners: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        self._closed = False

    def send(self, item: Any) -> None:
        """Put one item in."""
        self._items.append(item)
        if self._listeners:
            self._tell()

    def extend(self, items: Iterable[Any]) -> None:
        """Put in every item of an iterable."""
        self._items.extend(items)
        self._tell()

    def drain(self) -> list[Any]:
        """Take out all that waits, oldest first."""
        # What another thread puts in meanwhile stays for the next call.
        return list(starmap(self._items.popleft, repeat((), len(self._items))))

    def waiting(self) -> list[Any]:
        """All that waits, oldest first, without taking it out."""
        with self._lock:
            return list(self._items)

    def discard(self, index: int) -> Any:
        """Take out and return one waiting item by its position, 0 for the oldest. Raises IndexError."""
        with self._lock:
            item = self._items[index]
            del self._items[index]
        return item

    def close(self) -> None:
        """End the channel for those who wait for items with `async for`; what waits can still be taken."""
        self._closed = True
        self._tell()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have a function called, from the sender's thread, after items came in. Returns a function that ends it."""
        with self._lock:
            self._listeners.append(listener)

        def unlisten() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return unlisten

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    def __len__(self) -> int:
        return len(self._items)

    async def __aiter__(self) -> AsyncIterator[Any]:
        loop = asyncio.get_running_loop()
        arrived = asyncio.Event()
        unlisten = self.listen(lambda: _wake(loop, arrived))
        try:
            while True:
                arrived.clear()
                while self._items:
                    yield self._items.popleft()
                if self._closed:
                    return
                await arrived.wait()
        finally:
            unlisten()

    def __repr__(self) -> str:
        return f"<channel, {len(self)} waiting>"


def _wake(loop: asyncio.AbstractEventLoop, arrived: asyncio.Event) -> None:
    loop.call_soon_threadsafe(arrived.set)


def channel(items: Iterable[Any] = ()) -> Channel:
    """A new channel, with items in it if any are given."""
    made = Channel()
    made.extend(items)
    return made
