"""What all ends made of sockets have in common: an event loop, the look-up of host names, draining and closing."""

from __future__ import annotations

import asyncio
import threading
from abc import abstractmethod
from collections.abc import AsyncGenerator, Callable
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

from hydroflow_nb.engine.listeners import Listeners
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.net.addresses import HostPort, destination, numeric_host, resolved
from hydroflow_nb.net.inbound import Inbound
from hydroflow_nb.net.naming import Naming
from hydroflow_nb.net.options import SocketOptions
from hydroflow_nb.net.outbound import Outbound

# While more bytes than this wait to leave, a flow takes nothing in.
HIGH_WATER: Final = 1 << 20
_MOST_REMEMBERED: Final = 10_000


class Ends(NamedTuple):
    """The two ends of an address in a network, and the address.

    `async with await bind_tcp(5000) as (outbound, inbound, address):` closes both ends and their sockets when all that
    was sent has left. `close()`, here or on one of the ends, closes them without waiting.
    """

    outbound: Outbound
    inbound: Inbound
    address: Any

    def close(self) -> None:
        """Close the sockets. What has not left yet is lost: `await outbound.drain()` waits for it."""
        self.outbound.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exception: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if exception is None:
            await self.outbound.drain()
        self.close()
        if isinstance(self.outbound, SocketOutbound):
            await self.outbound.wait_closed()


