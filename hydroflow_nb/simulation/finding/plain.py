"""Items of two runs, as what they hold: each run makes its items anew, so one object never comes in both.

What cannot be told apart counts as equal: a search must not take it for a difference.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final

from hydroflow_nb.engine.copying import CONSTANTS, slots
from hydroflow_nb.lattices import Lattice
from hydroflow_nb.records import dataclass

# What stands for an item within itself, and for one that lies deeper than this module looks.
_WITHIN: Final = "..."
_DEEPEST: Final = 100


def plain(item: Any) -> Hashable:
    """An item as something that can be compared and hashed, whatever its class does; it never raises."""
    return _plain(item, ())


def _plain(item: Any, around: tuple[int, ...]) -> Hashable:
    kind = type(item)
    if kind in CONSTANTS and item == item:  # NaN is not equal to itself
        return item  # type: ignore[no-any-return]
    if id(item) in around or len(around) > _DEEPEST:
        return _WITHIN
    around = (*around, id(item))
    try:
        if isinstance(item, Lattice):
            return (kind.__name__, _plain(item.reveal(), around))
        if isinstance(item, Mapping):
            # A counter without a key counts it zero times.
            held = [one for one in item.items() if one[1] or not isinstance(item, Counter)]
            return frozenset((_plain(key, around), _plain(value, around)) for key, value in held)
        if isinstance(item, set | frozenset):
            return frozenset(_plain(one, around) for one in item)
        if isinstance(item, list | tuple | deque):
            return tuple(_plain(one, around) for one in item)
        parts = _parts(item, around)
        if parts is None and _compares_by_itself(item):
            return item  # type: ignore[no-any-return]
        return _Held(item, kind, parts)
    except Exception:  # whatever the class of an item raises
        return _Held(item, kind, None)


def _compares_by_itself(item: Any) -> bool:
    """True for a number, a time, an address: its class says what it is equal to, and hashes it."""
    if not _says_what_is_equal(type(item)):
        return False
    hash(item)
    return bool(item == item)


def _says_what_is_equal(kind: Any) -> bool:
    return kind.__eq__ is not object.__eq__


def _parts(item: Any, around: tuple[int, ...]) -> Hashable:
    """What an object holds; None where that cannot be seen."""
    if isinstance(getattr(item, "__qualname__", None), str):  # a function, a class, a generator
        return item.__qualname__  # type: ignore[no-any-return]
    if callable(getattr(item, "tolist", None)):
        return _plain(item.tolist(), around)
    said = item.args if isinstance(item, BaseException) else ()
    names = list(_names(item))
    if not (names or said):
        return None
    held = ((name, _plain(getattr(item, name), around)) for name in names if hasattr(item, name))
    return (_plain(said, around), *held)


def _names(item: Any) -> Iterator[str]:
    """The names of what an object holds, in order."""
    if is_dataclass(item) and not isinstance(item, type):
        return (field.name for field in fields(item) if field.compare)
    return iter(sorted({*getattr(item, "__dict__", ()), *slots(type(item))}))


@dataclass(frozen=True, eq=False)
class _Held:
    """An object, its class, and what it holds, None where that is not to be seen. Two are equal where their parts are,
    or where the class says so; objects of a class that says nothing, and of which nothing is seen, all are.
    """

    item: Any
    kind: type
    parts: Hashable

    def __hash__(self) -> int:
        return hash(self.kind.__name__)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Held) or self.kind.__name__ != other.kind.__name__:
            return False
        if self.parts is not None and self.parts == other.parts:
            return True
        if not _says_what_is_equal(self.kind):
            return self.parts is None
        try:
            # An object that is not equal to itself does not tell what it is equal to.
            return bool(self.item == other.item) or (self.parts is None and not bool(self.item == self.item))
        except Exception:  # whatever the class of an item raises
            return True
