"""Pair: two lattices side by side."""

from __future__ import annotations

from typing import Any, Generic, Self, TypeVar

from hydroflow_nb.lattices.algebra import atomize, bottom_of, bottom_or_copy, deep_reveal, is_bot, is_top, owned
from hydroflow_nb.lattices.errors import refuse_merge
from hydroflow_nb.lattices.lattice import Lattice
from hydroflow_nb.lattices.order import at_most
from hydroflow_nb.lattices.protocols import Merge

A = TypeVar("A", bound=Merge)
B = TypeVar("B", bound=Merge)


class Pair(Lattice, Generic[A, B]):
    """Two lattices side by side: merge, order, bottom and top go component by component.

    `Pair(left, right)` holds copies of both. It is bottom if both are bottom, and top if both are top.

    >>> both = Pair(Max(1), SetUnion({"a"}))
    >>> both.merge(Pair(Max(0), SetUnion({"b"}))), both
    (True, Pair(Max(1), SetUnion({'a', 'b'})))
    """

    __slots__ = ("_left", "_right")

    def __init__(self, left: A, right: B) -> None:
        super().__init__()
        self._left = owned(left, "the left side of a Pair")
        self._right = owned(right, "the right side of a Pair")

    @property
    def left(self) -> A:
        """The left lattice."""
        return self._left

    @property
    def right(self) -> B:
        """The right lattice."""
        return self._right

    def merge(self, other: Self, /) -> bool:
        """Merge both sides; True where either changed."""
        if type(other) is not type(self) or self._hash is not None:
            refuse_merge(self, other)
        changed = self._left.merge(other._left)
        return self._right.merge(other._right) or changed

    def bottom(self) -> Self | None:
        """The pair of both bottoms, None where a side has none."""
        left, right = bottom_of(self._left), bottom_of(self._right)
        return None if left is None or right is None else type(self)(left, right)

    def is_bot(self) -> bool:
        """True where both sides are bottom."""
        return is_bot(self._left) and is_bot(self._right)

    def is_top(self) -> bool:
        """True where both sides are top."""
        return is_top(self._left) and is_top(self._right)

    def atomize(self) -> list[Self]:
        """The atoms of each side, the other one as low as can be."""
        low_left, low_right = bottom_or_copy(self._left), bottom_or_copy(self._right)
        lefts = [type(self)(atom, low_right) for atom in atomize(self._left)]
        return lefts + [type(self)(low_left, atom) for atom in atomize(self._right)]

    def reveal(self) -> tuple[A, B]:
        """The two lattices as a tuple."""
        return self._left, self._right

    def deep_reveal(self) -> tuple[Any, Any]:
        """The two plain values as a tuple."""
        return deep_reveal(self._left), deep_reveal(self._right)

    def _arguments(self) -> tuple[A, B]:
        return self._left, self._right

    def __le__(self, other: Self) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return at_most(self._left, other._left) and at_most(self._right, other._right)
