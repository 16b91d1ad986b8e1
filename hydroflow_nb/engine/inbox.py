"""An inbox: the input of a flow at a tick's boundary, whatever it comes from."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import AsyncIterable, AsyncIterator, Callable
from typing import Any

from hydroflow_nb.engine.channel import Channel
from hydroflow_nb.engine.misfit import Misfit


class Inbox:
    """Takes a batch from its source when a tick begins, and gives it to the one operator that reads it.

    What is injected by hand (`send`) goes into the source itself where that can take items, so that there is one order.
    """

    def __init__(self, source: Any) -> None:
        self.channel: Channel
        self._queue: queue.Queue[Any] | asyncio.Queue[Any] | None = None
        self.iterator: AsyncIterator[Any] | None = None
        self._batch: list[Any] = []
        match source:
            case Channel():
                self.channel = source
            case queue.Queue() | asyncio.Queue():
                self.channel, self._queue = Channel(), source
            case AsyncIterable():
                self.channel, self.iterator = Channel(), aiter(source)
            case _:
                raise Misfit(
                    f"cannot read from {type(source).__name__}",
                    "give it a `hydroflow_nb.channel()`, a `queue.Queue`, an `asyncio.Queue` or an async iterator; "
                    "`source_iter` reads an ordinary iterable",
                )

    def ingest(self) -> None:
        """Take in all that waits; called when a tick begins."""
        if self._queue is not None:
            self._poll()
        waiting = self.channel._items
        if waiting:
            # One item a tick is common enough to be worth its own way.
            self._batch += [waiting.popleft()] if len(waiting) == 1 else self.channel.drain()

    def take(self) -> list[Any]:
        """The tick's batch; a new list, which is the caller's."""
        batch, self._batch = self._batch, []
        return batch

    @property
    def batch(self) -> list[Any]:
        """What was taken in and not yet given to the operator."""
        return self._batch

    def waits(self) -> bool:
        """True where items wait for the next tick."""
        if self.channel._items:
            return True
        return self._queue is not None and not self._queue.empty()

    def waiting(self) -> list[Any]:
        """The items that wait for the next tick, oldest first."""
        if self._queue is not None:
            self._poll()
        return self.channel.waiting()

    def drop(self) -> int:
        """Forget the batch of an aborted tick; returns how many items that were."""
        return len(self.take())

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have a function called when items arrive; sources that cannot tell are polled instead."""
        return self.channel.listen(listener)

    @property
    def polled(self) -> bool:
        """True where the source cannot tell of new items."""
        return self._queue is not None

    async def pump(self) -> None:
        """Read the async iterator into the channel until it ends."""
        if self.iterator is not None:
            async for item in self.iterator:
                self.channel.send(item)

    def _poll(self) -> None:
        assert self._queue is not None
        found: list[Any] = []
        try:
            while True:
                found.append(self._queue.get_nowait())
        except (queue.Empty, asyncio.QueueEmpty):
            pass
        if found:
            self.channel.extend(found)
