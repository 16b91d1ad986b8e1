"""An inbox: the input of a flow at a tick's boundary, whatever it comes from."""

from __future__ import annotations

import asyncio
import inspect
import logging
import queue
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from contextlib import suppress
from typing import Any, Final

from hydroflow_nb.engine.alarm import Alarm
from hydroflow_nb.engine.channel import Channel
from hydroflow_nb.engine.contained import contained, released
from hydroflow_nb.engine.external import External
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.notes import annotate, is_kind

# An async iterator pauses while so many of its items wait: enough that ticks have a batch to work on, which is what
# makes them cheap, and few enough that one which never waits itself fills no memory.
MOST_READ_AHEAD: Final = 1_000

# What a queue raises that gives nothing now; from Python 3.13 on, one that was shut down gives nothing any more.
_QUEUE_ENDS: Final = (
    queue.Empty,
    asyncio.QueueEmpty,
    *(
        getattr(module, name)
        for module, name in ((queue, "ShutDown"), (asyncio, "QueueShutDown"))
        if hasattr(module, name)
    ),
)

_LOG = logging.getLogger("hydroflow_nb")


class Inbox(External):
    """Takes a batch from a channel when a tick begins, and gives it to the one operator that reads it.

    What comes from elsewhere goes through a channel as well, and so does what is injected by hand: there is one order.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self._batch: list[Any] = []

    @property
    def source(self) -> tuple[object, ...]:
        """What it reads from; inboxes of the very same get every item each."""
        return (self.channel,)

    def ingest(self) -> None:
        """Take in all that waits; called when a tick begins."""
        waiting = self.channel.queue
        if len(waiting) > 1:
            drained = self.channel.drain()
            self._batch = self._batch + drained if self._batch else drained
        elif waiting:
            # One item a tick is common enough to be worth its own way.
            try:  # noqa: SIM105 - `suppress` costs more than all of this
                self._batch.append(waiting.popleft())
            except IndexError:
                # Another thread has taken it.
                pass

    def repeat(self, items: Iterable[Any]) -> None:
        """Have the tick work on the items of an earlier one; what waits goes on waiting."""
        self._batch += items

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
        return bool(self.channel.queue)

    def waiting(self) -> list[Any]:
        """The items that wait for the next tick, oldest first."""
        return self.channel.waiting()

    def discard(self, index: int) -> Any:
        """Take back one waiting item by its position. Raises IndexError."""
        return self.channel.discard(index)

    def drop(self) -> int:
        """Forget the batch of an aborted tick; returns how many items that were."""
        return len(self.take())

    def watch(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Have a function called, from the sender's thread, when items arrive here, whether or not the flow runs.

        Of what waits in a queue until a tick takes it, it is not told. Returns a function that ends it.
        """
        return self.channel.listen(watcher)

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have a function called when items arrive, from the sender's thread. Returns a function that ends it."""
        return self.watch(listener)


class _Tasks:
    """The items of a queue that a flow has taken, until the queue is told that they are done.

    An item is done when the tick has ended that took it in, whatever became of it there.
    """

    def __init__(self, source: queue.Queue[Any] | asyncio.Queue[Any]) -> None:
        self._done = source.task_done
        self._fetched = 0
        self._taken_in = 0

    def fetch(self) -> None:
        """One more item was taken out of the queue."""
        self._fetched += 1

    def take_in(self) -> None:
        """A tick takes in all that was fetched."""
        self._taken_in += self._fetched
        self._fetched = 0

    def discard(self, left: int) -> None:
        """An item was taken back before its tick; so many are left, with those that were put in by hand."""
        if self._fetched > left:
            self._fetched -= 1
            self._tell(1)

    def end_tick(self) -> None:
        """Tell the queue."""
        count, self._taken_in = self._taken_in, 0
        self._tell(count)

    def _tell(self, count: int) -> None:
        # Somebody else may have counted an item that is counted here.
        with suppress(ValueError):
            for _ in range(count):
                self._done()


class QueueInbox(Inbox):
    """The inbox of a `queue.Queue`: what waits there stays there until a tick takes it."""

    hears_of_ends = True

    def __init__(self, source: queue.Queue[Any]) -> None:
        super().__init__(Channel())
        self._queue = source
        self._tasks = _Tasks(source)

    @property
    def source(self) -> tuple[object, ...]:
        """The queue."""
        return (self._queue,)

    def ingest(self) -> None:
        """Take in all that waits; called when a tick begins."""
        self._fetch()
        self._tasks.take_in()
        super().ingest()

    def end_tick(self) -> None:
        """Have the queue count what the tick took in as done: `join()` waits for that."""
        self._tasks.end_tick()

    def discard(self, index: int) -> Any:
        """Take back one waiting item by its position. Raises IndexError."""
        item = super().discard(index)
        self._tasks.discard(len(self.channel))
        return item

    def waits(self) -> bool:
        """True where items wait for the next tick."""
        return bool(self.channel.queue) or not self._queue.empty()

    def waiting(self) -> list[Any]:
        """The items that wait for the next tick, oldest first."""
        self._fetch()
        return super().waiting()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have a function called when items arrive, from the sender's thread. Returns a function that ends it."""
        unlisten = super().listen(listener)
        forget = _listen_to_queue(self._queue, listener)

        def end() -> None:
            unlisten()
            forget()

        return end

    def _fetch(self) -> None:
        with suppress(*_QUEUE_ENDS):
            while True:
                self.channel.send(self._queue.get_nowait())
                self._tasks.fetch()


