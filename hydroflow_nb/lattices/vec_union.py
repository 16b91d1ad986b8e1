"""VecUnion: a list of lattices that only gets longer and whose elements only grow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, Self, TypeVar

from hydroflow_nb.lattices.algebra import atomize, bottom_or_copy, copied, deep_reveal, is_bot, owned
from hydroflow_nb.lattices.errors import LatticeError, MismatchError, brief, refuse_merge
from hydroflow_nb.lattices.lattice import Lattice
from hydroflow_nb.lattices.order import at_most
from hydroflow_nb.lattices.protocols import Merge

V = TypeVar("V", bound=Merge)


class VecUnion(Lattice, Generic[V]):
    """A list of lattices: merge goes element by element and appends what the other list has more.

    `VecUnion(iterable)` holds copies of the iterable's lattices. `VecUnion()` is the bottom, there is no top: if a list
    begins with all elements of another one, the longer list is greater. `len`, iteration and `[index]` are those of the
    list.

    >>> clock = VecUnion([Max(1), Max(5)])
    >>> clock.merge(VecUnion([Max(2), Max(3), Max(0)])), clock
    (True, VecUnion([Max(2), Max(5), Max(0)]))
    """

    __slots__ = ("_lattices",)

    def __init__(self, lattices: Iterable[V] = ()) -> None:
        super().__init__()
        name = type(self).__name__
        if not isinstance(lattices, Iterable):
            raise MismatchError(f"{name} takes a list of lattices, not {brief(lattices)}: write {name}([lattice, ...])")
        self._lattices: list[V] = [owned(lattice, f"an element of a {name}") for lattice in lattices]

    def merge(self, other: Self, /) -> bool:
        """Merge element by element and append what the other has more; True where anything changed.

        Takes time by the other's size, not by this one's.
        """
        if type(other) is not type(self) or self._hash is not None:
            refuse_merge(self, other)
        mine, theirs = self._lattices, other._lattices
        changed = len(theirs) > len(mine)
        for index, (held, lattice) in enumerate(zip(mine, theirs, strict=False)):
            try:
                changed = held.merge(lattice) or changed
            except LatticeError as error:
                error.add_note(f"at the index {index}")
                raise
        mine.extend(map(copied, theirs[len(mine) :]))
        return changed

    @classmethod
    def bottom(cls) -> Self:
        """The empty list."""
        return cls()

    def is_bot(self) -> bool:
        """True for the empty list; a list of bottoms is greater."""
        return not self._lattices

    def atomize(self) -> list[Self]:
        """For each atom of each element, a list that ends with it and is as low as can be before it."""
        floor = [bottom_or_copy(lattice) for lattice in self._lattices]
        atoms = [
            type(self)([*floor[:index], atom])
            for index, lattice in enumerate(self._lattices)
            for atom in atomize(lattice)
        ]
        # A bottom at the end has no atom, and the list has its length from it.
        return [*atoms, type(self)(floor)] if self._lattices and is_bot(self._lattices[-1]) else atoms

    def reveal(self) -> Sequence[V]:
        """The list of lattices, no copy."""
        return self._lattices

    def deep_reveal(self) -> list[Any]:
        """A new list of plain values."""
        return [deep_reveal(lattice) for lattice in self._lattices]

    def _arguments(self) -> tuple[list[V], ...]:
        return (self._lattices,) if self._lattices else ()

    def _key(self) -> tuple[V, ...]:
        return tuple(self._lattices)

    def __le__(self, other: Self) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        mine, theirs = self._lattices, other._lattices
        return len(mine) <= len(theirs) and all(map(at_most, mine, theirs))

    def __len__(self) -> int:
        return len(self._lattices)

    def __iter__(self) -> Iterator[V]:
        return iter(self._lattices)

    def __getitem__(self, index: int) -> V:
        return self._lattices[index]
