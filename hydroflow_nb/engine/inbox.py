"""An inbox: the input of a flow at a tick's boundary, from any kind of source."""

from __future__ import annotations

import inspect
import logging
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from typing import Any, Final

from hydroflow_nb.engine.alarm import Alarm
from hydroflow_nb.engine.channel import Channel
from hydroflow_nb.engine.contained import contained, released
from hydroflow_nb.engine.external import External
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.notes import annotate, is_kind
from hydroflow_nb.later import asyncio

# An async iterator pauses while so many of its items wait. They are enough for ticks to work on batches, which makes
# ticks cheap, and few enough that an iterator that never waits does not fill the memory.
MOST_READ_AHEAD: Final = 1_000

_LOG = logging.getLogger("hydroflow_nb")


class Inbox(External):
    """Takes a batch from a channel when a tick begins, and gives it to the one operator that reads it.

    Items from other sources go through a channel as well, and so do items that are put in by hand: all have one order.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self._batch: list[Any] = []

    @property
    def source(self) -> tuple[object, ...]:
        """What it reads from. Of several inboxes with the same source each gets every item."""
        return (self.channel,)

    @property
    def kind(self) -> Any:
        """The type of the messages that it gives; None where it gives something else, or messages of any type."""
        return None

    def ingest(self) -> None:
        """Take in all that waits; called when a tick begins."""
        waiting = self.channel.queue
        if len(waiting) > 1:
            drained = self.channel.drain()
            self._batch = self._batch + drained if self._batch else drained
        elif waiting:
            # One item a tick is so common that it has a faster way.
            try:  # noqa: SIM105 - `suppress` costs more than all of this
                self._batch.append(waiting.popleft())
            except IndexError:
                # Another thread has taken it.
                pass

    def repeat(self, items: Iterable[Any]) -> None:
        """Give the tick the items of an earlier one; what waits goes on waiting."""
        self._batch += items

    def take(self) -> list[Any]:
        """The tick's batch, a list that belongs to the caller."""
        batch, self._batch = self._batch, []
        return batch

    @property
    def batch(self) -> list[Any]:
        """The items that were taken in and not yet given to the operator."""
        return self._batch

    @property
    def as_it_came(self) -> Any:
        """The batch as data, as it came from outside, which `read` makes items of again; None where the items are all
        that is known of it.
        """
        return None

    def read(self, data: Any) -> list[Any]:
        """The items of a batch as it came. Raises Misfit where they cannot be made again."""
        raise Misfit("it has messages as they came, and this input reads none")

    def waits(self) -> bool:
        """True where items wait for the next tick."""
        return bool(self.channel.queue)

    @property
    def queues(self) -> tuple[deque[Any], ...] | None:
        """The queue of its channel, where a subclass does not ask for more."""
        return (self.channel.queue,) if type(self).waits is Inbox.waits else None

    def waiting(self) -> list[Any]:
        """The items that wait for the next tick, oldest first."""
        return self.channel.waiting()

    def discard(self, index: int) -> Any:
        """Take back one waiting item by its position. Raises IndexError."""
        return self.channel.discard(index)

    def sender(self, item: Any) -> Any:
        """The address that an item came from, where it is a message; None for any other item."""
        return None

    def drop(self) -> int:
        """Forget the batch of an aborted tick; returns how many items that were."""
        return len(self.take())

    def watch(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Subscribe to arrivals: the function is called, in the sender's thread, when items arrive here, also while the
        flow does not run. It is not called for items that wait in a queue until a tick takes them.

        Returns a function that unsubscribes it.
        """
        return self.channel.listen(watcher)

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Subscribe to arrivals: the function is called, in the sender's thread, when items arrive.

        Returns a function that unsubscribes it.
        """
        return self.watch(listener)


class ReadInbox(Inbox):
    """An inbox that a task of the event loop fills; it pauses while `most` items wait."""

    def __init__(self, most: int) -> None:
        super().__init__(Channel())
        self._most = most
        self._room: list[Alarm] = []

    def ingest(self) -> None:
        """Take in all that waits; called when a tick begins."""
        super().ingest()
        self._tell_of_room()

    def discard(self, index: int) -> Any:
        """Take back one waiting item by its position. Raises IndexError."""
        item = super().discard(index)
        self._tell_of_room()
        return item

    def _tell_of_room(self) -> None:
        for alarm in tuple(self._room):
            alarm.ring()

    def _wants_more(self) -> bool:
        return len(self.channel) < self._most

    async def _until_more_is_wanted(self) -> None:
        if self._wants_more():
            return
        alarm = Alarm()
        self._room.append(alarm)
        try:
            while not self._wants_more():
                await alarm.wait()
                alarm.clear()
        finally:
            self._room.remove(alarm)


class IteratorInbox(ReadInbox):
    """The inbox of an async iterator, which is read while the flow runs in an event loop.

    The pump has another task read it: if that task were cancelled with the pump, a generator would end in its middle.
    Without a pump it ends after the item that it waits for. The next pump in the same event loop goes on from there.
    """

    def __init__(self, source: AsyncIterable[Any]) -> None:
        super().__init__(most=MOST_READ_AHEAD)
        self._iterator: AsyncIterator[Any] = aiter(source)
        self._reading: asyncio.Task[bool] | None = None
        self._pumps = 0
        self._was_asked = False

    @property
    def source(self) -> tuple[object, ...]:
        """The iterator."""
        return (self._iterator,)

    async def pump(self, wake: Callable[[], None]) -> None:
        """Read the iterator to its end. Raises what it raises, with a note that names the source."""
        loop = asyncio.get_running_loop()
        self._pumps += 1
        try:
            while True:
                reading = self._reading
                if reading is None or reading.get_loop() is not loop:
                    reading = self._reading = loop.create_task(contained(self._read()))
                await asyncio.wait([reading])
                if self._reading is reading:
                    self._reading = None
                    if reading.cancelled() or released(reading.result()):
                        return
                elif self._reading is None:
                    # Another pump has seen the end, or the inbox was closed.
                    return
        finally:
            self._pumps -= 1
            self._tell_of_room()

    async def _read(self) -> bool:
        """Read until no pump is left. True where the iterator has ended."""
        if not self._was_asked and inspect.isasyncgen(self._iterator) and self._iterator.ag_frame is None:
            _LOG.warning(
                "the async generator that is read %s had ended before. An async generator can be read only once, and "
                "closing or resetting the flow ends it: call its function in the flow, as in `source_stream(ticks())`",
                self.place or "by the flow",
            )
        self._was_asked = True
        try:
            await self._until_more_is_wanted()
            while True:
                self.channel.send(await anext(self._iterator))
                await self._until_more_is_wanted()
                if not self._pumps:
                    return False
        except StopAsyncIteration:
            return True
        except BaseException as exception:
            annotate(exception, f"hydroflow: from the async iterator that is read {self.place or 'by the flow'}")
            task = asyncio.current_task()
            if is_kind(exception, asyncio.CancelledError) and task is not None and not task.cancelling():
                # Raised by the task itself, it would look like an end of the iterator.
                raise RuntimeError("the async iterator was cancelled before its end") from exception
            raise

    def _wants_more(self) -> bool:
        return not self._pumps or super()._wants_more()

    def close(self) -> None:
        """Stop reading the iterator."""
        reading, self._reading = self._reading, None
        if reading is not None and not reading.get_loop().is_closed():
            reading.get_loop().call_soon_threadsafe(reading.cancel)
