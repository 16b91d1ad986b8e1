"""The wire of stream sockets: messages as frames, on a stream of bytes that asyncio reads and writes."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import Any, Final

from hydroflow_nb.net.connection import Connection
from hydroflow_nb.net.frames import Frames, Oversized
from hydroflow_nb.net.statistics import Cause

# What the kernel holds of a connection, in bytes: enough for a fast one, little enough to notice a slow peer.
_KERNEL_BUFFER: Final = 1 << 19
# What is read at once, in bytes: so much may come before a large message waits for its turn.
_READ: Final = 1 << 16


class StreamWire(asyncio.Protocol):
    """Carries a connection over a stream socket. `limit` is the longest message that may come in, in bytes."""

    def __init__(self, connection: Connection, limit: int) -> None:
        self.own_name: Any = None
        self.peer_name: Any = None
        self.is_paused = False
        self._connection = connection
        self._frames = Frames(limit)
        self._is_finished = False

    # --- what the event loop calls -----------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """There is a connection."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        # With no room for more, "paused" says that something waits, and "resumed" that nothing does.
        transport.set_write_buffer_limits(high=0)
        if hasattr(transport, "max_size"):
            # Asyncio's own transports have it; others read as much at once as they like.
            transport.max_size = _READ
        _tune(transport.get_extra_info("socket"))
        self.own_name = transport.get_extra_info("sockname")
        self.peer_name = transport.get_extra_info("peername")
        self._connection.made(self)

    def data_received(self, data: bytes) -> None:
        """Bytes came, which end anywhere."""
        if self._is_finished:
            return
        try:
            bodies = self._frames.feed(data)
        except Oversized as oversized:
            self._connection.came(oversized.bodies)
            self._connection.reject(Cause.OVERSIZED, str(oversized), data)
        else:
            self._connection.came(bodies)

    def pause_writing(self) -> None:
        """The kernel takes no more now."""
        self.is_paused = True

    def resume_writing(self) -> None:
        """The kernel has taken all."""
        self.is_paused = False
        self._connection.resumed()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone: closed on purpose or not."""
        self._connection.lost(exc)
        # Each has the other: what came of a message and is not whole would wait for the cyclic collector.
        del self._connection

    # --- what the connection and its peer call -----------------------------------------------------------------------

    @property
    def takes(self) -> bool:
        """True where the kernel takes more."""
        return not (self.is_paused or self._transport.is_closing())

    @property
    def unsent(self) -> int:
        """How many bytes the kernel has not taken yet."""
        return self._transport.get_write_buffer_size()

    @property
    def pending(self) -> int:
        """How many bytes of an unfinished message have come."""
        return self._frames.pending

    @property
    def expected(self) -> int:
        """How many bytes the unfinished message has in all, as far as is known."""
        return self._frames.expected

    def write(self, frames: bytes) -> None:
        """Send messages, which are frames already."""
        self._transport.write(frames)

    def finish(self) -> None:
        """Send nothing after what was written, and throw away what comes in."""
        # A socket that is closed before all was read of it takes back what is under way (RFC 1122, 4.2.2.13). So it
        # is read until the peer, which has read the farewell, closes its side.
        self._is_finished = True
        # A peer that has gone already is told nothing.
        with suppress(OSError, NotImplementedError):
            self._transport.write_eof()
        self._transport.resume_reading()

    def pause_reading(self) -> None:
        """Take in nothing for now."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Take in what comes."""
        self._transport.resume_reading()

    def abort(self) -> None:
        """Close it at once."""
        self._transport.abort()


def _tune(sock: socket.socket) -> None:
    # A socket whose other side has gone already takes no options on some systems.
    with suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL_BUFFER)
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            # A peer whose machine has vanished is noticed after a minute, also by who only listens. Where something is
            # under way to it the system's own retries last longer; to bound them would cut off who reads nothing.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for option, value in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3)):
                if hasattr(socket, option):
                    sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
