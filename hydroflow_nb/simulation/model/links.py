"""Links: the connections of durable nodes, over which their ends number and acknowledge messages.

A link does what TCP does: what one side writes arrives in its order, or the link breaks, and what was not acknowledged
goes over the next one. So a frame that is lost takes those behind it with it. What a node has written when it crashes
may still arrive; what is on its way to it is lost. How two ends introduce themselves to each other is one step: to be
broken off there is to break behind it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterator
from itertools import combinations_with_replacement
from typing import Any, Final, Protocol

from hydroflow_nb.net.control import Acknowledgement, Batch, control_of
from hydroflow_nb.net.deliveries import Deliveries
from hydroflow_nb.net.frames import Frames
from hydroflow_nb.net.numbered import MOST_BYTES, Numbered
from hydroflow_nb.net.statistics import Cause, Statistics
from hydroflow_nb.records import dataclass

SEEN: Final = "it was seen before"
ACKNOWLEDGES: Final = "an acknowledgement"


class End(Protocol):
    """An end of a durable node."""

    @property
    def node(self) -> str:
        """The name of its node."""

    @property
    def address(self) -> Any:
        """Where it is."""

    @property
    def deliveries(self) -> Deliveries:
        """What numbers and acknowledges its messages."""

    @property
    def statistics(self) -> Statistics:
        """The counters of its messages."""

    def owes(self, address: Hashable) -> bool:
        """True where it has sent something to an address that is not acknowledged."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Frame:
    """What a side of a link has written: a batch of messages, or an acknowledgement. `number` counts what it wrote."""

    side: Side
    number: int
    control: Batch | Acknowledgement
    pieces: list[bytes]

    @property
    def bodies(self) -> list[bytes]:
        """The messages of the batch."""
        return self.pieces[1:]

    @property
    def is_next(self) -> bool:
        """False where something is missing before it."""
        return self.ahead <= 1

    @property
    def ahead(self) -> int:
        """How far it is from what has arrived: 1 for what comes next, less for what comes again."""
        return self.number - self.side.arrived

    @property
    def batch(self) -> tuple[str, str, int] | None:
        """Which batch it is, whatever link it goes over; None for an acknowledgement."""
        if isinstance(self.control, Acknowledgement):
            return None
        return (self.side.end.deliveries.ledger.identity, self.control.stream, self.control.number)


class Side:
    """A side of a link: the connection of an end, and what that writes to."""

    def __init__(self, link: Link, end: End, peer: End) -> None:
        self.link = link
        self.end = end
        self.peer = peer
        self.is_used = False
        # How much it has written, and how much of that has arrived.
        self.written = self.arrived = 0
        self.numbered: Numbered = end.deliveries.opened(self, peer.address)

    @property
    def address(self) -> Any:
        """The peer's address."""
        return self.peer.address

    @property
    def shown_address(self) -> Any:
        """The peer's address for people."""
        return self.peer.address

    @property
    def is_open(self) -> bool:
        """False from the end of the link on."""
        return self.link.is_open

    @property
    def takes(self) -> bool:
        """True if it takes more."""
        return self.link.is_open

    @property
    def wire(self) -> Side:
        """What carries its messages."""
        return self

    def write(self, frames: bytes, /) -> None:
        """Have it arrive at the other side."""
        self.link.carry(self, frames)

    def reject(self, cause: Cause, reason: str, data: bytes, /) -> None:
        """Both sides write what they can read."""
        raise AssertionError(reason)


