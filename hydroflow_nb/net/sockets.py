"""What all ends that are made of sockets have in common: one event loop, host names, draining, and an end."""

from __future__ import annotations

import asyncio
import threading
from abc import abstractmethod
from collections.abc import AsyncGenerator, Callable
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

from hydroflow_nb.engine.listeners import Listeners
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.net.addresses import HostPort, numeric_host, resolved
from hydroflow_nb.net.inbound import Inbound
from hydroflow_nb.net.options import SocketOptions
from hydroflow_nb.net.outbound import Outbound

# More waiting than this, in bytes, and a flow takes nothing in.
HIGH_WATER: Final = 1 << 20
_MOST_REMEMBERED: Final = 10_000


class Ends(NamedTuple):
    """The two ends of an address in a network, and the address.

    `async with await bind_tcp(5000) as (outbound, inbound, address):` closes both ends, and so their sockets, when what
    was sent has left. So does `close()`, that of an end as well, without waiting.
    """

    outbound: Outbound
    inbound: Inbound
    address: Any

    def close(self) -> None:
        """Close the sockets. What has not left yet is lost: `await outbound.drain()` before waits for it."""
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
    """The outbound end of sockets that the running event loop serves. Its inbound end is closed with it, and it with
    that one, and both at the latest when the loop ends.
    """

    def __init__(self, inbound: Inbound, options: SocketOptions) -> None:
        super().__init__(codec=options.codec, limit=options.limit, statistics=inbound.statistics)
        self.inbound = inbound
        self.backlog = options.backlog
        self.loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._listeners = Listeners()
        self._drainers: list[asyncio.Future[None]] = []
        # What waits until the number of a host is known, by address; and what addresses are by number.
        self._nameless: dict[HostPort, list[bytes]] = {}
        self._numbers: dict[Any, Any] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._keeper = self._closed_with_the_loop()
        inbound.listen_close(self.close)

    # --- what a subclass says ----------------------------------------------------------------------------------------

    @abstractmethod
    def _send(self, address: Any, bodies: list[bytes]) -> None:
        """Send what a tick gave for one address, whose host is a number. Called in the loop's thread."""

    @abstractmethod
    def _is_settled(self) -> bool:
        """True where nothing waits to leave, or nothing more is expected to."""

    @abstractmethod
    def _close(self) -> None:
        """Close the sockets. Called once, in the loop's thread."""

    @abstractmethod
    def _let_go(self) -> None:
        """Give up what stands for the address. Needs no event loop."""

    async def _gone(self) -> None:
        """Wait until the peers know that this end was closed, not for long, and let nothing be left open."""
        return

    @property
    def _family(self) -> int:
        """The address family that hosts must be of, 0 for any."""
        return 0

    # --- the event loop ----------------------------------------------------------------------------------------------

    async def ends(self, address: Any) -> Ends:
        """Both ends and their address, from now on closed when the loop ends."""
        self.address = self.inbound.address = address
        await anext(self._keeper)
        return Ends(self, self.inbound, address)

    async def _closed_with_the_loop(self) -> AsyncGenerator[None, None]:
        # An event loop that ends closes the generators which were begun in it.
        try:
            yield
        finally:
            self.close()
            await self._gone()
            # The sockets close in the next turns.
            await asyncio.sleep(0)
            await asyncio.sleep(0)

    def _must_serve(self) -> None:
        super()._must_serve()
        if self.loop.is_closed():
            raise Misfit(f"the event loop that {self!r} belongs to has ended", "bind the address again, in this one")
        if threading.get_ident() == self._thread:
            running = asyncio._get_running_loop()
            if running is not None and running is not self.loop:
                raise Misfit(
                    f"{self!r} belongs to another event loop", "bind the address in the one that runs the flow"
                )

    def _spawn(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def close(self) -> None:
        """Close both ends and their sockets. What has not left yet is lost: `await drain()` before waits for it."""
        if self.is_closed:
            return
        self.is_closed = True
        self.inbound.close()
        if self.loop.is_closed():
            # Whom it closed is not told any more, but the address is free.
            self._let_go()
            return
        if threading.get_ident() == self._thread:
            self._end()
        else:
            self.loop.call_soon_threadsafe(self._end)

    async def wait_closed(self) -> None:
        """Wait until the peers have taken what was sent before the end was closed; at most about a second."""
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

    def _post(self, address: Any, bodies: list[bytes]) -> None:
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
            # Names that are looked up for ever, many of them, have no more together than one address.
            if sum(len(body) for bodies in self._nameless.values() for body in bodies) > self.backlog:
                self.statistics.lose(len(bodies), address, "its host is not known yet")
            else:
                waiting += bodies
        else:
            self._nameless[address] = bodies
            self._spawn(self._look_up(address))

    async def _look_up(self, address: HostPort) -> None:
        """Find the number of a host, and send what waits for it."""
        try:
            number = (await resolved(*address, family=self._family))[0]
        except OSError as exception:
            self.statistics.lose(len(self._nameless.pop(address)), address, str(exception.strerror or exception))
        else:
            self.remember(address, number)
            self._send(number, self._nameless.pop(address))
        self._look()

    def remember(self, address: Any, number: Any) -> None:
        """Know the number of an address from now on."""
        if len(self._numbers) >= _MOST_REMEMBERED:
            self._numbers.clear()
        self._numbers[address] = number

    # --- back-pressure -----------------------------------------------------------------------------------------------

    def _listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        return self._listeners.add(listener)

    def _tell(self) -> None:
        """Tell those who wait that it is congested no more."""
        self._listeners.tell()

    async def _drain(self) -> None:
        if asyncio.get_running_loop() is not self.loop:
            if self.loop.is_running():
                await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._drain(), self.loop))
            return
        while not (self.is_closed or (self._is_settled() and not self._nameless)):
            drainer = self.loop.create_future()
            self._drainers.append(drainer)
            await drainer

    def _look(self) -> None:
        """Have those who drain look again."""
        if self._drainers:
            drainers, self._drainers = self._drainers, []
            for drainer in drainers:
                if not drainer.done():
                    drainer.set_result(None)
