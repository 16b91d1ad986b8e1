"""The inboxes of queues: what waits in a queue stays there until a tick takes it."""

from __future__ import annotations

import queue
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

from hydroflow_nb.engine.channel import Channel
from hydroflow_nb.engine.contained import contained, released
from hydroflow_nb.engine.inbox import Inbox, ReadInbox
from hydroflow_nb.engine.listeners import all_of
from hydroflow_nb.engine.notes import annotate
from hydroflow_nb.later import asyncio


@cache
def _ends_of_queues() -> tuple[type[Exception], ...]:
    """What a queue raises when it is empty or, from Python 3.13 on, was shut down."""
    known = ((queue, "Empty"), (queue, "ShutDown"), (asyncio, "QueueEmpty"), (asyncio, "QueueShutDown"))
    return tuple(getattr(module, name) for module, name in known if hasattr(module, name))


class _Tasks:
    """The items of a queue that a flow has taken, until the queue is told that they are done.

    An item is done when the tick that took it in has ended, also after a fault.
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
        """An item was taken back before its tick. `left` items still wait, including those that were put in by hand."""
        if self._fetched > left:
            self._fetched -= 1
            self._tell(1)

    def end_tick(self) -> None:
        """Tell the queue."""
        count, self._taken_in = self._taken_in, 0
        self._tell(count)

    def _tell(self, count: int) -> None:
        # Other code may have counted an item that is counted here.
        with suppress(ValueError):
            for _ in range(count):
                self._done()


class _TakenFromQueue(Inbox):
    """What the inboxes of both kinds of queues have in common."""

    hears_of_ends = True
    _queue: queue.Queue[Any] | asyncio.Queue[Any]
    _tasks: _Tasks

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
        """Tell the queue that what the tick took in is done: `join()` waits for that."""
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

    def _fetch(self) -> None:
        with suppress(*_ends_of_queues()):
            while True:
                self.channel.send(self._queue.get_nowait())
                self._tasks.fetch()


class QueueInbox(_TakenFromQueue):
    """The inbox of a `queue.Queue`: what waits there stays there until a tick takes it."""

    _queue: queue.Queue[Any]

    def __init__(self, source: queue.Queue[Any]) -> None:
        super().__init__(Channel())
        self._queue = source
        self._tasks = _Tasks(source)

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Subscribe to arrivals: the function is called, in the sender's thread, when items arrive.

        Returns a function that unsubscribes it.
        """
        return all_of((super().listen(listener), _listen_to_queue(self._queue, listener)))


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
    """Subscribe to a queue: the function is called, under the queue's lock, when items are put in.

    Returns a function that unsubscribes it. No thread waits for items: one that waits in `get` would hold an item when
    the flow is stopped, and one that waits for the condition would take the notice away from another reader. So this
    puts itself in the place of the notice.
    """
    attributes = vars(source.not_empty)
    with source.mutex:
        notify = attributes.get("notify")
        if not isinstance(notify, _Notify):
            notify = attributes["notify"] = _Notify(source.not_empty.notify)
        notify.listeners.append(listener)

    def unsubscribe() -> None:
        with source.mutex:
            if listener in notify.listeners:
                notify.listeners.remove(listener)
            if not notify.listeners and attributes.get("notify") is notify:
                del attributes["notify"]

    return unsubscribe


class AsyncioQueueInbox(_TakenFromQueue, ReadInbox):
    """The inbox of an `asyncio.Queue`: items wait there until a tick takes them, except the one that the reading task
    has taken. So a bounded queue makes those wait who put items in.
    """

    _queue: asyncio.Queue[Any]

    def __init__(self, source: asyncio.Queue[Any]) -> None:
        super().__init__(most=1)
        self._queue = source
        self._tasks = _Tasks(source)
        self._reading: asyncio.Task[None] | None = None

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Subscribe to arrivals: the function is called when items arrive.

        Where an event loop runs, a task in it awaits those of the queue. Returns a function that unsubscribes the
        listener; call it in that loop.
        """
        unsubscribe = super().listen(listener)
        try:
            reading = self._reading = asyncio.get_running_loop().create_task(contained(self._read()))
        except RuntimeError:
            return unsubscribe

        def end() -> None:
            unsubscribe()
            reading.cancel()

        return end

    async def pump(self, wake: Callable[[], None]) -> None:
        """Raise, with a note, what keeps the queue from being read, as where it belongs to another event loop."""
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
        with suppress(*_ends_of_queues()):
            while True:
                await self._until_more_is_wanted()
                item = await self._queue.get()
                self._tasks.fetch()
                self.channel.send(item)
