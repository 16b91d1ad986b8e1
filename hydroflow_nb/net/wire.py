"""The wire of stream sockets: messages as frames, on a stream of bytes that asyncio reads and writes."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import Any, Final

from hydroflow_nb.engine.bringing import brings
from hydroflow_nb.net.connection import Connection
from hydroflow_nb.net.frames import Frames, Oversized
from hydroflow_nb.net.greeting import is_farewell
from hydroflow_nb.net.statistics import Cause

# How many bytes of a connection the kernel holds: enough for a fast one, and few enough to notice a slow peer.
_KERNEL_BUFFER: Final = 1 << 19
# How many bytes are read in one call: so many may arrive before a large message waits for its turn.
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
        """The connection is open."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        # With this limit, "paused" means that bytes wait, and "resumed" that none wait. With TLS, a limit of 0 is
        # reached when nothing waits.
        transport.set_write_buffer_limits(high=0 if transport.get_extra_info("sslcontext") is None else 1)
        if hasattr(transport, "max_size"):
            # Only asyncio's own transports have this limit.
            transport.max_size = _READ
        _tune(transport.get_extra_info("socket"))
        self.own_name = transport.get_extra_info("sockname")
        self.peer_name = transport.get_extra_info("peername")
        self._connection.made(self)

    @brings
    def data_received(self, data: bytes) -> None:
        """Bytes arrived; they may end in the middle of a frame."""
        if self._is_finished:
            self._throw_away(data)
            return
        try:
            bodies = self._frames.feed(data)
        except Oversized as oversized:
            self._connection.came(oversized.bodies)
            self._connection.reject(Cause.OVERSIZED, str(oversized), data)
        else:
            self._connection.came(bodies)

    def pause_writing(self) -> None:
        """The kernel takes no more for now."""
        self.is_paused = True

    def resume_writing(self) -> None:
        """The kernel has taken all that was written."""
        self.is_paused = False
        self._connection.resumed()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended, on purpose or not."""
        self._connection.lost(exc)
        # Connection and wire refer to each other: an incomplete message would stay until the cyclic collector runs.
        del self._connection

    def _throw_away(self, data: bytes) -> None:
        """Look for nothing but the peer's farewell: where both sides leave at once, neither has to wait for the other.
        A stream of TLS has no other sign of that, as its end is told only once it is closed.
        """
        with suppress(Oversized):
            bodies = self._frames.feed(data)
            if bodies and is_farewell(bodies[-1]):
                self.abort()

    # --- what the connection and its peer call -----------------------------------------------------------------------

    @property
    def takes(self) -> bool:
        """True if the kernel takes more."""
        return not (self.is_paused or self._transport.is_closing())

    @property
    def unsent(self) -> int:
        """How many bytes the kernel has not taken yet."""
        return self._transport.get_write_buffer_size()

    @property
    def pending(self) -> int:
        """How many bytes of an unfinished message have arrived."""
        return self._frames.pending

    @property
    def expected(self) -> int:
        """How many bytes the unfinished message has in total, as far as is known."""
        return self._frames.expected

    def write(self, frames: bytes) -> None:
        """Send messages, which are already frames."""
        self._transport.write(frames)

    def finish(self) -> None:
        """Send nothing more, and throw away what arrives."""
        # If a socket is closed while it holds unread bytes, the connection is reset, and bytes on their way to the peer
        # are lost (RFC 1122, 4.2.2.13). So it is read until the peer has read the farewell and closes its side.
        self._is_finished = True
        # The peer may have gone already.
        with suppress(OSError, NotImplementedError):
            self._transport.write_eof()
        self._transport.resume_reading()

    def pause_reading(self) -> None:
        """Read nothing for now."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read again."""
        self._transport.resume_reading()

    def abort(self) -> None:
        """Close the connection immediately."""
        self._transport.abort()


def _tune(sock: socket.socket) -> None:
    # On some systems a socket takes no options if its peer has gone already.
    with suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL_BUFFER)
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            # With keep-alive, an end that only reads notices after a minute that the peer's machine has vanished. While
            # bytes are on their way, the system's own retries last longer; a bound on them would cut off slow readers.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for option, value in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3)):
                if hasattr(socket, option):
                    sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
