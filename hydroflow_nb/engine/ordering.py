"""Lists in ascending order, with a place for NaN, for which Python's comparison has no place."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from itertools import chain
from numbers import Real
from operator import ne
from types import NoneType
from typing import Any, Final

# Classes whose values are never NaN, and hold none.
_ORDERED: Final = frozenset({int, str, bool, bytes, date, datetime, timedelta, NoneType})
_is_ordered: Final = _ORDERED.issuperset
_are_plain: Final = (_ORDERED | {float}).issuperset


def ordered(items: list[Any]) -> None:
    """Put a list in ascending order; NaN comes behind all other numbers. Raises what comparing two items raises."""
    if _holds_nan(items):
        items.sort(key=_Place)
    else:
        items.sort()


def ordered_by(items: list[Any], key: Callable[[Any], Any]) -> None:
    """Put a list in the ascending order of its items' keys. The function is called once for each item."""
    keys = list(map(key, items))
    if _holds_nan(keys):
        keys = list(map(_Place, keys))
    items[:] = map(items.__getitem__, sorted(range(len(items)), key=keys.__getitem__))


def _holds_nan(items: list[Any]) -> bool:
    """True where an item is NaN, or a tuple or list that holds NaN at any depth."""
    level: Iterable[Any] = items
    kinds = set(map(type, items))
    while not _is_ordered(kinds):
        level = list(level)
        if _are_plain(kinds):
            # Each value of these classes is equal to itself, except NaN.
            return any(map(ne, level, level))
        if any(issubclass(kind, Real) for kind in kinds) and any(
            isinstance(item, Real) and item != item for item in level
        ):
            return True
        nested = level if kinds == {tuple} else [item for item in level if isinstance(item, tuple | list)]
        level = chain.from_iterable(nested)
        kinds = set(map(type, chain.from_iterable(nested)))
    return False


class _Place:
    """The place of an item in the order: its value, and whether it is NaN."""

    __slots__ = ("is_nan", "value")

    def __init__(self, value: Any) -> None:
        # As in the comparison of tuples, their parts are compared one by one.
        self.value = type(value)(map(_Place, value)) if type(value) in (tuple, list) else value
        self.is_nan = isinstance(value, Real) and value != value

    def __lt__(self, other: _Place) -> bool:
        if (self.is_nan or other.is_nan) and isinstance(self.value, Real) and isinstance(other.value, Real):
            return not self.is_nan
        return bool(self.value < other.value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Place):
            return NotImplemented
        return self.is_nan is other.is_nan and (self.is_nan or self.value == other.value)

    __hash__ = None  # type: ignore[assignment]
