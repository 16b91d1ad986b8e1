"""Probing: how far Python has to look for the places of keys in dicts and sets, counted before it does.

Python's hash of an integer, and of whatever is made of integers, has no secret. So anybody can choose integers whose
places in a table lie one behind the other, each of which is looked for along all the others: quadratic time, minutes
for half a megabyte. Here the look-ups of CPython (`Objects/dictobject.c`, `Objects/setobject.c`) are gone through for
the hashes alone, and stopped when they are many. Texts and bytes are hashed with a secret, and need none of this.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, Final

from hydroflow_nb.net.messages.undecodable import Undecodable

FEW: Final = 256
"""So many keys are in their places at once, whatever they are."""

# Integers that nobody chose need one or two steps each, and multiples of powers of two up to a dozen.
_MOST_STEPS: Final = 50
# So many keys may have one hash: each is compared with all the others.
_MOST_ALIKE: Final = 100

_WORD: Final = (1 << 64) - 1
_SHIFT: Final = 5
# A place in a set and its neighbours.
_NEAR: Final = 10

_secret: Final = frozenset((str, bytes)).issuperset


def look_at_keys(keys: Sequence[Any], *, of_set: bool = False) -> None:
    """Raise Undecodable for keys of one dict, or elements of one set, that take more than their number; and what a key
    raises that cannot be hashed. Takes linear time but for a sort.
    """
    if len(keys) <= FEW or _secret(map(type, keys)):
        for key in keys:
            hash(key)
        return
    hashes = [hash(key) for key in keys]
    if max(sum(1 for _ in alike) for _, alike in groupby(sorted(hashes))) > _MOST_ALIKE:
        raise Undecodable(f"more than {_MOST_ALIKE:,} keys, or elements of a set, have one hash")
    if is_crowded(hashes, of_set=of_set):
        raise Undecodable("its keys, or elements of a set, are chosen to be in each other's way")


def is_crowded(hashes: Sequence[int], *, of_set: bool = False) -> bool:
    """True where things with these hashes, put into a dict or set in this order, take many times their number."""
    look = _set_steps if of_set else _dict_steps
    # A table grows as it fills up; each of its sizes can be the one that is aimed at. Small ones cost nothing.
    bits = (2 * FEW).bit_length()
    while True:
        size = 1 << bits
        most = (size * 3 + 4) // 5 if of_set else size * 2 // 3
        filling = hashes if most >= len(hashes) else hashes[:most]
        if look(filling, size, _MOST_STEPS * len(filling)):
            return True
        if most >= len(hashes):
            return False
        bits += 1


def _dict_steps(hashes: Iterable[int], size: int, most: int) -> bool:
    """True where more than so many steps put these hashes into a dict's table."""
    mask, taken, steps = size - 1, bytearray(size), 0
    for number in hashes:
        place = number & mask
        if taken[place]:
            perturb = number & _WORD
            while taken[place]:
                perturb >>= _SHIFT
                place = (place * 5 + perturb + 1) & mask
                steps += 1
            if steps > most:
                return True
        taken[place] = 1
    return False


def _set_steps(hashes: Iterable[int], size: int, most: int) -> bool:
    """The same for the table of a set, where one step looks at some neighbours of a place as well."""
    mask, taken, steps = size - 1, bytearray(size), 0
    free = taken.find
    for number in hashes:
        place = number & mask
        if taken[place]:
            perturb = number & _WORD
            while (found := free(0, place, place + _NEAR if place + _NEAR <= size else place + 1)) < 0:
                perturb >>= _SHIFT
                place = (place * 5 + perturb + 1) & mask
                steps += 1
            if steps > most:
                return True
            place = found
        taken[place] = 1
    return False
