"""Streams of lines or bytes with programs of any make: nothing is greeted, and an address is the one that is seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, Protocol

from hydroflow_nb.engine.bringing import brings
from hydroflow_nb.net.connection import Connection, Switchboard, Wire
from hydroflow_nb.net.frames import framed
from hydroflow_nb.net.lines import Lines, lined
from hydroflow_nb.net.messages.codec import BYTES, LINES, Codec, RawCodec
from hydroflow_nb.net.statistics import Cause
from hydroflow_nb.net.wire import StreamWire

# How long a connection whose peer sends nothing more stays open after the last message to it, in seconds: `nc` waits
# for an answer to its last line.
ANSWERED: Final = 2.0


class Cutter(Protocol):
    """Cuts a stream that comes in pieces of any size into the bodies of messages."""

    @property
    def pending(self) -> int:
        """How many bytes of an unfinished message have arrived."""

    @property
    def expected(self) -> int:
        """How many bytes the unfinished message may have in total."""

    def feed(self, data: bytes) -> list[bytes]:
        """The bodies that this piece completes, in order."""

    def finish(self) -> list[bytes]:
        """The bodies that the end of the stream completes."""


class Chunks:
    """Takes pieces of a stream as they come; one over the limit comes in several."""

    pending: Final = 0
    expected: Final = 0

    def __init__(self, limit: int) -> None:
        self._limit = max(1, limit)

    def feed(self, data: bytes) -> list[bytes]:
        """The bodies of this piece."""
        return [BYTES.head + data[at : at + self._limit] for at in range(0, len(data), self._limit)]

    def finish(self) -> list[bytes]:
        """Nothing: a chunk is complete when it comes."""
        return []


def joined_of(codec: Codec) -> Callable[[Sequence[bytes]], bytes]:
    """The function that makes of bodies what goes over a stream."""
    if codec is LINES:
        return lined
    return _joined if isinstance(codec, RawCodec) else framed


def cutter_of(codec: Codec, limit: int, too_long: Callable[[bytes], None]) -> Cutter:
    """What cuts a stream of a raw codec into messages. `too_long` is told the first bytes of one over the limit."""
    return Lines(limit, too_long) if codec is LINES else Chunks(limit)


def received(codec: Codec, datagram: bytes, limit: int) -> tuple[list[bytes], list[bytes]]:
    """The bodies of the messages in a datagram of a raw codec, and the messages that are over the limit. The end of the
    last line is the end of the datagram.
    """
    too_long: list[bytes] = []
    if codec is LINES:
        lines = Lines(limit, too_long.append)
        return lines.feed(datagram) + lines.finish(), too_long
    return ([], [datagram]) if len(datagram) > limit else ([BYTES.head + datagram], [])


def _joined(bodies: Sequence[bytes]) -> bytes:
    return b"".join([body[1:] for body in bodies])


class RawConnection(Connection):
    """A connection with a program of any make: dialled to an address, or accepted from a peer, whose address is the one
    that is seen.
    """

    def __init__(self, switchboard: Switchboard, *, address: Any = None) -> None:
        super().__init__(switchboard, address=address)
        self.is_dialled = self.is_known = self.comes_back = address is not None
        self._has_ended = False

    def made(self, wire: Wire) -> None:
        """The connection is open, and a wire carries it."""
        super().made(wire)
        if self.is_open:
            try:
                self.address = self._switchboard.identified(self, None)
            except ValueError:
                # The peer has gone already.
                self.cut()
            else:
                self.is_known = True

    def too_long(self, data: bytes, limit: int) -> None:
        """A message that begins with `data` is over the limit. The connection goes on."""
        why = f"a line of more than {limit:,} bytes came; the rest of it is thrown away"
        self._inbound.statistics.reject(Cause.OVERSIZED, why, self.shown_address, data)

    def ended(self, *, may_answer: bool) -> bool:
        """The peer sends nothing more. Returns True while what is sent to it may still leave."""
        if not self.is_open:
            return False
        self._has_ended = self.is_farewell = True
        self._inbound.statistics.closed += 1
        if self.is_dialled or not may_answer:
            return False
        self._wait()
        return True

    def lost(self, exception: Exception | None) -> None:
        """The connection has ended, on purpose or not."""
        if self.is_open and exception is not None and not self._has_ended:
            self._inbound.statistics.closed += 1
        super().lost(exception)

    def leave(self) -> None:
        """Close the connection on purpose. What was written before arrives if the peer reads it."""
        if self._has_ended and not self.wire.unsent:
            # All was read and written, so nothing that is on its way is lost.
            self.wire.abort()
        else:
            super().leave()

    def _say_farewell(self) -> None:
        """The end of the stream says it."""

    def _deliver(self, bodies: list[bytes]) -> None:
        self.is_used = True
        self._inbound.accept_all(bodies, self.address)
        if self._inbound.is_full():
            self._stop()

    def _wait(self) -> None:
        self.is_used = False
        self._switchboard.loop.call_later(ANSWERED, self._look)

    def _look(self) -> None:
        """Close the connection if the peer has ended its side, and nothing was sent to it for some time."""
        if self.is_open:
            if self.is_used or self.wire.unsent:
                self._wait()
            else:
                self.wire.abort()


class RawWire(StreamWire):
    """Carries a connection of lines or bytes over a stream socket."""

    def __init__(self, connection: RawConnection, codec: Codec, limit: int) -> None:
        super().__init__(connection, limit)
        self._raw: RawConnection | None = connection
        self._cutter = cutter_of(codec, limit, partial(connection.too_long, limit=limit))
        self._has_ended = False

    # --- what the event loop calls -----------------------------------------------------------------------------------

    @brings
    def data_received(self, data: bytes) -> None:
        """Bytes arrived; they may end in the middle of a message."""
        if not self._is_finished:
            self._connection.came(self._cutter.feed(data))

    def eof_received(self) -> bool:
        """The peer sends nothing more. Returns True if the connection stays open for what is sent to it."""
        if self._is_finished or self._raw is None:
            return False
        if not self._has_ended:
            self._has_ended = True
            self._connection.came(self._cutter.finish())
            # With TLS, asyncio closes a connection whose peer sends nothing more.
            return self._raw.ended(may_answer=self._transport.get_extra_info("sslcontext") is None)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended, on purpose or not."""
        super().connection_lost(exc)
        self._raw, self._cutter = None, Chunks(1)

    # --- what the connection calls -----------------------------------------------------------------------------------

    @property
    def pending(self) -> int:
        """How many bytes of an unfinished message have arrived."""
        return self._cutter.pending

    @property
    def expected(self) -> int:
        """How many bytes the unfinished message may have in total."""
        return self._cutter.expected