class _Notify:
    """Stands in the place of the method `notify` of a queue's condition, and tells listeners as well."""

    def __init__(self, notify: Callable[[int], None]) -> None:
        self._notify = notify
        self.listeners: list[Callable[[], None]] = []

    def __call__(self, n: int = 1) -> None:
        self._notify(n)
        for listener in tuple(self.listeners):
            listener()


def _listen_to_queue(source: queue.Queue[Any], listener: Callable[[], None]) -> Callable[[], None]:
    """Have a function called, under the queue's lock, when items are put in. Returns a function that ends it.

    A thread that waits in `get` would hold an item when the flow is stopped, and one that waits for the condition would
    take the notice away from another reader; so it is the notice itself that is listened to.
    """
    attributes = vars(source.not_empty)
    with source.mutex:
        notify = attributes.get("notify")
        if not isinstance(notify, _Notify):
            notify = attributes["notify"] = _Notify(source.not_empty.notify)
        notify.listeners.append(listener)

    def end() -> None:
        with source.mutex:
            if listener in notify.listeners:
                notify.listeners.remove(listener)
            if not notify.listeners and attributes.get("notify") is notify:
                del attributes["notify"]

    return end


class ReadInbox(Inbox):
    """An inbox that a task of the event loop fills, no further ahead than some number of items."""

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


class AsyncioQueueInbox(ReadInbox):
    """The inbox of an `asyncio.Queue`: what waits there stays there until a tick takes it, all but the item that told
    of it; so a bounded queue holds back those who put items in.
    """

    hears_of_ends = True

    def __init__(self, source: asyncio.Queue[Any]) -> None:
        super().__init__(most=1)
        self._queue = source
        self._tasks = _Tasks(source)
        self._reading: asyncio.Task[None] | None = None

    @property
    def source(self) -> tuple[object, ...]:
        """The queue."""
        return (self._queue,)

    def ingest(self) -> None:
        """Take in all that waits; called when a tick begins."""
        self._fetch()
        self._tasks.take_in()
        super().ingest()

    def end_tick(self) -> None:
        """Have the queue count what the tick took in as done: `join()` waits for that."""
        self._tasks.end_tick()

    def discard(self, index: int) -> Any:
        """Take back one waiting item by its position. Raises IndexError."""
        item = super().discard(index)
        self._tasks.discard(len(self.channel))
        return item

    def waits(self) -> bool:
        """True where items wait for the next tick."""
        return bool(self.channel.queue) or not self._queue.empty()

    def waiting(self) -> list[Any]:
        """The items that wait for the next tick, oldest first."""
        self._fetch()
        return super().waiting()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have a function called when items arrive; those of the queue are awaited where an event loop runs.

        Returns a function that ends it, to be called in that loop.
        """
        unlisten = super().listen(listener)
        try:
            reading = self._reading = asyncio.get_running_loop().create_task(contained(self._read()))
        except RuntimeError:
            return unlisten

        def end() -> None:
            unlisten()
            reading.cancel()

        return end

    async def pump(self, wake: Callable[[], None]) -> None:
        """Raise what keeps the queue from being read, such as that it belongs to another event loop, with a note."""
        reading = self._reading
        if reading is None:
            return
        await asyncio.wait([reading])
        if reading.cancelled():
            return
        try:
            released(reading.result())
        except BaseException as exception:
            annotate(exception, f"hydroflow: from the queue that is read {self.place or 'by the flow'}")
            raise

    async def _read(self) -> None:
        with suppress(*_QUEUE_ENDS):
            while True:
                await self._until_more_is_wanted()
                item = await self._queue.get()
                self._tasks.fetch()
                self.channel.send(item)

    def _fetch(self) -> None:
        with suppress(*_QUEUE_ENDS):
            while True:
                self.channel.send(self._queue.get_nowait())
                self._tasks.fetch()


class IteratorInbox(ReadInbox):
    """The inbox of an async iterator, which is read while the flow runs in an event loop.

    The task that reads it is not the pump's own: cancelled with it, a generator would be ended in its middle. Without a
    pump it ends behind the item that it has asked for; the next pump in the same event loop goes on from there.
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
                    # Another pump has told of the end, or the inbox was closed.
                    return
        finally:
            self._pumps -= 1
            self._tell_of_room()

    async def _read(self) -> bool:
        """Read until there is no pump any more; True: the iterator has ended."""
        if not self._was_asked and inspect.isasyncgen(self._iterator) and self._iterator.ag_frame is None:
            _LOG.warning(
                "the async generator that is read %s had ended before: one is read once, and a flow that is closed or "
                "reset ends it; call its function in the flow, as in `source_stream(ticks())`",
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
                # As the task's own, it would look like an end of the iterator.
                raise RuntimeError("the async iterator was cancelled before its end") from exception
            raise

    def _wants_more(self) -> bool:
        return not self._pumps or super()._wants_more()

    def close(self) -> None:
        """Ask the iterator for nothing more."""
        reading, self._reading = self._reading, None
        if reading is not None and not reading.get_loop().is_closed():
            reading.get_loop().call_soon_threadsafe(reading.cancel)


def inbox_of(source: Any) -> Inbox:
    """The inbox of a channel, a queue or an async iterator. Raises Misfit for anything else."""
    match source:
        case Channel():
            return Inbox(source)
        case queue.Queue():
            return QueueInbox(source)
        case asyncio.Queue():
            return AsyncioQueueInbox(source)
        case AsyncIterable():
            return IteratorInbox(source)
    raise Misfit(
        f"cannot read from {type(source).__name__}",
        "give it a `hydroflow_nb.channel()`, a `queue.Queue`, an `asyncio.Queue` or an async iterator; "
        "`source_iter` reads an ordinary iterable",
    )
