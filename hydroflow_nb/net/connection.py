"""One connection with a peer: it carries messages in both directions; the side that dials says its address first."""

from __future__ import annotations

import asyncio
from typing import Any, Final, Protocol

from hydroflow_nb.net.control import HEAD, is_introduction
from hydroflow_nb.net.greeting import LONGEST, Greeting, greeting_of, is_farewell
from hydroflow_nb.net.inbound import Inbound
from hydroflow_nb.net.naming import Handshake, Refused
from hydroflow_nb.net.statistics import Cause
from hydroflow_nb.net.turns import SMALL, Turns

# How long a peer may take to read the rest of a connection that is closed on purpose, in seconds.
LINGER: Final = 1.0
# How long it may take to connect, and then to say and prove a name, in seconds.
ANSWER: Final = 10.0


class Wire(Protocol):
    """Carries the messages of a connection in both directions, and finds in its own way where each message ends.

    It calls the connection's `made`, `came`, `resumed` and `lost`, and `reject` for data that it cannot read.
    """

    own_name: Any
    """The name of this side's socket."""
    peer_name: Any
    """The name of the peer's socket; None if the system does not know it."""

    is_paused: bool
    """True while the kernel has not taken all that was written."""

    @property
    def takes(self) -> bool:
        """True if the kernel takes more. The event loop reports a broken connection in its next turn: what is written
        until then is lost.
        """

    @property
    def unsent(self) -> int:
        """How many bytes the kernel has not taken yet."""

    @property
    def pending(self) -> int:
        """How many bytes of an unfinished message have arrived."""

    @property
    def expected(self) -> int:
        """How many bytes the unfinished message has in total, as far as is known."""

    def write(self, frames: bytes) -> None:
        """Send messages, in the form that `frames.framed` gives them. Never waits."""

    def finish(self) -> None:
        """Send nothing more. What arrives from now on is read and thrown away, so that the peer gets all that was
        written.
        """

    def pause_reading(self) -> None:
        """Read nothing for now."""

    def resume_reading(self) -> None:
        """Read again."""

    def abort(self) -> None:
        """Close the connection immediately."""


class Numbering(Protocol):
    """Numbers the messages of a connection, and acknowledges those that come."""

    def hear(self, bodies: list[bytes]) -> list[bytes]:
        """Take in what came. Returns the messages among it that have no number, and a farewell."""

    def resumed(self) -> None:
        """The kernel has taken all that was written."""


class Writer(Protocol):
    """Writes to a connection."""

    def resumed(self) -> None:
        """The kernel has taken all that was written."""


class Switchboard(Protocol):
    """Has the connections of one end, and decides which of them are opened."""

    loop: asyncio.AbstractEventLoop
    inbound: Inbound
    turns: Turns

    def opened(self, connection: Connection) -> bool:
        """Take a new connection. Returns False if it must be turned away."""

    def identified(self, connection: Connection, greeting: Greeting | None) -> Any:
        """Give a connection to its peer, which writes to it from now on. Returns the peer's address.

        Raises ValueError for an impossible greeting.
        """

    def asked(self, connection: Connection) -> None:
        """A peer that acknowledges asks whether this end does, which does not."""

    def filled(self) -> None:
        """There is no room for more messages."""

    def closed(self, connection: Connection, exception: Exception | None) -> None:
        """A connection has ended."""


