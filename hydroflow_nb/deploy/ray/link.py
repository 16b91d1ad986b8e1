"""Links: between a life of one member and a life of another, all that is written arrives once, in its order.

A call of an actor may fail before or after it was carried out. So at most one parcel is under way in each direction,
it has a number, and it is brought again until the other life has it. The link ends with either life; a member that
begins another one has a new number, by which the others see that. It also ends where a side cannot read what came: that
one begins the next link between the two lives.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Protocol

from hydroflow_nb.net.deliveries import Deliveries
from hydroflow_nb.net.numbered import Numbered
from hydroflow_nb.net.outbox import Chunk
from hydroflow_nb.net.statistics import Cause, Statistics

# While so many bytes wait to be brought, nothing further is written but acknowledgements.
FULL: Final = 1 << 18


class Linked(Protocol):
    """The peer of a link, which has it brought what is written."""

    @property
    def name(self) -> str:
        """The peer's name."""

    @property
    def statistics(self) -> Statistics:
        """The counters of the end."""

    def wake(self) -> None:
        """Something is to be brought."""


class Link:
    """This side of a link, as the connection and the wire of an end's deliveries. `life` is that of the other side,
    `number` that of the link among those between these two lives.
    """

    def __init__(self, peer: Linked, life: int, number: int) -> None:
        self.life = life
        self.number = number
        self.is_open = True
        self.is_used = False
        # The number of the last parcel that has arrived from the other side.
        self.arrived = 0
        # The newest that was heard of the other side's room; and of this one's, what the other side has heard for sure,
        # and when it was last told that there is none.
        self.room = 0
        self.heard_room = 0
        self.told_full = 0
        self.numbered: Numbered | None = None
        self._peer = peer
        # What the next parcel brings, and the one that is under way: each chunk with its number of messages that have
        # none of their own.
        self._waiting: list[Chunk] = []
        self._under_way: list[Chunk] | None = None
        self._frames_under_way = b""
        self._size = 0
        self._number = 0
        # The deliveries have found that it takes nothing.
        self._is_awaited = False
        # How often the one under way was brought and may have been taken.
        self._tries = 0

    def introduce(self, deliveries: Deliveries) -> None:
        """Number what goes over it from now on."""
        self.numbered = deliveries.opened(self, self.address)

    # --- for the deliveries -------------------------------------------------------------------------------------------

    @property
    def address(self) -> str:
        """The peer's name."""
        return self._peer.name

    @property
    def shown_address(self) -> Any:
        """The peer's name."""
        return self._peer.name

    @property
    def wire(self) -> Link:
        """What carries its messages."""
        return self

    @property
    def takes(self) -> bool:
        """True if it takes more."""
        takes = self.is_open and self.has_room and self._size < FULL
        self._is_awaited = self._is_awaited or not takes
        return takes

    def write(self, frames: bytes, count: int = 0, /) -> None:
        """Have frames arrive at the other side; `count` messages in them have no number."""
        self._waiting.append((frames, count))
        self._size += len(frames)
        self._peer.wake()

    def reject(self, cause: Cause, reason: str, data: bytes, /) -> None:
        """Count what came that cannot be read, and be open no more: the peer begins another link."""
        self._peer.statistics.reject(cause, reason, self.address, data)
        self.is_open = False

    # --- for the peer -------------------------------------------------------------------------------------------------

    @property
    def has_room(self) -> bool:
        """True while the other side's flow has room for what comes."""
        return not self.room % 2

    def resume(self) -> None:
        """Where it was found to take nothing, have the deliveries go on."""
        if self._is_awaited and self.numbered is not None and self.takes:
            self._is_awaited = False
            self.numbered.resumed()

    @property
    def is_idle(self) -> bool:
        """True where nothing is to be brought."""
        return self._under_way is None and not self._waiting

    @property
    def unsaid(self) -> int:
        """How many messages without a number were not taken yet."""
        return _count(self._waiting) + _count(self._under_way or ())

    def next(self) -> tuple[int, bytes]:
        """The parcel that is to be brought now, with its number: again the one that is under way, or the next."""
        if self._under_way is None:
            self._number += 1
            self._under_way, self._waiting = self._waiting, []
            self._frames_under_way = b"".join(frames for frames, _ in self._under_way)
            self._size = self._tries = 0
        self._tries += 1
        return self._number, self._frames_under_way

    def not_taken(self) -> None:
        """The parcel that is under way has certainly not been taken when it was brought now."""
        self._tries -= 1

    def taken(self) -> int:
        """The parcel that was under way has arrived. Returns how many messages without numbers it has brought."""
        count = _count(self._under_way or ())
        self._under_way, self._frames_under_way = None, b""
        return count

    def close(self, deliveries: Deliveries | None) -> None:
        """One of the two lives has ended, or what came cannot be read."""
        self.is_open = False
        if deliveries is not None:
            deliveries.closed(self)

    def untaken(self, *, is_refused: bool) -> list[Chunk]:
        """What has certainly not arrived of that which bears no numbers; it is forgotten here. `is_refused`: the other
        side has said so of the parcel under way, which counts where it was brought once.
        """
        found, self._waiting = self._waiting, []
        if is_refused and self._tries == 1 and self._under_way is not None:
            found = [*self._under_way, *found]
            self._under_way = None
        # What the deliveries have written goes over the next link anyhow, and so do introductions.
        return [chunk for chunk in found if chunk[1]]


def _count(chunks: Iterable[Chunk]) -> int:
    return sum(count for _, count in chunks)
