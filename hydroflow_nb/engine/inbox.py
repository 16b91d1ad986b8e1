"""An inbox: the input of a flow at a tick's boundary, whatever it comes from."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import AsyncIterable, AsyncIterator, Callable
from typing import Any, Final

from hydroflow_nb.engine.channel import Channel
from hydroflow_nb.engine.external import External
from hydroflow_nb.engine.misfit import Misfit

# How often a queue that cannot tell of new items is looked at, in seconds.
PATIENCE: Final = 0.02


class Inbox(External):
    """Takes a batch from a channel when a tick begins, and gives it to the one operator that reads it.

    What comes from elsewhere goes through a channel as well, and so does what is injected by hand: there is one order.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self._batch: list[Any] = []

    def ingest(self) -> None:
        """Take in all that waits; called when a tick begins."""
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
        return bool(self.channel._items)

    def waiting(self) -> list[Any]:
        """The items that wait for the next tick, oldest first."""
        return self.channel.waiting()

    def drop(self) -> int:
        """Forget the batch of an aborted tick; returns how many items that were."""
        return len(self.take())

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have a function called when items arrive, from the sender's thread. Returns a function that ends it."""
        return self.channel.listen(listener)


class QueueInbox(Inbox):
    """The inbox of a queue of the standard library, which cannot tell when items arrive."""

    def __init__(self, source: queue.Queue[Any] | asyncio.Queue[Any]) -> None:
        super().__init__(Channel())
        self._queue = source

    def ingest(self) -> None:
        """Take in all that waits; called when a tick begins."""
        self._poll()
        super().ingest()

    def waits(self) -> bool:
        """True where items wait for the next tick."""
        return bool(self.channel._items) or not self._queue.empty()

    def waiting(self) -> list[Any]:
        """The items that wait for the next tick, oldest first."""
        self._poll()
        return super().waiting()

    async def pump(self, wake: Callable[[], None]) -> None:
        """Wait for items: those of an `asyncio.Queue` are awaited, a `queue.Queue` is looked at again and again."""
        while True:
            if isinstance(self._queue, asyncio.Queue):
                self.channel.send(await self._queue.get())
            else:
                await asyncio.sleep(PATIENCE)
                if self.waits():
                    wake()

    def _poll(self) -> None:
        found: list[Any] = []
        try:
            while True:
                found.append(self._queue.get_nowait())
        except (queue.Empty, asyncio.QueueEmpty):
            pass
        if found:
            self.channel.extend(found)


class IteratorInbox(Inbox):
    """The inbox of an async iterator, which is read while the flow runs in an event loop."""

    def __init__(self, source: AsyncIterable[Any]) -> None:
        super().__init__(Channel())
        self._iterator: AsyncIterator[Any] = aiter(source)

    async def pump(self, wake: Callable[[], None]) -> None:
        """Read the iterator to its end."""
        async for item in self._iterator:
            self.channel.send(item)


def inbox_of(source: Any) -> Inbox:
    """The inbox of a channel, a queue or an async iterator. Raises Misfit for anything else."""
    match source:
        case Channel():
            return Inbox(source)
        case queue.Queue() | asyncio.Queue():
            return QueueInbox(source)
        case AsyncIterable():
            return IteratorInbox(source)
    raise Misfit(
        f"cannot read from {type(source).__name__}",
        "give it a `hydroflow_nb.channel()`, a `queue.Queue`, an `asyncio.Queue` or an async iterator; "
        "`source_iter` reads an ordinary iterable",
    )
