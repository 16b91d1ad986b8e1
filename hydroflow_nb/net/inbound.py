"""The end of a network that messages come in by."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from hydroflow_nb.engine.channel import Channel
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.listeners import Listeners
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.net.messages.classes import Classes
from hydroflow_nb.net.messages.codec import Undecodable, decoded
from hydroflow_nb.net.messages.weighing import room_of_all
from hydroflow_nb.net.options import ROOM
from hydroflow_nb.net.statistics import Cause, Statistics

# What a waiting message takes besides its bytes, about.
_OVERHEAD: Final = 64

# Messages of one sender, its address, and how many bytes of the room they take.
_Group = tuple[Sequence[bytes], Any, int]


class Inbound:
    """What came in and was not yet taken by a flow: the bodies of messages as they came, with their senders' addresses.

    A transport puts in what it reads, from any thread. `limit_bytes` bounds what waits, None leaves it unbounded: when
    it is full, a transport that can stop reading does so until there is room again, and one that cannot has its newest
    messages dropped and counted. It is full until half of the room is free.
    """

    is_simulated = False
    """True for an end of a network that is simulated within one process: no other process reaches it."""

    def __init__(
        self, *, limit_bytes: int | None = ROOM, statistics: Statistics | None = None, address: Any = None
    ) -> None:
        self.statistics = statistics or Statistics()
        self.address = address
        self.is_closed = False
        self.limit_bytes = limit_bytes
        self._groups: deque[_Group] = deque()
        self._bytes = 0
        self._full = False
        self._lock = threading.Lock()
        self._arrivals = Listeners()
        self._rooms = Listeners()
        self._closings = Listeners()

    # --- for a transport ---------------------------------------------------------------------------------------------

    def accept(self, body: bytes, address: Any) -> bool:
        """Take in one message. Returns False where it had to be dropped: the end is full, or closed."""
        if self._full or self.is_closed:
            self.statistics.dropped += 1
            return False
        self.accept_all((body,), address)
        return True

    def accept_all(self, bodies: Sequence[bytes], address: Any) -> None:
        """Take in messages of one sender, oldest first, whether there is room or not: who calls it looks at `is_full`
        and stops reading.
        """
        if not bodies:
            return
        if self.is_closed:
            self.statistics.dropped += len(bodies)
            return
        size = self._size(bodies)
        with self._lock:
            self._groups.append((bodies, address, size))
            if self.limit_bytes is not None:
                self._bytes += size
                self._full = self._full or self._bytes >= self.limit_bytes
            self.statistics.received += len(bodies)
        self._arrivals.tell()

    def forget(self) -> None:
        """Drop all that waits, as a process does that ends."""
        self._release(self._take()[1])

    def is_full(self) -> bool:
        """True while a transport is to read no more."""
        return self._full

    def listen_room(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call a function whenever there is room again, in the flow's thread. Returns what unsubscribes it."""
        return self._rooms.add(listener)

    def listen_close(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call a function whenever the end is closed. Returns what unsubscribes it."""
        return self._closings.add(listener)

    # --- for a flow --------------------------------------------------------------------------------------------------

    def inbox(self, kind: Any, namespace: Mapping[str, Any]) -> Inbox:
        """An inbox of `(payload, address)`; payloads are of `kind`, None: of any; a namespace names their classes.

        Raises Misfit where the end is closed. Inboxes of one end share what comes in: who takes it first has it.
        """
        if self.is_closed:
            raise Misfit(f"{self!r} receives nothing more", "bind the address again: run the cell that did so")
        return MessageInbox(self, Classes(namespace, kind))

    def close(self) -> None:
        """Take in nothing more; what waits can still be taken. Closes the sockets that both ends have in common."""
        if not self.is_closed:
            self.is_closed = True
            self._closings.tell()

    def __len__(self) -> int:
        return sum(len(bodies) for bodies, *_ in tuple(self._groups))

    def __repr__(self) -> str:
        where = "" if self.address is None else f" at {self.address!r}"
        return f"<{'closed ' if self.is_closed else ''}inbound end{where}, {len(self):,} waiting>"

    def _size(self, bodies: Sequence[bytes]) -> int:
        """How many bytes of the room messages take: none where it has no bound."""
        return 0 if self.limit_bytes is None else room_of_all(bodies) + _OVERHEAD * len(bodies)

    def _take(self) -> tuple[Sequence[_Group], int]:
        """All that waits, and how many bytes of the room it keeps until `_release` is told of them."""
        if not self._groups:
            return (), 0
        with self._lock:
            groups = list(self._groups)
            self._groups.clear()
        return groups, _sum(groups)

    def _give_back(self, groups: Sequence[_Group]) -> None:
        """Have what was taken wait again, before all else. It has its room still."""
        if groups:
            with self._lock:
                self._groups.extendleft(reversed(groups))
            self._arrivals.tell()

    def _release(self, size: int) -> None:
        if self.limit_bytes is None:
            return
        with self._lock:
            self._bytes -= size
            has_room = self._full and self._bytes <= self.limit_bytes // 2
            if has_room:
                self._full = False
        if has_room:
            self._rooms.tell()


class MessageInbox(Inbox):
    """The inbox of an inbound end: messages are decoded when a tick begins, or when somebody looks at what waits."""

    def __init__(self, inbound: Inbound, classes: Classes) -> None:
        super().__init__(Channel())
        self._inbound = inbound
        self._classes = classes
        # What was decoded before its tick keeps its room in the inbound end: looking at it makes no room. It goes back
        # there where the flow ends before that tick.
        self._held = 0
        self._looked_at: list[tuple[Any, _Group]] = []
        self._is_closed = False

    @property
    def source(self) -> tuple[object, ...]:
        """The inbound end, and what is taken from it: those who want the same get every message each."""
        return self._inbound, self._classes.kind

    def ingest(self) -> None:
        """Take in all that waits; called when a tick begins."""
        groups, size = self._inbound._take()
        try:
            if self.channel.queue:
                self.channel.extend(self._decoded(groups))
                super().ingest()
            else:
                self._batch += self._decoded(groups)
        finally:
            # Also where an interrupt ends the decoding: nothing would be read any more.
            if size or self._held or self._looked_at:
                self._inbound._release(size + self._held)
                self._held = 0
                self._looked_at.clear()

    def waits(self) -> bool:
        """True where items wait for the next tick."""
        return bool(self.channel.queue or self._inbound._groups)

    def waiting(self) -> list[Any]:
        """The items that wait for the next tick, oldest first."""
        # What waits for a flow that has ended is the next one's.
        if not self._is_closed:
            groups, size = self._inbound._take()
            self._held += size
            came = len(self._looked_at)
            for bodies, address, _ in groups:
                for body in bodies:
                    group = (body,), address, self._inbound._size((body,))
                    self._looked_at += [(message, group) for message in self._decoded([group])]
            if len(self._looked_at) > came:
                self.channel.extend(message for message, _ in self._looked_at[came:])
        return super().waiting()

    def watch(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Call a function whenever items arrive, from the sender's thread. Returns what unsubscribes it."""
        injected = super().watch(watcher)
        arrived = self._inbound._arrivals.add(watcher)

        def unwatch() -> None:
            injected()
            arrived()

        return unwatch

    def close(self) -> None:
        """Let go of what the flow holds, at its end or before it starts anew."""
        self._is_closed = True
        left = set(map(id, self.channel.drain()))
        groups = [group for message, group in self._looked_at if id(message) in left]
        self._inbound._give_back(groups)
        self._inbound._release(self._held - _sum(groups))
        self._held = 0
        self._looked_at.clear()

    def _decoded(self, groups: Sequence[_Group]) -> list[Any]:
        messages: list[Any] = []
        append, classes = messages.append, self._classes
        for bodies, address, _ in groups:
            for body in bodies:
                try:
                    append((decoded(body, classes), address))
                except Undecodable as undecodable:
                    self._inbound.statistics.reject(Cause.UNDECODABLE, undecodable.reason, address, body)
        return messages


def _sum(groups: Sequence[_Group]) -> int:
    return sum([size for _, _, size in groups])
