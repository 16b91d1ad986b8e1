"""Deliveries: messages with numbers over the connections of an end, sent again until they are acknowledged."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final, Protocol

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.net.claims import Claims
from hydroflow_nb.net.control import Batch, body_of
from hydroflow_nb.net.frames import framed
from hydroflow_nb.net.inbound import Inbound
from hydroflow_nb.net.ledger import Ledger, Mark, Marks
from hydroflow_nb.net.numbered import Connection, Numbered, batches_of

# How many batches may be under way to one receiver without an acknowledgement.
CREDIT: Final = 100

_LOG = logging.getLogger("hydroflow_nb.net")


class Carrier(Protocol):
    """The end whose messages are delivered."""

    inbound: Inbound
    backlog: int

    def reach(self, address: Any) -> None:
        """Have a connection with an address, and again whenever it breaks."""

    def place_of(self, address: Any) -> Any:
        """The address of the peer that an address means; None as long as that is not known."""

    def is_stranger(self, address: Any) -> bool:
        """Whether the peer at an address has no name, where others have names: it is sent messages without numbers."""

    def send_once(self, address: Any, bodies: list[bytes]) -> None:
        """Send messages without numbers."""

    def eased(self) -> None:
        """Less waits than before."""

    def must_be_here(self) -> None:
        """Raise Misfit where a flow that is kept runs in another thread than its ends."""

    def let_go(self) -> None:
        """The flow is closed: nothing is acknowledged any more."""


def _anything(identity: str) -> bool:
    return True


class Deliveries:
    """The deliveries of an end, by its ledger. While it `holds`, nothing leaves that a tick gives."""

    def __init__(self, ledger: Ledger, carrier: Carrier) -> None:
        self.ledger = ledger
        self.holds = True
        # Each tick holds what it gives until it is released.
        self._holds_ticks = False
        # What a tick gives now was given before, by an earlier process.
        self.repeats = False
        self._carrier = carrier
        self._marks = carrier.inbound.marks = Marks()
        # The connections of each peer, the one that is used last.
        self._ways: dict[Any, list[Numbered]] = {}
        self._once: list[tuple[Any, list[bytes]]] = []
        self._by_text: dict[str, Any] = {}
        self._claims = Claims()
        self._is_congested = False
        # What the last entry told of: so many marks, and so much news.
        self._told = 0, 0
        self._changed: Callable[[Any], None] = _nothing

    # --- for the end -------------------------------------------------------------------------------------------------

    def opened(self, connection: Connection, address: Any, owns: Callable[[str], bool] = _anything) -> Numbered:
        """A connection with a peer is open. `owns` tells whether an identity is the peer's."""
        numbered = Numbered(connection, self, owns)
        self._ways.setdefault(address, []).append(numbered)
        numbered.introduce()
        return numbered

    def closed(self, connection: Connection) -> None:
        """A connection has ended; what was not acknowledged goes over the next one."""
        ways = self._ways.get(connection.address, [])
        ways[:] = [way for way in ways if way.connection is not connection]
        if ways:
            self.ready(ways[-1])

    def put(self, address: Any, bodies: list[bytes]) -> None:
        """Deliver what a tick gives to an address."""
        if not (address in self.ledger.plain or address in self.ledger.unacknowledged):
            self._look_at(address)
        if address in self.ledger.plain and not self.repeats:
            self._once.append((address, bodies))
        for batch in batches_of(bodies):
            self.ledger.put(address, batch)
        # A tick that runs again gives what an earlier process may have sent; it needs no entry of its own.
        if self.repeats or (self._claims.wait and not self._holds_ticks):
            self._claims.sent(_text(address), self.ledger.given[address])
        self.holds = self.holds or self._holds_ticks
        if not self.holds:
            self.release()

    def release(self) -> None:
        """Send what waits, as far as it may be under way."""
        self.holds = False
        once, self._once = self._once, []
        for address, bodies in once:
            self._carrier.send_once(address, bodies)
        for address, waiting in tuple(self.ledger.unacknowledged.items()):
            if waiting:
                self._deliver(address)
        self._weigh()

    def waiting_for(self, place: Any) -> int:
        """How many messages wait until the peer at an address acknowledges them."""
        waiting = self.ledger.unacknowledged.items()
        return sum(
            len(bodies) for one, batches in waiting if self._carrier.place_of(one) == place for _, bodies in batches
        )

    @property
    def is_congested(self) -> bool:
        """True while more waits for acknowledgements than may: sources pause."""
        return self._is_congested

    @property
    def is_settled(self) -> bool:
        """True where all has arrived, or what has not is for peers that are not reached."""
        return not self._once and not any(
            waiting and (way := self._way(address)) is not None and way.is_ready
            for address, waiting in self.ledger.unacknowledged.items()
        )

    # --- for who keeps it --------------------------------------------------------------------------------------------

    def entry(self) -> Any:
        """What it has given the tick that begins, as data; None for nothing. Raises Misfit in another thread."""
        self._carrier.must_be_here()
        self._claims.settle()
        self._told = len(self._marks.taken), self.ledger.news
        return self.ledger.entry(self._marks.taken)

    def enter(self, entry: Any) -> None:
        """It has given this to a tick, in an earlier process."""
        self.ledger.enter(entry)

    def listen(self, changed: Callable[[Any], None]) -> None:
        """Have a function called with what belongs to no tick and is kept at once."""
        self._changed = changed

    def kept(self) -> None:
        """What the last entry told of is kept: it is acknowledged. What came in since is not."""
        (count, news), taken = self._told, self._marks.taken
        told = taken[:count]
        del taken[:count]
        self._told = 0, 0
        self.ledger.keep(told, news)
        newest = {(mark.stream, mark.by): mark for mark in told}
        for mark in newest.values():
            mark.by.acknowledge(mark.stream[1], mark.number)

    def held(self) -> Any:
        """All that lasts of it, as data."""
        return self.ledger.held()

    def hold(self, held: Any) -> None:
        """Go on from such data."""
        self.ledger.hold(held)
        for address, number in self.ledger.given.items():
            self._claims.sent(_text(address), number)

    def repeat(self) -> None:
        """The ticks that come were run by an earlier process: what they give was given then, and is only counted."""
        self.repeats = self.holds = True

    def begin(self, *, holds: bool) -> None:
        """The ticks that come are new. Where it `holds`, what each of them gives leaves when it is released; what was
        given before leaves now.
        """
        self.repeats, self._holds_ticks = False, holds
        for address in tuple(self.ledger.unacknowledged):
            # An earlier process may have known a stranger as a peer that acknowledges.
            self._look_at(address)
        self.release()

    def close(self) -> None:
        """The flow is closed: another one may be kept in its place."""
        self.holds = True
        self._carrier.let_go()

    # --- for a connection --------------------------------------------------------------------------------------------

    def ready(self, way: Numbered) -> None:
        """A peer acknowledges: send it what waits."""
        if self.holds or not way.is_ready:
            return
        for address, waiting in self.ledger.unacknowledged.items():
            if waiting and self._way(address) is way:
                self._pump(way, address)
        for address in [one for one in self.ledger.plain if self._carrier.place_of(one) == way.connection.address]:
            self.ledger.goes_on(address)

    def is_plain(self, way: Numbered) -> None:
        """A peer does not acknowledge: what waits for it is sent once."""
        carrier = self._carrier
        place = way.connection.address
        for address in [one for one in self.ledger.unacknowledged if carrier.place_of(one) == place]:
            self._once += [(address, bodies) for bodies in self.ledger.give_up(address)]
        if self._once:
            # Before they are sent: not again by the next process.
            self._changed(self.ledger.entry(()))
        if not self.holds:
            self.release()

    def acknowledged(self, by: Numbered, stream: str, number: int) -> None:
        """A peer says that it keeps all of a stream up to a number. Of streams to others it has nothing to say."""
        address = self._by_text.get(stream)
        if address is None:
            self._by_text = {_text(one): one for one in self.ledger.given}
            address = self._by_text.get(stream)
        if address is not None and self._carrier.place_of(address) != by.connection.address:
            return
        self._claims.claimed(stream, number)
        if address is None:
            return
        self.ledger.acknowledged(address, number)
        way = self._way(address)
        if way is not None and way.is_ready and not self.holds:
            self._pump(way, address)
        self._weigh()

    def came(self, way: Numbered, stream: tuple[str, str], number: int, bodies: list[bytes]) -> None:
        """A batch has come in whole."""
        ledger, inbound = self.ledger, self._carrier.inbound
        if ledger.is_gap(stream, number):
            _LOG.warning(
                "%s goes on with batch %d, and those before it are missing: the folder of this flow has lost what was "
                "acknowledged",
                shown(way.connection.shown_address),
                number,
            )
        if ledger.accepts(stream, number):
            mark = Mark(stream=stream, number=number, by=way)
            inbound.accept_all(bodies, way.connection.address, mark)
        else:
            inbound.statistics.repeated += 1
            if number <= ledger.seen_of(stream):
                way.acknowledge(stream[1], ledger.seen_of(stream))
            else:
                self._marks.come_again(stream, number, way)

    # -----------------------------------------------------------------------------------------------------------------

    def _look_at(self, address: Any) -> None:
        """Have messages to an address sent once if it is that of a stranger, who could acknowledge what others get."""
        if self._carrier.is_stranger(address):
            self._once += [(address, bodies) for bodies in self.ledger.give_up(address)]

    def _way(self, address: Any) -> Numbered | None:
        """The connection that messages to an address go over; None where there is none."""
        ways = self._ways.get(self._carrier.place_of(address))
        return ways[-1] if ways else None

    def _deliver(self, address: Any) -> None:
        way = self._way(address)
        if way is None:
            self._carrier.reach(address)
        elif way.is_ready:
            self._pump(way, address)
        elif way.is_plain:
            # It has said so before there was anything for it.
            self.is_plain(way)

    def _pump(self, way: Numbered, address: Any) -> None:
        """Send over a connection what waits for an address and was not sent there, as much as may be under way."""
        waiting = self.ledger.unacknowledged[address]
        if not waiting:
            return
        first, sent = waiting[0][0], way.sent.get(address, 0)
        wire, stream = way.connection.wire, _text(address)
        for index in range(max(0, sent + 1 - first), min(len(waiting), CREDIT)):
            if not wire.takes:
                return
            number, bodies = waiting[index]
            wire.write(framed([body_of(Batch(stream, number, len(bodies))), *bodies]))
            self._claims.sent(stream, number)
            way.connection.is_used = True
            way.sent[address] = number
            self._carrier.inbound.statistics.sent += len(bodies)

    def _weigh(self) -> None:
        mark = self._carrier.backlog // 2 if self._is_congested else self._carrier.backlog
        was_congested, self._is_congested = self._is_congested, self.ledger.owed > mark
        if (was_congested and not self._is_congested) or not self.ledger.owed:
            self._carrier.eased()


def _nothing(entry: Any) -> None:
    return


def _text(address: Any) -> str:
    """An address as the name of a stream."""
    return address if isinstance(address, str) else repr(address)
