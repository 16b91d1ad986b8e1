"""What of a flow hands the messages of a tick to an outbound end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from hydroflow_nb.engine.lasting import Lasting
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.outlet import Outlet
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.net.inbox import Acknowledges
from hydroflow_nb.net.messages.codec import Codec, RawCodec
from hydroflow_nb.net.options import DEFAULT_LIMIT, MOST_KNOWN
from hydroflow_nb.net.statistics import Statistics


class Posting(Protocol):
    """What an outbound end is for its outlets."""

    codec: Codec
    limit: int
    statistics: Statistics

    def keep(self, identity: str) -> Lasting | None:
        """See `inbox.Acknowledges`."""

    def must_serve(self) -> None:
        """Raise Misfit if nothing can be sent."""

    def known_address(self, address: Any) -> Any:
        """The normal form of an address. Raises Misfit for what is none."""

    def post(self, address: Any, bodies: list[bytes]) -> None:
        """Send a tick's messages to one address, in this order."""

    def is_congested(self) -> bool:
        """True while so much waits to leave that flows have to wait."""

    def listen_room(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Subscribe to the end of congestion. Returns a function that unsubscribes the listener."""

    async def drain(self) -> None:
        """Wait until the network has taken all that was sent, or it was given up."""


class _Group:
    """The messages of a tick to one address, which has its normal form."""

    __slots__ = ("address", "bodies")

    def __init__(self, address: Any) -> None:
        self.address = address
        self.bodies: list[bytes] = []


class MessageOutlet(Outlet):
    """The outlet of an outbound end."""

    def __init__(self, outbound: Posting) -> None:
        self._outbound = outbound
        self._encode = outbound.codec.encode
        # The first byte of a raw message does not travel.
        self._head = 1 if isinstance(outbound.codec, RawCodec) else 0
        self._limit = outbound.limit + self._head
        # They last from tick to tick: by address, and by the address as it was written.
        self._groups: dict[Any, _Group] = {}
        self._written: dict[Any, _Group] = {}
        # Those that hold messages of this tick, in the order of their first ones.
        self._filled: list[_Group] = []
        # Told of the messages of each tick to each address.
        self._told: Callable[[Any, list[bytes]], None] | None = None

    @property
    def acknowledges(self) -> Acknowledges:
        """The end that sends, as who keeps it asks it."""
        return self._outbound

    @property
    def codec(self) -> str:
        """The name of the codec that messages are written by."""
        return self._outbound.codec.name

    def put(self, item: Any) -> None:
        """Take one `(payload, address)` within a tick. A message over the limit is counted as lost.

        Raises Misfit for an item that cannot be sent.
        """
        if type(item) is not tuple or len(item) != 2:
            item = _pair(item)
        payload, address = item
        body = self._encode(payload)
        if len(body) > self._limit:
            # This is not an error: a flow may add to messages that it passes on, and a stranger's long message must
            # not stop it.
            self._lose_oversized(len(body), payload, address)
            return
        try:
            group = self._written[address]
        except (KeyError, TypeError):
            group = self._group(address)
        if not group.bodies:
            # The first one of a tick to this address.
            self._outbound.must_serve()
            self._filled.append(group)
        group.bodies.append(body)

    def _lose_oversized(self, length: int, payload: Any, address: Any) -> None:
        limit = self._outbound.limit
        length -= self._head
        otherwise = "send it in parts" + (", or give `limit=` to both ends" if limit >= DEFAULT_LIMIT else "")
        self._outbound.statistics.lose(
            1,
            self._outbound.known_address(address),
            f"it has {length:,} bytes, over the limit of {limit:,}: {otherwise}; the message is {shown(payload)}",
        )

    def end_tick(self) -> None:
        """Hand on the tick's messages. Called when the tick has ended, after a fault as well."""
        if self._filled:
            filled, self._filled = self._filled, []
            taken = [(group.address, group.bodies) for group in filled]
            for group in filled:
                group.bodies = []
            if self._told is not None:
                for address, bodies in taken:
                    self._told(address, bodies)
            for address, bodies in taken:
                self._outbound.post(address, bodies)

    def tell(self, told: Callable[[Any, list[bytes]], None]) -> None:
        """Have a function called with the messages of each tick to each address, before they are sent."""
        self._told = told

    def go_back(self, mark: Any) -> None:
        """Forget the tick's messages: it is undone, and none of them has left."""
        for group in self._filled:
            group.bodies = []
        self._filled = []

    def is_congested(self) -> bool:
        """True while so much waits to leave that flows have to wait."""
        return self._outbound.is_congested()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Subscribe to the end of congestion. Returns a function that unsubscribes the listener."""
        return self._outbound.listen_room(listener)

    async def drain(self) -> None:
        """Wait until the network has taken all that was put in, or it was given up."""
        await self._outbound.drain()

    def _group(self, address: Any) -> _Group:
        """The group of an address, the first time that it is used as it is written."""
        self._outbound.must_serve()
        known = self._outbound.known_address(address)
        if len(self._written) >= MOST_KNOWN or len(self._groups) >= MOST_KNOWN:
            # A message of this tick to an address that is known again leaves behind those that it follows.
            self._written.clear()
            self._groups.clear()
        group = self._groups.get(known)
        if group is None:
            group = self._groups[known] = _Group(known)
        if isinstance(address, (str, int, tuple)):
            self._written[address] = group
        return group


def _pair(item: Any) -> tuple[Any, Any]:
    if isinstance(item, (tuple, list)) and len(item) == 2:
        return item[0], item[1]
    raise Misfit(
        f"{shown(item)} is not a message: a message is a pair, its payload and the receiver's address",
        'write `map(|x| (x, ("127.0.0.1", 5000))) -> dest_sink_serde(...)`',
    )
