"""Somebody that messages are sent to over streams: what waits for them, and how they are reached."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any, Final, Protocol

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.net.backoff import Backoff
from hydroflow_nb.net.connection import Connection
from hydroflow_nb.net.outbox import Outbox, chunks
from hydroflow_nb.net.sockets import HIGH_WATER
from hydroflow_nb.net.statistics import Statistics, counted

logger = logging.getLogger("hydroflow_nb.net")

# A peer that takes nothing for so long, in seconds, is waited for no more. Two flows that send to each other faster
# than they take would otherwise stop each other for ever.
STALL: Final = 1.0
# A connection that lasted so long, in seconds, was a good one.
_LASTED: Final = 1.0


class Exchange(Protocol):
    """Whose peers they are."""

    loop: asyncio.AbstractEventLoop
    statistics: Statistics
    backlog: int
    patience: float

    def owe(self, size: int) -> None:
        """So many bytes more wait for its peers, or fewer."""

    def relieve(self) -> None:
        """See to it that no more waits than may, by the `overdraw` of peers."""

    def dial(self, peer: Peer) -> Awaitable[None]:
        """Connect to a peer, which has its connection attached then. Raises OSError, with a reason."""

    def weighed(self, peer: Peer) -> None:
        """A peer has become congested, or is so no more."""

    def settled(self, peer: Peer) -> None:
        """Nothing waits for a peer, or nothing more is expected to leave."""

    def forget(self, peer: Peer) -> None:
        """A peer has neither a connection nor anything that waits."""


class Peer:
    """A peer, by its address. It can be dialled where it `listens`, and is dialled for as long as it `is_kept` or
    something waits for it.
    """

    def __init__(self, exchange: Exchange, address: Any) -> None:
        self.address = address
        self.listens = True
        self.is_kept = False
        self.connection: Connection | None = None
        self.is_congested = False
        self._exchange = exchange
        self._others: list[Connection] = []
        self.outbox = Outbox()
        # How much memory is taken by what waits and is under way, in bytes.
        self.owed = 0
        # How many messages were given to the transport that the kernel has not taken wholly.
        self._under_way = 0
        self._stalled = False
        # For how long the peer has taken nothing, in seconds.
        self._silence = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self._dialling: asyncio.Task[None] | None = None
        self._giving_up: asyncio.TimerHandle | None = None
        self._is_unreachable = False
        self._backoff = Backoff()
        self._since = 0.0

    # --- sending -----------------------------------------------------------------------------------------------------

    def post(self, bodies: list[bytes]) -> None:
        """Send messages, in this order, now or when it can be."""
        connection = self.connection
        if self.outbox.size > self._exchange.backlog:
            if connection is None:
                self._lose(len(bodies), f"{self.outbox.size:,} bytes wait already for it to be reached")
            else:
                # It is behind by more than a peer that works can be.
                why = f"it took too little while {self.outbox.size:,} bytes waited, and is cut off"
                self.overdraw(why, more=len(bodies))
            return
        for chunk in chunks(bodies):
            if connection is not None and connection.wire.takes and not self.outbox.size:
                self._write(connection, *chunk)
            else:
                self._owe(self.outbox.add(chunk))
        if connection is None:
            self._reach()
        if self.owed or self.is_congested:
            self._weigh()
            self._exchange.relieve()

    def overdraw(self, why: str, *, more: int = 0) -> None:
        """Give up what waits, so many more messages, and the connection: too much is owed to this peer."""
        self._discard(why, more=more)
        if self.connection is not None:
            self._exchange.statistics.cut_off += 1
            self.connection.cut()
        self._weigh()
        self._exchange.settled(self)

    def resumed(self) -> None:
        """All that was written has been handed to the kernel."""
        self._exchange.statistics.sent += self._under_way
        self._under_way = 0
        self._owe_what_waits()
        self._stalled = False
        self._silence = 0.0
        self._unwatch()
        self._flush()
        self._weigh()
        if self.is_settled:
            self._exchange.settled(self)

    @property
    def is_settled(self) -> bool:
        """True where nothing waits, or nothing more is expected to leave: a connected peer has taken nothing for as
        long as one that cannot be reached is waited for.
        """
        return not (self.outbox.size or self._under_way) or self._silence >= self._exchange.patience

    def _flush(self) -> None:
        """Write what waits, as much as the kernel takes."""
        connection = self.connection
        while connection is not None and self.outbox.size and connection.wire.takes:
            data, count = self.outbox.take()
            self._owe_what_waits()
            self._write(connection, data, count)

    def _write(self, connection: Connection, data: bytes, count: int) -> None:
        connection.is_used = True
        connection.wire.write(data)
        if connection.wire.is_paused:
            self._under_way = count
            self._owe(len(data))
            self._watch_over(connection)
        elif connection.wire.takes:
            self._exchange.statistics.sent += count
        else:
            self._lose(count, "the connection broke while they were on their way")

    def _owe(self, size: int) -> None:
        self.owed += size
        self._exchange.owe(size)

    def _owe_what_waits(self) -> None:
        """Owe no more for what has left, or was given up."""
        left = self.outbox.memory - self.owed
        if left:
            self._owe(left)

    # --- back-pressure -----------------------------------------------------------------------------------------------

    def _weigh(self) -> None:
        """Find out whether flows have to wait for this peer: it is behind, and takes what it is sent."""
        mark = HIGH_WATER // 2 if self.is_congested else HIGH_WATER
        takes = not (self._is_unreachable if self.connection is None else self._stalled)
        congested = takes and self.outbox.size > mark
        if congested != self.is_congested:
            self.is_congested = congested
            self._exchange.weighed(self)

    def _watch_over(self, connection: Connection) -> None:
        left = connection.wire.unsent

        def look() -> None:
            nonlocal left
            now = connection.wire.unsent
            self._stalled = now == left
            self._silence = self._silence + STALL if self._stalled else 0.0
            left = now
            self._watch = self._exchange.loop.call_later(STALL, look)
            self._weigh()
            if self.is_settled:
                self._exchange.settled(self)

        self._unwatch()
        self._watch = self._exchange.loop.call_later(STALL, look)

    def _unwatch(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    # --- connections -------------------------------------------------------------------------------------------------

    def attach(self, connection: Connection) -> None:
        """Have one more connection. What a peer dials anew replaces what it dialled before, which may be dead; what was
        dialled to it stays, so that what two send who dial each other at once stays in order.
        """
        if self.connection is None or not self.connection.is_dialled:
            if self.connection is not None:
                self._release(self.connection)
            self._use(connection)
        else:
            self._others.append(connection)

    def detach(self, connection: Connection, why: str) -> None:
        """Have one connection less."""
        if connection is not self.connection:
            if connection in self._others:
                self._others.remove(connection)
            return
        self._release(connection, keep=False)
        if self._exchange.loop.time() - self._since >= _LASTED:
            self._backoff.reset()
        if self._others:
            self._use(self._others.pop())
            return
        expected = connection.is_farewell or not (self.is_kept or self.listens)
        level = logging.INFO if expected and not self.outbox.size else logging.WARNING
        then = ", reconnecting" if self._is_wanted and self.listens else ""
        logger.log(
            level, "connection with %s %s; %s for it%s", shown(self.address), why, _wait(self.outbox.count), then
        )
        if self._is_wanted:
            self._reach(at_once=False)
        else:
            self._exchange.forget(self)
        self._miss()

    def close(self) -> None:
        """Give up what waits; the connections are closed by who has them."""
        self._discard("the end was closed")
        self._stop_reaching()
        self._unwatch()
        self._lose(self._under_way, "the end was closed")
        self._under_way = 0
        self._owe_what_waits()

    def _use(self, connection: Connection) -> None:
        self.connection = connection
        connection.writer = self
        self._since = self._exchange.loop.time()
        self._is_unreachable = False
        self._stalled = False
        self._silence = 0.0
        if connection.is_dialled:
            # The dialling has come to its end. Cancelled now, it would close what it dialled.
            self._dialling = None
        self._stop_reaching()
        self._flush()
        self._weigh()
        if self.is_settled:
            self._exchange.settled(self)

    def _release(self, connection: Connection, *, keep: bool = True) -> None:
        """Send no more over a connection; what it was given to send and may not have is lost."""
        self.connection = None
        connection.writer = None
        self._unwatch()
        if keep:
            self._others.append(connection)
        lost, self._under_way = self._under_way, 0
        self._owe_what_waits()
        self._lose(lost, "the connection broke while they were on their way")

    # --- reaching a peer that is not connected -----------------------------------------------------------------------

    @property
    def _is_wanted(self) -> bool:
        return self.is_kept or bool(self.outbox.size)

    def _reach(self, *, at_once: bool = True) -> None:
        """See to it that what waits leaves, or is given up."""
        if self._giving_up is None and self.outbox.size:
            self._giving_up = self._exchange.loop.call_later(self._exchange.patience, self._give_up)
        if self.listens and self._dialling is None:
            self._dialling = self._exchange.loop.create_task(self._dial(at_once))

    async def _dial(self, at_once: bool) -> None:
        told = False
        if not at_once:
            await asyncio.sleep(self._backoff.delay())
        while True:
            # One that does not answer is waited for no longer than one that takes nothing.
            silence = self._exchange.loop.call_later(STALL, self._miss)
            try:
                await self._exchange.dial(self)
                return
            except OSError as exception:
                if not told:
                    logger.warning(
                        "cannot reach %s: %s; %s for it, trying again",
                        *(shown(self.address), exception.strerror or exception, _wait(self.outbox.count)),
                    )
                    told = True
                self._miss()
            finally:
                silence.cancel()
            await asyncio.sleep(self._backoff.delay())

    def _miss(self) -> None:
        """Have flows wait no more for what waits to leave."""
        self._is_unreachable = True
        self._weigh()

    def _stop_reaching(self) -> None:
        if self._giving_up is not None:
            self._giving_up.cancel()
            self._giving_up = None
        if self._dialling is not None:
            self._dialling.cancel()
            self._dialling = None

    def _give_up(self) -> None:
        self.give_up(f"it was not reached within {self._exchange.patience:g} seconds")

    def give_up(self, why: str) -> None:
        """Expect it to be reached no more."""
        if self._giving_up is not None:
            self._giving_up.cancel()
            self._giving_up = None
        self._discard(why)
        self._weigh()
        if not self.is_kept:
            self._stop_reaching()
            self._exchange.forget(self)
        self._exchange.settled(self)

    def _discard(self, why: str, *, more: int = 0) -> None:
        """Give up what waits, and so many more messages."""
        lost = self.outbox.clear() + more
        if not self._under_way:
            self._owe_what_waits()
        self._lose(lost, why)

    def _lose(self, count: int, why: str) -> None:
        self._exchange.statistics.lose(count, self.address, why)


def _wait(count: int) -> str:
    return "no messages wait" if not count else f"{counted(count)} {'wait' if count > 1 else 'waits'}"
