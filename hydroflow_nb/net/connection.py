"""One connection with a peer: messages come in and go out, and who opens it says who that is."""

from __future__ import annotations

import asyncio
from typing import Any, Final, Protocol

from hydroflow_nb.net.greeting import Greeting, greeting_of, is_farewell
from hydroflow_nb.net.inbound import Inbound
from hydroflow_nb.net.statistics import Cause
from hydroflow_nb.net.turns import SMALL, Turns

# How long a peer has for reading to the end of a connection that is closed on purpose, in seconds.
LINGER: Final = 1.0


class Wire(Protocol):
    """What carries a connection: the messages of both directions, told apart in its own way.

    It calls the connection's `made`, `came`, `resumed` and `lost`, and `reject` for what it cannot make sense of.
    """

    own_name: Any
    """The name of the socket, and that of the other side's as far as the system tells."""
    peer_name: Any

    is_paused: bool
    """True while not all that was written has been handed to the kernel."""

    @property
    def takes(self) -> bool:
        """True where the kernel takes more. What is written to a connection that broke, of which the loop tells in its
        next turn, is lost.
        """

    @property
    def unsent(self) -> int:
        """How many bytes the kernel has not taken yet."""

    @property
    def pending(self) -> int:
        """How many bytes of an unfinished message have come."""

    @property
    def expected(self) -> int:
        """How many bytes the unfinished message has in all, as far as is known."""

    def write(self, frames: bytes) -> None:
        """Send messages, which are written as `frames.framed` does. Never waits."""

    def finish(self) -> None:
        """Send nothing after what was written. What comes in from now on is read, so that the other side gets all, and
        thrown away.
        """

    def pause_reading(self) -> None:
        """Take in nothing for now."""

    def resume_reading(self) -> None:
        """Take in what comes."""

    def abort(self) -> None:
        """Close it at once."""


class Writer(Protocol):
    """Who writes to a connection."""

    def resumed(self) -> None:
        """All that was written has been handed to the kernel."""


class Switchboard(Protocol):
    """Whose connections they are."""

    loop: asyncio.AbstractEventLoop
    inbound: Inbound
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


class Connection:
    """A connection, dialled to an address or accepted from somebody."""

    wire: Wire

    def __init__(self, switchboard: Switchboard, *, address: Any = None, greeting: Greeting | None = None) -> None:
        self.address = address
        self.is_dialled = greeting is not None
        # Whom it is with: dialled, or said by the first message.
        self.is_known = self.is_dialled
        self.is_open = False
        self.is_circular = False
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
        # Set while a large message comes in, or waits for its turn to do so.
        self._is_large = False
        self._is_rejected = False

    # --- what the wire calls -----------------------------------------------------------------------------------------

    def made(self, wire: Wire) -> None:
        """There is a connection, carried by a wire."""
        self.wire = wire
        if isinstance(wire.peer_name, tuple):
            self.host = wire.peer_name[0]
        if self.is_dialled and wire.own_name == wire.peer_name:
            # A port that nobody listens at, from which the kernel happened to dial.
            self.is_circular = True
            wire.abort()
            return
        self.is_open = True
        if not self._switchboard.opened(self):
            self.is_open = False
            wire.abort()
        elif self._greeting is not None:
            wire.write(self._greeting.frame())
            self._switchboard.identified(self, None)

    def came(self, bodies: list[bytes]) -> None:
        """Something came: these messages, oldest first, and perhaps a part of the next one."""
        if bodies:
            self._deliver(bodies)
        if self._is_large or self.wire.expected > SMALL:
            self._take_turns(is_new=bool(bodies))

    def reject(self, cause: Cause, reason: str, data: bytes) -> None:
        """End a connection on which what follows means nothing."""
        if self.is_open:
            self._inbound.statistics.reject(cause, f"{reason}; the connection is closed", self.shown_address, data)
            self._is_rejected = True
            self.cut()

    def resumed(self) -> None:
        """All that was written has been handed to the kernel."""
        if self.writer is not None:
            self.writer.resumed()

    def lost(self, exception: Exception | None) -> None:
        """The connection is gone: closed on purpose or not."""
        was_open, self.is_open = self.is_open, False
        if not was_open:
            return
        if self.pending and not self._is_rejected:
            self._inbound.statistics.reject(
                Cause.TRUNCATED,
                f"the connection ended within a message, after {self.pending:,} bytes of its frame",
                self.shown_address,
            )
        self._switchboard.closed(self, exception)

    # -----------------------------------------------------------------------------------------------------------------

    @property
    def shown_address(self) -> Any:
        """Whom the connection is to, for people: known or not."""
        return self.address if self.address is not None else self.wire.peer_name or "a stranger"

    @property
    def pending(self) -> int:
        """How many bytes of an unfinished message have come."""
        return self.wire.pending

    def read_on(self) -> None:
        """Read again, where nothing stands against it."""
        if not (self._inbound.is_full() or self._switchboard.turns.waits(self)):
            self.wire.resume_reading()

    def break_off(self) -> None:
        """End the connection in the middle of a message."""
        why = f"no more came of a message of {self.wire.expected:,} bytes after {self.pending:,}, and others wait"
        self.reject(Cause.TRUNCATED, why, b"")

    def leave(self) -> None:
        """Close the connection on purpose, and say so. What was written before arrives at a peer that takes it."""
        self.is_farewell = True
        if not self.wire.takes:
            self.wire.abort()
            return
        self.wire.write(Greeting(leaves=True).frame())
        self.wire.finish()
        self._switchboard.loop.call_later(LINGER, self.wire.abort)

    def cut(self) -> None:
        """Close the connection at once; it is gone when this returns."""
        self.wire.abort()
        self.lost(None)

    def _take_turns(self, *, is_new: bool) -> None:
        """Wait for a turn to take in a large message; `is_new` where it is not the one that came in before."""
        turns = self._switchboard.turns
        if self._is_large and is_new:
            self._is_large = False
            turns.finish(self)
        if self.is_open and not self._is_large and self.wire.expected > SMALL:
            self._is_large = True
            if not turns.ask(self, self.wire.expected):
                self.wire.pause_reading()

    def _deliver(self, bodies: list[bytes]) -> None:
        if not self.is_known:
            bodies = self._after_greeting(bodies)
        if bodies and is_farewell(bodies[-1]):
            self.is_farewell = True
            del bodies[-1]
        if bodies:
            self.is_used = True
            self._inbound.accept_all(bodies, self.address)
        if self.is_farewell:
            # Nobody reads at the other side: what is sent from now on waits for the next connection.
            self.wire.abort()
        elif self._inbound.is_full():
            # Asyncio reads once from a connection that was paused when it was made.
            self.wire.pause_reading()
            self._switchboard.filled()

    def _after_greeting(self, bodies: list[bytes]) -> list[bytes]:
        """Find out who it is. A program that greets nobody is known by its socket's own name."""
        try:
            greeting = greeting_of(bodies[0])
            self.address = self._switchboard.identified(self, greeting)
        except ValueError as exception:
            self.reject(Cause.UNDECODABLE, f"not the greeting of a peer: {exception}", bodies[0])
            return []
        self.is_known = True
        return bodies if greeting is None else bodies[1:]
