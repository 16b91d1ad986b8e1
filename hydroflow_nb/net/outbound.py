"""The end of a network at which messages go out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from hydroflow_nb.engine.lasting import Lasting
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.outlet import Outlet
from hydroflow_nb.net.addresses import destination
from hydroflow_nb.net.messages.codec import Codec, codec_of
from hydroflow_nb.net.options import DEFAULT_LIMIT, MOST_KNOWN
from hydroflow_nb.net.outlet import MessageOutlet
from hydroflow_nb.net.statistics import Statistics


class Outbound(ABC):
    """Sends messages: it encodes each as it is put in, and hands on a tick's messages by address when the tick ends.

    `codec` is "msgpack", "json", "lines", "bytes" or a Codec. `limit` bounds one message, in bytes; a longer one is
    lost. A subclass sends bodies to an address in `post`. If messages can pile up there, it also defines
    `is_congested`, `listen_room` and `drain`.
    """

    is_simulated = False
    """True for an end of a network that is simulated within one process: it reaches no other process."""

    def __init__(
        self,
        *,
        codec: str | Codec = "msgpack",
        limit: int = DEFAULT_LIMIT,
        statistics: Statistics | None = None,
        address: Any = None,
    ) -> None:
        self.codec = codec_of(codec)
        self.limit = limit
        self.statistics = statistics or Statistics()
        self.address = address
        self.is_closed = False
        self._known: dict[Any, Any] = {}

    def outlet(self) -> Outlet:
        """An outlet for `(payload, address)`. Raises Misfit if the end is closed."""
        self.must_serve()
        return MessageOutlet(self)

    def close(self) -> None:
        """Send no more messages."""
        self.is_closed = True

    # --- what a subclass defines -------------------------------------------------------------------------------------

    @abstractmethod
    def post(self, address: Any, bodies: list[bytes]) -> None:
        """Send a tick's messages to one address, in this order. Never waits; what cannot leave is counted as lost.

        It is called in the thread that runs the flow, once for each address when a tick ends.
        """

    def normal_address(self, address: Any) -> Any:
        """The normal form of an address that a person wrote. Raises ValueError, which says what to write."""
        return destination(address)

    def must_serve(self) -> None:
        """Raise Misfit if nothing can be sent, because the end is closed."""
        if self.is_closed:
            raise Misfit(f"{self!r} sends no more messages", "bind the address again: run the cell that bound it")

    def is_congested(self) -> bool:
        """True while so much waits to leave that flows have to wait."""
        return False

    def listen_room(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Subscribe to the end of congestion. Returns a function that unsubscribes the listener."""
        return lambda: None

    async def drain(self) -> None:
        """Wait until the network has taken all that was sent, or it was given up."""
        return

    def keep(self, identity: str) -> Lasting | None:
        """Number what is sent, and acknowledge what comes in, under an identity. Returns what of that lasts; None where
        the end does not acknowledge: then messages are sent once. Raises Misfit where it cannot be kept.
        """
        return None

    # --- for an outlet -----------------------------------------------------------------------------------------------

    def known_address(self, address: Any) -> Any:
        """The normal form of an address. Raises Misfit for what is none."""
        try:
            return self._known[address]
        except (KeyError, TypeError):
            pass
        try:
            found = self.normal_address(address)
        except ValueError as exception:
            raise Misfit(str(exception)) from None
        if isinstance(address, (str, int, tuple)):
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[address] = found
        return found

    def __repr__(self) -> str:
        where = "" if self.address is None else f" at {self.address!r}"
        return f"<{'closed ' if self.is_closed else ''}outbound end{where}>"
