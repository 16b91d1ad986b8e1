"""Point: a value that must never be merged with another one."""

from __future__ import annotations

from typing import Any, Generic, Self, TypeVar

from hydroflow_nb.lattices.errors import ConflictError, brief, refuse_merge
from hydroflow_nb.lattices.lattice import Lattice

T = TypeVar("T")


class Point(Lattice, Generic[T]):
    """One value; a merge with an unequal one raises ConflictError. For tests, and for values that are always equal.

    `Point(value)` holds any value that has `==`. It has no bottom and no top: no point can be merged into all
    others, and a map or a pair must not treat one as empty. (In Hydroflow every point is both, because its types give
    each point a lattice of its own.) Points that differ are incomparable.

    >>> Point(1).merge(Point(1))
    False
    """

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        super().__init__()
        self._value = value

    def merge(self, other: Self, /) -> bool:
        """Do nothing, and say so with False. Raises ConflictError if the values differ."""
        if type(other) is not type(self) or self._hash is not None:
            refuse_merge(self, other)
        if not self <= other:
            raise ConflictError(
                f"Point({brief(self._value)}) and Point({brief(other._value)}) differ, and a Point merges only "
                "with an equal Point: use Conflict where values may differ, or Max, Min or SetUnion where both "
                "values count"
            )
        return False

    def reveal(self) -> T:
        """The value."""
        return self._value

    def _arguments(self) -> tuple[Any, ...]:
        return (self._value,)

    def __le__(self, other: Self) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._value is other._value or bool(self._value == other._value)
