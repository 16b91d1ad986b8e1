"""Another member, as a member sees it: the link with its life, and what waits for it."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from hydroflow_nb.deploy.ray.link import Link
from hydroflow_nb.deploy.ray.parcels import UNBORN, Calls, Parcel, Receipt, Unreached
from hydroflow_nb.net.backoff import Backoff
from hydroflow_nb.net.control import HEAD, Plain, body_of, is_introduction
from hydroflow_nb.net.deliveries import Deliveries
from hydroflow_nb.net.frames import Frames, Oversized, framed
from hydroflow_nb.net.inbound import Inbound
from hydroflow_nb.net.numbered import MOST_BYTES
from hydroflow_nb.net.options import PATIENCE
from hydroflow_nb.net.outbox import Outbox, chunks
from hydroflow_nb.net.sockets import HIGH_WATER
from hydroflow_nb.net.statistics import Cause, Statistics

# After so many seconds in which a member takes nothing, flows stop waiting for it. Otherwise two flows that send to
# each other faster than they read would stop each other for ever.
STALL: Final = 1.0
_ENDED: Final = "the member ended while they were on their way"
_UNREADABLE: Final = "what was on the way between the two members could not be read"


class Exchange(Protocol):
    """The end whose peers they are."""

    name: str
    life: int
    backlog: int
    calls: Calls
    inbound: Inbound
    statistics: Statistics
    deliveries: Deliveries | None

    @property
    def room(self) -> int:
        """How often the inbound end was filled and had room again: odd while there is none."""

    def weighed(self) -> None:
        """A peer has become congested, or is no longer so, or has less that waits for it."""


class Peer:
    """Another member, or this one itself. Parcels are brought to it by a task that runs while there are any."""

    def __init__(self, exchange: Exchange, name: str) -> None:
        self.name = name
        self.statistics = exchange.statistics
        self._exchange = exchange
        self._link: Link | None = None
        # The newest life of it that was heard of.
        self._life = UNBORN
        # A link is wanted though nothing waits.
        self._is_sought = False
        # Messages without numbers that no link has yet.
        self._outbox = Outbox()
        self._bringing: asyncio.Task[None] | None = None
        self._giving_up: asyncio.TimerHandle | None = None
        self._waiting_for_room: asyncio.TimerHandle | None = None
        self._stalled = False
        self._frames = Frames(2 * MOST_BYTES)

    # --- sending ------------------------------------------------------------------------------------------------------

    def post(self, bodies: list[bytes]) -> None:
        """Send messages without numbers in this order, now or as soon as possible."""
        if self._outbox.size > self._exchange.backlog:
            self._lose(len(bodies), f"{self._outbox.size:,} bytes already wait for it")
            return
        for chunk in chunks(bodies):
            self._outbox.add(chunk)
        self._fill()
        self.wake()
        if self._outbox.size:
            self._exchange.weighed()

    def reach(self) -> None:
        """Have a link with it."""
        self._is_sought = True
        self.wake()

    def wake(self) -> None:
        """Something is to be brought."""
        if self._bringing is None:
            self._bringing = asyncio.get_running_loop().create_task(self._bring())

    @property
    def is_settled(self) -> bool:
        """True where nothing waits."""
        return not self._outbox.size and (self._link is None or self._link.is_idle)

    @property
    def is_congested(self) -> bool:
        """True while so much waits for it that flows have to wait: it is behind, and takes what comes."""
        return self._outbox.size > HIGH_WATER and not self._stalled

    def close(self) -> None:
        """Give up what waits."""
        if self._bringing is not None:
            self._bringing.cancel()
        self._stop_giving_up()
        self._stop_waiting_for_room()
        self._lose(self._outbox.clear() + (0 if self._link is None else self._link.unsaid), "the end was closed")
        if self._link is not None:
            self._link.close(None)
            self._link = None

    # --- bringing -----------------------------------------------------------------------------------------------------

    async def _bring(self) -> None:
        try:
            backoff = Backoff()
            while self._is_wanted():
                if await self._brought():
                    backoff.reset()
                else:
                    await asyncio.sleep(backoff.delay())
        finally:
            self._bringing = None

    def _is_wanted(self) -> bool:
        link = self._link
        if link is None:
            return self._is_sought or bool(self._outbox.size)
        room = self._exchange.room
        return not link.is_idle or (not room % 2 and link.told_full > link.heard_room)

    async def _brought(self) -> bool:
        """Bring one parcel. Returns False where it was not taken, and is to be brought again, later."""
        exchange, link = self._exchange, self._link
        number, frames = (0, b"") if link is None else link.next()
        parcel = Parcel(
            sender=exchange.name,
            life=exchange.life,
            to=self._life,
            number=number,
            room=self._tell_room(link),
            frames=frames,
            link=0 if link is None else link.number,
        )
        watch = asyncio.get_running_loop().call_later(STALL, self._stall)
        try:
            receipt = await exchange.calls.bring(self.name, parcel)
        except Unreached:
            self._stall()
            return False
        finally:
            watch.cancel()
        if receipt.life == UNBORN:
            if link is not None:
                link.not_taken()
            self._stall()
            return False
        if link is not self._link:
            # It has begun another life meanwhile, and has said so itself.
            return True
        if link is None or (receipt.life, receipt.link) != (link.life, link.number):
            met = self._meet(receipt.life, receipt.link, is_refused=True)
            # What cannot be read may come again and again, so the next link between two lives has to wait.
            return met is not None and met is not link and (link is None or link.life != met.life)
        if not receipt.is_taken:
            return False
        link.heard_room = parcel.room
        self.statistics.sent += link.taken()
        self._hear_room(link, receipt.room)
        self._go_on(link)
        return True

    def _go_on(self, link: Link) -> None:
        """There is room on the link: fill it."""
        self._stalled = self._stalled and not link.has_room
        link.resume()
        self._fill()
        self._exchange.weighed()

    def _fill(self) -> None:
        """Write what waits to the link, as much as it takes."""
        link = self._link
        if link is None:
            self._limit()
            return
        self._stop_giving_up()
        while self._outbox.size and link.takes:
            link.write(*self._outbox.take())

    def _stall(self) -> None:
        """It takes nothing now: flows go on without waiting for it."""
        self._stalled = True
        self._limit()
        self._exchange.weighed()

    # --- the link -----------------------------------------------------------------------------------------------------

    def _meet(self, life: int, number: int, *, is_refused: bool = False) -> Link | None:
        """The link of this number with a life of it, or of the newest that is known for 0; None for one that has ended.
        `is_refused`: this life has said that it has not taken the parcel under way.
        """
        link = self._link
        if life < self._life:
            return None
        if link is not None and link.life == life:
            if number in (0, link.number):
                return link
            if number < link.number:
                return None
        if link is not None:
            self._part(
                link, is_refused=is_refused and link.life != life, why=_ENDED if link.life != life else _UNREADABLE
            )
        self._life = life
        self._is_sought = False
        self._stalled = False
        self._stop_waiting_for_room()
        self._frames = Frames(2 * MOST_BYTES)
        link = self._link = Link(self, life, max(number, 1))
        if self._exchange.deliveries is not None:
            link.introduce(self._exchange.deliveries)
        self._fill()
        self._exchange.weighed()
        return link

    def _part(self, link: Link, *, is_refused: bool, why: str) -> None:
        """A link has ended: what was not taken goes over the next one, what may have been taken is lost."""
        link.close(self._exchange.deliveries)
        for chunk in reversed(link.untaken(is_refused=is_refused)):
            self._outbox.put_back(chunk)
        self._lose(link.unsaid, why)
        self.statistics.reconnects += 1

    # --- receiving ----------------------------------------------------------------------------------------------------

    def arrived(self, parcel: Parcel) -> Receipt:
        """Take in a parcel of it."""
        own = self._exchange.life
        # What was for an earlier life counts its links with that.
        link = self._meet(parcel.life, parcel.link if parcel.to == own else 0)
        if link is None:
            return Receipt(life=own, link=0 if self._link is None else self._link.number)
        if parcel.number and parcel.to != own:
            return Receipt(life=own, link=link.number)
        if parcel.number == link.arrived + 1:
            link.arrived += 1
            self._hear(link, parcel.frames)
            if not link.is_open and link is self._link:
                self._meet(link.life, link.number + 1)
                return Receipt(life=own, link=link.number + 1)
        self._hear_room(link, parcel.room)
        is_taken = parcel.number <= link.arrived
        return Receipt(life=own, is_taken=is_taken, room=self._tell_room(link), link=link.number)

    def has_room(self) -> None:
        """There is room for what comes: tell it, if it was told that there is none."""
        if self._link is not None and self._link.told_full:
            self.wake()

    def _tell_room(self, link: Link | None) -> int:
        room = self._exchange.room
        if link is not None and room % 2:
            link.told_full = room
        return room

    def _hear_room(self, link: Link, room: int) -> None:
        # What was said later may come earlier.
        if room > link.room:
            link.room = room
            self._stop_waiting_for_room()
            if link.has_room:
                self._go_on(link)
            else:
                self._waiting_for_room = asyncio.get_running_loop().call_later(STALL, self._stall)

    def _stop_waiting_for_room(self) -> None:
        if self._waiting_for_room is not None:
            self._waiting_for_room.cancel()
            self._waiting_for_room = None

    def _hear(self, link: Link, frames: bytes) -> None:
        oversized: Oversized | None = None
        try:
            bodies = self._frames.feed(frames)
        except Oversized as error:
            oversized, bodies = error, error.bodies
        if link.numbered is not None:
            bodies = link.numbered.hear(bodies)
        else:
            for body in bodies:
                if body[:1] == HEAD and is_introduction(body):
                    link.write(framed([body_of(Plain())]))
        self._exchange.inbound.accept_all([body for body in bodies if body[:1] != HEAD], self.name)
        if oversized is not None:
            link.reject(Cause.OVERSIZED, str(oversized), b"")

    # --- giving up ----------------------------------------------------------------------------------------------------

    def _limit(self) -> None:
        """Limit how long messages wait for it."""
        if self._giving_up is None and self._outbox.size:
            self._giving_up = asyncio.get_running_loop().call_later(PATIENCE, self._give_up)

    def _give_up(self) -> None:
        self._giving_up = None
        self._lose(self._outbox.clear(), f"the member was not reached within {PATIENCE:g} seconds")
        self._exchange.weighed()

    def _stop_giving_up(self) -> None:
        if self._giving_up is not None:
            self._giving_up.cancel()
            self._giving_up = None

    def _lose(self, count: int, why: str) -> None:
        self.statistics.lose(count, self.name, why)