class Connection:
    """A connection: dialled to an address, or accepted from a peer. With a `handshake` it carries messages only after
    that has ended.
    """

    wire: Wire

    def __init__(
        self,
        switchboard: Switchboard,
        *,
        address: Any = None,
        greeting: Greeting | None = None,
        handshake: Handshake | None = None,
    ) -> None:
        self.address = address
        self.is_dialled = greeting is not None
        self.handshake = handshake
        # Set when the peer's address is known: it was dialled, or its first message says it; or it has said its name.
        self.is_known = self.is_dialled and handshake is None
        # Done when the peer's name is known; it has an exception if the connection ends before.
        self.named: asyncio.Future[None] | None = None
        if self.is_dialled and handshake is not None:
            self.named = switchboard.loop.create_future()
        self._deadline: asyncio.TimerHandle | None = None
        self.is_open = False
        self.is_circular = False
        # Set when one of the sides has closed it on purpose, and when this one has.
        self.is_farewell = False
        self.is_left = False
        # Set when this end closes it to say in the next one who it is.
        self.begins_anew = False
        # Set when it has carried a message, in either direction.
        self.is_used = False
        # False where the peer's address is only the one that was seen: nobody listens there, or comes back to it.
        self.comes_back = True
        # The peer's host; empty if the system does not know it.
        self.host = ""
        self.writer: Writer | None = None
        # Where this end acknowledges.
        self.numbering: Numbering | None = None
        self._greeting = greeting
        self._switchboard = switchboard
        self._inbound = switchboard.inbound
        # Set while a large message comes in, or waits for its turn.
        self._is_large = False
        self._is_rejected = False

    # --- what the wire calls -----------------------------------------------------------------------------------------

    def made(self, wire: Wire) -> None:
        """The connection is open, and a wire carries it."""
        self.wire = wire
        if isinstance(wire.peer_name, tuple):
            self.host = wire.peer_name[0]
        if self.is_dialled and wire.own_name == wire.peer_name:
            # No process listens at this port, and the kernel happened to dial from the same port.
            self.is_circular = True
            wire.abort()
            return
        self.is_open = True
        if not self._switchboard.opened(self):
            self.is_open = False
            wire.abort()
        elif self._greeting is not None:
            wire.write(self._greeting.frame())
            if self.handshake is None:
                self._switchboard.identified(self, None)
        self._await_name()

    def came(self, bodies: list[bytes]) -> None:
        """These messages arrived, oldest first, and perhaps a part of the next one."""
        if bodies:
            self._deliver(bodies)
        expected = self.wire.expected
        if expected <= LONGEST and not self._is_large:
            return
        if self._must_greet and expected > LONGEST:
            # Who has not said its name may not fill the memory.
            self._refuse("it sends messages before it has said its name")
        elif self._is_large or expected > SMALL:
            self._take_turns(is_new=bool(bodies))

    def reject(self, cause: Cause, reason: str, data: bytes) -> None:
        """Close a connection whose further data cannot be read."""
        if self.is_greeting:
            self._refuse("it sends something else than a greeting, TLS perhaps")
        elif self.is_open:
            self._inbound.statistics.reject(cause, f"{reason}; the connection is closed", self.shown_address, data)
            self._is_rejected = True
            self.cut()

    def resumed(self) -> None:
        """The kernel has taken all that was written."""
        if self.writer is not None:
            self.writer.resumed()
        if self.numbering is not None:
            self.numbering.resumed()

    def lost(self, exception: Exception | None) -> None:
        """The connection has ended, on purpose or not."""
        was_open, self.is_open = self.is_open, False
        if not was_open:
            return
        self._end_handshake(
            "it closed the connection before it said its name: it has ended, or its key or its directory is another one"
        )
        if self.pending and not self._is_rejected:
            self._inbound.statistics.reject(
                Cause.TRUNCATED,
                f"the connection ended in the middle of a message, after {self.pending:,} bytes of it",
                self.shown_address,
            )
        self._switchboard.closed(self, exception)

    # -----------------------------------------------------------------------------------------------------------------

    @property
    def shown_address(self) -> Any:
        """The peer's address for people, or what is known of it."""
        return self.address if self.address is not None else self.wire.peer_name or "an unknown peer"

    @property
    def is_greeting(self) -> bool:
        """True while the two sides say who they are. It is read even when there is no room for messages."""
        return self.handshake is not None and not self.is_known

    @property
    def pending(self) -> int:
        """How many bytes of an unfinished message have arrived."""
        return self.wire.pending

    def read_on(self) -> None:
        """Read again, if there is room and the connection does not wait for a turn."""
        if not (self._inbound.is_full() or self._switchboard.turns.waits(self)):
            self.wire.resume_reading()

    def break_off(self) -> None:
        """Close the connection in the middle of a message."""
        why = f"{self.pending:,} of the message's {self.wire.expected:,} bytes came, then too few, and others wait"
        self.reject(Cause.TRUNCATED, why, b"")

    def leave(self) -> None:
        """Close the connection on purpose, and tell the peer. What was written before arrives if the peer reads it."""
        self.is_farewell = self.is_left = True
        if not self.wire.takes:
            self.wire.abort()
            return
        self._say_farewell()
        self.wire.finish()
        self._switchboard.loop.call_later(LINGER, self.wire.abort)

    def end(self) -> None:
        """Close the connection on purpose, and let nothing more go over it."""
        self.leave()
        self.lost(None)

    def cut(self) -> None:
        """Close the connection immediately; it has ended when this returns."""
        self.wire.abort()
        self.lost(None)

    def _say_farewell(self) -> None:
        self.wire.write(Greeting(leaves=True).frame())

    def _take_turns(self, *, is_new: bool) -> None:
        """Wait for a turn to read a large message. `is_new`: it is another message than at the last call."""
        turns = self._switchboard.turns
        if self._is_large and (is_new or self.wire.expected <= SMALL):
            self._is_large = False
            turns.finish(self)
        if self.is_open and not self._is_large and self.wire.expected > SMALL:
            self._is_large = True
            if not turns.ask(self, self.wire.expected):
                self.wire.pause_reading()

    @property
    def _must_greet(self) -> bool:
        """True while the peer has to say its name."""
        return self.is_greeting and self.handshake is not None and not self.handshake.lets_strangers_in

    def _await_name(self) -> None:
        """Close the connection where the peer has to say and prove its name, and takes too long."""
        if self.is_open and self._must_greet and self._deadline is None:
            why = f"it has not said and proved its name within {ANSWER:g} seconds"
            self._deadline = self._switchboard.loop.call_later(ANSWER, self._refuse, why)

    def _deliver(self, bodies: list[bytes]) -> None:
        if not self.is_known:
            bodies = (
                self._after_greeting(bodies)
                if self.handshake is None
                else self._after_handshake(self.handshake, bodies)
            )
            if not self.is_known:
                return
        if self.numbering is not None and bodies:
            self.is_used = True
            bodies = self.numbering.hear(bodies)
        if bodies and bodies[-1][:1] == HEAD:
            # After an introduction nothing follows until it is answered.
            if is_farewell(bodies[-1]):
                self.is_farewell = True
                del bodies[-1]
            elif is_introduction(bodies[-1]):
                self._switchboard.asked(self)
                del bodies[-1]
        if bodies:
            self.is_used = True
            self._inbound.accept_all(bodies, self.address)
        if self.is_farewell:
            # The peer no longer reads: what is sent from now on waits for the next connection.
            self._inbound.statistics.closed += 1
            self.wire.abort()
        elif self._inbound.is_full():
            self._stop()

    def _stop(self) -> None:
        """Read nothing until there is room."""
        # Asyncio reads once from a connection that was paused as it was made.
        self.wire.pause_reading()
        self._switchboard.filled()

    def _after_greeting(self, bodies: list[bytes]) -> list[bytes]:
        """The messages that follow the greeting, which says the peer's address. A peer that sends no greeting gets the
        name of its socket as its address.
        """
        try:
            greeting = greeting_of(bodies[0])
            self.address = self._switchboard.identified(self, greeting)
        except ValueError as exception:
            self.reject(Cause.UNDECODABLE, f"the greeting of a peer cannot be read: {exception}", bodies[0])
            return []
        self.is_known = True
        return bodies if greeting is None else bodies[1:]

    def _after_handshake(self, handshake: Handshake, bodies: list[bytes]) -> list[bytes]:
        """The messages that follow the greetings in which both sides say and prove their names, or a stranger's."""
        for index, body in enumerate(bodies):
            if is_farewell(body):
                self._end_handshake("the peer closes its end")
                self.cut()
                return []
            try:
                greeting = greeting_of(body)
                if handshake.is_of_stranger(greeting):
                    self.handshake = None
                    return self._after_greeting(bodies[index:])
                answer = handshake.hear(greeting)
            except (Refused, ValueError) as refused:
                self._refuse(str(refused))
                return []
            if answer is not None:
                self.wire.write(answer.frame())
                self._await_name()
            if handshake.peer is not None:
                self.address = self._switchboard.identified(self, greeting)
                self.is_known = True
                self._end_handshake()
                return bodies[index + 1 :]
        return []

    def _refuse(self, why: str) -> None:
        """Close a connection whose peer does not say or prove who it is."""
        if self.is_open:
            self._inbound.statistics.refuse(self.shown_address, why)
            self._is_rejected = True
            self._end_handshake(why)
            self.cut()

    def _end_handshake(self, failure: str = "") -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if self.named is not None and not self.named.done():
            if failure:
                self.named.set_exception(ConnectionRefusedError(0, failure))
                # Nobody waits for it any longer if the dialling was cancelled.
                self.named.exception()
            else:
                self.named.set_result(None)
