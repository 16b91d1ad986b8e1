"""One connection of a stream socket: frames come in, frames go out, and who opens it says who that is."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import Any, Final, Protocol

import msgspec

from hydroflow_nb.net.frames import Frames, Oversized, frame
from hydroflow_nb.net.inbound import Inbound
from hydroflow_nb.net.messages.codec import HELLO
from hydroflow_nb.net.statistics import Cause
from hydroflow_nb.net.turns import SMALL, Turns

_HEAD: Final = bytes([HELLO])
_MOST_GREETING: Final = 1000
# What the kernel holds of a connection, in bytes: enough for a fast one, little enough to notice a slow peer.
_KERNEL_BUFFER: Final = 1 << 19
# What is read at once, in bytes: so much may come before a large message waits for its turn.
_READ: Final = 1 << 16
# How long a peer has for reading to the end of a connection that is closed on purpose, in seconds.
LINGER: Final = 1.0


class Greeting(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What who opens a stream says of itself: where it is to be answered, and whether it listens there.

    `port` is for TCP, where the host is never believed but seen; `path` and `token` are for Unix sockets. Said again
    with `leaves`, by either side, it is the last on a connection that is closed on purpose.
    """

    port: int = 0
    path: str = ""
    token: str = ""
    listens: bool = False
    leaves: bool = False

    def frame(self) -> bytes:
        """The greeting as it goes onto a stream."""
        return frame(_HEAD + _ENCODER.encode(self))


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Greeting)


class Writer(Protocol):
    """Who writes to a connection."""

    def resumed(self) -> None:
        """All that was written has been handed to the kernel."""


class Switchboard(Protocol):
    """Whose connections they are."""

    loop: asyncio.AbstractEventLoop
    inbound: Inbound
    limit: int
    turns: Turns

    def opened(self, connection: Connection) -> bool:
        """A connection was made. False: it is to be turned away."""

    def identified(self, connection: Connection, greeting: Greeting | None) -> Any:
        """The address of whom a connection is with: who opened it, or was dialled. Raises ValueError for an impossible
        one. Messages are written to the connection from now on.
        """

    def filled(self) -> None:
        """There is no room for what comes in."""

    def closed(self, connection: Connection, exception: Exception | None) -> None:
        """A connection is gone."""


