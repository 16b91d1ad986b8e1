"""The states that a search has met: a table of digests, small enough for millions."""

from __future__ import annotations

from array import array
from collections.abc import Hashable
from typing import Final, TypeAlias

from hydroflow_nb.engine.canonical import SIZE

# The decisions that need not be tried in a state, by their names there.
Asleep: TypeAlias = "frozenset[Hashable]"

_FIRST: Final = 1 << 10
_NOBODY: Final[Asleep] = frozenset()


class Visited:
    """The digests of states, each with the decisions that were left out there because they were tried elsewhere.

    A place takes 20 bytes, and at most two of three places are full: a state takes 30 to 60 bytes. Open addressing with
    linear probing: D. E. Knuth, "The Art of Computer Programming" 3, section 6.4.
    """

    def __init__(self) -> None:
        self._count = 0
        self._make(_FIRST)
        # Few sets of decisions differ, and a place holds the number of one, from 1 on.
        self._sets: list[Asleep] = [_NOBODY, _NOBODY]
        self._numbers: dict[Asleep, int] = {_NOBODY: 1}

    def _make(self, places: int) -> None:
        self._mask = places - 1
        self._keys = bytearray(places * SIZE)
        self._held = array("I", bytes(4 * places))

    def __len__(self) -> int:
        return self._count

    def get(self, digest: bytes) -> Asleep | None:
        """What was left out in a state; None for one that was not met before."""
        number = self._held[self._place(digest)]
        return self._sets[number] if number else None

    def put(self, digest: bytes, asleep: Asleep) -> None:
        """Remember a state, or what is left out in it from now on."""
        number = self._numbers.get(asleep)
        if number is None:
            number = self._numbers[asleep] = len(self._sets)
            self._sets.append(asleep)
        place = self._place(digest)
        if not self._held[place]:
            self._count += 1
            self._keys[place * SIZE : (place + 1) * SIZE] = digest
        self._held[place] = number
        if 3 * self._count > 2 * len(self._held):
            self._grow()

    def _place(self, digest: bytes) -> int:
        """The place of a digest, or the empty one where it belongs."""
        held, keys, mask = self._held, self._keys, self._mask
        place = int.from_bytes(digest[:8], "little") & mask
        while held[place] and keys[place * SIZE : (place + 1) * SIZE] != digest:
            place = (place + 1) & mask
        return place

    def _grow(self) -> None:
        keys, held = self._keys, self._held
        self._make(2 * len(held))
        for at, number in enumerate(held):
            if number:
                digest = bytes(keys[at * SIZE : (at + 1) * SIZE])
                place = self._place(digest)
                self._keys[place * SIZE : (place + 1) * SIZE] = digest
                self._held[place] = number
