"""The outbound end of a durable node: it numbers what it sends and acknowledges what comes, as those of sockets do."""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Iterator
from typing import Any

from hydroflow_nb.net.deliveries import Deliveries
from hydroflow_nb.net.inbound import Inbound
from hydroflow_nb.net.ledger import Ledger
from hydroflow_nb.net.messages.codec import RawCodec
from hydroflow_nb.simulation.model.ends import Endpoint, NodeOutbound, Post
from hydroflow_nb.simulation.model.links import Links


class AcknowledgingOutbound(NodeOutbound):
    """The outbound end of a durable node. Messages to durable nodes have numbers, and go to them again until they are
    acknowledged; those to others are sent once.
    """

    def __init__(
        self,
        node: str,
        endpoint: Endpoint,
        post: Post,
        named: Callable[[Any], Hashable],
        known: dict[Any, Any],
        *,
        inbound: Inbound,
        links: Links,
        place_of: Callable[[Any], Hashable],
        identity: str,
    ) -> None:
        super().__init__(endpoint, post, named, known)
        self.node = node
        # A simulated node takes in what a decision says, however much waits to leave.
        self.backlog = sys.maxsize
        self.inbound = inbound
        self.statistics = inbound.statistics
        self.deliveries = Deliveries(Ledger(identity), self)
        self._links = links
        self._place_of = place_of
        if not isinstance(self.codec, RawCodec):
            # Those who read lines and bytes are programs of any make.
            links.join(self)

    def post(self, address: Any, bodies: list[bytes]) -> None:
        """Send a tick's messages to one address."""
        if self._links.has(self.place_of(address)) and not isinstance(self.codec, RawCodec):
            self.deliveries.put(address, bodies)
        elif not self.deliveries.holds:
            super().post(address, bodies)

    def owes(self, address: Hashable) -> bool:
        """True where it has sent something to an address that is not acknowledged."""
        unacknowledged = self.deliveries.ledger.unacknowledged
        return any(waiting and self.place_of(one) == address for one, waiting in unacknowledged.items())

    def remembers(self) -> Iterator[Any]:
        """What later messages depend on, beside what its ledger keeps: what has come and is not kept, and its links."""
        yield frozenset(self.deliveries.ledger.accepted.items())
        assert self.inbound.marks is not None
        ways: dict[Any, Any] = {side.numbered: side.address for side in self._links.sides_of(self)}
        yield [(mark.stream, mark.number, ways.get(mark.by)) for mark in self.inbound.marks.waiting]
        yield frozenset((place, frozenset(way.sent.items())) for way, place in ways.items())

    # --- what the deliveries ask for ---------------------------------------------------------------------------------

    def reach(self, address: Any) -> None:
        """Have a connection with an address, and again whenever it breaks."""
        self._links.reach(self, self.place_of(address))

    def place_of(self, address: Any) -> Hashable:
        """The address of the end that an address means."""
        return self._place_of(address)

    def is_stranger(self, address: Any) -> bool:
        """All nodes have names."""
        return False

    def send_once(self, address: Any, bodies: list[bytes]) -> None:
        """Send messages without numbers."""
        super().post(address, bodies)

    def eased(self) -> None:
        """Less waits than before."""

    def must_be_here(self) -> None:
        """There is one thread."""

    def let_go(self) -> None:
        """The flow is closed; the network has closed its links."""