class Connection(asyncio.Protocol):
    """A connection, dialled to an address or accepted from somebody."""

    transport: asyncio.Transport

    def __init__(self, switchboard: Switchboard, *, address: Any = None, greeting: Greeting | None = None) -> None:
        self.address = address
        self.is_dialled = greeting is not None
        # Whom it is with: dialled, or said by the first message.
        self.is_known = self.is_dialled
        self.is_open = False
        self.is_circular = False
        # Set while not all that was written has been handed to the kernel.
        self.is_paused = False
        # Set when either side has closed it on purpose.
        self.is_farewell = False
        # Set when a message has gone by it, in either direction.
        self.is_used = False
        # Where it comes from, as far as the system tells.
        self.host = ""
        self.writer: Writer | None = None
        self._greeting = greeting
        self._switchboard = switchboard
        self._inbound = switchboard.inbound
        self._frames = Frames(switchboard.limit)
        self._is_leaving = False
        # Set while a large message comes in, or waits for its turn to do so.
        self._is_large = False

    # --- what the event loop calls -----------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """There is a connection."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        # With no room for more, "paused" says that something waits, and "resumed" that nothing does.
        transport.set_write_buffer_limits(high=0)
        if hasattr(transport, "max_size"):
            # Asyncio's own transports have it; others read as much at once as they like.
            transport.max_size = _READ
        _tune(transport.get_extra_info("socket"))
        name = transport.get_extra_info("peername")
        if isinstance(name, tuple):
            self.host = name[0]
        if self.is_dialled and transport.get_extra_info("sockname") == transport.get_extra_info("peername"):
            # A port that nobody listens at, from which the kernel happened to dial.
            self.is_circular = True
            transport.abort()
            return
        self.is_open = True
        if not self._switchboard.opened(self):
            self.is_open = False
            transport.abort()
        elif self._greeting is not None:
            transport.write(self._greeting.frame())
            self._switchboard.identified(self, None)

    def data_received(self, data: bytes) -> None:
        """Bytes came, which end anywhere."""
        if self._is_leaving:
            return
        try:
            bodies = self._frames.feed(data)
        except Oversized as oversized:
            self._deliver(oversized.bodies)
            if self.is_open:
                self._reject(Cause.OVERSIZED, str(oversized), data)
        else:
            self._deliver(bodies)
            if self._is_large or self._frames.expected > SMALL:
                self._take_turns(is_new=bool(bodies))

    def pause_writing(self) -> None:
        """The kernel takes no more now."""
        self.is_paused = True

    def resume_writing(self) -> None:
        """The kernel has taken all."""
        self.is_paused = False
        if self.writer is not None:
            self.writer.resumed()

    def connection_lost(self, exception: Exception | None) -> None:
        """The connection is gone: closed on purpose or not."""
        was_open, self.is_open = self.is_open, False
        if not was_open:
            return
        if self._frames.pending:
            self._inbound.statistics.reject(
                Cause.TRUNCATED,
                f"the connection ended within a message, after {self._frames.pending:,} bytes of its frame",
                self.shown_address,
            )
        self._switchboard.closed(self, exception)

    # -----------------------------------------------------------------------------------------------------------------

    @property
    def shown_address(self) -> Any:
        """Whom the connection is to, for people: known or not."""
        if self.address is not None:
            return self.address
        return self.transport.get_extra_info("peername") or "a stranger"

    @property
    def takes(self) -> bool:
        """True where the kernel takes more. What is written to a connection that broke, of which the loop tells in its
        next turn, is lost.
        """
        return not (self.is_paused or self.transport.is_closing())

    @property
    def pending(self) -> int:
        """How many bytes of an unfinished message have come."""
        return self._frames.pending

    def read_on(self) -> None:
        """Read again, where nothing stands against it."""
        if not (self._inbound.is_full() or self._switchboard.turns.waits(self)):
            self.transport.resume_reading()

    def break_off(self) -> None:
        """End the connection in the middle of a message."""
        why = f"no more came of a message of {self._frames.expected:,} bytes after {self.pending:,}, and others wait"
        self._reject(Cause.TRUNCATED, why, b"")

    def leave(self) -> None:
        """Close the connection on purpose, and say so. What was written before arrives at a peer that takes it."""
        self.is_farewell = True
        if self.is_paused or self.transport.is_closing():
            self.transport.abort()
            return
        self.transport.write(Greeting(leaves=True).frame())
        # A socket that is closed before all was read of it takes back what is under way (RFC 1122, 4.2.2.13). So it
        # is read until the peer, which has read the farewell, closes its side.
        self._is_leaving = True
        # A peer that has gone already is told nothing.
        with suppress(OSError, NotImplementedError):
            self.transport.write_eof()
        self.transport.resume_reading()
        self._switchboard.loop.call_later(LINGER, self.transport.abort)

    def cut(self) -> None:
        """Close the connection at once; it is gone when this returns."""
        self.transport.abort()
        self.connection_lost(None)

    def _take_turns(self, *, is_new: bool) -> None:
        """Wait for a turn to take in a large message; `is_new` where it is not the one that came in before."""
        turns = self._switchboard.turns
        if self._is_large and is_new:
            self._is_large = False
            turns.finish(self)
        if self.is_open and not self._is_large and self._frames.expected > SMALL:
            self._is_large = True
            if not turns.ask(self, self._frames.expected):
                self.transport.pause_reading()

    def _deliver(self, bodies: list[bytes]) -> None:
        if not bodies:
            return
        if not self.is_known:
            bodies = self._after_greeting(bodies)
        if bodies and bodies[-1][:1] == _HEAD and _is_farewell(bodies[-1]):
            self.is_farewell = True
            del bodies[-1]
        if bodies:
            self.is_used = True
            self._inbound.accept_all(bodies, self.address)
        if self.is_farewell:
            # Nobody reads at the other side: what is sent from now on waits for the next connection.
            self.transport.abort()
        elif self._inbound.is_full():
            # Asyncio reads once from a connection that was paused when it was made.
            self.transport.pause_reading()
            self._switchboard.filled()

    def _after_greeting(self, bodies: list[bytes]) -> list[bytes]:
        """Find out who it is. A program that greets nobody is known by its socket's own name."""
        first = bodies[0]
        greeting = None
        try:
            if first[:1] == _HEAD:
                if len(first) > _MOST_GREETING:
                    raise ValueError("it is too long")
                greeting = _DECODER.decode(first[1:])
            self.address = self._switchboard.identified(self, greeting)
        except (ValueError, RecursionError, msgspec.MsgspecError) as exception:
            self._reject(Cause.UNDECODABLE, f"not the greeting of a peer: {exception}", first)
            return []
        self.is_known = True
        return bodies if greeting is None else bodies[1:]

    def _reject(self, cause: Cause, reason: str, data: bytes) -> None:
        """End a connection on which what follows means nothing."""
        self._inbound.statistics.reject(cause, f"{reason}; the connection is closed", self.shown_address, data)
        self._frames = Frames(self._switchboard.limit)
        self.cut()


def _is_farewell(body: bytes) -> bool:
    try:
        return _DECODER.decode(body[1:]).leaves
    except (ValueError, RecursionError, msgspec.MsgspecError):
        return False


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
