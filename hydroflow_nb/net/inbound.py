"""The end of a network at which messages come in."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.listeners import Listeners
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.net.inbox import Acknowledges, Group, MessageInbox, room_of
from hydroflow_nb.net.ledger import Mark, Marks
from hydroflow_nb.net.messages.classes import Classes
from hydroflow_nb.net.messages.codec import Codec, codec_of
from hydroflow_nb.net.messages.weighing import room_of_all
from hydroflow_nb.net.options import ROOM
from hydroflow_nb.net.statistics import Statistics

# About how many bytes a waiting message takes in addition to its own.
_OVERHEAD: Final = 64


class Inbound:
    """Messages that came in and wait for a flow: their bodies, not decoded yet, with their senders' addresses.

    A transport puts in what it reads, from any thread. `limit_bytes` bounds what waits; None: there is no bound. When
    the end is full, a transport that can stop reading does so until there is room again; the new messages of any other
    transport are dropped and counted. A full end has room again when half of it is free. `codec` is "lines" or "bytes"
    for raw messages; with any other, messages of all codecs but these are read.
    """

    is_simulated = False
    """True for an end of a network that is simulated within one process: no other process reaches it."""

    acknowledges: Acknowledges | None = None
    """What can acknowledge what comes in; None where nothing can."""

    marks: Marks | None = None
    """What of the queue came in batches with numbers, where that is acknowledged."""

    def __init__(
        self,
        *,
        codec: str | Codec = "msgpack",
        limit_bytes: int | None = ROOM,
        statistics: Statistics | None = None,
        address: Any = None,
    ) -> None:
        self.codec = codec_of(codec)
        self.statistics = statistics or Statistics()
        self.address = address
        # The address of the socket; `address` is another one where members have names.
        self.bound = address
        self.is_closed = False
        self.limit_bytes = limit_bytes
        # What waits, oldest first. Inboxes read it in each tick.
        self.queue: deque[Group] = deque()
        self._bytes = 0
        self._full = False
        self._lock = threading.Lock()
        self._arrivals = Listeners()
        self._rooms = Listeners()
        self._closings = Listeners()

    # --- for a transport ---------------------------------------------------------------------------------------------

    def accept(self, body: bytes, address: Any) -> bool:
        """Take in one message. Returns False if it was dropped, because the end is full or closed."""
        if self._full or self.is_closed:
            self.statistics.dropped += 1
            return False
        self.accept_all((body,), address)
        return True

    def accept_all(self, bodies: Sequence[bytes], address: Any, mark: Mark | None = None) -> None:
        """Take in messages of one sender, oldest first, even without room: the caller asks `is_full`, then stops.
        `mark` tells which batch they are, where they have a number.
        """
        if not bodies:
            return
        if self.is_closed:
            self.statistics.dropped += len(bodies)
            return
        size = 0 if self.limit_bytes is None else room_of_all(bodies) + _OVERHEAD * len(bodies)
        with self._lock:
            self.queue.append((bodies, address, size))
            if mark is not None and self.marks is not None:
                self.marks.waiting.append(mark)
            if self.limit_bytes is not None:
                self._bytes += size
                self._full = self._full or self._bytes >= self.limit_bytes
            self.statistics.received += len(bodies)
        self._arrivals.tell()

    def forget(self) -> None:
        """Drop all that waits, as a process loses it when it ends."""
        self.release(self.take()[1])

    def is_full(self) -> bool:
        """True while a transport must not read."""
        return self._full

    def listen_room(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Subscribe to room: the function is called in the flow's thread whenever the end was full and has room again.

        Returns a function that unsubscribes it.
        """
        return self._rooms.add(listener)

    def listen_close(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Subscribe to the close of the end. Returns a function that unsubscribes the listener."""
        return self._closings.add(listener)

    # --- for a flow --------------------------------------------------------------------------------------------------

    def inbox(self, kind: Any, namespace: Mapping[str, Any]) -> Inbox:
        """An inbox of `(payload, address)`. Payloads have the type `kind`, or any type if it is None; instances are
        rebuilt from the classes in `namespace`.

        Raises Misfit if the end is closed. Inboxes of one end share what comes in: each message goes to the first that
        takes it.
        """
        if self.is_closed:
            raise Misfit(f"{self!r} receives no more messages", "bind the address again: run the cell that bound it")
        return MessageInbox(self, Classes(namespace, kind))

    def close(self) -> None:
        """Take in no more messages; a flow can still take what waits. Closes the sockets that both ends share."""
        if not self.is_closed:
            self.is_closed = True
            self._closings.tell()

    # --- for an inbox ------------------------------------------------------------------------------------------------

    @property
    def is_read(self) -> bool:
        """True while somebody waits for what comes in, as a flow does that runs on."""
        return bool(self._arrivals)

    def listen_arrival(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Subscribe to arrivals, in the sender's thread. Returns a function that unsubscribes the listener."""
        return self._arrivals.add(listener)

    def waiting(self) -> list[tuple[bytes, Any]]:
        """All that waits, as bodies with their senders' addresses, oldest first; nothing is taken out."""
        with self._lock:
            return [(bytes(body), address) for bodies, address, _ in self.queue for body in bodies]

    def size(self, bodies: Sequence[bytes]) -> int:
        """How many bytes of the room messages take; 0 if the room has no bound."""
        return 0 if self.limit_bytes is None else room_of_all(bodies) + _OVERHEAD * len(bodies)

    def take(self) -> tuple[Sequence[Group], int]:
        """Take all that waits. Returns it, and how many bytes of the room it occupies until `release` frees them."""
        if not self.queue:
            return (), 0
        with self._lock:
            if self.marks is not None:
                self.marks.take()
            if len(self.queue) == 1:
                group = self.queue.popleft()
                return (group,), group[2]
            groups = list(self.queue)
            self.queue.clear()
        return groups, room_of(groups)

    def give_back(self, groups: Sequence[Group]) -> None:
        """Put back what was taken, before all else that waits. It still occupies its room."""
        if groups:
            with self._lock:
                self.queue.extendleft(reversed(groups))
            self._arrivals.tell()

    def release(self, size: int) -> None:
        """Free bytes of the room."""
        if self.limit_bytes is None:
            return
        with self._lock:
            self._bytes -= size
            has_room = self._full and self._bytes <= self.limit_bytes // 2
            if has_room:
                self._full = False
        if has_room:
            self._rooms.tell()

    def __len__(self) -> int:
        return sum(len(bodies) for bodies, *_ in tuple(self.queue))

    def __repr__(self) -> str:
        where = "" if self.address is None else f" at {self.address!r}"
        return f"<{'closed ' if self.is_closed else ''}inbound end{where}, {len(self):,} waiting>"
