"""The ledger of an end that acknowledges: which numbers it has given, and which of its peers' it has seen.

Messages of a tick to one address have one number, counted from 1 for each address: they are a batch of the stream of
this identity to that address. A batch is sent until it is acknowledged; of what comes in, a number that was seen is
dropped. What a batch holds is decided by the tick that gave it, so a tick that runs again gives the same batches.
(Sequence numbers and cumulative acknowledgements are those of TCP, RFC 9293; here they outlive both processes.)
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from hydroflow_nb.records import dataclass

# An identity, and the address to which it sends, as it writes it.
Stream: TypeAlias = tuple[str, str]


class Acknowledging(Protocol):
    """The connection that a batch came over."""

    def acknowledge(self, stream: str, number: int) -> None:
        """Say that all of a stream up to a number is kept."""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What came in as one batch."""

    stream: Stream
    number: int
    by: Acknowledging


class Marks:
    """What came in as batches and waits, and what was taken of it and is not kept yet, both in the order of arrival."""

    def __init__(self) -> None:
        self.waiting: list[Mark] = []
        self.taken: list[Mark] = []

    def take(self) -> None:
        """All that waits is taken."""
        self.taken += self.waiting
        self.waiting.clear()

    def come_again(self, stream: Stream, number: int, by: Acknowledging) -> None:
        """A batch of these has come over another connection, as the one before broke: it is acknowledged there."""
        for marks in (self.waiting, self.taken):
            for place, mark in enumerate(marks):
                if (mark.stream, mark.number) == (stream, number):
                    marks[place] = Mark(stream=stream, number=number, by=by)


class Ledger:
    """What lasts of an end that acknowledges, under an identity."""

    def __init__(self, identity: str) -> None:
        self.identity = identity
        self.unacknowledged: dict[Any, deque[tuple[int, list[bytes]]]] = {}
        # How many bytes of messages wait for an acknowledgement.
        self.owed = 0
        # The receivers that do not acknowledge.
        self.plain: set[Any] = set()
        # The last number of each address.
        self.given: dict[Any, int] = {}
        self._seen: dict[Stream, int] = {}
        self._accepted: dict[Stream, int] = {}
        # The address under which each identity was first known: a flow goes on calling it so.
        self._addresses: dict[str, Any] = {}
        # How often it has learned something beside what came in, and how much of that is kept.
        self.news = self._kept_news = 0

    # --- sending -----------------------------------------------------------------------------------------------------

    def put(self, address: Any, bodies: list[bytes]) -> None:
        """Give the next number of an address to messages, which wait until it is acknowledged. Those to a receiver that
        does not acknowledge are only counted.
        """
        number = self.given[address] = self.given.get(address, 0) + 1
        if address in self.plain:
            return
        self.unacknowledged.setdefault(address, deque()).append((number, bodies))
        self.owed += _size(bodies)

    def acknowledged(self, address: Any, number: int) -> None:
        """All messages to an address up to a number are kept there."""
        waiting = self.unacknowledged.get(address, ())
        while waiting and waiting[0][0] <= number:
            assert isinstance(waiting, deque)
            self.owed -= _size(waiting.popleft()[1])

    def goes_on(self, address: Any) -> None:
        """A receiver that did not acknowledge does so now."""
        self.plain.discard(address)
        self.news += 1

    def give_up(self, address: Any) -> list[list[bytes]]:
        """What waits for an address whose receiver does not acknowledge: it is sent once."""
        if address not in self.plain:
            self.plain.add(address)
            self.news += 1
        found = [bodies for _, bodies in self.unacknowledged.pop(address, ())]
        self.owed -= sum(map(_size, found))
        return found

    # --- receiving ---------------------------------------------------------------------------------------------------

    def address_of(self, identity: str, address: Any) -> Any:
        """What a flow calls an identity that is at an address now: the address under which it was first known. Raises
        ValueError where another one is known under that.
        """
        known = self._addresses.get(identity)
        if known is None:
            if address in self._addresses.values():
                raise ValueError(
                    "another durable flow was known at this address, and may come back: give members names"
                )
            known = self._addresses[identity] = address
            self.news += 1
        return known

    def belongs(self, identity: str, name: str) -> bool:
        """Whether an identity is a member's: it belongs to the name that has said it first. A member that has lost its
        folder has another one.
        """
        if identity not in self._addresses:
            self._addresses[identity] = name
            self.news += 1
        return bool(self._addresses[identity] == name)

    def accepts(self, stream: Stream, number: int) -> bool:
        """Whether a batch is new; one that was seen is dropped."""
        if number <= self._accepted.get(stream, 0):
            return False
        self._accepted[stream] = number
        return True

    @property
    def accepted(self) -> Mapping[Stream, int]:
        """Up to which number each stream has come, kept or not."""
        return self._accepted

    def is_gap(self, stream: Stream, number: int) -> bool:
        """Whether numbers are missing before one: this end has seen fewer than it has acknowledged."""
        before = self._accepted.get(stream, 0)
        return 0 < before < number - 1

    def seen(self, identity: str) -> list[tuple[str, int]]:
        """The streams of an identity, and up to which number each is kept."""
        return [(stream, number) for (one, stream), number in self._seen.items() if one == identity]

    def seen_of(self, stream: Stream) -> int:
        """Up to which number a stream is kept."""
        return self._seen.get(stream, 0)

    # --- for who keeps it --------------------------------------------------------------------------------------------

    def entry(self, marks: Sequence[Mark]) -> Any:
        """What a tick adds to the ledger by what it has taken in, as data; None for nothing."""
        newest = {mark.stream: mark.number for mark in marks}
        if not newest and self.news == self._kept_news:
            return None
        return [[[*stream, number] for stream, number in newest.items()], *self._known()]

    def keep(self, marks: Sequence[Mark], news: int) -> None:
        """What a tick has added is kept, with all that was learned while `news` were so many."""
        self._see((*mark.stream, mark.number) for mark in marks)
        self._kept_news = max(news, self._kept_news)

    def _see(self, seen: Iterable[Sequence[Any]]) -> None:
        for identity, stream, number in seen:
            self._seen[identity, stream] = number
            self._accepted[identity, stream] = max(number, self._accepted.get((identity, stream), 0))

    def enter(self, entry: Any) -> None:
        """Add what a tick has added in an earlier process: from now on it is kept."""
        seen, addresses, plain = entry
        self._see(seen)
        self._addresses.update((identity, address) for identity, address in addresses)
        self.plain = set(plain)
        for address in plain:
            # They were sent once.
            self.owed -= sum(_size(bodies) for _, bodies in self.unacknowledged.pop(address, ()))
        self._kept_news = self.news

    def held(self) -> Any:
        """All of it as data."""
        return {
            "entry": [[[*stream, number] for stream, number in self._seen.items()], *self._known()],
            "given": list(self.given.items()),
            "waiting": [(address, list(waiting)) for address, waiting in self.unacknowledged.items() if waiting],
        }

    def hold(self, held: Any) -> None:
        """Go on from such data."""
        self.enter(held["entry"])
        self.given = dict(held["given"])
        self.unacknowledged = {address: deque(waiting) for address, waiting in held["waiting"]}
        self.owed = sum(_size(bodies) for waiting in self.unacknowledged.values() for _, bodies in waiting)

    def _known(self) -> list[Any]:
        return [[list(one) for one in self._addresses.items()], list(self.plain)]


def _size(bodies: list[bytes]) -> int:
    return sum(map(len, bodies))
