"""UDP: each message is a datagram of its own, which arrives, or does not, or twice, in any order."""

from __future__ import annotations

import asyncio
import socket
from typing import Any, Final, Protocol, cast

from hydroflow_nb.net.addresses import HostPort, family_of, host_and_port, in_use, plain, resolved, warn_if_exposed
from hydroflow_nb.net.codec import Codec
from hydroflow_nb.net.inbound import ROOM, Inbound
from hydroflow_nb.net.sockets import BACKLOG, HIGH_WATER, Ends, SocketOutbound
from hydroflow_nb.net.statistics import Cause

# What a datagram can hold besides the headers of IPv4 and UDP, in bytes.
DATAGRAM: Final = 65_507
# What the kernel is asked to hold until it is read: ticks send in bursts.
_KERNEL_BUFFER: Final = 4 << 20
_LONGEST: Final = 1 << 16
# A flood must leave turns to others.
_MOST_AT_ONCE: Final = 50


class Transport(Protocol):
    """What asyncio's datagram transports can do, of which its types do not tell all."""

    def sendto(self, data: bytes, addr: HostPort) -> None:
        """Send a datagram, now or later."""

    def get_write_buffer_size(self) -> int:
        """How many bytes wait to leave."""

    def set_write_buffer_limits(self, high: int) -> None:
        """Have writing paused where more than so many bytes wait."""

    def get_extra_info(self, name: str) -> Any:
        """What is known of the socket."""

    def abort(self) -> None:
        """Close it at once."""


class Datagrams(asyncio.DatagramProtocol):
    """Takes in the datagrams of a socket."""

    def __init__(self, inbound: Inbound, limit: int, own: socket.socket) -> None:
        self.outbound: UdpOutbound | None = None
        self._inbound = inbound
        self._limit = limit
        # Asyncio reads one datagram a turn, and a tick would hardly ever have two. Where it reads when there is
        # something, what else there is can be read as well.
        self._more = own if isinstance(asyncio.get_running_loop(), asyncio.SelectorEventLoop) else None

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """A datagram came."""
        self._take(data, addr)
        if self._more is not None:
            try:
                for _ in range(_MOST_AT_ONCE):
                    self._take(*self._more.recvfrom(_LONGEST))
            except OSError:
                # There are no more; or one that was sent was refused, of which nobody can say which.
                return

    def _take(self, data: bytes, addr: Any) -> None:
        address = plain(addr)
        if len(data) > self._limit:
            why = f"a message of {len(data):,} bytes came, {self._limit:,} are allowed"
            self._inbound.statistics.reject(Cause.OVERSIZED, why, address, data)
        else:
            self._inbound.accept(data, address)

    def error_received(self, exc: Exception) -> None:
        """A datagram did not leave, or an answer to one came."""
        # A datagram that the kernel did not take; what comes back of one that left says nothing of which it was.
        if self.outbound is not None:
            self.outbound.refused(exc)

    def resume_writing(self) -> None:
        """All that waited has been handed to the kernel."""
        if self.outbound is not None:
            self.outbound.resumed()


class UdpOutbound(SocketOutbound):
    """The outbound end of a UDP socket."""

    def __init__(self, inbound: Inbound, own: socket.socket, transport: Transport, **keywords: Any) -> None:
        super().__init__(inbound, **keywords)
        self._own = own
        self._transport = transport
        self._own_family = family_of(plain(transport.get_extra_info("sockname"))[0])
        self._refused = 0

    @property
    def _family(self) -> int:
        return self._own_family

    def _address(self, address: Any) -> HostPort:
        host, port = super()._address(address)
        if ":" in host and self._own_family == socket.AF_INET:
            raise ValueError(f'{host} cannot be reached from an address of IPv4: bind "[::1]:0" to send there')
        if host.replace(".", "").isdigit() and self._own_family == socket.AF_INET6:
            raise ValueError(f"{host} cannot be reached from an address of IPv6: bind 127.0.0.1 to send there")
        return (host, port)

    def _send(self, address: HostPort, bodies: list[bytes]) -> None:
        transport = self._transport
        if transport.get_write_buffer_size() > self.backlog:
            self.statistics.lose(len(bodies), address, "too much waits to leave")
            return
        refused = self._refused
        for body in bodies:
            transport.sendto(body, address)
        self.statistics.sent += len(bodies) - (self._refused - refused)

    def refused(self, exception: Exception) -> None:
        """The kernel did not take a datagram."""
        if not isinstance(exception, ConnectionError):
            self._refused += 1
            self.statistics.lose(1, "its receiver", getattr(exception, "strerror", None) or str(exception))

    def resumed(self) -> None:
        """All that waited has been handed to the kernel."""
        self._tell()
        self._look()

    def _is_settled(self) -> bool:
        return not self._transport.get_write_buffer_size()

    def _is_congested(self) -> bool:
        return self._transport.get_write_buffer_size() > HIGH_WATER

    def _close(self) -> None:
        self._transport.abort()

    def _let_go(self) -> None:
        self._own.close()


async def bind_udp(
    address: Any,
    *,
    codec: str | Codec = "msgpack",
    limit: int = DATAGRAM,
    room: int = ROOM,
    backlog: int = BACKLOG,
) -> Ends:
    """The ends of a UDP address: outbound, inbound, address. Messages come in any order, some of them not or twice.

    `address` is ("127.0.0.1", 5000), "127.0.0.1:5000", "[::1]:5000", or a port of this machine; port 0 is any free
    one. `codec` is "msgpack" or "json", for what is sent. `limit` bounds a message, at most 65,507; `room` bounds what
    came in and waits for the flow (beyond it what comes is dropped), `backlog` what waits to leave, all in bytes.

    Raises ValueError for what is no address, OSError where it cannot be bound. Warns with an ExposedWarning where other
    machines can reach it.
    """
    host, port = (await resolved(*host_and_port(address), kind=socket.SOCK_DGRAM))[0]
    limit = min(limit, DATAGRAM)
    own = socket.socket(family_of(host), socket.SOCK_DGRAM)
    inbound = Inbound(limit_bytes=room)
    protocol = Datagrams(inbound, limit, own)
    try:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _KERNEL_BUFFER)
        if own.family == socket.AF_INET6:
            own.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            own.bind((host, port))
        except OSError as exception:
            raise in_use((host, port), exception) from None
        # Where warnings are errors, nothing is to get in.
        warn_if_exposed(host)
        own.setblocking(False)
        made, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: protocol, sock=own)
    except BaseException:
        own.close()
        raise
    transport = cast(Transport, made)
    transport.set_write_buffer_limits(high=0)
    outbound = UdpOutbound(inbound, own, transport, codec=codec, limit=limit, backlog=backlog)
    protocol.outbound = outbound
    return await outbound.ends(plain(transport.get_extra_info("sockname")))
