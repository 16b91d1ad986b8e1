"""Ends made of stream sockets, for TCP and Unix: an end listens or not, and uses one connection with each peer."""

from __future__ import annotations

import asyncio
import logging
import socket
from abc import abstractmethod
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final, TypeVar

import msgspec

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.net.acknowledging import AcknowledgingOutbound
from hydroflow_nb.net.connection import ANSWER, LINGER, Connection
from hydroflow_nb.net.greeting import Greeting
from hydroflow_nb.net.inbound import Inbound
from hydroflow_nb.net.ledger import Ledger
from hydroflow_nb.net.messages.codec import BYTES, RawCodec
from hydroflow_nb.net.naming import Handshake, Naming
from hydroflow_nb.net.options import SocketOptions
from hydroflow_nb.net.peer import Peer
from hydroflow_nb.net.raw import RawConnection, RawWire, joined_of
from hydroflow_nb.net.statistics import SILENCE
from hydroflow_nb.net.turns import Turns
from hydroflow_nb.net.wire import StreamWire

T = TypeVar("T")

logger = logging.getLogger("hydroflow_nb.net")

# How many connections an end has at most, unless half of the files that the process may open are fewer.
MOST_CONNECTIONS: Final = 1000
_MOST_LOST: Final = 1000
_DEPARTED: Final = "its connection was closed on purpose, and no process listens there"
# How many connections the kernel keeps until they are accepted. If more come while a tick lasts, the rest look open to
# their peers, and are then reset together with what was sent over them.
_QUEUE: Final = 1024
# How long to wait after a connection could not be accepted, in seconds.
_RESPITE: Final = 0.1
# How often to check whether connections have ended, in seconds.
_TURN: Final = 0.005


