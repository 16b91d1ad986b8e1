"""Awaitables in a flow: those that it waits for between its ticks, and those that a tick waits for."""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from hydroflow_nb.engine.contained import Exit, contained, released
from hydroflow_nb.engine.external import External
from hydroflow_nb.engine.listeners import Listeners
from hydroflow_nb.engine.loops import running_loop
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.later import asyncio
from hydroflow_nb.records import dataclass


class _Given:
    """An awaitable that was given, and its future once it was started."""

    __slots__ = ("future", "item")

    def __init__(self, item: Any) -> None:
        self.item = item
        self.future: asyncio.Future[Any] | None = None


@dataclass(frozen=True, kw_only=True)
class _Mark:
    """The awaitables that were waited for at some time, in the order in which their results are handed on."""

    line: tuple[asyncio.Future[Any], ...]
    pending: tuple[asyncio.Future[Any], ...]
    unstarted: tuple[_Given, ...]


class Futures(External):
    """The awaitables that an operator was given, from then on until their results are handed on.

    Each is started when an event loop runs. Results come in the order of the awaitables (`in_order`) or as they are
    completed.
    """

    pauses = False

    def __init__(self, in_order: bool) -> None:
        self._in_order = in_order
        self._unstarted: deque[_Given] = deque()
        # If in order, all that were started; else those that are done.
        self._line: deque[asyncio.Future[Any]] = deque()
        self._pending: dict[asyncio.Future[Any], None] = {}
        self._listeners = Listeners()

    def add(self, item: Any) -> None:
        """Take in one awaitable. Raises Misfit for an item that is not awaitable."""
        self._unstarted.append(_Given(awaitable(item)))

    def add_all(self, items: Iterable[Any]) -> None:
        """Take in many awaitables."""
        for item in items:
            self.add(item)

    def take(self) -> list[asyncio.Future[Any]]:
        """The futures that are done and whose turn it is, up to the first that failed; those after it stay."""
        self.ingest()
        line, taken = self._line, []
        while line and line[0].done():
            future = line.popleft()
            taken.append(future)
            if future.cancelled() or future.exception() is not None or type(future.result()) is Exit:
                break
        return taken

    def ingest(self) -> None:
        """Start what waits for an event loop, if one runs now."""
        unstarted = self._unstarted
        if not unstarted:
            return
        runs = running_loop() is not None
        while unstarted and (runs or asyncio.isfuture(unstarted[0].item)):
            given = unstarted.popleft()
            given.future = _begun(given.item)
            self._wait_for(given.future)

    def _wait_for(self, future: asyncio.Future[Any]) -> None:
        if self._in_order or future.done():
            self._line.append(future)
        if not future.done():
            self._pending[future] = None
            future.add_done_callback(self._completed)

    def _completed(self, future: asyncio.Future[Any]) -> None:
        if future not in self._pending:
            return
        del self._pending[future]
        if not self._in_order:
            self._line.append(future)
        if self.waits():
            self._listeners.tell()

    def waits(self) -> bool:
        """True where a result can be handed on."""
        return bool(self._line) and self._line[0].done()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Subscribe to results: the function is called when one is there. Returns a function that unsubscribes it."""
        return self._listeners.add(listener)

    def close(self) -> None:
        """Cancel the awaitables that are not done."""
        pending = list(self._pending)
        self._pending.clear()
        self._line.clear()
        for future in pending:
            if not future.get_loop().is_closed():
                future.cancel()
        _discard(given.item for given in self._unstarted)
        self._unstarted.clear()

    def mark(self) -> _Mark:
        """What is waited for now."""
        return _Mark(line=tuple(self._line), pending=tuple(self._pending), unstarted=tuple(self._unstarted))

    def go_back(self, mark: _Mark) -> None:
        """Wait again for what was waited for at a mark; results that are there now are handed on at once.

        Awaitables that were given since are forgotten; those that were started go on.
        """
        known = set(mark.unstarted)
        _discard(given.item for given in self._unstarted if given not in known)
        self._unstarted.clear()
        self._pending.clear()
        self._line.clear()
        for future in dict.fromkeys((*mark.line, *mark.pending)):
            self._wait_for(future)
        for given in mark.unstarted:
            if given.future is None:
                self._unstarted.append(given)
            else:
                self._wait_for(given.future)


def awaitable(item: Any, hint: str = "`map` the items to calls of an async function: `-> map(|x| fetch(x))`") -> Any:
    """The item itself. Raises Misfit for what cannot be awaited."""
    if inspect.isawaitable(item):
        return item
    raise Misfit(f"takes awaitables; this item is not awaitable: {shown(item)}", hint)


# What to do where an awaitable was cancelled, or cannot be waited for.
CANCELLED = (
    "an awaitable was cancelled before it had a result",
    "run the flow and its awaitables in one event loop, or catch `asyncio.CancelledError` in the awaitable",
)
WAIT_IN_LOOP = (
    "run the flow with `await flow.run_available_async()`, `await flow.run_tick_async()` or `await flow.run_async()`"
)


def _begun(item: Any) -> asyncio.Future[Any]:
    """The future of an awaitable, which runs from now on."""
    return item if asyncio.isfuture(item) else asyncio.ensure_future(contained(item))


def result_of(future: asyncio.Future[Any]) -> Any:
    """The result of a future that is done. Raises what the awaitable raised, and Misfit where it was cancelled."""
    if future.cancelled():
        # If the flow raised it, it would end `run_async` without a message.
        raise Misfit(*CANCELLED)
    return released(future.result())


# --- awaitables that a tick waits for -----------------------------------------------------------------------------


def settled(items: list[Any], in_order: bool) -> list[asyncio.Future[Any]]:
    """The futures of awaitables, all of them done: in their order, or in the order of completion.

    Those that the engine has awaited already are returned as they are. For others an event loop is run; raises Misfit
    where one is running here already.
    """
    if all(asyncio.isfuture(item) and item.done() for item in items):
        return items
    if running_loop() is not None:
        _discard(items)
        raise Misfit("its awaitables cannot be awaited here, because an event loop is running", WAIT_IN_LOOP)
    asyncio.run(settle(items, in_order))
    if not all(item.done() for item in items):
        raise Misfit(
            "an awaitable belongs to another event loop, which is not running",
            "run the flow in that loop: `await flow.run_available_async()`",
        )
    return items


async def settle(items: list[Any], in_order: bool) -> None:
    """Put futures into the place of a list's awaitables and wait until all of them are done.

    They stay in their order, or are put in the order of completion. Items that cannot be awaited stay, and the operator
    refuses them; futures of other event loops stay too. Where the waiting is cancelled, the futures stay in the list
    and go on.
    """
    loop = asyncio.get_running_loop()
    items[:] = [_begun(item) if inspect.isawaitable(item) else item for item in items]
    pending = {item for item in items if asyncio.isfuture(item) and not item.done() and item.get_loop() is loop}
    if not pending:
        return
    completed = [item for item in items if not (asyncio.isfuture(item) and item in pending)]
    if not in_order:
        for future in pending:
            future.add_done_callback(completed.append)
    before = items.copy()
    await asyncio.wait(pending)
    # Where another task has ended the tick meanwhile, the list is left alone.
    if not in_order and items == before:
        items[:] = completed


def _discard(items: Iterable[Any]) -> None:
    """Close coroutines that will not be awaited."""
    for item in items:
        if inspect.iscoroutine(item):
            item.close()
