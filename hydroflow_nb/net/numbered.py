"""A connection whose messages have numbers: it tells batches, acknowledgements and what has no number apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

from hydroflow_nb.net.control import (
    HEAD,
    Acknowledgement,
    Batch,
    Control,
    Introduction,
    Plain,
    Ready,
    body_of,
    control_of,
)
from hydroflow_nb.net.frames import framed
from hydroflow_nb.net.ledger import Ledger
from hydroflow_nb.net.statistics import Cause

# How many bytes the messages of one batch may take.
MOST_BYTES: Final = 64 << 20
# How many bytes a message takes in memory beside its own.
_OVERHEAD: Final = 64


class Wire(Protocol):
    """What a connection writes to."""

    @property
    def takes(self) -> bool:
        """True if it takes more."""

    def write(self, frames: bytes, /) -> None:
        """Send messages, in the form that `frames.framed` gives them."""


class Connection(Protocol):
    """A connection with a peer: what is written to it arrives in its order, once, as long as it is open."""

    is_used: bool
    """Set when it has carried a message."""

    @property
    def address(self) -> Any:
        """The peer's address."""

    @property
    def shown_address(self) -> Any:
        """The peer's address for people."""

    @property
    def is_open(self) -> bool:
        """False from its end on."""

    @property
    def wire(self) -> Wire:
        """What carries its messages."""

    def reject(self, cause: Cause, reason: str, data: bytes, /) -> None:
        """Close it for what came that cannot be read."""


class Receiver(Protocol):
    """What is told of what comes over a connection with numbers."""

    ledger: Ledger

    def ready(self, way: Numbered) -> None:
        """A peer acknowledges: send it what waits."""

    def is_plain(self, way: Numbered) -> None:
        """A peer does not acknowledge: what waits for it is sent once."""

    def acknowledged(self, by: Numbered, stream: str, number: int) -> None:
        """A peer says that it keeps all of a stream up to a number."""

    def came(self, way: Numbered, stream: tuple[str, str], number: int, bodies: list[bytes]) -> None:
        """A batch has come in whole."""


class _Unreadable(Exception):
    """What comes over a connection cannot be read from here on: why, and what came."""


class Numbered:
    """A connection whose messages have numbers, once the peer has introduced itself. `owns` tells whether an identity
    is the peer's.
    """

    def __init__(self, connection: Connection, deliveries: Receiver, owns: Callable[[str], bool]) -> None:
        self.connection = connection
        self._deliveries = deliveries
        self._owns = owns
        self._identity = ""
        self.is_ready = False
        # It has said that it does not acknowledge.
        self.is_plain = False
        # The last number that was sent over this connection, by address.
        self.sent: dict[Any, int] = {}
        # The batch that is coming in, and what has come of it.
        self._batch: Batch | None = None
        self._came: list[bytes] = []
        self._size = 0

    def introduce(self) -> None:
        """Say who this end is."""
        self._say(Introduction(self._deliveries.ledger.identity))

    def resumed(self) -> None:
        """The kernel has taken all that was written."""
        self._deliveries.ready(self)

    def acknowledge(self, stream: str, number: int) -> None:
        """Say that all of a stream up to a number is kept."""
        self._say(Acknowledgement(stream, number))

    def hear(self, bodies: list[bytes]) -> list[bytes]:
        """Take in what came. Returns the messages among it that have no number, and a farewell. Of what cannot be read,
        and all behind it, nothing comes.
        """
        left: list[bytes] = []
        try:
            self._sort(bodies, left)
        except _Unreadable as unreadable:
            self._batch, self._came, self._size = None, [], 0
            why, body = unreadable.args
            self.connection.reject(Cause.UNDECODABLE, why, body)
        return left

    def _sort(self, bodies: list[bytes], left: list[bytes]) -> None:
        """Take in what came, and add what has no number to what is left. Raises _Unreadable."""
        index = 0
        while index < len(bodies):
            if self._batch is not None:
                end = index + self._batch.count - len(self._came)
                self._take(bodies[index:end])
                index = end
                continue
            body = bodies[index]
            index += 1
            if body[:1] != HEAD:
                left.append(body)
                continue
            try:
                control = control_of(body)
            except ValueError as exception:
                raise _Unreadable(f"a control frame cannot be read: {exception}", body) from None
            if control is None:
                left.append(body)
            else:
                self._hear(control, body)

    def _hear(self, control: Control, body: bytes) -> None:
        deliveries = self._deliveries
        match control:
            case Introduction(identity=identity) if identity and not self._identity:
                if not self._owns(identity):
                    raise _Unreadable("it introduces itself as another durable flow", body)
                self._identity = identity
                for stream, number in deliveries.ledger.seen(identity):
                    self.acknowledge(stream, number)
                self._say(Ready())
            case Ready():
                self.is_ready = True
                deliveries.ready(self)
            case Plain():
                self.is_plain = True
                deliveries.is_plain(self)
            case Acknowledgement(stream=stream, number=number):
                deliveries.acknowledged(self, stream, number)
            case Batch(count=count) if count * _OVERHEAD > MOST_BYTES:
                raise _Unreadable(f"a batch has more than {MOST_BYTES // _OVERHEAD:,} messages", body)
            case Batch(count=count) if count > 0 and self._identity:
                self._batch = control
            case _:
                raise _Unreadable(
                    "a batch has no messages or comes before an introduction, or there are two of these", body
                )

    def _take(self, bodies: list[bytes]) -> None:
        """Take in messages of the batch that is coming in."""
        batch = self._batch
        assert batch is not None
        self._came += bodies
        self._size += _weight(bodies)
        if self._size > MOST_BYTES:
            raise _Unreadable(f"a batch takes more than {MOST_BYTES:,} bytes", b"")
        if len(self._came) == batch.count:
            came, self._came, self._batch, self._size = self._came, [], None, 0
            self._deliveries.came(self, (self._identity, batch.stream), batch.number, came)

    def _say(self, control: Control) -> None:
        if self.connection.is_open:
            self.connection.wire.write(framed([body_of(control)]))


def batches_of(bodies: list[bytes]) -> list[list[bytes]]:
    """The messages of a tick as batches: one, unless it were too large."""
    most = MOST_BYTES // 2
    if _weight(bodies) <= most:
        return [bodies]
    found: list[list[bytes]] = [[]]
    size = 0
    for body in bodies:
        weight = len(body) + _OVERHEAD
        if size and size + weight > most:
            found.append([])
            size = 0
        found[-1].append(body)
        size += weight
    return found


def _weight(bodies: list[bytes]) -> int:
    return sum(map(len, bodies)) + _OVERHEAD * len(bodies)
