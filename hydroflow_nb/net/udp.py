"""UDP: each message is a datagram of its own. It arrives once, twice or not at all, in any order."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Mapping
from typing import Any, Final, Protocol, cast

from hydroflow_nb.engine.bringing import brings
from hydroflow_nb.engine.lasting import Lasting
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.net.addresses import (
    HostPort,
    family_of,
    host_and_port,
    in_use,
    resolved,
    socket_address,
    warn_if_exposed,
)
from hydroflow_nb.net.directory import NameService
from hydroflow_nb.net.inbound import Inbound
from hydroflow_nb.net.messages.codec import LINES, Codec, RawCodec, codec_of
from hydroflow_nb.net.naming import Naming, naming_of
from hydroflow_nb.net.options import BACKLOG, ROOM, SocketOptions
from hydroflow_nb.net.raw import joined_of, received
from hydroflow_nb.net.roster import AGE_OF_NUMBERS, Roster
from hydroflow_nb.net.sockets import HIGH_WATER, Ends, SocketOutbound
from hydroflow_nb.net.statistics import Cause

# How many bytes a datagram can hold, without the headers of IPv4 and UDP.
DATAGRAM: Final = 65_507
# How many bytes the kernel is asked to hold until they are read: ticks send in bursts.
_KERNEL_BUFFER: Final = 4 << 20
_LONGEST: Final = 1 << 16
# About how many bytes a datagram that waits takes in addition to its own.
_OVERHEAD: Final = 64
# How many datagrams are read in one turn of the event loop: a flood must leave turns to other work.
_MOST_AT_ONCE: Final = 50
# So many datagrams are read one by one, at most, before a look for more of them.
_MOST_IN_VAIN: Final = 3


class DatagramTransport(Protocol):
    """What asyncio's datagram transports can do: asyncio's own types do not declare all of it."""

    def sendto(self, data: bytes, addr: HostPort) -> None:
        """Send a datagram, now or later."""

    def get_write_buffer_size(self) -> int:
        """How many bytes wait to leave."""

    def set_write_buffer_limits(self, high: int) -> None:
        """Pause writing while more than `high` bytes wait."""

    def get_extra_info(self, name: str) -> Any:
        """A fact about the socket, by its name."""

    def abort(self) -> None:
        """Close the socket immediately."""


class Datagrams(asyncio.DatagramProtocol):
    """Takes in the datagrams of a socket."""

    def __init__(self, inbound: Inbound, limit: int, own: socket.socket) -> None:
        self.outbound: UdpOutbound | None = None
        self._inbound = inbound
        self._limit = limit
        # Asyncio reads one datagram in a turn, so a tick would seldom get two. With a selector event loop, the others
        # that have arrived can be read here.
        self._more = own if isinstance(asyncio.get_running_loop(), asyncio.SelectorEventLoop) else None
        # How many looks in a row have found no more, and how many datagrams come in before the next look.
        self._in_vain = 0
        self._until_look = 0
        self._is_raw = isinstance(inbound.codec, RawCodec)

    @brings
    def datagram_received(self, data: bytes, addr: Any) -> None:
        """A datagram arrived."""
        self._take(data, addr)
        if self._until_look:
            self._until_look -= 1
        elif self._more is not None:
            self._look_for_more(self._more)

    def _look_for_more(self, own: socket.socket) -> None:
        """Read what else has arrived. Where datagrams come alone, a look costs as much as to read one of them, so the
        next look is later.
        """
        found = 0
        try:
            while found < _MOST_AT_ONCE:
                data, addr = own.recvfrom(_LONGEST)
                found += 1
                self._take(data, addr)
        except OSError:
            # There are no more; or a datagram that was sent was refused: the system does not say which one.
            pass
        self._in_vain = 0 if found else min(self._in_vain + 1, _MOST_IN_VAIN)
        self._until_look = self._in_vain

    def _take(self, data: bytes, addr: Any) -> None:
        address: Any = addr if len(addr) == 2 else socket_address(addr)
        if self.outbound is not None and self.outbound.roster is not None:
            name = self.outbound.roster.name_at(address)
            if name is not None:
                address = name
            elif not self.outbound.roster.lets_strangers_in:
                self._inbound.statistics.refuse(address, "the directory has no member at the address of this datagram")
                return
        if self._is_raw:
            self._take_raw(data, address)
        elif len(data) > self._limit:
            why = f"a message of {len(data):,} bytes came, {self._limit:,} bytes are allowed"
            self._inbound.statistics.reject(Cause.OVERSIZED, why, address, data)
        else:
            self._inbound.accept(data, address)

    def _take_raw(self, data: bytes, address: HostPort) -> None:
        """Take in the lines of a datagram, or its bytes as a message."""
        inbound = self._inbound
        bodies, too_long = received(inbound.codec, data, self._limit)
        for one in too_long:
            why = f"a message of {len(one):,} bytes came, {self._limit:,} bytes are allowed"
            inbound.statistics.reject(Cause.OVERSIZED, why, address, one)
        for body in bodies:
            inbound.accept(body, address)

    def error_received(self, exc: Exception) -> None:
        """The kernel did not take a datagram, or it reports that one was refused, without saying which one."""
        if self.outbound is not None:
            self.outbound.refused(exc)

    def pause_writing(self) -> None:
        """The kernel takes no more for now."""
        if self.outbound is not None:
            self.outbound.is_paused = True

    def resume_writing(self) -> None:
        """The kernel has taken all that waited."""
        if self.outbound is not None:
            self.outbound.resumed()


class UdpOutbound(SocketOutbound):
    """The outbound end of a UDP socket."""

    def __init__(
        self,
        inbound: Inbound,
        own: socket.socket,
        transport: DatagramTransport,
        options: SocketOptions,
        naming: Naming | None = None,
    ) -> None:
        super().__init__(inbound, options, naming)
        self._own = own
        self._transport = transport
        self._own_family = family_of(socket_address(transport.get_extra_info("sockname"))[0])
        self.roster = None if naming is None else Roster(naming, self._own_family, self._spawn)
        # When the numbers of hosts are looked up again, where the hosts are those of a directory.
        self._numbers_until = 0.0
        self._joined = joined_of(self.codec)
        self._refused = 0
        # Set while the kernel takes no more.
        self.is_paused = False
        # The datagrams that wait until it takes more, and how many bytes they take, by address.
        self._queues: dict[HostPort, deque[bytes]] = {}
        self._sizes: dict[HostPort, int] = {}
        self._queued = 0

    def keep(self, identity: str) -> Lasting | None:
        """Raises Misfit: nothing says what of datagrams has arrived."""
        raise Misfit(
            f"{self!r} sends datagrams, which may be lost, and a durable flow loses nothing",
            "use TCP or Unix sockets: `--bind tcp:127.0.0.1:5000`",
        )

    @property
    def _family(self) -> int:
        return self._own_family

    def _place(self, address: Any) -> HostPort:
        host, port = super()._place(address)
        if ":" in host and self._own_family == socket.AF_INET:
            raise ValueError(f'{host} cannot be reached from an IPv4 address: bind "[::1]:0" to send there')
        if host.replace(".", "").isdigit() and self._own_family == socket.AF_INET6:
            raise ValueError(f"{host} cannot be reached from an IPv6 address: bind 127.0.0.1 to send there")
        return (host, port)

    def _named(self, address: Any, bodies: list[bytes]) -> None:
        if self.roster is not None:
            try:
                address = self._place(self.roster.where(address) if self.naming_for(address) else address)
            except (OSError, ValueError) as exception:
                why = getattr(exception, "strerror", None) or str(exception)
                self.statistics.lose(len(bodies), address, why)
                return
            if self.loop.time() >= self._numbers_until:
                self._numbers.clear()
                self._numbers_until = self.loop.time() + AGE_OF_NUMBERS
        super()._named(address, bodies)

    def _send(self, address: HostPort, bodies: list[bytes]) -> None:
        if isinstance(self.codec, RawCodec):
            bodies = [self._joined((body,)) for body in bodies]
        if self.is_paused or self._queues:
            self._wait(address, bodies)
            return
        send, refused = self._transport.sendto, self._refused
        for index, body in enumerate(bodies):
            send(body, address)
            if not self._takes():
                # The kernel has taken all but this one.
                self._wait(address, bodies[index + 1 :])
                bodies = bodies[: index + 1]
                break
        self.statistics.sent += len(bodies) - (self._refused - refused)

    def _takes(self) -> bool:
        return not self.is_paused

    def _wait(self, address: HostPort, bodies: list[bytes]) -> None:
        """Let datagrams wait until the kernel takes them. If too many wait, give up those for the address with most."""
        if not bodies:
            return
        self._queues.setdefault(address, deque()).extend(bodies)
        self._count(address, sum(map(_size, bodies)))
        while self._queued > self.backlog:
            most = max(self._sizes, key=self._sizes.__getitem__)
            why = f"{self._queued:,} bytes wait to leave, most of them for this address"
            self.statistics.lose(len(self._queues.pop(most)), most, why)
            self._count(most, -self._sizes[most])

    def _count(self, address: HostPort, size: int) -> None:
        self._queued += size
        left = self._sizes.get(address, 0) + size
        if left:
            self._sizes[address] = left
        else:
            del self._sizes[address]

    def _flush(self) -> None:
        """Send what waits, to all addresses in turn, as long as the kernel takes it."""
        while self._queues:
            for address in tuple(self._queues):
                queue, refused = self._queues[address], self._refused
                body = queue.popleft()
                if not queue:
                    del self._queues[address]
                self._count(address, -_size(body))
                self._transport.sendto(body, address)
                self.statistics.sent += 1 - (self._refused - refused)
                if self.is_paused:
                    return

    def refused(self, exception: Exception) -> None:
        """The kernel did not take a datagram."""
        if not isinstance(exception, ConnectionError):
            self._refused += 1
            self.statistics.lose(1, "a peer", getattr(exception, "strerror", None) or str(exception))

    def resumed(self) -> None:
        """The kernel has taken all that it was given."""
        self.is_paused = False
        self._flush()
        if not self.is_congested():
            self._tell()
        self._look()

    def _is_settled(self) -> bool:
        return not (self._queues or self._transport.get_write_buffer_size())

    def is_congested(self) -> bool:
        """True while so much waits to leave that flows have to wait."""
        # While writing is not paused, nothing waits.
        return self.is_paused and self._transport.get_write_buffer_size() + self._queued > HIGH_WATER

    def _close(self) -> None:
        for address, queue in self._queues.items():
            self.statistics.lose(len(queue), address, "the end was closed")
        self._queues.clear()
        self._transport.abort()

    def _let_go(self) -> None:
        self._own.close()


def _size(body: bytes) -> int:
    return len(body) + _OVERHEAD


async def bind_udp(
    address: Any,
    *,
    codec: str | Codec = "msgpack",
    limit: int = DATAGRAM,
    room: int = ROOM,
    backlog: int = BACKLOG,
    name: str | None = None,
    directory: NameService | Mapping[str, Any] | None = None,
    key: str | bytes | None = None,
    strangers: bool = False,
) -> Ends:
    """The ends of a UDP address: outbound, inbound, address. Messages arrive in any order, and some never or twice.

    `address` is ("127.0.0.1", 5000), "127.0.0.1:5000", "[::1]:5000", or a port of this machine; port 0 is any free
    port. `codec` is "msgpack" or "json", for messages that are sent. With "lines" the peers are programs of any make: a
    message goes out as one line in a datagram, and each line of a datagram comes in as a message. With "bytes" a
    message is what a datagram holds. All sizes are in bytes:

    - `limit` bounds one message, at most 65,507.
    - `room` bounds what came in and waits for the flow; beyond it new messages are dropped.
    - `backlog` bounds what waits to leave to all addresses; beyond it the messages to the address with the most are
      lost.

    With `name` and `directory` the addresses in the flow are names of members, as for `bind_tcp`. A sender is known by
    the address that the directory gives it; datagrams from other addresses are refused, or with `strangers` taken in
    from these addresses. Nothing proves these names: who can forge the address of a datagram can take any of them. So
    `key` is refused.

    Raises ValueError if `address` is not an address, and OSError if it cannot be bound. Warns with an ExposedWarning if
    other machines can reach it.
    """
    if key is not None:
        raise ValueError("names over UDP cannot be proved, as a datagram has no greeting: leave out `key`, or use TCP")
    naming = naming_of(name, directory, strangers=strangers, codec=codec)
    host, port = (await resolved(*host_and_port(address), kind=socket.SOCK_DGRAM))[0]
    # A line's end takes a byte of its datagram.
    longest = DATAGRAM - 1 if codec_of(codec) is LINES else DATAGRAM
    options = SocketOptions(codec=codec, limit=min(limit, longest), room=room, backlog=backlog)
    own = socket.socket(family_of(host), socket.SOCK_DGRAM)
    inbound = Inbound(codec=codec, limit_bytes=options.room)
    protocol = Datagrams(inbound, options.limit, own)
    try:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _KERNEL_BUFFER)
        if own.family == socket.AF_INET6:
            own.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            own.bind((host, port))
        except OSError as exception:
            raise in_use((host, port), exception) from None
        # It does not read yet: if warnings are errors, no message gets in.
        warn_if_exposed(host)
        own.setblocking(False)
        made, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: protocol, sock=own)
    except BaseException:
        own.close()
        raise
    transport = cast(DatagramTransport, made)
    transport.set_write_buffer_limits(high=0)
    try:
        outbound = UdpOutbound(inbound, own, transport, options, naming)
        if outbound.roster is not None:
            await outbound.roster.look_up()
    except BaseException:
        transport.abort()
        raise
    protocol.outbound = outbound
    return await outbound.ends(socket_address(transport.get_extra_info("sockname")))
