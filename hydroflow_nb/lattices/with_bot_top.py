"""WithBot and WithTop: any lattice, with a bottom or a top added."""

from __future__ import annotations

from typing import Any, Generic, Self, TypeVar

from hydroflow_nb.lattices.algebra import atomize, bottom_of, copied, deep_reveal, is_bot, is_top, owned
from hydroflow_nb.lattices.errors import refuse_merge
from hydroflow_nb.lattices.lattice import Lattice
from hydroflow_nb.lattices.order import at_most
from hydroflow_nb.lattices.protocols import Merge

V = TypeVar("V", bound=Merge)


class _Wrapped(Lattice, Generic[V]):
    """What WithBot and WithTop have in common: a lattice, or None for what is added."""

    __slots__ = ("_lattice",)
    _lattice: V | None

    def reveal(self) -> V | None:
        """The lattice inside, no copy, or None for what was added."""
        return self._lattice

    def deep_reveal(self) -> Any:
        """The plain value, or None for what was added."""
        return deep_reveal(self._lattice)


class WithBot(_Wrapped[V]):
    """Any lattice with a bottom added below it.

    `WithBot(lattice)` holds a copy of it; `WithBot()` and `WithBot(None)` are the bottom, and so is `WithBot` of a
    lattice that is bottom already.

    >>> chosen = WithBot()
    >>> chosen.merge(WithBot(Conflict("red"))), chosen
    (True, WithBot(Conflict('red')))
    """

    __slots__ = ()

    def __init__(self, lattice: V | None = None) -> None:
        super().__init__()
        held = None if lattice is None else owned(lattice, "what a WithBot holds")
        # An old bottom and the new one are one value, else the order would not be one.
        self._lattice = None if is_bot(held) else held

    def merge(self, other: Self, /) -> bool:
        """Merge what is inside; the added bottom changes nothing. True where anything changed."""
        if type(other) is not type(self) or self._hash is not None:
            refuse_merge(self, other)
        if other._lattice is None:
            return False
        if self._lattice is None:
            self._lattice = copied(other._lattice)
            return True
        return self._lattice.merge(other._lattice)

    @classmethod
    def bottom(cls) -> Self:
        """The added bottom."""
        return cls()

    def is_bot(self) -> bool:
        """True for the bottom."""
        return self._lattice is None

    def is_top(self) -> bool:
        """True where the lattice inside is top."""
        return is_top(self._lattice)

    def atomize(self) -> list[Self]:
        """The atoms of the lattice inside."""
        return [] if self._lattice is None else [type(self)(atom) for atom in atomize(self._lattice)]

    def _arguments(self) -> tuple[V, ...]:
        return () if self._lattice is None else (self._lattice,)

    def __le__(self, other: Self) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        if self._lattice is None or other._lattice is None:
            return self._lattice is None
        return at_most(self._lattice, other._lattice)


class WithTop(_Wrapped[V]):
    """Any lattice with a top added above it.

    `WithTop(lattice)` holds a copy of it; `WithTop(None)` and `WithTop.top()` are the top, and so is `WithTop` of a
    lattice that is top already.

    >>> open_cart = WithTop(SetUnion({"tea"}))
    >>> open_cart.merge(WithTop.top()), open_cart.merge(WithTop(SetUnion({"jam"}))), open_cart
    (True, False, WithTop(None))
    """

    __slots__ = ()

    def __init__(self, lattice: V | None) -> None:
        super().__init__()
        held = None if lattice is None else owned(lattice, "what a WithTop holds")
        self._lattice = None if is_top(held) else held

    def merge(self, other: Self, /) -> bool:
        """Merge what is inside; the added top wins over all. True where anything changed."""
        if type(other) is not type(self) or self._hash is not None:
            refuse_merge(self, other)
        if self._lattice is None:
            return False
        if other._lattice is None:
            self._lattice = None
            return True
        changed = self._lattice.merge(other._lattice)
        if changed and is_top(self._lattice):
            self._lattice = None
        return changed

    @classmethod
    def top(cls) -> Self:
        """The added top."""
        return cls(None)

    def bottom(self) -> Self | None:
        """The bottom of the lattice inside, None where it has none or this is the top."""
        bottom = None if self._lattice is None else bottom_of(self._lattice)
        return None if bottom is None else type(self)(bottom)

    def is_bot(self) -> bool:
        """True where the lattice inside is bottom."""
        return is_bot(self._lattice)

    def is_top(self) -> bool:
        """True for the top."""
        return self._lattice is None

    def atomize(self) -> list[Self]:
        """The atoms of the lattice inside; the top is its own only atom."""
        return [self.copy()] if self._lattice is None else [type(self)(atom) for atom in atomize(self._lattice)]

    def _arguments(self) -> tuple[V | None]:
        return (self._lattice,)

    def __le__(self, other: Self) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        if self._lattice is None or other._lattice is None:
            return other._lattice is None
        return at_most(self._lattice, other._lattice)
