"""What of a flow takes in the messages that wait at an inbound end."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeAlias

from hydroflow_nb.engine.channel import Channel
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.lasting import Lasting
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.net.messages.classes import Classes
from hydroflow_nb.net.messages.codec import Codec, Undecodable
from hydroflow_nb.net.statistics import Cause, Statistics

# Messages of one sender, the sender's address, and how many bytes of the room they take.
Group: TypeAlias = tuple[Sequence[bytes], Any, int]


class Acknowledges(Protocol):
    """An outbound end that can acknowledge what comes in at its inbound end."""

    def keep(self, identity: str) -> Lasting | None:
        """Number what is sent, and acknowledge what comes in, under an identity. Returns what of that lasts; None where
        the end has peers of any make, which do not acknowledge. Raises Misfit where it cannot be kept.
        """


class Waiting(Protocol):
    """Messages that wait, in a room of bytes: what an inbound end is for its inboxes."""

    codec: Codec
    statistics: Statistics
    queue: deque[Group]
    """What waits, oldest first."""
    acknowledges: Acknowledges | None
    """What can acknowledge what comes in."""

    def listen_arrival(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Subscribe to arrivals, in the sender's thread. Returns a function that unsubscribes the listener."""

    def size(self, bodies: Sequence[bytes]) -> int:
        """How many bytes of the room messages take; 0 if the room has no bound."""

    def take(self) -> tuple[Sequence[Group], int]:
        """Take all that waits. Returns it, and how many bytes of the room it occupies until `release` frees them."""

    def give_back(self, groups: Sequence[Group]) -> None:
        """Put back what was taken, before all else that waits. It still occupies its room."""

    def release(self, size: int) -> None:
        """Free bytes of the room."""


class MessageInbox(Inbox):
    """The inbox of an inbound end: it decodes messages when a tick begins, or when `waiting` is called."""

    def __init__(self, inbound: Waiting, classes: Classes) -> None:
        super().__init__(Channel())
        self._inbound = inbound
        self._classes = classes
        self._decode = inbound.codec.decode
        # Messages that `waiting` decodes before their tick go on occupying the room of the inbound end. They go back
        # there if the flow ends before that tick.
        self._held = 0
        self._looked_at: list[tuple[Any, Group]] = []
        self._is_closed = False
        # What the batch was decoded from, where somebody asks for that and the batch is nothing else.
        self.keeps_bodies = False
        self._came: Sequence[Group] | None = None

    @property
    def source(self) -> tuple[object, ...]:
        """The inbound end and the type of payloads: inboxes with the same source get every message each."""
        return self._inbound, self._classes.kind

    @property
    def acknowledges(self) -> Acknowledges | None:
        """What can acknowledge the messages; None where nothing can."""
        return self._inbound.acknowledges

    @property
    def kind(self) -> Any:
        """The type that payloads have; None for any."""
        return self._classes.kind

    def ingest(self) -> None:
        """Take in all that waits; called when a tick begins."""
        groups, size = self._inbound.take()
        try:
            is_all = not (self.channel.queue or self._batch)
            if self.channel.queue:
                self.channel.extend(self._decoded(groups))
                super().ingest()
            else:
                self._batch += self._decoded(groups)
            if self.keeps_bodies:
                is_all = is_all and len(self._batch) == sum([len(bodies) for bodies, *_ in groups])
                self._came = groups if is_all else None
        finally:
            # Needed after an interrupt of the decoding as well: otherwise the transport would never read again.
            if size or self._held or self._looked_at:
                self._inbound.release(size + self._held)
                self._held = 0
                self._looked_at.clear()

    def repeat(self, items: Iterable[Any]) -> None:
        """Give the tick the items of an earlier one; what waits goes on waiting."""
        self._came = None
        super().repeat(items)

    def take(self) -> list[Any]:
        """The tick's batch, a list that belongs to the caller."""
        self._came = None
        return super().take()

    @property
    def as_it_came(self) -> Any:
        """The senders' addresses, each with the bodies of messages, where `keeps_bodies` was set and no other items
        came in with them.
        """
        return None if not self._came else [[address, bodies] for bodies, address, _ in self._came]

    def read(self, data: Any) -> list[Any]:
        """The messages of a batch as it came. Raises Misfit for one that cannot be decoded any more."""
        try:
            return [(self._decode(body, self._classes), address) for address, bodies in data for body in bodies]
        except Undecodable as undecodable:
            raise Misfit(undecodable.reason) from None

    def sender(self, item: Any) -> Any:
        """The address that a message came from; None for an item that was put in by hand in another form."""
        return item[1] if isinstance(item, tuple) and len(item) == 2 else None

    def waits(self) -> bool:
        """True where items wait for the next tick."""
        return bool(self.channel.queue or self._inbound.queue)

    @property
    def queues(self) -> tuple[deque[Any], ...] | None:
        """What was put in by hand or decoded before its tick, and what came in."""
        return self.channel.queue, self._inbound.queue

    def waiting(self) -> list[Any]:
        """The items that wait for the next tick, oldest first."""
        # What waits when a flow has ended is for the next flow.
        if not self._is_closed:
            groups, size = self._inbound.take()
            self._held += size
            came = len(self._looked_at)
            for bodies, address, _ in groups:
                for body in bodies:
                    group = (body,), address, self._inbound.size((body,))
                    self._looked_at += [(message, group) for message in self._decoded([group])]
            if len(self._looked_at) > came:
                self.channel.extend(message for message, _ in self._looked_at[came:])
        return super().waiting()

    def watch(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Subscribe to arrivals: the function is called in the sender's thread whenever items arrive.

        Returns a function that unsubscribes it.
        """
        injected = super().watch(watcher)
        arrived = self._inbound.listen_arrival(watcher)

        def unwatch() -> None:
            injected()
            arrived()

        return unwatch

    def close(self) -> None:
        """Release what the flow holds, at its end or before it starts again."""
        self._is_closed = True
        if not (self._held or self._looked_at or self.channel.queue):
            return
        left = set(map(id, self.channel.drain()))
        groups = [group for message, group in self._looked_at if id(message) in left]
        self._inbound.give_back(groups)
        self._inbound.release(self._held - room_of(groups))
        self._held = 0
        self._looked_at.clear()

    def _decoded(self, groups: Sequence[Group]) -> list[Any]:
        messages: list[Any] = []
        append, decode, classes = messages.append, self._decode, self._classes
        for bodies, address, _ in groups:
            for body in bodies:
                try:
                    append((decode(body, classes), address))
                except Undecodable as undecodable:
                    self._inbound.statistics.reject(Cause.UNDECODABLE, undecodable.reason, address, body)
        return messages


def room_of(groups: Sequence[Group]) -> int:
    """How many bytes of the room messages take."""
    return sum([size for _, _, size in groups])
