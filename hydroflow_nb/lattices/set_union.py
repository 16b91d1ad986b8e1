"""SetUnion: a set that only grows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from typing import Any, ClassVar, Generic, Self, TypeVar

from hydroflow_nb.lattices.errors import MismatchError, brief, not_hashable, refuse_merge
from hydroflow_nb.lattices.lattice import Lattice

T = TypeVar("T")


def elements_of(elements: Iterable[T] | Any, name: str) -> set[T]:
    """A new set of the elements. Raises MismatchError if they are not an iterable, or one cannot be hashed."""
    try:
        return set(elements)
    except TypeError as error:
        if isinstance(elements, Iterable):
            raise not_hashable(error, f"an element of {name}") from error
        given = brief(elements)
        raise MismatchError(
            f"{name} takes a collection of elements, and {given} is not a collection: write {name}({{{given}}})"
        ) from error


def set_text(elements: Set[Any]) -> str:
    """The set as text: `{1, 2}`, `set()`, in ascending order where the elements have one."""
    try:
        ordered = sorted(elements)
    except TypeError:
        ordered = list(elements)
    return "{" + ", ".join(map(repr, ordered)) + "}" if ordered else "set()"


class SetUnion(Lattice, Generic[T]):
    """A set that only grows: merge is the union.

    `SetUnion(iterable)` holds the iterable's elements, which must be hashable; `SetUnion()` is the bottom, there is
    no top. `in`, `len` and iteration are those of the set.

    Conway et al. 2012 call it lset, Shapiro et al. 2011 ("A comprehensive study of convergent and commutative
    replicated data types") the grow-only set.

    >>> seen = SetUnion({1})
    >>> seen.merge(SetUnion({1, 2})), seen.merge(SetUnion({2})), seen
    (True, False, SetUnion({1, 2}))
    """

    __slots__ = ("_elements",)

    collects: ClassVar[bool] = True

    def __init__(self, elements: Iterable[T] = ()) -> None:
        super().__init__()
        self._elements: set[T] = elements_of(elements, type(self).__name__)

    @classmethod
    def hashed(cls, *arguments: Any) -> list[Iterable[Any]]:
        """The elements."""
        return [found for found in arguments[:1] if isinstance(found, Iterable)]

    def merge(self, other: Self, /) -> bool:
        """Add the elements of the other; True if one was new. Takes time by the other's size, not by this
        one's.
        """
        if type(other) is not type(self) or self._hash is not None:
            refuse_merge(self, other)
        mine = self._elements
        size = len(mine)
        mine |= other._elements
        return len(mine) != size

    @classmethod
    def bottom(cls) -> Self:
        """The empty set."""
        return cls()

    def is_bot(self) -> bool:
        """True for the empty set."""
        return not self._elements

    def atomize(self) -> list[Self]:
        """A set of one for each element."""
        return [type(self)((element,)) for element in self._elements]

    def reveal(self) -> Set[T]:
        """The set, no copy: `set(value.reveal())` is one."""
        return self._elements

    def deep_reveal(self) -> set[T]:
        """A new set of the elements."""
        return set(self._elements)

    def _arguments(self) -> tuple[set[T], ...]:
        return (self._elements,) if self._elements else ()

    def _key(self) -> frozenset[T]:
        return frozenset(self._elements)

    def __le__(self, other: Self) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._elements <= other._elements

    def __len__(self) -> int:
        return len(self._elements)

    def __iter__(self) -> Iterator[T]:
        return iter(self._elements)

    def __contains__(self, element: object) -> bool:
        return element in self._elements

    def __repr__(self) -> str:
        return f"{type(self).__name__}({set_text(self._elements) if self._elements else ''})"
