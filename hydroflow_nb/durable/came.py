"""What came out of a tick, as digests: they are compared with those of the same tick when it runs again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Protocol, TypeAlias
from zlib import crc32

from hydroflow_nb.durable.values import encoded
from hydroflow_nb.engine.misfit import Misfit

# How many items came, and the sum of their checksums; of messages the codec as well, by which they are written.
Digest: TypeAlias = list[Any]
# By output.
Digests: TypeAlias = dict[str, Digest]


def is_other(one: Digest, other: Digest) -> bool:
    """True where digests tell that something else came. Those that were made in different ways have the number of items
    in common alone: a flow may come back with another codec, or with ends that do not acknowledge.
    """
    return one[0] != other[0] or (one[2:] == other[2:] and one[1] != other[1])


class Came(Protocol):
    """What came out of a tick at one output."""

    @property
    def take(self) -> Callable[[Any], None]:
        """What is called with each item that comes."""

    def digest(self) -> Digest | None:
        """How many items came, and the sum of their checksums, None where none came; and forget them. Their order is
        not looked at, as that of sets differs from process to process.
        """

    def forget(self) -> None:
        """Forget what came."""


class CameItems:
    """Items that came. Those that cannot be written are only counted."""

    def __init__(self) -> None:
        self._items: list[Any] = []
        self.take: Callable[[Any], None] = self._items.append

    def digest(self) -> Digest | None:
        """See `Came`."""
        if not self._items:
            return None
        total = 0
        for item in self._items:
            with suppress(Misfit):
                total += crc32(encoded(item))
        found = [len(self._items), total & 0xFFFFFFFF]
        self._items.clear()
        return found

    def forget(self) -> None:
        """See `Came`."""
        self._items.clear()


class CameMessages:
    """Messages that came, as they are sent: to write each item once more would take as long as to send it."""

    def __init__(self, codec: str) -> None:
        self.take: Callable[[Any], None] = _NOTHING.append
        self._codec = codec
        self._count = self._sum = 0

    def note(self, address: Any, bodies: list[bytes]) -> None:
        """These messages are sent to an address."""
        self._count += len(bodies)
        # Multiplied, so that messages which change places with those of another address make a difference.
        self._sum += sum(map(crc32, bodies)) * (crc32(encoded(address)) | 1)

    def digest(self) -> Digest | None:
        """See `Came`."""
        found = [self._count, self._sum & 0xFFFFFFFF, self._codec] if self._count else None
        self.forget()
        return found

    def forget(self) -> None:
        """See `Came`."""
        self._count = self._sum = 0


# Takes items, and drops them.
_NOTHING: Final[deque[Any]] = deque(maxlen=0)