class StreamOutbound(AcknowledgingOutbound):
    """The outbound end of stream sockets, with all their connections. A message uses the connection with its peer,
    whichever side has dialled it; if there is no connection, the peer is dialled.
    """

    def __init__(self, options: SocketOptions, naming: Naming | None = None) -> None:
        inbound = Inbound(codec=options.codec, limit_bytes=options.room)
        super().__init__(inbound, options, naming)
        self.joined = joined_of(self.codec)
        self.total_backlog = options.total_backlog
        self.patience = options.patience
        # How many bytes wait for all peers together.
        self._owed = 0
        self.turns = Turns(self.loop, inbound.limit_bytes)
        self._peers: dict[Any, Peer] = {}
        # In the order in which they were opened.
        self._connections: dict[Connection, None] = {}
        self._congested: set[Peer] = set()
        self._reading_pauses = False
        self._listening: socket.socket | None = None
        # The peers whose connection was lost: their next connection is a reconnection.
        self._lost: dict[Any, None] = {}
        # The peers that have closed their end on purpose and cannot be dialled, with the time at which they did so.
        self._departed: dict[Any, float] = {}
        inbound.listen_room(self._has_room)

    # --- what a subclass defines -------------------------------------------------------------------------------------

    @abstractmethod
    def _greeting(self) -> Greeting:
        """What to say to a peer that is dialled."""

    @abstractmethod
    def _identity(self, connection: Connection, greeting: Greeting | None) -> Any:
        """The address of the peer that dialled a connection; `greeting` is None if it sent none.

        Raises ValueError for an impossible greeting.
        """

    async def _take_in(self, accepted: socket.socket, protocol: Callable[[], asyncio.Protocol]) -> None:
        """Carry an accepted connection from now on. Raises OSError if it has gone already."""
        await self.loop.connect_accepted_socket(protocol, accepted)

    @abstractmethod
    async def _connect(self, address: Any, protocol: Callable[[], asyncio.Protocol]) -> None:
        """Connect a stream socket to an address. Raises OSError."""

    async def _number(self, place: Any) -> Any:
        """The address to connect to, of a place that the directory says. Raises OSError."""
        return place

    def _wire(self, connection: Connection) -> asyncio.Protocol:
        """What carries a connection."""
        if isinstance(connection, RawConnection):
            return RawWire(connection, self.codec, self.limit)
        return StreamWire(connection, self.limit)

    # --- sending -----------------------------------------------------------------------------------------------------

    def _send(self, address: Any, bodies: list[bytes]) -> None:
        departed = self._departed.get(address) if self._departed else None
        if departed is not None:
            if self.loop.time() - departed < self.patience:
                self.statistics.lose(len(bodies), address, _DEPARTED)
                return
            # Another process may listen there now.
            del self._departed[address]
        peer = self._peer(address)
        if not (self.codec is BYTES and BYTES.head in bodies):
            peer.post(bodies)
            return
        # An empty message of bytes says that nothing follows it.
        last = bodies.index(BYTES.head)
        if last:
            peer.post(bodies[:last])
        peer.end()
        self.statistics.lose(len(bodies) - last - 1, address, "an empty message before it closes the connection")

    def _is_settled(self) -> bool:
        return all(peer.is_settled for peer in self._peers.values()) and (
            self.deliveries is None or self.deliveries.is_settled
        )

    def is_congested(self) -> bool:
        """True while so much waits for a peer that takes messages that flows have to wait."""
        return bool(self._congested) or (self.deliveries is not None and self.deliveries.is_congested)

    def waiting(self, peer: Peer) -> int:
        """How many messages wait for a peer, to leave or to be acknowledged."""
        return peer.outbox.count + (0 if self.deliveries is None else self.deliveries.waiting_for(peer.address))

    def weighed(self, peer: Peer) -> None:
        """A peer has become congested, or is no longer so."""
        if peer.is_congested:
            self._congested.add(peer)
        else:
            self._congested.discard(peer)
            if not self._congested:
                self._tell()

    def owe(self, size: int) -> None:
        """Add to the bytes that wait for all peers; a negative size takes away."""
        self._owed += size

    def relieve(self) -> None:
        """Keep what waits for all peers within its limit: cut off the peers with the most."""
        while self._owed > self.total_backlog:
            most = max(self._peers.values(), key=lambda peer: peer.owed)
            if not most.owed:
                return
            then = "it is cut off" if most.connection is not None else "they are given up"
            most.cut_off(
                f"{self._owed:,} bytes wait for all peers, and the limit is {self.total_backlog:,}; "
                f"this peer has the most, {most.owed:,}, and {then}"
            )

    def settled(self, peer: Peer) -> None:
        """Nothing waits for a peer, or what waits is not expected to leave."""
        self._look()

    def forget(self, peer: Peer) -> None:
        """Forget a peer that has no connection, and for which nothing waits."""
        if self._peers.get(peer.address) is peer:
            del self._peers[peer.address]

    def _cut_all(self) -> None:
        for connection in tuple(self._connections):
            connection.begins_anew = True
            connection.cut()

    def _peer(self, address: Any) -> Peer:
        peer = self._peers.get(address)
        if peer is None:
            peer = self._peers[address] = Peer(self, address)
        return peer

    # --- connections -------------------------------------------------------------------------------------------------

    def listen(self, listening: socket.socket) -> None:
        """Accept connections from now on. Raises OSError."""
        listening.listen(_QUEUE)
        listening.setblocking(False)
        self._listening = listening
        self._spawn(self._accept(listening))

    async def _accept(self, listening: socket.socket) -> None:
        # This is not an asyncio server, which leaves open the connections that it accepts while it is being closed.
        told = -SILENCE
        while True:
            try:
                accepted, _ = await self.loop.sock_accept(listening)
                await self._take_in(accepted, lambda: self._wire(self._accepted()))
            except OSError as exception:
                # The peer has gone already, or the process has too many open files.
                if self.loop.time() - told >= SILENCE:
                    told = self.loop.time()
                    logger.warning("cannot accept a connection: %s", exception.strerror or exception)
                await asyncio.sleep(_RESPITE)

    def _accepted(self) -> Connection:
        """A connection that a peer has dialled."""
        if isinstance(self.codec, RawCodec):
            return RawConnection(self)
        naming = self.naming
        return Connection(
            self, handshake=None if naming is None else Handshake(naming, calls=None, greeting=self._greeting())
        )

    def _dialled(self, address: Any) -> Connection:
        """A connection to an address."""
        if isinstance(self.codec, RawCodec):
            return RawConnection(self, address=address)
        greeting = self._greeting()
        if self.naming is None:
            greeting = msgspec.structs.replace(greeting, identity=self.identity)
        naming = self.naming_for(address)
        if naming is None:
            return Connection(self, address=address, greeting=greeting)
        handshake = Handshake(naming, calls=address, greeting=greeting)
        return Connection(self, address=address, greeting=handshake.opening(), handshake=handshake)

    async def _where(self, address: Any) -> Any:
        """The address to connect to for a peer's address, which may be its name. Raises OSError with a reason."""
        naming = self.naming_for(address)
        if naming is None:
            return address
        try:
            return await self._number(self._place(naming.where(address)))
        except ValueError as exception:
            raise OSError(0, f"the directory is wrong: {exception}") from None

    async def dial(self, peer: Peer) -> None:
        """Connect to a peer, and attach the connection to it. Raises OSError with a reason."""
        connection = self._dialled(peer.address)
        try:
            async with asyncio.timeout(ANSWER):
                await self._connect(await self._where(peer.address), lambda: self._wire(connection))
        except TimeoutError as exception:
            raise TimeoutError(exception.errno, f"no answer within {ANSWER:g} seconds") from None
        if connection.is_circular:
            raise ConnectionRefusedError(0, "no process listens there")
        if connection.named is not None:
            # If this is cancelled, as the peer has dialled as well, the handshake goes on: the peer may have cancelled
            # its own attempt for this one.
            await connection.named

    def opened(self, connection: Connection) -> bool:
        """Take a new connection. Returns False if it must be turned away."""
        if self.is_closed:
            return False
        if not connection.is_dialled and len(self._connections) >= _most_connections():
            self.statistics.refused += 1
            other = self._gives_way(connection)
            if other is None:
                return False
            other.cut()
        self._connections[connection] = None
        if self._reading_pauses and not connection.is_greeting:
            connection.wire.pause_reading()
        return True

    def _gives_way(self, newcomer: Connection) -> Connection | None:
        """The connection that gives its place to a new one when all places are taken; None if none does.

        In this order: one that sent nothing, one that sent only a greeting, one of the host that has most, if that host
        has more than the new one's.
        """
        if self._reading_pauses:
            # While nothing is read, each new connection looks like one that sent nothing.
            return None
        others = [one for one in self._connections if not one.is_dialled]
        shares = Counter(one.host for one in others)
        share = shares[newcomer.host]
        idle = [one for one in others if not one.is_used and (one.host == newcomer.host or shares[one.host] > share)]
        if idle:
            return min(idle, key=lambda one: (one.is_known, -shares[one.host]))
        host = max(shares, key=shares.__getitem__, default=None)
        return next((one for one in others if one.host == host), None) if host and shares[host] > share + 1 else None

    def identified(self, connection: Connection, greeting: Greeting | None) -> Any:
        """Give a connection to its peer, which writes to it from now on. Returns the peer's address.

        Raises ValueError for an impossible greeting.
        """
        if connection.handshake is not None:
            address = connection.handshake.peer
        else:
            address = connection.address if connection.is_dialled else self._identity(connection, greeting)
            if self.deliveries is not None and self.naming is None and greeting is not None and greeting.identity:
                address = self.deliveries.ledger.address_of(greeting.identity, address)
            if not connection.is_dialled and self.naming_for(address) is not None:
                raise ValueError("it says no name, and its address is the name of a member")
        self._departed.pop(address, None)
        if address in self._lost:
            del self._lost[address]
            self.statistics.reconnects += 1
            logger.warning("connected with %s again", shown(address))
        peer = self._peer(address)
        if not connection.is_dialled and peer.connection is None and not peer.is_kept:
            # About a peer that is connected or kept, a greeting says nothing new: it may be a stranger's.
            peer.listens = connection.handshake is not None or (greeting is not None and greeting.listens)
        peer.attach(connection)
        if self.deliveries is not None and (self.naming is None or connection.handshake is not None):
            # Where members have names, the numbers of a stranger prove nothing, and could be those of a member.
            owns = partial(_owns, self.deliveries.ledger, connection, address)
            connection.numbering = self.deliveries.opened(connection, address, owns)
        return address

    def closed(self, connection: Connection, exception: Exception | None) -> None:
        """A connection has ended."""
        self._connections.pop(connection, None)
        self.turns.leave(connection)
        if self.deliveries is not None and not self.is_closed:
            self.deliveries.closed(connection)
        peer = self._peers.get(connection.address)
        if self.is_closed or peer is None or not connection.is_known:
            return
        if connection.is_left:
            why = "was closed"
        elif connection.is_farewell:
            why = "was closed by the peer"
        elif connection.begins_anew:
            why = "begins anew"
        elif exception is None:
            why = "was lost"
        else:
            why = f"was lost: {getattr(exception, 'strerror', None) or exception}"
        if (connection.is_farewell or not connection.comes_back) and not (peer.listens or peer.is_kept):
            _remember(self._departed, connection.address, self.loop.time())
        peer.detach(connection, why)
        if peer.connection is not None:
            self._departed.pop(connection.address, None)
        elif connection.address in self._departed:
            peer.give_up(_DEPARTED)
        if peer.connection is None and connection.comes_back and not connection.begins_anew:
            _remember(self._lost, connection.address, None)

    def _close(self) -> None:
        if self._listening is not None:
            # The loop must not watch a closed file: the next file that is opened gets its number.
            with suppress(NotImplementedError):
                self.loop.remove_reader(self._listening)
            self._listening.close()
        self._let_go()
        self.turns.pause()
        for peer in self._peers.values():
            peer.close()
        self._peers.clear()
        self._congested.clear()
        for connection in tuple(self._connections):
            connection.leave()

    async def _gone(self) -> None:
        end = self.loop.time() + LINGER
        while self._connections and self.loop.time() < end:
            await asyncio.sleep(_TURN)
        for connection in tuple(self._connections):
            connection.wire.abort()

    # --- reading -----------------------------------------------------------------------------------------------------

    def filled(self) -> None:
        """There is no room for more messages: nothing is read until the flow has taken what waits."""
        if not self._reading_pauses:
            self._reading_pauses = True
            self.turns.pause()
            for connection in self._connections:
                if not connection.is_greeting:
                    connection.wire.pause_reading()

    def _has_room(self) -> None:
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._read_on)

    def _read_on(self) -> None:
        if self._reading_pauses and not self.inbound.is_full():
            self._reading_pauses = False
            for connection in self._connections:
                connection.read_on()
            self.turns.resume()


def _owns(ledger: Ledger, connection: Connection, address: Any, identity: str) -> bool:
    """Whether an identity is that of the peer of a connection."""
    if connection.handshake is not None:
        return ledger.belongs(identity, address)
    if connection.is_dialled:
        # Without names nothing is proved, and an end may be dialled at several addresses.
        return True
    try:
        return bool(ledger.address_of(identity, address) == address)
    except ValueError:
        return False


def _remember(known: dict[Any, T], address: Any, fact: T) -> None:
    """Remember a fact about an address, and forget the oldest one if there are too many."""
    known[address] = fact
    if len(known) > _MOST_LOST:
        del known[next(iter(known))]


def _most_connections() -> int:
    try:
        import resource
    except ImportError:  # this system has no such limit
        return MOST_CONNECTIONS
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_CONNECTIONS if files == resource.RLIM_INFINITY else min(MOST_CONNECTIONS, files // 2)
