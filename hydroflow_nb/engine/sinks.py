"""Sinks: where `dest_sink` sends items, at once or, where sending takes time, one after another."""

from __future__ import annotations

import inspect
import logging
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from types import BuiltinMethodType, MethodType
from typing import Any, Final, TypeAlias

from hydroflow_nb.engine.alarm import Alarm
from hydroflow_nb.engine.channel import Channel
from hydroflow_nb.engine.listeners import Listeners
from hydroflow_nb.engine.loops import running_loop
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.notes import annotate, is_kind
from hydroflow_nb.engine.outlet import Outlet
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.later import asyncio

# While so many items wait, the flow takes in nothing: they keep a sink busy while the flow works on the next batch, and
# need little memory. The flow goes on when half of them have left, not after each item.
HIGH_WATER: Final = 1_000
LOW_WATER: Final = HIGH_WATER // 2

# A sink that never waits gives the event loop its turn after so many items.
MOST_IN_ONE_TURN: Final = 100

_LOG = logging.getLogger("hydroflow_nb")

# Items that were not sent yet, each with the awaitable that sends it.
_Waiting: TypeAlias = "deque[tuple[Any, Awaitable[Any] | None]]"


class Sink(Outlet):
    """Hands items to a function, and waits for what it returns where that is an awaitable.

    `send` is that function, or one that sends items to a target that is not a function. A task of the running event
    loop awaits the awaitables one after another, in the order of the items. An item whose awaitable was cancelled with
    its event loop is sent again in the next one.
    """

    def __init__(self, target: Any) -> None:
        self._waiting: _Waiting = deque()
        self._target = target
        self.send, self._again = _ways(target, self._waiting)
        # Held while it is decided whether a task sends what waits.
        self._lock = threading.Lock()
        self._task: asyncio.Task[None] | None = None
        self._congested = False
        self._listeners = Listeners()
        self._drains: list[Alarm] = []
        self._failure: BaseException | None = None
        self._further = 0
        self._last = ""

    def to(self, target: Any) -> Callable[[Any], Any]:
        """The function that sends an item to a target, which may differ from the last one. Raises Misfit."""
        if target is not self._target and not _is_same_method(target, self._target):
            self.send, self._again = _ways(target, self._waiting)
            self._target = target
        return self.send

    def put(self, item: Any) -> None:
        """Send one item. Raises what the function raises at once."""
        result = self.send(item)
        if result is not None:
            self.await_result(result, item)

    def await_result(self, result: Any, item: Any) -> None:
        """Await what the sending of an item returned, in the item's turn, where that can be awaited."""
        if not _can_be_awaited(result):
            return
        self._waiting.append((item, result))
        count = len(self._waiting)
        if count == 1:
            self._start()
        elif count >= HIGH_WATER:
            self._congested = True

    def end_tick(self) -> None:
        """Let the event loop, if one runs here, send what waits."""
        if self._waiting:
            self._start()

    def mark(self) -> int:
        """How many items wait."""
        return len(self._waiting)

    def go_back(self, mark: int) -> None:
        """Forget what waits behind a mark. What was sent at once has left."""
        while len(self._waiting) > mark:
            _, awaitable = self._waiting.pop()
            if inspect.iscoroutine(awaitable):
                awaitable.close()
        self._make_room()

    def is_congested(self) -> bool:
        """True from the high-water mark on, until what waits is down to the low-water mark."""
        return self._congested

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Subscribe to changes: the function is called when the outlet is congested no more, or has failed.

        Returns a function that unsubscribes it.
        """
        return self._listeners.add(listener)

    def awaits_loop(self) -> bool:
        """True while items wait here and no event loop sends them."""
        with self._lock:
            return bool(self._waiting) and not self._is_at_work()

    async def drain(self) -> None:
        """Wait until all that was put in has been sent; what failed is told by `failed`."""
        if not self._waiting:
            return
        alarm = Alarm()
        self._drains.append(alarm)
        try:
            while self._waiting:
                self._start()
                await alarm.wait()
                alarm.clear()
        finally:
            self._drains.remove(alarm)

    def failed(self) -> BaseException | None:
        """The exception of the first item that could not be sent since the last call; its notes tell of others."""
        failure, self._failure = self._failure, None
        if failure is not None and self._further:
            items = "one more item" if self._further == 1 else f"{self._further:,} more items"
            annotate(
                failure,
                f"hydroflow: {items} could not be sent there; the last of them is {self._last}",
                anew=False,
            )
        self._further = 0
        return failure

    def close(self) -> None:
        """Send nothing more; the log tells of what waited."""
        with self._lock:
            task, self._task = self._task, None
        lost = list(self._waiting)
        self._waiting.clear()
        self._congested = False
        if task is not None and not task.get_loop().is_closed():
            task.get_loop().call_soon_threadsafe(task.cancel)
        for _, awaitable in lost:
            if inspect.iscoroutine(awaitable):
                awaitable.close()
        if lost:
            _LOG.warning(
                "%d items had not been sent %s when the flow was closed or reset; the first of them is %s. "
                "`await flow.run_available_async()` before closing waits until they are sent",
                len(lost),
                self.place or "by `dest_sink`",
                shown(lost[0][0]),
            )
        failure = self.failed()
        if failure is not None:
            _LOG.error("an item could not be sent %s", self.place or "by `dest_sink`", exc_info=failure)
        self._ring_drains()

    # --- in the event loop -----------------------------------------------------------------------------------------

    def _start(self) -> None:
        """Let the event loop that runs here send what waits, unless one does so already."""
        loop = running_loop()
        if loop is None:
            return
        with self._lock:
            if self._waiting and not self._is_at_work():
                # Not by `create_task`: a task factory may start it at once, here in the middle of a tick.
                self._task = asyncio.Task(self._send_waiting(), loop=loop)

    def _is_at_work(self) -> bool:
        # A loop that ended without cancelling its tasks never comes back to them.
        return self._task is not None and not self._task.done() and self._task.get_loop().is_running()

    async def _send_waiting(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        count = 0
        try:
            while True:
                with self._lock:
                    if self._task is not task:
                        return
                    if not self._waiting:
                        self._task = None
                        return
                    item, awaitable = self._waiting[0]
                    # If this task ends before the item was sent, another task sends it again.
                    self._waiting[0] = item, None
                await self._send_one(task, item, awaitable)
                if self._task is task:
                    self._waiting.popleft()
                    self._make_room()
                count += 1
                if count % MOST_IN_ONE_TURN == 0:
                    await asyncio.sleep(0)
        finally:
            # Also where another event loop has to send the rest.
            self._ring_drains()

    async def _send_one(self, task: asyncio.Task[None], item: Any, awaitable: Awaitable[Any] | None) -> None:
        try:
            result = self._again(item) if awaitable is None else awaitable
            if _can_be_awaited(result):
                await result
        except asyncio.CancelledError as exception:
            if task.cancelling():
                raise
            failure = RuntimeError("sending an item was cancelled before it was done")
            failure.__cause__ = exception
            self._fail(item, failure)
        except BaseException as exception:  # what the sink raises is for those who run the flow
            if is_kind(exception, GeneratorExit) and not _is_current(task):
                # The task is discarded with its event loop.
                raise
            self._fail(item, exception)

    def _fail(self, item: Any, exception: BaseException) -> None:
        self._last = f"{shown(item)}: {type(exception).__name__}"
        if self._failure is not None:
            self._further += 1
            return
        annotate(exception, f"hydroflow: {self.place or 'in `dest_sink`'}, item {shown(item)}")
        self._failure = exception
        if not self._listeners and not self._drains:
            _LOG.error("an item could not be sent; the next run of the flow raises this", exc_info=exception)
        self._listeners.tell()

    def _make_room(self) -> None:
        if self._congested and len(self._waiting) <= LOW_WATER:
            self._congested = False
            self._listeners.tell()

    def _ring_drains(self) -> None:
        for alarm in tuple(self._drains):
            alarm.ring()


def _offer(queue: asyncio.Queue[Any], waiting: _Waiting, item: Any) -> Awaitable[None] | None:
    """Put an item into an `asyncio.Queue`; where that is full, or other items wait, it waits until there is room.

    Without an event loop no one would make room: there a full queue raises `asyncio.QueueFull`.
    """
    if not waiting:
        try:
            queue.put_nowait(item)
        except asyncio.QueueFull:
            if running_loop() is None:
                raise
        else:
            return None
    return queue.put(item)


def _is_same_method(one: Any, other: Any) -> bool:
    """True where both are the same method of the same object; `out.append` is a new object each time."""
    return type(one) is type(other) and isinstance(one, MethodType | BuiltinMethodType) and one == other


def _is_current(task: asyncio.Task[None]) -> bool:
    return running_loop() is task.get_loop() and asyncio.current_task() is task


def _can_be_awaited(result: Any) -> bool:
    # This costs a tenth of `inspect.isawaitable`, which a sink that returns numbers would pay for every item.
    return hasattr(type(result), "__await__")


def sink(target: Any) -> Sink:
    """The sink of a channel, a queue, an object with `send`, a stream with `write` and `drain`, or a function.

    Raises Misfit for anything else.
    """
    return Sink(target)


def _ways(target: Any, waiting: _Waiting) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """The function that sends an item to a target, and the one that sends it again in another event loop."""
    if isinstance(target, asyncio.Queue):
        return partial(_offer, target, waiting), target.put
    send = _way(target)
    return send, send


def _way(target: Any) -> Callable[[Any], Any]:
    if isinstance(target, Channel):
        return target.send
    for method in ("put_nowait", "send"):
        found: Callable[[Any], Any] | None = getattr(target, method, None)
        if callable(found):
            return found
    write, drain = getattr(target, "write", None), getattr(target, "drain", None)
    if callable(write) and inspect.iscoroutinefunction(drain):

        async def written(data: Any) -> None:
            write(data)
            await drain()

        return written
    if callable(target):
        return target  # type: ignore[no-any-return]
    raise Misfit(
        f"cannot send to {type(target).__name__}",
        "give it a `hydroflow_nb.channel()`, a queue, an object with `send`, a stream with `write` and `drain`, or a "
        "function, which may be async",
    )
