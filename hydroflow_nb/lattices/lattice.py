"""The base of this package's lattices: what follows from `merge` and from the constructor's arguments."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Self

from hydroflow_nb.lattices.algebra import deep_reveal, merged
from hydroflow_nb.lattices.order import Order, compare


class Lattice(ABC):
    """A value of a join semilattice.

    - `merge(other)` works in place and says whether anything changed; `merged(other)` gives a new value.
    - `==` compares values; `<=`, `<`, `>=`, `>` and `compare` are the lattice's order, which is partial.
      - `reveal()` gives the plain value; inside it are lattices still, where the lattice holds some. It costs
        nothing, for it is no copy: read it, do not change it, and expect it to change with the lattice.
        `deep_reveal()` gives plain values throughout, to keep.
    - A lattice owns what it holds: constructors and `merge` copy the lattices that they are given.
      - A value can be hashed, as for `unique`, a join or a set of one's own. Hashing **freezes** it: what is a key
        must not change, so a later `merge` into it raises FrozenError. A copy is not frozen.
    - A merge that raises an exception may have merged a part: the value is then below the result of the whole merge.

    `collects` says of a class that what is in a value, and in what it reveals, stays there for ever: of such a value
    `len` and `in` only rise, and the check of a flow builds on that.

    A subclass defines `merge`, `reveal` and `_arguments`; whatever else it defines is faster or knows more than what is
    here. It calls `super().__init__()`.
    """

    __slots__ = ("_hash",)

    collects: ClassVar[bool] = False

    def __init__(self) -> None:
        self._hash: int | None = None

    @abstractmethod
    def merge(self, other: Self, /) -> bool:
        """Become the least upper bound of both; True if, and only if, that changed this value. `other` stays as it is.

        Raises MismatchError if `other` is of another class, FrozenError if this value was hashed.
        """

    @abstractmethod
    def reveal(self) -> Any:
        """The plain value inside, itself and no copy."""

    @abstractmethod
    def _arguments(self) -> tuple[Any, ...]:
        """What the constructor makes the same value of. Equal values have equal arguments."""

    def _key(self) -> Any:
        """What equal values have in common, hashable. Lattices in it are frozen with this one."""
        return self._arguments()

    @classmethod
    def hashed(cls, *arguments: Any) -> list[Iterable[Any]]:
        """What the constructor would make keys or elements of sets of, for each dict and set: it costs what they cost.

        `arguments` can be any values that a caller tries to make a lattice of.
        """
        return []

    @property
    def is_frozen(self) -> bool:
        """True for a value that was hashed, which changes no more."""
        return self._hash is not None

    def merged(self, other: Self, /) -> Self:
        """The least upper bound of both as a new value."""
        return merged(self, other)

    def copy(self) -> Self:
        """An equal value that shares no lattice with this one and is not frozen. Elements and keys are shared."""
        return type(self)(*self._arguments())

    def bottom(self) -> Self | None:
        """The least value of this value's lattice; None if the lattice has no bottom.

        Where the class alone decides it, this is a class method that always gives a value: `SetUnion.bottom()`.
        """
        return None

    def is_bot(self) -> bool:
        """True for the least value, which changes nothing that it is merged into."""
        return False

    def is_top(self) -> bool:
        """True for the greatest value, which no merge changes."""
        return False

    def atomize(self) -> list[Self]:
        """Values that are not bottom and whose merge is this value; empty if, and only if, this value is bottom."""
        return [] if self.is_bot() else [self.copy()]

    def deep_reveal(self) -> Any:
        """Plain values at every depth, which share nothing with this lattice."""
        return deep_reveal(self.reveal())

    def compare(self, other: Self, /) -> Order:
        """How this value stands to the other: less, equal, greater or incomparable."""
        return compare(self, other)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._arguments() == other._arguments()

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash((type(self), self._key()))
        return self._hash

    def __le__(self, other: Self) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return not other.copy().merge(self)

    def __lt__(self, other: Self) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self <= other and not other <= self

    def __ge__(self, other: Self) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return other <= self

    def __gt__(self, other: Self) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return other < self

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self._arguments()))})"

    def __copy__(self) -> Self:
        return self.copy()

    # Pickling and deep copies go through the constructor: a hash may not travel to another process.
    def __reduce__(self) -> tuple[Callable[..., Self], tuple[Any, ...]]:
        return type(self), self._arguments()
