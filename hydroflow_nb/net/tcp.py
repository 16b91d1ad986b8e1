"""TCP: messages in order over connections, which are made when they are needed and made again when they break."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Mapping
from ssl import SSLContext
from typing import Any, Final

from hydroflow_nb.net.addresses import (
    HostPort,
    destination,
    family_of,
    host_and_port,
    in_use,
    resolved,
    socket_address,
    source_for,
    warn_if_exposed,
    written,
)
from hydroflow_nb.net.connection import ANSWER, Connection
from hydroflow_nb.net.directory import NameService
from hydroflow_nb.net.greeting import Greeting
from hydroflow_nb.net.messages.codec import Codec, RawCodec
from hydroflow_nb.net.naming import Naming, naming_of
from hydroflow_nb.net.options import BACKLOG, DEFAULT_LIMIT, PATIENCE, ROOM, TOTAL_BACKLOG, SocketOptions
from hydroflow_nb.net.sockets import Ends
from hydroflow_nb.net.streams import StreamOutbound
from hydroflow_nb.net.tls import Tls, tls_of

# How many connections may be in their handshake of TLS at once; beyond that the oldest is closed.
_MOST_UNPROVED: Final = 100
_MOST_HOSTS: Final = 10_000


class TcpOutbound(StreamOutbound):
    """The outbound end of TCP sockets. Its address for a peer: the host that the peer sees, the port of `address`."""

    def __init__(
        self,
        name: socket.socket,
        options: SocketOptions,
        *,
        listens: bool,
        naming: Naming | None = None,
        tls: Tls | None = None,
    ) -> None:
        super().__init__(options, naming)
        self._tls = tls
        # The hosts whose certificates are asked for, by the numbers that are dialled.
        self._hosts: dict[HostPort, str] = {}
        # The connections that are accepted and have not shown their certificate yet, the oldest first.
        self._unproved: dict[asyncio.Task[None], None] = {}
        self._name = name
        self._listens = listens
        self._host, self._port = socket_address(name.getsockname())

    @classmethod
    async def bound(
        cls, address: Any, options: SocketOptions, naming: Naming | None = None, tls: Tls | None = None
    ) -> Ends:
        """The ends of an address that peers connect to. Warns the caller's caller if other machines can reach it."""
        host, port = (await resolved(*host_and_port(address)))[0]
        listening = socket.socket(family_of(host), socket.SOCK_STREAM)
        try:
            if os.name == "posix":
                # Otherwise connections of closed ends would keep the port in use for some time.
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if listening.family == socket.AF_INET6:
                listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            try:
                listening.bind((host, port))
            except OSError as exception:
                raise in_use((host, port), exception) from None
            # It does not listen yet: if warnings are errors, no peer gets in.
            if not ((naming is not None and naming.shuts_out) or (tls is not None and tls.authenticates)):
                warn_if_exposed(host, stacklevel=3, is_encrypted=tls is not None)
            outbound = cls(listening, options, listens=True, naming=naming, tls=tls)
            try:
                outbound.listen(listening)
            except OSError as exception:
                raise in_use((host, port), exception) from None
        except BaseException:
            listening.close()
            raise
        return await outbound.ends(socket_address(listening.getsockname()))

    @classmethod
    async def dialled(cls, address: Any, options: SocketOptions, tls: Tls | None = None) -> Ends:
        """The ends of a connection to an address: to the first number of its host that answers."""
        host, port = destination(address)
        failure: OSError | None = None
        for found in await resolved(host, port):
            # Peers know this end by this port. The socket never listens; it keeps other programs from the port.
            name = socket.socket(family_of(found[0]), socket.SOCK_STREAM)
            name.bind(("", 0))
            outbound = cls(name, options, listens=False, tls=tls)
            outbound.remember((host, port), found)
            try:
                own = await outbound.connect(found)
            except OSError as exception:
                failure = failure or exception
                outbound.close()
            except BaseException:
                outbound.close()
                raise
            else:
                return await outbound.ends(own)
        assert failure is not None
        raise OSError(
            failure.errno, f"cannot connect to {written((host, port))}: {failure.strerror}; is it bound?"
        ) from None

    @property
    def _family(self) -> int:
        return family_of(self._host) if self._listens else 0

    async def connect(self, address: HostPort) -> HostPort:
        """Connect to a peer, and again whenever the connection breaks. Returns this end's address for the peer."""
        peer = self._peer(address)
        peer.is_kept = True
        await self.dial(peer)
        host, port = self._host, self._port
        if peer.connection is not None:
            host, seen = socket_address(peer.connection.wire.own_name)
            if isinstance(self.codec, RawCodec):
                # Nothing tells the peer another port than the one that it sees.
                port = seen
        return (host, port)

    def _greeting(self) -> Greeting:
        return Greeting(port=self._port, listens=self._listens)

    def _identity(self, connection: Connection, greeting: Greeting | None) -> HostPort:
        name = connection.wire.peer_name
        if name is None:
            raise ValueError("the peer has gone already")
        host, port = socket_address(name)
        if greeting is None:
            return (host, port)
        if not 0 < greeting.port < 1 << 16:
            raise ValueError(f"its port {greeting.port:,} is not from 1 to 65,535")
        return (host, greeting.port)

    async def _connect(self, address: HostPort, protocol: Callable[[], asyncio.Protocol]) -> None:
        host, port = address
        source = source_for(self._host, host) if self._listens else None
        more: dict[str, Any] = {}
        if self._tls is not None:
            if self._tls.dials is None:
                raise ConnectionError(0, "this end has TLS to accept connections, and none to dial")
            more = {"ssl": self._tls.dials, "server_hostname": self._hosts.get(address, host)}
        await self.loop.create_connection(protocol, host, port, local_addr=(source, 0) if source else None, **more)

    async def _take_in(self, accepted: socket.socket, protocol: Callable[[], asyncio.Protocol]) -> None:
        if self._tls is None:
            await super()._take_in(accepted, protocol)
            return
        # Who takes long to show a certificate keeps nobody else waiting.
        if len(self._unproved) >= _MOST_UNPROVED:
            oldest = next(iter(self._unproved))
            del self._unproved[oldest]
            oldest.cancel()
        proving = self._spawn(self._prove(accepted, protocol))
        self._unproved[proving] = None

        def proved(done: asyncio.Task[None]) -> None:
            self._unproved.pop(done, None)
            if done.cancelled():
                # Perhaps before it began.
                accepted.close()

        proving.add_done_callback(proved)

    async def _prove(self, accepted: socket.socket, protocol: Callable[[], asyncio.Protocol]) -> None:
        """Carry an accepted connection when its handshake of TLS has ended; it is refused if that fails."""
        try:
            peer: Any = socket_address(accepted.getpeername())
        except OSError:
            accepted.close()
            return
        try:
            if self._tls is None or self._tls.accepts is None:
                raise ConnectionError(0, "this end has TLS to dial others, and none to accept connections")
            await self.loop.connect_accepted_socket(
                protocol, accepted, ssl=self._tls.accepts, ssl_handshake_timeout=ANSWER
            )
        except OSError as exception:
            accepted.close()
            # Who closes in the middle of it, as one of two members that dial each other does, gives no reason.
            why = exception.strerror or str(exception) or "the peer closed the connection"
            self.statistics.refuse(peer, f"TLS fails: {why}")

    async def _number(self, place: HostPort) -> HostPort:
        number = (await resolved(*place, family=self._family))[0]
        self._know(number, place[0])
        return number

    def remember(self, address: Any, number: Any) -> None:
        """Remember the number of an address."""
        super().remember(address, number)
        if isinstance(address, tuple):
            self._know(number, address[0])

    def _know(self, number: HostPort, host: str) -> None:
        if self._tls is not None:
            if len(self._hosts) >= _MOST_HOSTS:
                self._hosts.clear()
            self._hosts[number] = host

    def _let_go(self) -> None:
        self._name.close()


