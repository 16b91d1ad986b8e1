"""Sets whose members need only equality: a value that cannot be hashed is compared with the others, one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any


def as_it_is(value: Any) -> Any:
    """The value itself."""
    return value


class EqualSet:
    """Distinct values in the order of their arrival, those that can be hashed and those that cannot.

    Two values count as one where they are the same object or equal, as in a set. A value that can be hashed is looked
    up among those that can, and compared with those that cannot (a frozenset is equal to a set). One that cannot be
    hashed is compared with all: O(n). A value with a wrong hash is treated as a set treats it.
    """

    __slots__ = ("_hashed", "_items", "_unhashed")
    # It changes, as a set does.
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, items: Iterable[Any] = ()) -> None:
        self._items: list[Any] = []
        self._hashed: set[Any] = set()
        self._unhashed: list[Any] = []
        for item in items:
            self.add(item)

    def add(self, item: Any) -> bool:
        """Put a value in; False where it is there already."""
        # `in` compares a list's members by identity first, as a set does.
        if can_be_hashed(item):
            if item in self._hashed or item in self._unhashed:
                return False
            self._hashed.add(item)
        else:
            if item in self._items:
                return False
            self._unhashed.append(item)
        self._items.append(item)
        return True

    def __setitem__(self, item: Any, _: None) -> None:
        """Put a value in, in the words of the dict that stands for such a set while all values can be hashed."""
        self.add(item)

    def __contains__(self, item: Any) -> bool:
        if can_be_hashed(item):
            return item in self._hashed or item in self._unhashed
        return item in self._items

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def copy(self, value: Callable[[Any], Any] = as_it_is) -> EqualSet:
        """Another set of the same values, or with those that a function makes of the values that cannot be hashed."""
        made = EqualSet()
        made._hashed = self._hashed.copy()
        made._unhashed = [value(one) for one in self._unhashed]
        if value is as_it_is:
            made._items = self._items.copy()
        else:
            copies = dict(zip(map(id, self._unhashed), made._unhashed, strict=True))
            made._items = [copies.get(id(one), one) for one in self._items]
        return made


class EqualPairs:
    """Distinct pairs of a key, which has to be hashable, and a value, which needs only equality."""

    __slots__ = ("_values",)

    def __init__(self, pairs: Iterable[Any] = ()) -> None:
        self._values: dict[Any, EqualSet] = {}
        for pair in pairs:
            self.add(pair)

    def add(self, pair: Any) -> bool:
        """Put a pair in; False where it is there already. Raises TypeError for a key that cannot be hashed."""
        key, value = pair
        values = self._values.get(key)
        if values is None:
            values = self._values[key] = EqualSet()
        return values.add(value)

    def __contains__(self, pair: Any) -> bool:
        key, value = pair
        values = self._values.get(key)
        return values is not None and value in values


def can_be_hashed(value: Any) -> bool:
    """True where a value can be hashed."""
    try:
        hash(value)
    except TypeError:
        return False
    return True
