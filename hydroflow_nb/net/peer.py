"""A peer that messages are sent to over streams: the messages that wait for it, and how it is reached."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Protocol

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.net.backoff import Backoff
from hydroflow_nb.net.connection import Connection
from hydroflow_nb.net.outbox import Outbox, chunks
from hydroflow_nb.net.sockets import HIGH_WATER
from hydroflow_nb.net.statistics import Statistics, counted

logger = logging.getLogger("hydroflow_nb.net")

# After so many seconds in which a peer takes nothing, flows stop waiting for it. Otherwise two flows that send to each
# other faster than they read would stop each other for ever.
STALL: Final = 1.0
# After a connection that lasted so long, in seconds, the delays of the next attempts start again with the shortest.
_LASTED: Final = 1.0
_BROKEN: Final = "the connection broke while they were on their way"


class Exchange(Protocol):
    """The end that has the peers."""

    loop: asyncio.AbstractEventLoop
    statistics: Statistics
    backlog: int
    patience: float
    joined: Callable[[Sequence[bytes]], bytes]
    """Makes of the bodies of messages what goes over a stream."""

    def owe(self, size: int) -> None:
        """Add to the bytes that wait for all peers; a negative size takes away."""

    def relieve(self) -> None:
        """Keep what waits for all peers within its limit: cut off the peers with the most."""

    def dial(self, peer: Peer) -> Awaitable[None]:
        """Connect to a peer, and attach the connection to it. Raises OSError with a reason."""

    def waiting(self, peer: Peer) -> int:
        """How many messages wait for a peer, to leave or to be acknowledged."""

    def weighed(self, peer: Peer) -> None:
        """A peer has become congested, or is no longer so."""

    def settled(self, peer: Peer) -> None:
        """Nothing waits for a peer, or what waits is not expected to leave."""

    def forget(self, peer: Peer) -> None:
        """Forget a peer that has no connection, and for which nothing waits."""


class Peer:
    """A peer at an address. It can be dialled if it `listens`. It is dialled while `is_kept` is true or messages wait
    for it.
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
        # How much memory the messages take that wait or are on their way, in bytes.
        self.owed = 0
        # How many messages the transport has that the kernel has not taken completely.
        self._under_way = 0
        self._stalled = False
        # For how long the peer has taken nothing, in seconds.
        self._silence = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self._dialling: asyncio.Task[None] | None = None
        self._giving_up: asyncio.TimerHandle | None = None
        self._is_unreachable = False
        # Set when the connection is closed as soon as nothing waits.
        self._is_ending = False
        self._backoff = Backoff()
        self._since = 0.0

    # --- sending -----------------------------------------------------------------------------------------------------

    def post(self, bodies: list[bytes]) -> None:
        """Send messages in this order, now or as soon as possible."""
        connection = self.connection
        if self.outbox.size > self._exchange.backlog:
            if connection is None:
                self._lose(len(bodies), f"the peer is not reached, and {self.outbox.size:,} bytes already wait for it")
            else:
                # A peer that works is never so far behind.
                why = f"the peer reads too slowly, {self.outbox.size:,} bytes wait for it, and it is cut off"
                self.cut_off(why, more=len(bodies))
            return
        for chunk in chunks(bodies, self._exchange.joined):
            if connection is not None and not self.outbox.size and connection.wire.takes:
                self._write(connection, *chunk)
            else:
                self._owe(self.outbox.add(chunk))
        if connection is None:
            self._reach()
        if self.owed or self.is_congested:
            self._weigh()
            self._exchange.relieve()

    def cut_off(self, why: str, *, more: int = 0) -> None:
        """Give up what waits and `more` messages, and close the connection, because too much waits for this peer."""
        self._discard(why, more=more)
        if self.connection is not None:
            self._exchange.statistics.cut_off += 1
            self.connection.cut()
        self._weigh()
        self._exchange.settled(self)

    def resumed(self) -> None:
        """The kernel has taken all that was written."""
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
        self._look_for_end()

    def keep(self) -> None:
        """Have a connection with the peer from now on, and again whenever it breaks."""
        self.is_kept = True
        if self.connection is None:
            self._reach()

    def end(self) -> None:
        """Close the connection when what waits has left."""
        if self.connection is None and not self.outbox.size:
            self._exchange.forget(self)
            return
        self._is_ending = True
        self._look_for_end()

    def _look_for_end(self) -> None:
        if self._is_ending and self.connection is not None and not (self.outbox.size or self._under_way):
            self._is_ending = False
            self.connection.end()

    @property
    def is_settled(self) -> bool:
        """True if nothing waits, or what waits is not expected to leave: the connected peer has taken nothing for
        `patience` seconds.
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
            self._lose(count, _BROKEN)

    def _owe(self, size: int) -> None:
        self.owed += size
        self._exchange.owe(size)

    def _owe_what_waits(self) -> None:
        """Count only the memory of what still waits, after messages have left or were given up."""
        left = self.outbox.memory - self.owed
        if left:
            self._owe(left)

    # --- back-pressure -----------------------------------------------------------------------------------------------

    def _weigh(self) -> None:
        """Decide whether flows have to wait for this peer: it is behind, and still takes messages."""
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
        """Add a connection. A connection that the peer dials replaces one that it dialled before, which may be dead. A
        connection that was dialled to the peer stays in use, and does not replace one that is: so messages stay in
        order if both sides dial at once.
        """
        if self.connection is None or not (self.connection.is_dialled or connection.is_dialled):
            if self.connection is not None:
                self._release(self.connection)
            self._use(connection)
        else:
            self._others.append(connection)

    def detach(self, connection: Connection, why: str) -> None:
        """Remove a connection that has ended."""
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
        expected = connection.is_farewell or connection.begins_anew or not (self.is_kept or self.listens)
        level = logging.INFO if expected and not self.outbox.size else logging.WARNING
        then = ", reconnecting" if self._is_wanted and self.listens else ""
        logger.log(
            level,
            "connection with %s %s; %s for it%s",
            shown(self.address),
            why,
            _wait(self._exchange.waiting(self)),
            then,
        )
        if self._is_wanted:
            self._reach(at_once=False)
        else:
            self._exchange.forget(self)
        self._miss()

    def close(self) -> None:
        """Give up what waits. The end closes the connections itself."""
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
            # The dialling has succeeded. To cancel it now would close the new connection.
            self._dialling = None
        self._stop_reaching()
        self._flush()
        self._weigh()
        if self.is_settled:
            self._exchange.settled(self)
        self._look_for_end()

    def _release(self, connection: Connection, *, keep: bool = True) -> None:
        """Stop using a connection. Messages that it has perhaps not sent completely are lost."""
        self.connection = None
        connection.writer = None
        self._unwatch()
        if keep:
            self._others.append(connection)
        lost, self._under_way = self._under_way, 0
        self._owe_what_waits()
        self._lose(lost, _BROKEN)

    # --- reaching a peer that is not connected -----------------------------------------------------------------------

    @property
    def _is_wanted(self) -> bool:
        return self.is_kept or bool(self.outbox.size)

    def _reach(self, *, at_once: bool = True) -> None:
        """Start to dial the peer if it listens, and limit how long messages wait for it."""
        if self._giving_up is None and self.outbox.size:
            self._giving_up = self._exchange.loop.call_later(self._exchange.patience, self._give_up)
        if self.listens and self._dialling is None:
            self._dialling = self._exchange.loop.create_task(self._dial(at_once))

    async def _dial(self, at_once: bool) -> None:
        told = False
        if not at_once:
            await asyncio.sleep(self._backoff.delay())
        while True:
            # Flows wait for a peer that does not answer as long as for one that takes nothing.
            silence = self._exchange.loop.call_later(STALL, self._miss)
            try:
                await self._exchange.dial(self)
                return
            except OSError as exception:
                if not told:
                    logger.warning(
                        "cannot reach %s: %s; %s for it, trying again",
                        *(shown(self.address), _reason(exception), _wait(self._exchange.waiting(self))),
                    )
                    told = True
                self._miss()
            finally:
                silence.cancel()
            await asyncio.sleep(self._backoff.delay())

    def _miss(self) -> None:
        """Let flows go on without waiting for this peer."""
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
        self.give_up(f"the peer was not reached within {self._exchange.patience:g} seconds")

    def give_up(self, why: str) -> None:
        """Give up what waits, because the peer is not expected to be reached."""
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
        """Give up what waits, and `more` messages that do not wait yet."""
        lost = self.outbox.clear() + more
        if not self._under_way:
            self._owe_what_waits()
        self._lose(lost, why)

    def _lose(self, count: int, why: str) -> None:
        self._exchange.statistics.lose(count, self.address, why)


def _reason(exception: OSError) -> str:
    # A connection that ends in its handshake of TLS has no text.
    return exception.strerror or str(exception) or type(exception).__name__


def _wait(count: int) -> str:
    return "no messages wait" if not count else f"{counted(count)} {'wait' if count > 1 else 'waits'}"