class SocketOutbound(Outbound):
    """The outbound end of sockets that the running event loop serves. When one of the two ends is closed, so is the
    other; both are closed when the loop ends. With a `naming` addresses are the names of members.
    """

    def __init__(self, inbound: Inbound, options: SocketOptions, naming: Naming | None = None) -> None:
        super().__init__(codec=options.codec, limit=options.limit, statistics=inbound.statistics)
        self.inbound = inbound
        self.naming = naming
        self.backlog = options.backlog
        self.loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._listeners = Listeners()
        self._drainers: list[asyncio.Future[None]] = []
        # Messages that wait until the number of their host is known, by address; and the addresses with numbers.
        self._nameless: dict[HostPort, list[bytes]] = {}
        self._numbers: dict[Any, Any] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._keeper = self._closed_with_the_loop()
        inbound.listen_close(self.close)
        inbound.acknowledges = self

    # --- what a subclass defines -------------------------------------------------------------------------------------

    @abstractmethod
    def _send(self, address: Any, bodies: list[bytes]) -> None:
        """Send a tick's messages to one address, whose host is a number. Called in the loop's thread."""

    @abstractmethod
    def _is_settled(self) -> bool:
        """True if nothing waits to leave, or what waits is not expected to leave."""

    @abstractmethod
    def _close(self) -> None:
        """Close the sockets. Called once, in the loop's thread."""

    @abstractmethod
    def _let_go(self) -> None:
        """Free the address. Needs no event loop."""

    async def _gone(self) -> None:
        """Wait a short time until the peers know that this end was closed, then close what is still open."""
        return

    def _place(self, address: Any) -> Any:
        """The normal form of a socket's address that a person wrote. Raises ValueError, which says what to write."""
        return destination(address)

    @property
    def _family(self) -> int:
        """The address family that hosts must have, 0 for any."""
        return 0

    # --- the event loop ----------------------------------------------------------------------------------------------

    async def ends(self, address: Any) -> Ends:
        """Both ends and their address. From now on the end of the loop closes them."""
        self.inbound.bound = address
        self.address = self.inbound.address = address if self.naming is None else self.naming.name
        await anext(self._keeper)
        return Ends(self, self.inbound, self.address)

    def normal_address(self, address: Any) -> Any:
        """The normal form of an address, or the name of a member of the directory."""
        naming = self.naming_for(address)
        return self._place(address) if naming is None else naming.receiver(address)

    def naming_for(self, address: Any) -> Naming | None:
        """What says where a member is, and who it is; None for an address that is not a member's name."""
        return self.naming if self.naming is not None and self.naming.is_name(address) else None

    async def _closed_with_the_loop(self) -> AsyncGenerator[None, None]:
        # An event loop that ends closes the generators that were started in it.
        try:
            yield
        finally:
            self.close()
            await self._gone()
            # The sockets close in the next turns.
            await asyncio.sleep(0)
            await asyncio.sleep(0)

    def must_serve(self) -> None:
        """Raise Misfit if nothing can be sent: the end is closed, or its event loop has ended or is another one."""
        running = asyncio._get_running_loop()
        if running is self.loop and not self.is_closed:
            return
        super().must_serve()
        if self.loop.is_closed():
            raise Misfit(
                f"the event loop that {self!r} belongs to has ended",
                "bind the address again, in the loop that runs now",
            )
        if threading.get_ident() == self._thread and running is not None and running is not self.loop:
            raise Misfit(f"{self!r} belongs to another event loop", "bind the address in the loop that runs the flow")

    def _spawn(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def close(self) -> None:
        """Close both ends and their sockets. What has not left yet is lost: `await drain()` waits for it."""
        if self.is_closed:
            return
        self.is_closed = True
        self.inbound.close()
        if self.loop.is_closed():
            # Without the loop the peers are not told, but the address becomes free.
            self._let_go()
            return
        if threading.get_ident() == self._thread:
            self._end()
        else:
            self.loop.call_soon_threadsafe(self._end)

    async def wait_closed(self) -> None:
        """Wait until the peers have taken what was sent before the end was closed, at most about a second."""
        if asyncio.get_running_loop() is self.loop:
            await self._gone()

    def _end(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        for address, bodies in self._nameless.items():
            self.statistics.lose(len(bodies), address, "the end was closed")
        self._nameless.clear()
        self._close()
        self._tell()
        self._look()

    # --- sending -----------------------------------------------------------------------------------------------------

    def post(self, address: Any, bodies: list[bytes]) -> None:
        """Send a tick's messages to one address, from any thread."""
        if threading.get_ident() != self._thread:
            self.loop.call_soon_threadsafe(self._named, address, bodies)
        else:
            self._named(address, bodies)

    def _named(self, address: Any, bodies: list[bytes]) -> None:
        if self.is_closed:
            self.statistics.lost += len(bodies)
        elif address in self._numbers:
            self._send(self._numbers[address], bodies)
        elif isinstance(address, str) or ":" in address[0] or numeric_host(address[0]):
            self.remember(address, address)
            self._send(address, bodies)
        elif address in self._nameless:
            waiting = self._nameless[address]
            # Host names whose look-up never ends have, all together, the limit of one address.
            if sum(len(body) for bodies in self._nameless.values() for body in bodies) > self.backlog:
                self.statistics.lose(len(bodies), address, "the look-up of its host name has not ended yet")
            else:
                waiting += bodies
        else:
            self._nameless[address] = bodies
            self._spawn(self._look_up(address))

    async def _look_up(self, address: HostPort) -> None:
        """Look up the number of a host, and send what waits for it."""
        try:
            number = (await resolved(*address, family=self._family))[0]
        except OSError as exception:
            self.statistics.lose(len(self._nameless.pop(address)), address, str(exception.strerror or exception))
        else:
            self.remember(address, number)
            self._send(number, self._nameless.pop(address))
        self._look()

    def remember(self, address: Any, number: Any) -> None:
        """Remember the number of an address."""
        if len(self._numbers) >= _MOST_REMEMBERED:
            self._numbers.clear()
        self._numbers[address] = number

    # --- back-pressure -----------------------------------------------------------------------------------------------

    def listen_room(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Subscribe to the end of congestion. Returns a function that unsubscribes the listener."""
        return self._listeners.add(listener)

    def _tell(self) -> None:
        """Tell the listeners that the end is no longer congested."""
        self._listeners.tell()

    async def drain(self) -> None:
        """Wait until the network has taken all that was sent, or it was given up."""
        if asyncio.get_running_loop() is not self.loop:
            if self.loop.is_running():
                await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self.drain(), self.loop))
            return
        while not (self.is_closed or (self._is_settled() and not self._nameless)):
            drainer = self.loop.create_future()
            self._drainers.append(drainer)
            await drainer

    def _look(self) -> None:
        """Let all that wait in `drain` check again."""
        if self._drainers:
            drainers, self._drainers = self._drainers, []
            for drainer in drainers:
                if not drainer.done():
                    drainer.set_result(None)
