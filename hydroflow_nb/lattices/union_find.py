"""UnionFind: which elements are known to be the same."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any, Generic, Self, TypeVar

from hydroflow_nb.lattices.errors import MismatchError, brief, not_hashable, refuse_merge
from hydroflow_nb.lattices.lattice import Lattice
from hydroflow_nb.lattices.set_union import set_text

T = TypeVar("T")


class UnionFind(Lattice, Generic[T]):
    """An equivalence: classes of elements, which only grow together.

    `UnionFind(groups)` unites the elements of each group, so `UnionFind([(1, 2), {3, 4, 5}])` has two classes;
    groups that share an element become one. Every element is the same as itself, named or not, so a group of one
    adds nothing. `UnionFind()` is the bottom, there is no top.

    Links by size with path halving (Tarjan and van Leeuwen, "Worst-case analysis of set union algorithms", 1984):
    practically constant time for each element that is looked up or united.

    >>> same = UnionFind([("a", "b"), ("c", "d")])
    >>> same.merge(UnionFind([("b", "c")])), same.same("a", "d"), same
    (True, True, UnionFind([{'a', 'b', 'c', 'd'}]))
    """

    __slots__ = ("_parents", "_sizes")

    def __init__(self, groups: Iterable[Iterable[T]] = ()) -> None:
        super().__init__()
        # Only elements of classes of two or more are kept.
        self._parents: dict[T, T] = {}
        self._sizes: dict[T, int] = {}
        name = type(self).__name__
        if not isinstance(groups, Iterable):
            raise MismatchError(f"{name} takes groups of elements, not {brief(groups)}: write {name}([(a, b), ...])")
        for group in groups:
            if isinstance(group, str | bytes) or not isinstance(group, Iterable):
                raise MismatchError(
                    f"{name} takes groups of elements, and {brief(group)} is not a group: write {name}([(a, b), ...])"
                )
            for a, b in pairwise(group):
                self.union(a, b)

    @classmethod
    def hashed(cls, *arguments: Any) -> list[Iterable[Any]]:
        """The elements of all groups."""
        groups = arguments[0] if arguments and isinstance(arguments[0], Iterable) else ()
        return [[element for group in groups if isinstance(group, Iterable) for element in group]]

    def union(self, a: T, b: T) -> bool:
        """Make two elements the same; True where they were not yet.

        Raises MismatchError where one is not hashable, FrozenError where this value was hashed.
        """
        if self._hash is not None:
            refuse_merge(self, self)
        above, below = self.find(a), self.find(b)
        if above == below:
            return False
        sizes = self._sizes
        if sizes.get(above, 1) < sizes.get(below, 1):
            above, below = below, above
        self._parents[above] = above
        self._parents[below] = above
        sizes[above] = sizes.get(above, 1) + sizes.pop(below, 1)
        return True

    def find(self, element: T) -> T:
        """The element that stands for the class of this one, for as long as nothing is merged."""
        parents = self._parents
        try:
            parent = parents.get(element, element)
        except TypeError as error:
            raise not_hashable(error, "an element of UnionFind") from error
        while parent != element:
            parents[element] = parent = parents[parent]
            element, parent = parent, parents[parent]
        return element

    def same(self, a: T, b: T) -> bool:
        """True where the two elements are of one class."""
        return a == b or self.find(a) == self.find(b)

    def merge(self, other: Self, /) -> bool:
        """Unite the elements that the other has united; True if that is new. Takes time by the other's size only."""
        if type(other) is not type(self) or self._hash is not None:
            refuse_merge(self, other)
        changed = False
        for element, parent in list(other._parents.items()):
            changed |= self.union(element, parent)
        return changed

    @classmethod
    def bottom(cls) -> Self:
        """Nothing united."""
        return cls()

    def is_bot(self) -> bool:
        """True where nothing is united."""
        return not self._parents

    def atomize(self) -> list[Self]:
        """One pair for each element of a class but the one that stands for it."""
        return [type(self)([(element, parent)]) for element, parent in self._parents.items() if element != parent]

    def reveal(self) -> set[frozenset[T]]:
        """The classes of two or more elements, as a new set. Takes time by their size."""
        return {frozenset(group) for group in self._groups()}

    def deep_reveal(self) -> set[frozenset[T]]:
        """The classes of two or more elements, as a new set."""
        return self.reveal()

    def _groups(self) -> list[set[T]]:
        groups: dict[T, set[T]] = {}
        for element in list(self._parents):
            groups.setdefault(self.find(element), set()).add(element)
        return list(groups.values())

    def _arguments(self) -> tuple[Any, ...]:
        groups = self._groups()
        return (groups,) if groups else ()

    def _key(self) -> frozenset[frozenset[T]]:
        return frozenset(self.reveal())

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        # As many elements and no link that the other lacks: then it lacks none of the other's either.
        return len(self._parents) == len(other._parents) and len(self._sizes) == len(other._sizes) and self <= other

    __hash__ = Lattice.__hash__

    def __le__(self, other: Self) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(other.same(element, parent) for element, parent in list(self._parents.items()))

    def __repr__(self) -> str:
        texts = ", ".join(map(set_text, self._groups()))
        return f"{type(self).__name__}({f'[{texts}]' if texts else ''})"
