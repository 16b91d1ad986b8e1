"""TCP: messages in order over connections that are made when they are needed, and made anew when they break."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from typing import Any

from hydroflow_nb.net.addresses import (
    HostPort,
    destination,
    family_of,
    host_and_port,
    in_use,
    plain,
    resolved,
    source_for,
    warn_if_exposed,
    written,
)
from hydroflow_nb.net.connection import Connection
from hydroflow_nb.net.greeting import Greeting
from hydroflow_nb.net.messages.codec import Codec
from hydroflow_nb.net.options import BACKLOG, DEFAULT_LIMIT, PATIENCE, ROOM, TOTAL_BACKLOG, SocketOptions
from hydroflow_nb.net.sockets import Ends
from hydroflow_nb.net.streams import StreamOutbound


class TcpOutbound(StreamOutbound):
    """The outbound end of TCP sockets. Peers know it by the host that they see and by the port of `address`."""

    def __init__(self, name: socket.socket, options: SocketOptions, *, listens: bool) -> None:
        super().__init__(options)
        self._name = name
        self._listens = listens
        self._host, self._port = plain(name.getsockname())

    @classmethod
    async def bound(cls, address: Any, options: SocketOptions) -> Ends:
        """The ends of an address that others connect to; warns the caller's caller where it is exposed."""
        host, port = (await resolved(*host_and_port(address)))[0]
        listening = socket.socket(family_of(host), socket.SOCK_STREAM)
        try:
            if os.name == "posix":
                # Connections of former ends that are not quite gone do not keep the port.
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if listening.family == socket.AF_INET6:
                listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            try:
                listening.bind((host, port))
            except OSError as exception:
                raise in_use((host, port), exception) from None
            # Where warnings are errors, nobody is to get in.
            warn_if_exposed(host, stacklevel=3)
            outbound = cls(listening, options, listens=True)
            try:
                outbound.listen(listening)
            except OSError as exception:
                raise in_use((host, port), exception) from None
        except BaseException:
            listening.close()
            raise
        return await outbound.ends(plain(listening.getsockname()))

    @classmethod
    async def dialled(cls, address: Any, options: SocketOptions) -> Ends:
        """The ends of a connection to an address, the first of its host's that answers."""
        host, port = destination(address)
        failure: OSError | None = None
        for found in await resolved(host, port):
            # Bound and never listened at, it keeps the port by which others know this end from anybody else.
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
        """Connect to a peer, and again whenever that breaks. Returns the own address as the peer sees it."""
        peer = self._peer(address)
        peer.is_kept = True
        await self.dial(peer)
        host = self._host
        if peer.connection is not None:
            host, _ = plain(peer.connection.wire.own_name)
        return (host, self._port)

    def _greeting(self) -> Greeting:
        return Greeting(port=self._port, listens=self._listens)

    def _identity(self, connection: Connection, greeting: Greeting | None) -> HostPort:
        name = connection.wire.peer_name
        if name is None:
            raise ValueError("it has gone already")
        host, port = plain(name)
        if greeting is None:
            return (host, port)
        if not 0 < greeting.port < 1 << 16:
            raise ValueError("its port is not from 1 to 65,535")
        return (host, greeting.port)

    async def _connect(self, address: HostPort, protocol: Callable[[], asyncio.Protocol]) -> None:
        host, port = address
        source = source_for(self._host, host) if self._listens else None
        await self.loop.create_connection(protocol, host, port, local_addr=(source, 0) if source else None)

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
) -> Ends:
    """The ends of a TCP address, which peers connect to and which connects to others: outbound, inbound, address.

    `address` is ("127.0.0.1", 5000), "127.0.0.1:5000", "[::1]:5000", or a port of this machine; port 0 is any free
    one. A message goes to an address over the connection that there is; where there is none one is made, and made
    anew, after delays that grow, when it breaks. What waits then waits at most `patience` seconds. Messages of one
    sender come in order, without loss while the connection lasts.

    `codec` is "msgpack" or "json", for what is sent. `limit` bounds a message (a longer one is lost when it is to be
    sent, and ends its connection when it comes in), `room` what came in and waits for the flow (beyond it nothing is
    read), and as much again what large messages take that are not whole yet (others wait for their turn), `backlog`
    what waits for each peer (beyond it a connected peer is cut off, and what is for another is lost), `total_backlog`
    what waits for all of them (beyond it the same happens to whom most of it is for), all in bytes.

    Raises ValueError for what is not an address, OSError where it cannot be bound. Warns with an ExposedWarning where
    other machines can reach it.
    """
    return await TcpOutbound.bound(
        address,
        SocketOptions(
            codec=codec, limit=limit, room=room, backlog=backlog, total_backlog=total_backlog, patience=patience
        ),
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
    """The ends of a TCP connection to an address: outbound, inbound, and the address that the other side knows it by.

    When the connection breaks it is made again, after delays that grow, for as long as the ends are open; it keeps its
    address. Messages may be sent to other addresses as well. The keywords are those of `bind_tcp`.

    Raises ValueError for what is not an address, OSError where nobody listens there.
    """
    return await TcpOutbound.dialled(
        address,
        SocketOptions(
            codec=codec, limit=limit, room=room, backlog=backlog, total_backlog=total_backlog, patience=patience
        ),
    )
