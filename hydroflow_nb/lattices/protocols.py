"""What a class can offer to be used as a lattice; your own class needs only the methods, not a base class.

`merge` is the least upper bound of a join semilattice: associative, commutative and idempotent, so that neither the
order of messages nor their repetition matters (Conway, Marczak, Alvaro, Hellerstein and Maier, "Logic and Lattices
for Distributed Programming", 2012). The division into traits is that of Hydroflow's `lattices` crate.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, Self, TypeVar, runtime_checkable

__all__ = ["Atomize", "DeepReveal", "IsBot", "IsTop", "LatticeOrd", "Merge"]


@runtime_checkable
class Merge(Protocol):
    """A value that can be merged. A class with it, `==` and `copy()` (else it is deep-copied) is a lattice."""

    def merge(self, other: Self, /) -> bool:
        """Become the least upper bound of both; True if, and only if, this changes. `other` does not change."""
        ...


@runtime_checkable
class LatticeOrd(Protocol):
    """A value with the order of its lattice: `a <= b` if, and only if, merging `a` into `b` changes nothing."""

    def __le__(self, other: Self, /) -> bool: ...


@runtime_checkable
class IsBot(Protocol):
    """A value that knows whether it is the least one, which changes no value that it is merged into."""

    def is_bot(self) -> bool:
        """True for the least value."""
        ...


@runtime_checkable
class IsTop(Protocol):
    """A value that knows whether it is the greatest one, which no merge changes."""

    def is_top(self) -> bool:
        """True for the greatest value."""
        ...


_Atom_co = TypeVar("_Atom_co", covariant=True)


@runtime_checkable
class Atomize(Protocol[_Atom_co]):
    """What can be taken apart."""

    def atomize(self) -> Iterable[_Atom_co]:
        """Values that are not bottom and whose merge is this value; empty if, and only if, this value is bottom."""
        ...


@runtime_checkable
class DeepReveal(Protocol):
    """What can be turned into plain values."""

    def deep_reveal(self) -> Any:
        """Plain Python values, at every depth, that share nothing with this value."""
        ...
