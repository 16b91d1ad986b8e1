"""One side of a keyed join: the values of each key, in the order of their arrival.

Most keys have one value, so a side holds this value itself, and a container from the second value on. A side that is a
set has a dict whose keys are the values, or an `EqualSet` where one of them cannot be hashed; a side that keeps
duplicates has a list. A value of the user's that is itself such a container is put into one from the start. So the kind
of what is held tells, and nothing that the user sends is taken for several values.

Generated code puts values in and takes them out by the same form; for a tick it does so in a plain dict, which the
methods that put values in take as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, Final

from hydroflow_nb.engine.equality import EqualSet, as_it_is
from hydroflow_nb.engine.missing import MISSING

# The kinds of what holds several values, where values are distinct.
DISTINCT: Final = frozenset({dict, EqualSet})


class DistinctSide(dict[Any, Any]):
    """A side that is a set: equal values of a key are one. Keys have to be hashable, values need only equality."""

    __slots__ = ()

    def put(self: dict[Any, Any], key: Any, value: Any) -> bool:
        """Put a value among those of its key; False where it is there already.

        Raises TypeError for a key that cannot be hashed.
        """
        held = self.get(key, MISSING)
        if held is MISSING:
            self[key] = DistinctSide.alone(value)
            return True
        kind = type(held)
        if kind is EqualSet:
            return bool(held.add(value))
        try:
            if kind is dict:
                count = len(held)
                held[value] = None
                return len(held) > count
            both = {held: None, value: None}
            if len(both) == 1:
                return False
            self[key] = both
        except TypeError:
            equal = EqualSet(held if kind is dict else (held,))
            if not equal.add(value):
                return False
            self[key] = equal
        return True

    @staticmethod
    def alone(value: Any) -> Any:
        """How a side holds a value that is the only one of its key."""
        return EqualSet((value,)) if type(value) in DISTINCT else value

    def kept(self, key: Any) -> Any:
        """What is held for a key now, as it stays whatever comes."""
        held = self[key]
        return held.copy() if type(held) in DISTINCT else held

    def groups(self) -> dict[Any, list[Any]]:
        """The values by key, as people read them."""
        return {key: list(held) if type(held) in DISTINCT else [held] for key, held in self.items()}

    def count(self) -> int:
        """How many values there are."""
        return sum([len(held) if type(held) in DISTINCT else 1 for held in self.values()])

    def copy(self, value: Callable[[Any], Any] = as_it_is) -> DistinctSide:
        """Another side with the same values, or with those that a function makes of the values that may change."""
        made = DistinctSide(self)
        for key, held in self.items():
            kind = type(held)
            if kind is dict:
                made[key] = held.copy()
            elif kind is EqualSet:
                made[key] = held.copy(value)
            elif value is not as_it_is:
                made[key] = value(held)
        return made


class MultisetSide(dict[Any, Any]):
    """A side that keeps duplicates. Keys have to be hashable, values can be anything."""

    __slots__ = ()

    def append(self: dict[Any, Any], key: Any, value: Any) -> None:
        """Put a value behind the others of its key. Raises TypeError for a key that cannot be hashed."""
        held = self.get(key, MISSING)
        if held is MISSING:
            self[key] = MultisetSide.alone(value)
        elif type(held) is list:
            held.append(value)
        else:
            self[key] = [held, value]

    @staticmethod
    def alone(value: Any) -> Any:
        """How a side holds a value that is the only one of its key."""
        return [value] if type(value) is list else value

    def kept(self, key: Any) -> Any:
        """What is held for a key now, as it stays whatever comes."""
        held = self[key]
        return held.copy() if type(held) is list else held

    def groups(self) -> dict[Any, list[Any]]:
        """The values by key, as people read them."""
        return {key: held.copy() if type(held) is list else [held] for key, held in self.items()}

    def count(self) -> int:
        """How many values there are."""
        return sum([len(held) if type(held) is list else 1 for held in self.values()])

    def copy(self, value: Callable[[Any], Any] = as_it_is) -> MultisetSide:
        """Another side with the same values, or with those that a function makes of them."""
        made = MultisetSide(self)
        for key, held in self.items():
            if type(held) is list:
                made[key] = list(map(value, held))
            elif value is not as_it_is:
                made[key] = value(held)
        return made


class Matched:
    """The keys that two dicts have both. The dicts only grow, so each look goes through their new keys alone.

    First come the keys that matched in earlier looks. Those that are new follow in the order of the left dict as far as
    they are new there.
    """

    __slots__ = ("_counted", "_keys")

    def __init__(self) -> None:
        self._keys: list[Any] = []
        # How many keys of the left, of the right and of both were counted. This is set last, so an interrupt undoes a
        # look.
        self._counted = (0, 0, 0)

    def keys_of(self, left: dict[Any, Any], right: dict[Any, Any]) -> list[Any]:
        """The keys that both have now. The list changes with the next look."""
        keys = self._keys
        if (len(left), len(right), len(keys)) != self._counted:
            lefts, rights, count = self._counted
            del keys[count:]
            fresh = newest(left, len(left) - lefts)
            if lefts and len(right) > rights:
                known = set(fresh)
                found = filter(left.__contains__, newest(right, len(right) - rights))
                keys.extend([key for key in found if key not in known] if known else found)
            keys.extend(filter(right.__contains__, fresh))
            self._counted = (len(left), len(right), len(keys))
        return keys

    def matches(self, left: dict[Any, Any], right: dict[Any, Any]) -> Iterable[tuple[Any, Any, Any]]:
        """Each key that both have, with what is there in either."""
        keys = self.keys_of(left, right)
        return matches(keys, left, right) if keys else ()

    def __len__(self) -> int:
        return len(self._keys)

    def copy(self) -> Matched:
        """The same for copies of both dicts."""
        made = Matched()
        made._keys, made._counted = self._keys.copy(), self._counted
        return made


def matches(keys: list[Any], left: dict[Any, Any], right: dict[Any, Any]) -> Iterable[tuple[Any, Any, Any]]:
    """Keys with what is there in two dicts."""
    return zip(keys, map(left.__getitem__, keys), map(right.__getitem__, keys))  # noqa: B905 - as long as the keys


def newest(table: dict[Any, Any], count: int) -> list[Any]:
    """The last keys of a dict, in its order."""
    if count == len(table):
        return list(table)
    found = list(islice(reversed(table), count)) if count else []
    if count > 1:
        found.reverse()
    return found
