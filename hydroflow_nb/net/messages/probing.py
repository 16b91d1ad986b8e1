"""Probing: counts how many steps Python will take to find the places of keys in dicts and sets, before it does so.

Python's hash of an integer, and of values made of integers, has no secret. So a stranger can choose integers that
collide in a hash table: the look-up of each goes along all the others. That takes quadratic time, minutes for half a
megabyte. Here the look-ups of CPython (`Objects/dictobject.c`, `Objects/setobject.c`) are repeated on the hashes alone,
and stopped when they take too many steps. Texts and bytes are hashed with a secret, and need no check.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from operator import eq
from typing import Any, Final

from hydroflow_nb.net.messages.undecodable import Undecodable

FEW: Final = 256
"""So few keys take little time, whichever they are."""

# How many steps a key may take on average. Ordinary integers take one or two, multiples of powers of two up to twelve.
_MOST_STEPS: Final = 50
# How many keys may have the same hash: each of them is compared with all the others.
_MOST_ALIKE: Final = 100

_WORD: Final = (1 << 64) - 1
_SHIFT: Final = 5
# How many places a set looks at in one step: a place and its neighbours.
_NEAR: Final = 10

_secret: Final = frozenset((str, bytes)).issuperset


def look_at_keys(keys: Sequence[Any], *, of_set: bool = False) -> None:
    """Raise Undecodable if the keys of one dict, or the elements of one set, take too many steps. A key that cannot be
    hashed raises its own exception. Takes linear time and a sort.
    """
    if len(keys) <= FEW or _secret(map(type, keys)):
        for key in keys:
            hash(key)
        return
    hashes = list(map(hash, keys))
    ordered = sorted(hashes)
    if any(map(eq, ordered, islice(ordered, _MOST_ALIKE, None))):
        raise Undecodable(f"more than {_MOST_ALIKE:,} keys, or elements of a set, have the same hash")
    if is_crowded(hashes, of_set=of_set):
        raise Undecodable("its keys, or the elements of a set, are chosen so that they collide in a hash table")


def is_crowded(hashes: Sequence[int], *, of_set: bool = False) -> bool:
    """True if keys with these hashes, put into a dict or a set in this order, take more than `_MOST_STEPS` each."""
    look = _set_steps if of_set else _dict_steps
    # A table grows as it fills up, and the keys may be chosen for each of its sizes. Small sizes cost little.
    bits = (2 * FEW).bit_length()
    while True:
        size = 1 << bits
        most = (size * 3 + 4) // 5 if of_set else size * 2 // 3
        filling = hashes if most >= len(hashes) else hashes[:most]
        # Where no two begin at the same place, each is put where it begins. Numbers in a row are so.
        begins = set(map((size - 1).__and__, filling))
        if len(begins) < len(filling) and look(filling, size, _MOST_STEPS * len(filling)):
            return True
        if most >= len(hashes):
            return False
        bits += 1


def _dict_steps(hashes: Iterable[int], size: int, most: int) -> bool:
    """True if it takes more than `most` steps to put these hashes into a dict's table."""
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
    """True if it takes more than `most` steps for the table of a set, where one step also looks at neighbours."""
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