class Link:
    """A connection of two ends, or of one with itself. `fly` puts in flight what a side writes."""

    def __init__(self, one: End, other: End, fly: Callable[[Frame], None]) -> None:
        self.is_open = True
        self._fly = fly
        # What the sides say to each other while they introduce themselves.
        self._said: deque[tuple[Side, list[bytes]]] | None = deque()
        self.sides = Side(self, one, other), Side(self, other, one)
        while self._said:
            self._hear(*self._said.popleft())
        self._said = None

    def carry(self, side: Side, data: bytes) -> None:
        """Take what a side writes: a control frame, and the messages behind it."""
        pieces = Frames(2 * MOST_BYTES).feed(data)
        control = control_of(pieces[0])
        if isinstance(control, Batch) or (isinstance(control, Acknowledgement) and self._said is None):
            side.written += 1
            self._fly(Frame(side=side, number=side.written, control=control, pieces=pieces))
        elif self._said is not None:
            self._said.append((side, pieces))

    def arrive(self, frame: Frame) -> str:
        """A frame reaches the other side. Returns why nothing comes of it that a tick takes in; empty where it does."""
        side = frame.side
        side.arrived = max(side.arrived, frame.number)
        statistics = side.peer.statistics
        repeated = statistics.repeated
        self._hear(side, frame.pieces)
        if isinstance(frame.control, Acknowledgement):
            return ACKNOWLEDGES
        return SEEN if statistics.repeated > repeated else ""

    def _hear(self, side: Side, pieces: list[bytes]) -> None:
        first, second = self.sides
        (second if side is first else first).numbered.hear(pieces)

    def close(self) -> None:
        """It breaks: what was written may still arrive."""
        self.is_open = False
        for side in self.sides:
            side.end.deliveries.closed(side)


class Links:
    """The open links of a network. `fly` puts a frame in flight, `reaches` tells whether two nodes reach each other."""

    def __init__(self, fly: Callable[[Frame], None], reaches: Callable[[str, str], bool]) -> None:
        self._fly = fly
        self._reaches = reaches
        self._ends: dict[Hashable, End] = {}
        self._open: dict[frozenset[Hashable], Link] = {}

    def __bool__(self) -> bool:
        return bool(self._ends)

    def join(self, end: End) -> None:
        """An end of a durable node is there, in place of the one that its node had before it began anew."""
        self._ends[end.address] = end

    def part(self, node: str) -> None:
        """The ends of a node are elsewhere from now on."""
        self._ends = {address: end for address, end in self._ends.items() if end.node != node}

    def has(self, address: Hashable) -> bool:
        """True where the end at an address acknowledges."""
        return address in self._ends

    def sides_of(self, end: End) -> Iterator[Side]:
        """The sides of open links that an end has."""
        return (side for link in self._open.values() for side in link.sides if side.end is end)

    def reach(self, end: End, address: Hashable) -> None:
        """Have a link from an end to an address, if the nodes reach each other now."""
        other = self._ends.get(address)
        if other is not None and self._reaches(end.node, other.node):
            key = frozenset((end.address, address))
            if key not in self._open:
                self._open[key] = Link(end, other, self._fly)

    def look_again(self) -> None:
        """Make the links again over which something is to be sent."""
        for one, other in self._pairs():
            if one.owes(other.address) or other.owes(one.address):
                self.reach(one, other.address)

    def close(self, link: Link) -> None:
        """A link breaks, if it is open."""
        if link.is_open:
            self._forget(link)
            link.close()

    def between(self, one: str, other: str) -> list[Link]:
        """The open links of two nodes."""
        return [link for link in self._open.values() if {side.end.node for side in link.sides} == {one, other}]

    def of(self, node: str) -> list[Link]:
        """The open links of a node."""
        return [link for link in self._open.values() if any(side.end.node == node for side in link.sides)]

    def owes(self, one: str, other: str) -> bool:
        """True where something between two nodes is not acknowledged."""
        return any(
            {first.node, second.node} == {one, other} and (first.owes(second.address) or second.owes(first.address))
            for first, second in self._pairs()
        )

    def _pairs(self) -> Iterator[tuple[End, End]]:
        return combinations_with_replacement(tuple(self._ends.values()), 2)

    def _forget(self, link: Link) -> None:
        self._open = {key: one for key, one in self._open.items() if one is not link}
