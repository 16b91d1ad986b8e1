"""Max and Min: the greatest, or the least, of all values that were merged."""

from __future__ import annotations

import math
import operator
from typing import Any, ClassVar, Generic, Self, TypeVar

from hydroflow_nb.lattices.errors import MismatchError, brief, refuse_merge
from hydroflow_nb.lattices.lattice import Lattice

T = TypeVar("T")


class _Extreme(Lattice, Generic[T]):
    """What Max and Min have in common: values in a total order, and a bottom that stands for no value yet."""

    __slots__ = ("_value",)
    _greatest: ClassVar[float]

    _beyond: ClassVar[staticmethod[[Any, Any], Any]]
    _at_most: ClassVar[staticmethod[[Any, Any], Any]]

    def __init__(self, value: T | None = None) -> None:
        super().__init__()
        if isinstance(value, float) and math.isnan(value):
            name = type(self).__name__
            raise MismatchError(
                f"nan has no place in the order of numbers, so {name}(nan) does not exist: filter nan out"
            )
        self._value = value

    def merge(self, other: Self, /) -> bool:
        """Keep the greater value, or for Min the smaller one; True if that is the other's. Constant time.

        Raises MismatchError where the values cannot be compared.
        """
        if type(other) is not type(self) or self._hash is not None:
            refuse_merge(self, other)
        theirs, mine = other._value, self._value
        if theirs is None:
            return False
        try:
            if mine is None or self._beyond(theirs, mine):
                self._value = theirs
                return True
            if self._at_most(theirs, mine):
                return False
        except TypeError as error:
            raise self._incomparable(other) from error
        raise self._incomparable(other)

    def _incomparable(self, other: Self) -> MismatchError:
        name = type(self).__name__
        return MismatchError(
            f"{brief(self._value)} and {brief(other._value)} cannot be compared, so {name} cannot merge them: "
            f"{name} takes values of one total order, such as numbers or texts; for sets use SetUnion"
        )

    @classmethod
    def bottom(cls) -> Self:
        """No value yet: `Max()` or `Min()`. Python's numbers and texts have no common least one."""
        return cls()

    def is_bot(self) -> bool:
        """True while there is no value."""
        return self._value is None

    def is_top(self) -> bool:
        """True for the infinity that no number goes beyond."""
        return isinstance(self._value, float) and self._value == self._greatest

    def reveal(self) -> T | None:
        """The value, or None while there is no value."""
        return self._value

    def _arguments(self) -> tuple[Any, ...]:
        return () if self._value is None else (self._value,)

    def __le__(self, other: Self) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        mine, theirs = self._value, other._value
        if mine is None or theirs is None:
            return mine is None
        try:
            if self._at_most(mine, theirs):
                return True
            if self._beyond(mine, theirs):
                return False
        except TypeError as error:
            raise self._incomparable(other) from error
        raise self._incomparable(other)


class Max(_Extreme[T]):
    """The greatest of the values merged so far.

    `Max(3)` holds a value of a total order (numbers, texts, tuples, dates, ...); `Max()` and `Max(None)` hold no
    value yet: they are the bottom. The top is `Max(float("inf"))`. Raises MismatchError for nan.

    Conway et al. 2012 call it lmax; Hydroflow's `Max` takes the least value of the number type as its bottom instead.

    >>> high = Max(3)
    >>> high.merge(Max(5)), high.merge(Max(4)), high
    (True, False, Max(5))
    """

    __slots__ = ()
    _beyond = staticmethod(operator.gt)
    _at_most = staticmethod(operator.le)
    _greatest = math.inf


class Min(_Extreme[T]):
    """The least of the values merged so far; in the lattice's order smaller values are higher: `Min(5) <= Min(3)`.

    `Min()` and `Min(None)` hold no value yet and are the bottom; the top is `Min(float("-inf"))`. Raises
    MismatchError for nan.

    Conway et al. 2012 call it lmin.

    >>> low = Min(3)
    >>> low.merge(Min(5)), low.merge(Min(1)), low
    (False, True, Min(1))
    """

    __slots__ = ()
    _beyond = staticmethod(operator.lt)
    _at_most = staticmethod(operator.ge)
    _greatest = -math.inf
