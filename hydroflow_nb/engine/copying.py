"""Copies of a flow's state: cheap ones of what holds items, deep ones of accumulators."""

from __future__ import annotations

import copy
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from types import NoneType
from typing import Any, Final

from hydroflow_nb.engine.equality import EqualSet, can_be_hashed
from hydroflow_nb.engine.missing import Missing
from hydroflow_nb.engine.remaining import Remaining
from hydroflow_nb.engine.sides import DistinctSide, Matched, MultisetSide
from hydroflow_nb.engine.streaming import Matching, Places
from hydroflow_nb.lattices import Lattice

CONSTANTS: Final = frozenset(
    {int, float, complex, str, bytes, bool, NoneType, range, date, datetime, time, timedelta, Missing}
)
_CONTAINERS: Final = frozenset({list, dict, set, deque, bytearray, EqualSet, Matched, Matching, Places, Remaining})
_SIDES: Final = frozenset({DistinctSide, MultisetSide})
_MAPPINGS: Final = frozenset({dict, defaultdict, OrderedDict, Counter})
# Iterators whose copies go through the same container independently.
_COPYABLE: Final = frozenset({type(iter([])), type(iter(())), type(iter(range(0)))})

# At most so many items of an iterator are remembered; one that has given more cannot start again.
MOST_REMEMBERED: Final = 1_000_000


class Copier:
    """Makes copies: what two originals share, their copies share too.

    `size` counts the entries of the containers that were copied; `uncopied` holds the classes of what has no copy.
    """

    def __init__(self) -> None:
        self.size = 0
        self.uncopied: set[type] = set()
        self._memo: dict[int, Any] = {}

    def held(self, value: Any) -> Any:
        """A container, a dict of containers or a side of a join, with the same items in it; anything else is returned
        as it is.
        """
        if type(value) in _SIDES:
            self.size += value.count()
            return value.copy()
        if type(value) is not dict or _CONTAINERS.isdisjoint(map(type, value.values())):
            return self._flat(value)
        self.size += len(value)
        return {key: self._flat(one) for key, one in value.items()}

    def _flat(self, value: Any) -> Any:
        if type(value) not in _CONTAINERS:
            return value
        self.size += len(value)
        return value.copy()

    def accumulated(self, value: Any) -> Any:
        """A deep copy of an accumulator, or of a container of accumulators. What has no copy is shared by both.

        Keys and members of sets are shared as well: what can be looked up does not change.
        """
        try:
            return self._deep(value)
        except RecursionError:
            self.uncopied.add(type(value))
            return value

    def _deep(self, value: Any) -> Any:
        kind = type(value)
        if kind in CONSTANTS:
            return value
        memo, key = self._memo, id(value)
        if key in memo:
            return memo[key]
        if kind is tuple:
            return self._tuple(value)
        if kind in _MAPPINGS:
            self.size += len(value)
            made = memo[key] = value.copy()
            if not CONSTANTS.issuperset(map(type, value.values())):
                deep = self._deep
                for name, one in value.items():
                    made[name] = deep(one)
        elif kind is list or kind is deque:
            self.size += len(value)
            made = memo[key] = value.copy()
            if not CONSTANTS.issuperset(map(type, value)):
                made.clear()
                made.extend(map(self._deep, value))
        elif kind is set or kind is bytearray:
            self.size += len(value)
            made = memo[key] = value.copy()
        elif kind is frozenset:
            made = value
        elif kind in _SIDES:
            self.size += value.count()
            made = memo[key] = value.copy(self._member)
        else:
            made = memo[key] = self._object(value)
        return made

    def _member(self, value: Any) -> Any:
        return value if can_be_hashed(value) else self._deep(value)

    def _tuple(self, value: tuple[Any, ...]) -> tuple[Any, ...]:
        if CONSTANTS.issuperset(map(type, value)):
            return value
        made = tuple(map(self._deep, value))
        return value if all(new is old for new, old in zip(made, value, strict=True)) else made

    def _object(self, value: Any) -> Any:
        memo = self._memo
        before = len(memo)
        try:
            return value.copy() if isinstance(value, Lattice) else copy.deepcopy(value, memo)
        except RecursionError:
            self.uncopied.add(type(value))
            return value
        except Exception:  # what is open, locked or under way has no copy
            # A copy that was only begun is not a copy.
            for key in list(memo)[before:]:
                del memo[key]
            return self._part_by_part(value)
        finally:
            self.size += 1 + len(memo) - before

    def _part_by_part(self, value: Any) -> Any:
        """A copy of an object with copies of those attributes that have one; the object itself where that cannot be."""
        try:
            made = copy.copy(value)
            names = [*getattr(made, "__dict__", ()), *slots(type(made))]
            if made is value or not names:
                raise TypeError("does not keep its state in attributes")
            self._memo[id(value)] = made
            for name in names:
                if hasattr(made, name):
                    object.__setattr__(made, name, self._deep(getattr(value, name)))
        except Exception:  # what a class of the user's raises is the user's
            self._memo.pop(id(value), None)
            self.uncopied.add(type(value))
            return value
        return made


def slots(kind: type) -> Iterator[str]:
    """The names in `__slots__` of a class and of its bases, as the attributes are called."""
    for one in kind.__mro__:
        slots = vars(one).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            is_own = name.startswith("__") and not name.endswith("__")
            if name not in ("__dict__", "__weakref__"):
                yield f"_{one.__name__.lstrip('_')}{name}" if is_own else name


class _Remembered:
    """An iterator, and the items that it has given; `items` is None where they were too many."""

    def __init__(self, source: Iterator[Any], most: int) -> None:
        self.source = source
        self.most = most
        self.items: list[Any] | None = []


class Repeatable(Iterator[Any]):
    """An iterator that can start again: it remembers what was taken from it, and asks its source for the rest."""

    def __init__(self, source: Iterator[Any], most: int = MOST_REMEMBERED) -> None:
        self._shared = _Remembered(source, most)
        self._position = 0

    def __next__(self) -> Any:
        shared = self._shared
        items = shared.items
        if items is None:
            return next(shared.source)
        if self._position < len(items):
            item = items[self._position]
        else:
            item = next(shared.source)
            if len(items) < shared.most:
                items.append(item)
            else:
                shared.items = None
        self._position += 1
        return item

    @property
    def is_lost(self) -> bool:
        """True where too many items were taken for it to start again."""
        return self._shared.items is None

    def again(self) -> Repeatable:
        """The same iterator from its start. Go on with only one of the two."""
        made = Repeatable.__new__(Repeatable)
        made._shared, made._position = self._shared, 0
        return made


def repeatable(items: Iterator[Any]) -> tuple[Iterator[Any], Callable[[], Iterator[Any]]]:
    """An iterator to use in place of one from which nothing was taken, and a function that gives it from its start."""
    if type(items) in _COPYABLE:
        kept = copy.copy(items)
        return items, lambda: copy.copy(kept)
    made = items if isinstance(items, Repeatable) else Repeatable(items)
    return made, made.again
