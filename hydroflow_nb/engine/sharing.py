"""Several sources of one flow that read from the same thing: each of them gets every item."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from inspect import getgeneratorlocals
from itertools import tee
from types import GeneratorType
from typing import Any, TypeVar

from hydroflow_nb.engine.channel import Channel
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.listeners import all_of

_Name = TypeVar("_Name")


def shared(inboxes: Mapping[_Name, Inbox]) -> dict[_Name, Inbox]:
    """What to use in place of those inboxes, by their names, that read from the same source as another one."""
    groups: dict[tuple[int, ...], list[_Name]] = {}
    for name, inbox in inboxes.items():
        groups.setdefault(tuple(map(id, inbox.source)), []).append(name)
    found: dict[_Name, Inbox] = {}
    for names in groups.values():
        if len(names) > 1:
            common = _Common(inboxes[names[0]])
            found.update((name, SharedInbox(common)) for name in names)
    return found


def interruptible(items: Iterator[Any]) -> Generator[Any, None, None]:
    """The items of an iterator, which an interrupt can stop between two of them."""
    for item in items:  # noqa: UP028 - `yield from` would go on in C
        yield item


def shared_iterators(iterators: Mapping[_Name, Iterator[Any]]) -> dict[_Name, Iterator[Any]]:
    """What to use in place of those iterators, by their names, that another source reads as well."""
    groups: dict[int, list[_Name]] = {}
    for name, iterator in iterators.items():
        groups.setdefault(id(_read_by(iterator)), []).append(name)
    found: dict[_Name, Iterator[Any]] = {}
    for names in groups.values():
        if len(names) > 1:
            copies = tee(_read_by(iterators[names[0]]), len(names))
            found.update(zip(names, map(interruptible, copies), strict=True))
    return found


def _read_by(iterator: Iterator[Any]) -> Iterator[Any]:
    """The iterator that `interruptible` reads, or the iterator itself."""
    if isinstance(iterator, GeneratorType) and iterator.gi_code is interruptible.__code__:
        read: Iterator[Any] = getgeneratorlocals(iterator)["items"]
        return read
    return iterator


class _Common:
    """What several inboxes read from; it has an inbox of its own."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self.readers: list[SharedInbox] = []
        self.round = 0

    def hand_out(self) -> None:
        """Give all that waits to every reader."""
        self.inbox.ingest()
        items = self.inbox.take()
        if items:
            for reader in self.readers:
                reader.channel.extend(items)


class SharedInbox(Inbox):
    """One of several inboxes that get the same items in the same ticks. The first of them manages what they share."""

    def __init__(self, common: _Common) -> None:
        super().__init__(Channel())
        self._common = common
        self._round = 0
        self._is_first = not common.readers
        self.hears_of_ends = self._is_first and common.inbox.hears_of_ends
        common.readers.append(self)

    @property
    def source(self) -> tuple[object, ...]:
        """What all of them read from: each gets every item of it."""
        return self._common.inbox.source

    @property
    def common(self) -> Inbox:
        """The inbox that all of them read."""
        return self._common.inbox

    @property
    def kind(self) -> Any:
        """The type of the messages that it gives."""
        return self._common.inbox.kind

    def read(self, data: object) -> list[object]:
        """The items of a batch as it came. Raises Misfit where they cannot be made again."""
        return self._common.inbox.read(data)

    def resume(self) -> None:
        """Begin as behind the first tick."""
        if self._is_first:
            self._common.inbox.resume()

    def sender(self, item: object) -> object:
        """The address that an item came from, where it is a message; None for any other item."""
        return self._common.inbox.sender(item)

    def ingest(self) -> None:
        """Take in all that waits; called when a tick begins."""
        # An item that comes between the looks of two readers is for the next tick of both.
        if self._round == self._common.round:
            self._common.round += 1
            self._common.hand_out()
        self._round = self._common.round
        super().ingest()

    def waits(self) -> bool:
        """True where items wait for the next tick."""
        return super().waits() or self._common.inbox.waits()

    def waiting(self) -> list[object]:
        """The items that wait for the next tick, oldest first."""
        return [*super().waiting(), *self._common.inbox.waiting()]

    def discard(self, index: int) -> object:
        """Take back one waiting item by its position, from this reader alone. Raises IndexError."""
        self._common.hand_out()
        return super().discard(index)

    def watch(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Subscribe to arrivals: the function is called, in the sender's thread, when items arrive here, also while the
        flow does not run. Returns a function that unsubscribes it.
        """
        return all_of((self.channel.listen(watcher), self._common.inbox.watch(watcher)))

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Subscribe to arrivals: the function is called, in the sender's thread, when items arrive.

        Returns a function that unsubscribes it.
        """
        unsubscribe = self.channel.listen(listener)
        return all_of((unsubscribe, self._common.inbox.listen(listener))) if self._is_first else unsubscribe

    async def pump(self, wake: Callable[[], None]) -> None:
        """Read the source in the event loop, once for all readers."""
        if self._is_first:
            self._common.inbox.place = self.place
            await self._common.inbox.pump(wake)

    def end_tick(self) -> None:
        """Called when a tick has ended."""
        if self._is_first:
            self._common.inbox.end_tick()

    def close(self) -> None:
        """Release the source."""
        if self._is_first:
            self._common.inbox.close()
