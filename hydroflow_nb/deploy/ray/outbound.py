"""The ends of a member whose messages go from actor to actor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Any

from hydroflow_nb.deploy.ray.parcels import Calls, Parcel, Receipt
from hydroflow_nb.deploy.ray.peer import Peer
from hydroflow_nb.engine.listeners import Listeners
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.net.deliveries import Deliveries
from hydroflow_nb.net.inbound import Inbound
from hydroflow_nb.net.ledger import Ledger
from hydroflow_nb.net.options import BACKLOG, ROOM
from hydroflow_nb.net.outbound import Outbound
from hydroflow_nb.net.sockets import Ends
from hydroflow_nb.suggestions import Suggestions


class ActorOutbound(Outbound):
    """The outbound end of a member that runs as an actor, in one event loop with its flow. Addresses are the names of
    `members`. When one of the two ends is closed, so is the other.

    Once a flow is kept that uses it, its messages have numbers, and go to a member again until that acknowledges them.
    """

    def __init__(self, name: str, life: int, members: Collection[str], calls: Calls) -> None:
        self.inbound = Inbound(limit_bytes=ROOM, address=name)
        super().__init__(statistics=self.inbound.statistics, address=name)
        self.name = name
        self.life = life
        self.calls = calls
        self.backlog = BACKLOG
        self.deliveries: Deliveries | None = None
        self._members = members
        self._peers: dict[str, Peer] = {}
        self._room = 0
        self._is_congested = False
        self._listeners = Listeners()
        self._drainers: list[asyncio.Future[None]] = []
        self.inbound.listen_room(self._tell_room)
        self.inbound.listen_close(self.close)
        self.inbound.acknowledges = self

    def ends(self) -> Ends:
        """Both ends, and the name."""
        return Ends(self, self.inbound, self.name)

    def arrived(self, parcel: Parcel) -> Receipt:
        """Take in a parcel of a member."""
        return self._peer(parcel.sender).arrived(parcel)

    def return_to(self, members: Collection[str]) -> None:
        """Tell members that an earlier life has ended: what that had not acknowledged comes again, and what follows is
        for this one.
        """
        for member in members:
            self._peer(member).reach()

    # --- what outbound ends define ------------------------------------------------------------------------------------

    def normal_address(self, address: Any) -> Any:
        """The name of a member. Raises ValueError for anything else."""
        if isinstance(address, str) and address in self._members:
            return address
        meant = Suggestions().closest(address, self._members) if isinstance(address, str) else None
        raise ValueError(
            f"{shown(address)} is no member of the system: {f'did you mean {meant!r}?' if meant else 'write a name'}"
        )

    def post(self, address: Any, bodies: list[bytes]) -> None:
        """Send a tick's messages to one member."""
        if self.is_closed:
            self.statistics.lost += len(bodies)
        elif self.deliveries is not None:
            self.deliveries.put(address, bodies)
        else:
            self.send_once(address, bodies)

    def is_congested(self) -> bool:
        """True while so much waits for a member that takes messages that flows have to wait."""
        return self._is_congested or (self.deliveries is not None and self.deliveries.is_congested)

    def listen_room(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Subscribe to the end of congestion. Returns a function that unsubscribes the listener."""
        return self._listeners.add(listener)

    async def drain(self) -> None:
        """Wait until all that was sent has arrived, or was given up."""
        while not (self.is_closed or self._is_settled()):
            drainer = asyncio.get_running_loop().create_future()
            self._drainers.append(drainer)
            await drainer

    def keep(self, identity: str) -> Deliveries:
        """Number what is sent, and acknowledge what comes in, under an identity. Raises Misfit where another flow keeps
        it.
        """
        if self.deliveries is not None:
            raise Misfit(f"{self!r} is kept by another flow", "give each durable flow ends of its own")
        self.deliveries = Deliveries(Ledger(identity), self)
        return self.deliveries

    def close(self) -> None:
        """Close both ends. What has not left yet is lost: `await drain()` waits for it."""
        if self.is_closed:
            return
        self.is_closed = True
        self.inbound.close()
        for peer in self._peers.values():
            peer.close()
        self.weighed()

    # --- what the deliveries ask for ----------------------------------------------------------------------------------

    def reach(self, address: Any) -> None:
        """Have a link with a member."""
        self._peer(address).reach()

    def place_of(self, address: Any) -> Any:
        """A member's name means itself."""
        return address

    def is_stranger(self, address: Any) -> bool:
        """All members have names."""
        return False

    def send_once(self, address: Any, bodies: list[bytes]) -> None:
        """Send messages without numbers."""
        self._peer(address).post(bodies)

    def eased(self) -> None:
        """Less waits for acknowledgements than before."""
        self._listeners.tell()
        self._look()

    def must_be_here(self) -> None:
        """The flow runs in the event loop of the actor."""

    def let_go(self) -> None:
        """Acknowledge nothing any more. What waits for the flow was not acknowledged, and comes again."""
        self.deliveries = self.inbound.marks = None
        self.close()

    # --- what the peers ask for ---------------------------------------------------------------------------------------

    @property
    def room(self) -> int:
        """How often the inbound end was filled and had room again: odd while there is none."""
        if self.inbound.is_full() != bool(self._room % 2):
            self._room += 1
        return self._room

    def weighed(self) -> None:
        """A peer has become congested, or is no longer so, or has less that waits for it."""
        was_congested, self._is_congested = self._is_congested, any(one.is_congested for one in self._peers.values())
        if was_congested and not self._is_congested:
            self._listeners.tell()
        self._look()

    # ------------------------------------------------------------------------------------------------------------------

    def _tell_room(self) -> None:
        for peer in self._peers.values():
            peer.has_room()

    def _is_settled(self) -> bool:
        return all(peer.is_settled for peer in self._peers.values()) and (
            self.deliveries is None or self.deliveries.is_settled
        )

    def _look(self) -> None:
        """Let all that wait in `drain` check again."""
        if self._drainers and (self.is_closed or self._is_settled()):
            drainers, self._drainers = self._drainers, []
            for drainer in drainers:
                if not drainer.done():
                    drainer.set_result(None)

    def _peer(self, name: str) -> Peer:
        peer = self._peers.get(name)
        if peer is None:
            peer = self._peers[name] = Peer(self, name)
        return peer
