"""TCP: messages in order over connections, which are made when they are needed and made again when they break."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Mapping
from typing import Any

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
from hydroflow_nb.net.connection import Connection
from hydroflow_nb.net.directory import NameService
from hydroflow_nb.net.greeting import Greeting
from hydroflow_nb.net.messages.codec import Codec, RawCodec
from hydroflow_nb.net.naming import Naming, naming_of
from hydroflow_nb.net.options import BACKLOG, DEFAULT_LIMIT, PATIENCE, ROOM, TOTAL_BACKLOG, SocketOptions
from hydroflow_nb.net.sockets import Ends
from hydroflow_nb.net.streams import StreamOutbound


class TcpOutbound(StreamOutbound):
    """The outbound end of TCP sockets. Its address for a peer: the host that the peer sees, the port of `address`."""

    def __init__(
        self, name: socket.socket, options: SocketOptions, *, listens: bool, naming: Naming | None = None
    ) -> None:
        super().__init__(options, naming)
        self._name = name
        self._listens = listens
        self._host, self._port = socket_address(name.getsockname())

    @classmethod
    async def bound(cls, address: Any, options: SocketOptions, naming: Naming | None = None) -> Ends:
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
            if naming is None or naming.key is None:
                warn_if_exposed(host, stacklevel=3)
            outbound = cls(listening, options, listens=True, naming=naming)
            try:
                outbound.listen(listening)
            except OSError as exception:
                raise in_use((host, port), exception) from None
        except BaseException:
            listening.close()
            raise
        return await outbound.ends(socket_address(listening.getsockname()))

    @classmethod
    async def dialled(cls, address: Any, options: SocketOptions) -> Ends:
        """The ends of a connection to an address: to the first number of its host that answers."""
        host, port = destination(address)
        failure: OSError | None = None
        for found in await resolved(host, port):
            # Peers know this end by this port. The socket never listens; it keeps other programs from the port.
            name = socket.socket(family_of(found[0]), socket.SOCK_STREAM)
            name.bind(("", 0))
            outbound = cls(name, options, listens=False)
            try:
                own = await outbound.connect(found)
            except OSError as exception:
                failure = failure or exception
                outbound.close()
            except BaseException:
                outbound.close()
                raise
            else:
                outbound.remember((host, port), found)
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
        await self.loop.create_connection(protocol, host, port, local_addr=(source, 0) if source else None)

    async def _number(self, place: HostPort) -> HostPort:
        return (await resolved(*place, family=self._family))[0]

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
    when a connection is made; read it from a file or the environment.

    Raises ValueError if `address` is not an address, and OSError if it cannot be bound. Warns with an ExposedWarning if
    other machines can reach it and no key is given.
    """
    return await TcpOutbound.bound(
        address,
        SocketOptions(
            codec=codec, limit=limit, room=room, backlog=backlog, total_backlog=total_backlog, patience=patience
        ),
        naming_of(name, directory, key, codec=codec),
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
    )
