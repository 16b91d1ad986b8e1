"""A channel: a flow's input waits there, and its output may go there."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from functools import partial
from itertools import islice
from operator import delitem, getitem
from typing import Any, Final

from hydroflow_nb.engine.alarm import Alarm
from hydroflow_nb.engine.at_once import at_once
from hydroflow_nb.engine.html import note, table
from hydroflow_nb.engine.listeners import Listeners
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.engine.tables import rows

_NOTHING = object()
# The waiting items that a notebook shows.
MOST_ROWS: Final = 50


class Channel:
    """A queue without limit that any thread may send into and take out of.

    `send(item)` and `extend(items)` put items in, `drain()` takes all out as a list, `len()` counts what waits, and
    `async for item in channel` takes items out one by one, waiting for more until the channel is closed.
    """

    # There is no lock: it would cost a tick more than its item does, and an interrupt might leave it locked for ever.
    # Each method does one thing to the items, or several at once.

    def __init__(self) -> None:
        # What waits, oldest first. Inboxes read it in each tick.
        self.queue: deque[Any] = deque()
        self._listeners = Listeners()
        self._closed = False

    def send(self, item: Any) -> None:
        """Put one item in."""
        self.queue.append(item)
        if self._listeners:
            self._listeners.tell()

    def extend(self, items: Iterable[Any]) -> None:
        """Put in every item of an iterable. Of a pandas, polars or Arrow table that is every row, as a named tuple."""
        self.queue.extend(rows(items))
        self._listeners.tell()

    def drain(self) -> list[Any]:
        """Take out all that waits, oldest first."""
        taken: list[Any]
        taken, _ = at_once(partial(list, self.queue), self.queue.clear)
        return taken

    def waiting(self) -> list[Any]:
        """All that waits, oldest first, without taking it out."""
        return list(self.queue)

    def discard(self, index: int) -> Any:
        """Take out and return one waiting item by its position, 0 for the oldest. Raises IndexError."""
        item, _ = at_once(partial(getitem, self.queue, index), partial(delitem, self.queue, index))
        return item

    def close(self) -> None:
        """End the channel: `async for` ends once all that waits is taken."""
        self._closed = True
        self._listeners.tell()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Subscribe to items: the function is called, in the sender's thread, after items came in.

        Returns a function that unsubscribes it.
        """
        return self._listeners.add(listener)

    def __len__(self) -> int:
        return len(self.queue)

    async def __aiter__(self) -> AsyncIterator[Any]:
        arrived = Alarm()
        unsubscribe = self.listen(arrived.ring)
        try:
            while True:
                arrived.clear()
                # Asked before the last look, which finds all that was sent before the channel was closed.
                is_last = self._closed
                while (item := self._take_one()) is not _NOTHING:
                    yield item
                if is_last:
                    return
                await arrived.wait()
        finally:
            unsubscribe()

    def _take_one(self) -> Any:
        try:
            return self.queue.popleft()
        except IndexError:
            return _NOTHING

    def __deepcopy__(self, memo: dict[int, Any]) -> Channel:
        """A channel with copies of what waits, and without listeners."""
        made = Channel()
        memo[id(self)] = made
        made.queue.extend(copy.deepcopy(self.waiting(), memo))
        made._closed = self._closed
        return made

    def __repr__(self) -> str:
        return f"<channel, {len(self)} waiting>"

    def _repr_html_(self) -> str:
        return waiting_as_html("channel", list(islice(self.waiting(), MOST_ROWS)), len(self))


def waiting_as_html(name: str, first: Sequence[Any], count: int) -> str:
    """A table of the items that wait, of which `first` are shown."""
    more = [note(f"… {count - len(first):,} more")] if count > len(first) else []
    rows = [(str(index), shown(item)) for index, item in enumerate(first)]
    return "".join([note(f"{name}: {count:,} waiting"), table(("", "item"), rows) if rows else "", *more])


def channel(items: Iterable[Any] = ()) -> Channel:
    """A new channel, with items in it if any are given.

    More: "What went over an edge" in `docs/understanding.md`.
    """
    made = Channel()
    made.extend(items)
    return made
