"""Conflict: a value on which all agree, or the fact that they disagree."""

from __future__ import annotations

from typing import Any, Generic, Self, TypeVar

from hydroflow_nb.lattices.errors import refuse_merge
from hydroflow_nb.lattices.lattice import Lattice

T = TypeVar("T")


class Conflict(Lattice, Generic[T]):
    """One value; after a merge with an unequal one the top, a conflict, for ever.

    `Conflict(value)` holds any value that has `==`; `Conflict(None)` and `Conflict.top()` are the conflict. There
    is no bottom; `WithBot(Conflict(value))` has one.

    >>> choice = Conflict("red")
    >>> choice.merge(Conflict("red")), choice.merge(Conflict("blue")), choice
    (False, True, Conflict(None))
    """

    __slots__ = ("_value",)

    def __init__(self, value: T | None) -> None:
        super().__init__()
        self._value = value

    def merge(self, other: Self, /) -> bool:
        """Become a conflict if the values differ; True if that is new."""
        if type(other) is not type(self) or self._hash is not None:
            refuse_merge(self, other)
        if self._value is None or self._value is other._value or self._value == other._value:
            return False
        self._value = None
        return True

    @classmethod
    def top(cls) -> Self:
        """The conflict."""
        return cls(None)

    def is_top(self) -> bool:
        """True for the conflict."""
        return self._value is None

    def reveal(self) -> T | None:
        """The value, or None for the conflict."""
        return self._value

    def _arguments(self) -> tuple[Any, ...]:
        return (self._value,)

    def __le__(self, other: Self) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return other._value is None or self._value is other._value or bool(self._value == other._value)
