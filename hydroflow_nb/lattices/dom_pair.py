"""DomPair: a value under a version, where the later version wins."""

from __future__ import annotations

from typing import Any, Generic, Self, TypeVar, assert_never

from hydroflow_nb.lattices.algebra import atomize, bottom_of, copied, deep_reveal, is_bot, is_top, owned
from hydroflow_nb.lattices.errors import refuse_merge
from hydroflow_nb.lattices.lattice import Lattice
from hydroflow_nb.lattices.order import Order, at_most, compare
from hydroflow_nb.lattices.protocols import Merge

K = TypeVar("K", bound=Merge)
V = TypeVar("V", bound=Merge)


class DomPair(Lattice, Generic[K, V]):
    """A lattice `value` under a lattice `key` that dominates it: a versioned value.

    A merge keeps the pair with the greater key as it is. If the keys are equal, it merges the values. If they are
    incomparable, as those of two concurrent writes, it merges both keys and values. `DomPair(key, value)` holds copies
    of both. It is bottom if both are bottom, and top if both are top.

    It is a lattice if its keys are totally ordered, such as `Max`. With partially ordered keys, such as version
    vectors, merge is commutative and idempotent but not associative, here as in Hydroflow: a value that was merged with
    a concurrent one is not dropped when a pair arrives that dominates it. Then the order of arrival matters, unless a
    greater key always comes with a greater value (a writer adds to what it has read).

    >>> latest = DomPair(Max(1), SetUnion({"draft"}))
    >>> latest.merge(DomPair(Max(2), SetUnion({"final"}))), latest.merge(DomPair(Max(1), SetUnion({"late"})))
    (True, False)
    >>> latest
    DomPair(Max(2), SetUnion({'final'}))
    """

    __slots__ = ("_dominant", "_value")

    def __init__(self, key: K, value: V) -> None:
        super().__init__()
        self._dominant = owned(key, "the key of a DomPair")
        self._value = owned(value, "the value of a DomPair")

    @property
    def key(self) -> K:
        """The lattice that decides."""
        return self._dominant

    @property
    def value(self) -> V:
        """The lattice that goes with the key."""
        return self._value

    def merge(self, other: Self, /) -> bool:
        """Keep the pair with the greater key; merge if the keys are equal or incomparable. True if anything changed."""
        if type(other) is not type(self) or self._hash is not None:
            refuse_merge(self, other)
        order = compare(self._dominant, other._dominant)
        match order:
            case Order.LESS:
                self._dominant, self._value = copied(other._dominant), copied(other._value)
                return True
            case Order.GREATER:
                return False
            case Order.EQUAL:
                return self._value.merge(other._value)
            case Order.INCOMPARABLE:
                self._dominant.merge(other._dominant)
                self._value.merge(other._value)
                return True
            case _:
                assert_never(order)

    def bottom(self) -> Self | None:
        """The pair of both bottoms, None where key or value has none."""
        key, value = bottom_of(self._dominant), bottom_of(self._value)
        return None if key is None or value is None else type(self)(key, value)

    def is_bot(self) -> bool:
        """True where key and value are bottom."""
        return is_bot(self._dominant) and is_bot(self._value)

    def is_top(self) -> bool:
        """True where key and value are top."""
        return is_top(self._dominant) and is_top(self._value)

    def atomize(self) -> list[Self]:
        """The atoms of the value under the whole key: under a part of it they would be dominated."""
        atoms = [type(self)(self._dominant, atom) for atom in atomize(self._value)]
        return atoms or ([] if self.is_bot() else [self.copy()])

    def reveal(self) -> tuple[K, V]:
        """The key's and the value's lattice as a tuple."""
        return self._dominant, self._value

    def deep_reveal(self) -> tuple[Any, Any]:
        """The plain key and the plain value as a tuple."""
        return deep_reveal(self._dominant), deep_reveal(self._value)

    def _arguments(self) -> tuple[K, V]:
        return self._dominant, self._value

    def __le__(self, other: Self) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        match compare(self._dominant, other._dominant):
            case Order.LESS:
                return True
            case Order.EQUAL:
                return at_most(self._value, other._value)
            case _:
                return False
