"""The outbound end of streams that acknowledges, for a flow that is kept in a folder."""

from __future__ import annotations

import asyncio
import logging
import threading
from abc import abstractmethod
from typing import Any, Final

from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.net.addresses import numeric_host, resolved
from hydroflow_nb.net.backoff import Backoff
from hydroflow_nb.net.connection import Connection
from hydroflow_nb.net.control import Plain, body_of
from hydroflow_nb.net.deliveries import Deliveries
from hydroflow_nb.net.frames import framed
from hydroflow_nb.net.inbound import Inbound
from hydroflow_nb.net.ledger import Ledger
from hydroflow_nb.net.messages.codec import RawCodec
from hydroflow_nb.net.naming import Naming
from hydroflow_nb.net.options import SocketOptions
from hydroflow_nb.net.peer import Peer
from hydroflow_nb.net.sockets import SocketOutbound

logger = logging.getLogger("hydroflow_nb.net")

# How long a flow may take from its binding to its being kept, in seconds.
_GRACE: Final = 5.0
# How often, at least, the number of a host is looked up that has none yet, in seconds.
_SELDOM: Final = 5.0


class AcknowledgingOutbound(SocketOutbound):
    """An outbound end of streams. Once a flow is kept that uses it, its messages have numbers, and go to a peer again
    until that acknowledges them; messages to a peer that does not acknowledge are sent once.
    """

    def __init__(self, inbound: Inbound, options: SocketOptions, naming: Naming | None = None) -> None:
        super().__init__(inbound, options, naming)
        # What numbers and acknowledges messages, where the flow is kept in a folder.
        self.deliveries: Deliveries | None = None
        # True where a flow that is kept is to come: until a flow runs, peers keep what they would send once.
        self.awaits_flow = False
        # The hosts whose numbers are looked up for messages that wait for an acknowledgement.
        self._sought: dict[Any, asyncio.Task[None]] = {}

    # --- what a subclass defines -------------------------------------------------------------------------------------

    @abstractmethod
    def _peer(self, address: Any) -> Peer:
        """The peer at an address."""

    @abstractmethod
    def _cut_all(self) -> None:
        """Close all connections; those that are wanted are made again."""

    # -----------------------------------------------------------------------------------------------------------------

    def keep(self, identity: str) -> Deliveries | None:
        """Number what is sent, and acknowledge what comes in, under an identity. Returns what of that lasts; None where
        the peers are programs of any make. Raises Misfit where another flow keeps it.
        """
        if isinstance(self.codec, RawCodec):
            return None
        if self.deliveries is not None:
            raise Misfit(f"{self!r} is kept by another flow", "give each durable flow ends of its own")
        self.deliveries = Deliveries(Ledger(identity), self)
        # Each connection begins with who this end is.
        self._cut_all()
        return self.deliveries

    @property
    def identity(self) -> str:
        """The identity of this end where it acknowledges."""
        return "" if self.deliveries is None else self.deliveries.ledger.identity

    def must_serve(self) -> None:
        """Raise Misfit if nothing can be sent."""
        super().must_serve()
        self.must_be_here()

    def must_be_here(self) -> None:
        """Raise Misfit where a flow that is kept runs in another thread than its ends."""
        if self.deliveries is not None and threading.get_ident() != self._thread:
            raise Misfit(
                "a durable flow runs in another thread than the event loop of its ends",
                "start it in that loop: `flow.start()`, or `await flow.run_async()`",
            )

    def asked(self, connection: Connection) -> None:
        """A peer that acknowledges asks whether this end does, which does not: it is told at once where a flow runs,
        else after a while, as a flow may be about to be kept, or once a flow runs where one is to come that is kept.
        """
        self.loop.call_later(0 if self.inbound.is_read else _GRACE, self._answer, connection)

    def _answer(self, connection: Connection) -> None:
        if not connection.is_open or connection.numbering is not None:
            return
        if self.awaits_flow and not self.inbound.is_read:
            self.asked(connection)
        else:
            connection.wire.write(framed([body_of(Plain())]))

    def post(self, address: Any, bodies: list[bytes]) -> None:
        """Send a tick's messages to one address."""
        if self.deliveries is None:
            super().post(address, bodies)
        else:
            self.deliveries.put(address, bodies)

    def let_go(self) -> None:
        """Acknowledge nothing any more. What waits for the flow was not acknowledged, and comes again."""
        self.deliveries = self.inbound.marks = None
        self.awaits_flow = True
        self.inbound.forget()
        if not (self.is_closed or self.loop.is_closed()):
            self.loop.call_soon_threadsafe(self._cut_all)

    def is_stranger(self, address: Any) -> bool:
        """Whether the peer at an address has no name, where others have names: it is sent messages without numbers."""
        return self.naming is not None and self.naming_for(address) is None

    def send_once(self, address: Any, bodies: list[bytes]) -> None:
        """Send messages without numbers."""
        super().post(address, bodies)

    def reach(self, address: Any) -> None:
        """Have a connection with an address, and again whenever it breaks."""
        place = self.place_of(address)
        if place is not None:
            self._peer(place).keep()
        elif address not in self._sought:
            self._sought[address] = self._spawn(self._seek(address))

    def place_of(self, address: Any) -> Any:
        """The address of the peer that an address means; None as long as the number of its host is not known."""
        if address in self._numbers:
            return self._numbers[address]
        if isinstance(address, str) or ":" in address[0] or numeric_host(address[0]):
            return address
        return None

    async def _seek(self, address: Any) -> None:
        """Look up the number of a host, for as long as that takes."""
        backoff, told = Backoff(most=_SELDOM), False
        while self.place_of(address) is None:
            try:
                self.remember(address, (await resolved(*address, family=self._family))[0])
            except OSError as exception:
                if not told:
                    why = exception.strerror or exception
                    logger.warning("cannot reach %s: %s; looking it up again and again", shown(address), why)
                    told = True
                await asyncio.sleep(backoff.delay())
        del self._sought[address]
        self.reach(address)

    def eased(self) -> None:
        """Less waits for acknowledgements than before."""
        self._tell()
        self._look()