async def bind_tcp(
    address: Any,
    *,
    codec: str | Codec = "msgpack",
    limit: int = DEFAULT_LIMIT,
    room: int = ROOM,
    backlog: int = BACKLOG,
    total_backlog: int = TOTAL_BACKLOG,
    patience: float = PATIENCE,
    name: str | None = None,
    directory: NameService | Mapping[str, Any] | None = None,
    key: str | bytes | None = None,
    strangers: bool = False,
    tls: Tls | SSLContext | None = None,
) -> Ends:
    """The ends of a TCP address that listens and connects to peers: outbound, inbound, address.

    `address` is ("127.0.0.1", 5000), "127.0.0.1:5000", "[::1]:5000", or a port of this machine; port 0 is any free
    port. A message to an address uses the connection with that peer. If there is none, one is made; if it breaks, it is
    made again, after delays that grow. Meanwhile messages wait, at most `patience` seconds. The messages of one sender
    arrive in order, and without loss while the connection lasts.

    `codec` is "msgpack" or "json", for messages that are sent. With "lines" or "bytes" the peers are programs of any
    make: a message is a line of text, or the bytes of one read; nothing is greeted, and the address of a sender is the
    one that is seen. All sizes are in bytes:

    - `limit` bounds one message. A longer one is lost if it is sent, and closes its connection if it comes in. A line
      that comes in is cut off instead, and a longer piece of bytes comes as several messages.
    - `room` bounds what came in and waits for the flow; beyond it nothing is read. It also bounds what large incomplete
      messages take; others wait for their turn.
    - `backlog` bounds what waits for one peer. Beyond it a connected peer is cut off; messages to any other are lost.
    - `total_backlog` bounds what waits for all peers. Beyond it the same happens to the peer with the most.

    With `name` and `directory` the addresses in the flow are names of members, one's own included. `directory` is a
    `Directory`, a dict from which one is made, or an object with its methods `resolve` and `members`; it is asked at
    each dial, so a member that comes back at another address is found. A peer that does not say a name of the directory
    is refused. With `key`, a secret of 16 bytes or more that all members share, each side proves its name to the other
    when a connection is made; read it from a file or the environment. With `strangers` programs that say no name are
    let in beside the members, and are known by their addresses; none of them can be taken for a member.

    With `tls` all connections are encrypted: a `Tls`, which has a context for those that are accepted and one for those
    that are dialled, or a single context for one of the two. Who dials checks the certificate of the host that it has
    dialled, as the context says; a peer whose certificate is not believed is refused.

    Raises ValueError if `address` is not an address, and OSError if it cannot be bound. Warns with an ExposedWarning if
    other machines can reach it, and neither a key keeps strangers out nor TLS asks peers for a certificate.
    """
    return await TcpOutbound.bound(
        address,
        SocketOptions(
            codec=codec, limit=limit, room=room, backlog=backlog, total_backlog=total_backlog, patience=patience
        ),
        naming_of(name, directory, key, strangers=strangers, codec=codec),
        tls_of(tls),
    )


async def connect_tcp(
    address: Any,
    *,
    codec: str | Codec = "msgpack",
    limit: int = DEFAULT_LIMIT,
    room: int = ROOM,
    backlog: int = BACKLOG,
    total_backlog: int = TOTAL_BACKLOG,
    patience: float = PATIENCE,
    tls: Tls | SSLContext | None = None,
) -> Ends:
    """The ends of a TCP connection to an address: outbound, inbound, and the address of this end for the peer.

    While the ends are open, a connection that breaks is made again, after delays that grow; this end keeps its address.
    Messages may be sent to other addresses as well. The keywords are those of `bind_tcp`.

    Raises ValueError if `address` is not an address, and OSError if no process listens there.
    """
    return await TcpOutbound.dialled(
        address,
        SocketOptions(
            codec=codec, limit=limit, room=room, backlog=backlog, total_backlog=total_backlog, patience=patience
        ),
        tls_of(tls),
    )
