"""What a tick waits for item by item: asynchronous iterators, and calls that each need the accumulator of the last.

An operator of this kind has a worker, made once with the flow. In an event loop the engine has the worker settle the
items that wait in the operator's handoff before its stratum runs; elsewhere the operator has it done itself.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterable, Callable
from typing import Any

from hydroflow_nb.engine.contained import Exit, contained
from hydroflow_nb.engine.futures import CANCELLED, WAIT_IN_LOOP, awaitable
from hydroflow_nb.engine.lending import own, shares
from hydroflow_nb.engine.loops import running_loop
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.later import asyncio


class Outcome:
    """An item that a worker has started on, the items that came of it, and what was raised after them."""

    __slots__ = ("_task", "item", "items")

    def __init__(self, item: Any) -> None:
        self.item = item
        self.items: list[Any] = []
        self._task: asyncio.Task[Any] | None = None

    async def wait(self, worker: Worker) -> None:
        """Wait until the worker is done with the item; where that is cancelled, the worker goes on."""
        if self._task is None:
            # An exception that would end the event loop, such as an exit, is raised in the tick instead.
            self._task = asyncio.ensure_future(contained(worker.work(self.item, self.items)))
            # Asked for at once: asyncio logs an exception that is never asked for, as when the tick was ended before.
            self._task.add_done_callback(_raised)
        await asyncio.wait([self._task])

    @property
    def is_there(self) -> bool:
        """True where the worker is done with the item."""
        return self._task is not None and self._task.done()

    @property
    def has_failed(self) -> bool:
        """True where something was raised."""
        return self._task is not None and self._task.done() and _raised(self._task) is not None

    def check(self) -> None:
        """Raise what was raised."""
        if self._task is not None and (exception := _raised(self._task)) is not None:
            raise exception


def _raised(task: asyncio.Task[Any]) -> BaseException | None:
    """What a task that is done has raised, whatever it is."""
    if task.cancelled():
        return Misfit(*CANCELLED)
    exception = task.exception()
    if exception is None and type(ended := task.result()) is Exit:
        return ended.exception
    return exception


class Worker(ABC):
    """Makes items of items, one after the other, and may wait meanwhile."""

    def begin(self) -> None:  # noqa: B027 - there may be nothing to do
        """Called before the items of a tick."""

    @abstractmethod
    async def work(self, item: Any, into: list[Any]) -> None:
        """Append what comes of one item to `into`."""

    async def settle(self, items: list[Any]) -> None:
        """Put outcomes into the places of a list's items, in order, until all are done or one has failed."""
        if items and not isinstance(items[0], Outcome):
            self.begin()
        for index, item in enumerate(items):
            outcome = item if isinstance(item, Outcome) else Outcome(item)
            items[index] = outcome
            if not outcome.is_there:
                await outcome.wait(self)
                # Another task may have ended the tick meanwhile.
                if index >= len(items) or items[index] is not outcome:
                    return
            if outcome.has_failed:
                return

    def settled(self, items: list[Any]) -> list[Outcome]:
        """The outcomes of items, up to the first one that failed.

        Where the engine has not waited for them, an event loop is run for that. Raises Misfit where one is running
        already, as this function cannot wait in it.
        """
        if not _are_there(items):
            if running_loop() is not None:
                raise Misfit("its items cannot be awaited here, because an event loop is running", WAIT_IN_LOOP)
            asyncio.run(self.settle(items))
        return [item for item in items if isinstance(item, Outcome)]


def _are_there(items: list[Any]) -> bool:
    for item in items:
        if not (isinstance(item, Outcome) and item.is_there):
            return False
        if item.has_failed:
            return True
    return True


class Streams(Worker):
    """Reads the asynchronous iterators that a function makes of items, each to its end."""

    def __init__(self, stream_of: Callable[[Any], Any]) -> None:
        self._stream_of = stream_of

    async def work(self, item: Any, into: list[Any]) -> None:
        """Append what the iterator gives. Raises Misfit where the function gave something else."""
        stream = self._stream_of(item)
        if not isinstance(stream, AsyncIterable):
            if asyncio.iscoroutine(stream):
                stream.close()
            raise Misfit(
                f"takes asynchronous iterators; this item is not an asynchronous iterator: {shown(stream)}",
                "call an `async def` with `yield` to make one; `flat_map` and `flatten` take plain iterators",
            )
        async for one in stream:
            into.append(one)  # noqa: PERF401 - what came before a failure stays


class Scan(Worker):
    """Takes items into an accumulator by an async function: `await f(acc, item)`.

    `kept` gives the list that holds an accumulator that lasts; with None each tick starts with a new one.
    """

    def __init__(
        self, init: Callable[[], Any], f: Callable[[Any, Any], Any], kept: Callable[[], list[Any]] | None = None
    ) -> None:
        self._init = init
        self._f = f
        self._kept = kept
        self._own: list[Any] = []
        # True while an item that was emitted may hold a part of the accumulator.
        self._lent = False

    def begin(self) -> None:
        """Start with a new accumulator, unless it lasts."""
        if self._kept is None:
            self._own = [self._init()]

    async def work(self, item: Any, into: list[Any]) -> None:
        """Append the item that the function returned, if any. Raises Misfit where its result is not a pair."""
        held = self._own if self._kept is None else self._kept()
        if self._lent:
            held[:] = [own(held[0])]
            self._lent = False
        result = await awaitable(self._f(held[0], item), _AWAITED_FUNCTION)
        if result is None:
            return
        if not (isinstance(result, tuple) and len(result) == 2):
            raise Misfit(
                f"the function returned something that is not a pair `(acc, out)`: {shown(result)}",
                "let it return `(acc, out)`, the new accumulator and the item to emit; `(acc, None)` or None emits "
                "nothing",
            )
        lent = shares(result)
        held[0], out = result
        if out is not None:
            self._lent = lent
            into.append(out)


_AWAITED_FUNCTION = "give it an `async def` function: what it returns is awaited"
