"""Sets and maps from which something can be deleted for good: what is deleted leaves a tombstone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from types import MappingProxyType
from typing import Any, Generic, Self, TypeVar

from hydroflow_nb.lattices.algebra import atomize, deep_reveal
from hydroflow_nb.lattices.errors import refuse_merge
from hydroflow_nb.lattices.lattice import Lattice
from hydroflow_nb.lattices.map_union import Entries, K, V, entries_of, keys_of, merge_entry
from hydroflow_nb.lattices.order import at_most
from hydroflow_nb.lattices.set_union import elements_of, set_text

T = TypeVar("T")


class SetUnionWithTombstones(Lattice, Generic[T]):
    """A set that elements can leave, for good: both its elements and its tombstones only become more.

    `SetUnionWithTombstones(elements, tombstones)` holds the elements without those that have a tombstone. To
    delete, merge a tombstone: `value.merge(SetUnionWithTombstones((), {element}))`. The bottom has neither; there
    is no top.

    Shapiro et al. 2011 call it the two-phase set; there as here, what was deleted never comes back.

    >>> basket = SetUnionWithTombstones({"tea", "jam"})
    >>> basket.merge(SetUnionWithTombstones((), {"jam"})), basket.merge(SetUnionWithTombstones({"jam"}))
    (True, False)
    >>> basket
    SetUnionWithTombstones({'tea'}, {'jam'})
    """

    __slots__ = ("_elements", "_tombstones")

    def __init__(self, elements: Iterable[T] = (), tombstones: Iterable[T] = ()) -> None:
        super().__init__()
        name = type(self).__name__
        self._tombstones: set[T] = elements_of(tombstones, name)
        self._elements: set[T] = elements_of(elements, name) - self._tombstones

    @classmethod
    def hashed(cls, *arguments: Any) -> list[Iterable[Any]]:
        """The elements, and the tombstones."""
        return [found for found in arguments[:2] if isinstance(found, Iterable)]

    def merge(self, other: Self, /) -> bool:
        """Unite elements and tombstones, and drop what has a tombstone; True where either set changed.

        Takes time by the other's size, not by this one's.
        """
        if type(other) is not type(self) or self._hash is not None:
            refuse_merge(self, other)
        deleted = other._tombstones - self._tombstones
        self._tombstones |= deleted
        self._elements -= deleted
        added = other._elements - self._tombstones - self._elements
        self._elements |= added
        # By what came, not by sizes: one element may leave as another comes.
        return bool(deleted or added)

    @classmethod
    def bottom(cls) -> Self:
        """Neither elements nor tombstones."""
        return cls()

    def is_bot(self) -> bool:
        """True where there are neither elements nor tombstones."""
        return not self._elements and not self._tombstones

    def atomize(self) -> list[Self]:
        """A set of one for each element, a tombstone alone for each tombstone."""
        elements = [type(self)((element,)) for element in self._elements]
        return elements + [type(self)((), (tombstone,)) for tombstone in self._tombstones]

    def reveal(self) -> Set[T]:
        """The set of the elements that are not deleted, no copy."""
        return self._elements

    @property
    def tombstones(self) -> Set[T]:
        """The elements that are deleted for good, no copy."""
        return self._tombstones

    def deep_reveal(self) -> set[T]:
        """A new set of the elements that are not deleted."""
        return set(self._elements)

    def _arguments(self) -> tuple[set[T], ...]:
        if self._tombstones:
            return self._elements, self._tombstones
        return (self._elements,) if self._elements else ()

    def _key(self) -> tuple[frozenset[T], frozenset[T]]:
        return frozenset(self._elements), frozenset(self._tombstones)

    def __le__(self, other: Self) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._tombstones <= other._tombstones and self._elements - other._elements <= other._tombstones

    def __len__(self) -> int:
        return len(self._elements)

    def __iter__(self) -> Iterator[T]:
        return iter(self._elements)

    def __contains__(self, element: object) -> bool:
        return element in self._elements

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(set_text, self._arguments()))})"


class MapUnionWithTombstones(Lattice, Generic[K, V]):
    """A map of lattices that keys can leave, for good.

    `MapUnionWithTombstones(mapping, tombstones)` holds the entries without those whose key has a tombstone. To
    delete, merge a tombstone: `value.merge(MapUnionWithTombstones({}, {key}))`. Otherwise it is as MapUnion.

    >>> prices = MapUnionWithTombstones({"tea": Min(3), "jam": Min(2)})
    >>> prices.merge(MapUnionWithTombstones({"tea": Min(1)}, {"jam"})), prices
    (True, MapUnionWithTombstones({'tea': Min(1)}, {'jam'}))
    """

    __slots__ = ("_entries", "_tombstones")

    def __init__(self, entries: Entries[K, V] = (), tombstones: Iterable[K] = ()) -> None:
        super().__init__()
        name = type(self).__name__
        self._tombstones: set[K] = elements_of(tombstones, name)
        held = entries_of(entries, name)
        self._entries: dict[K, V] = {key: value for key, value in held.items() if key not in self._tombstones}

    @classmethod
    def hashed(cls, *arguments: Any) -> list[Iterable[Any]]:
        """The keys, and the tombstones."""
        tombstones = [found for found in arguments[1:2] if isinstance(found, Iterable)]
        return [*(keys_of(entries) for entries in arguments[:1]), *tombstones]

    def merge(self, other: Self, /) -> bool:
        """Unite the tombstones, drop what has one, merge the rest as MapUnion does; True where anything changed.

        Takes time by the other's size, not by this one's.
        """
        if type(other) is not type(self) or self._hash is not None:
            refuse_merge(self, other)
        deleted = other._tombstones - self._tombstones
        self._tombstones |= deleted
        for key in deleted:
            self._entries.pop(key, None)
        changed = bool(deleted)
        for key, value in other._entries.items():
            if key not in self._tombstones and merge_entry(self._entries, key, value):
                changed = True
        return changed

    @classmethod
    def bottom(cls) -> Self:
        """Neither entries nor tombstones."""
        return cls()

    def is_bot(self) -> bool:
        """True where there are neither entries nor tombstones."""
        return not self._entries and not self._tombstones

    def atomize(self) -> list[Self]:
        """A map of one key for each atom of each value, a tombstone alone for each tombstone."""
        entries = [type(self)({key: atom}) for key, value in self._entries.items() for atom in atomize(value)]
        return entries + [type(self)((), (tombstone,)) for tombstone in self._tombstones]

    def reveal(self) -> Mapping[K, V]:
        """The map from the keys that are not deleted to lattices, read-only and no copy."""
        return MappingProxyType(self._entries)

    @property
    def tombstones(self) -> Set[K]:
        """The keys that are deleted for good, no copy."""
        return self._tombstones

    def deep_reveal(self) -> dict[K, Any]:
        """A new dict from the keys that are not deleted to plain values."""
        return {key: deep_reveal(value) for key, value in self._entries.items()}

    def _arguments(self) -> tuple[Any, ...]:
        if self._tombstones:
            return self._entries, self._tombstones
        return (self._entries,) if self._entries else ()

    def _key(self) -> tuple[frozenset[tuple[K, V]], frozenset[K]]:
        return frozenset(self._entries.items()), frozenset(self._tombstones)

    def __le__(self, other: Self) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        theirs, deleted = other._entries, other._tombstones
        return self._tombstones <= deleted and all(
            key in deleted or (key in theirs and at_most(value, theirs[key])) for key, value in self._entries.items()
        )

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[K]:
        return iter(self._entries)

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __getitem__(self, key: K) -> V:
        return self._entries[key]

    def __repr__(self) -> str:
        arguments = self._arguments()
        texts = [repr(self._entries)] * bool(arguments) + [set_text(self._tombstones)] * (len(arguments) > 1)
        return f"{type(self).__name__}({', '.join(texts)})"
