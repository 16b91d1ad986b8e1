"""MapUnion: a map whose keys only become more and whose values, lattices themselves, only grow."""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Generic, Self, TypeVar

from hydroflow_nb.lattices.algebra import atomize, copied, deep_reveal, is_bot, owned
from hydroflow_nb.lattices.errors import LatticeError, MismatchError, brief, not_hashable, refuse_merge
from hydroflow_nb.lattices.lattice import Lattice
from hydroflow_nb.lattices.order import at_most
from hydroflow_nb.lattices.protocols import Merge

K = TypeVar("K")
V = TypeVar("V", bound=Merge)

Entries = Mapping[K, V] | Iterable[tuple[K, V]]


def merge_entry(entries: dict[K, V], key: K, value: V) -> bool:
    """Merge a value into that of its key; True where that changed something. A new key gets a copy."""
    held = entries.get(key)
    if held is None:
        entries[key] = copied(value)
        return True
    try:
        return held.merge(value)
    except LatticeError as error:
        error.add_note(f"at the key {brief(key)}")
        raise


def entries_of(entries: Any, name: str) -> dict[Any, Any]:
    """A new dict of the entries, with copies of the values; it merges the values of one key, and leaves out bottoms.

    Raises MismatchError if these are not entries, a value is not a lattice, or a key cannot be hashed.
    """
    pairs = entries.items() if hasattr(entries, "items") else entries
    held: dict[Any, Any] = {}
    if not isinstance(pairs, Iterable):
        raise MismatchError(
            f"{name} takes a mapping of keys to lattices, not {brief(entries)}: write {name}({{key: lattice}})"
        )
    for pair in pairs:
        if not (isinstance(pair, tuple) and len(pair) == 2):
            raise MismatchError(
                f"{name} takes a mapping or pairs of a key and a lattice, and {brief(pair)} is not a pair: "
                f"write {name}({{key: lattice}})"
            )
        key, value = pair
        try:
            present = key in held
        except TypeError as error:
            raise not_hashable(error, f"a key of {name}") from error
        value = owned(value, f"a value of a {name}")
        if present:
            merge_entry(held, key, value)
        elif not is_bot(value):
            held[key] = value
    return held


def keys_of(entries: Any) -> Iterable[Any]:
    """The keys of the entries that `entries_of` would make a dict of; empty if these are not entries."""
    if isinstance(entries, Mapping):
        return entries
    pairs = entries if isinstance(entries, Iterable) else ()
    return [pair[0] for pair in pairs if isinstance(pair, tuple) and pair]


class MapUnion(Lattice, Generic[K, V]):
    """A map whose values are lattices: merge takes new keys and merges the values of common ones.

    `MapUnion(mapping)` holds copies of the mapping's values; it takes pairs as well, and the values of equal keys
    are merged. A key whose value is bottom means the same as no key, and is left out. `MapUnion()` is the bottom, there
    is no top. `in`, `len`, iteration, `[key]` and `items()` are those of a dict.

    Conway et al. 2012 call it lmap.

    >>> carts = MapUnion({"ann": SetUnion({"tea"})})
    >>> carts.merge(MapUnion({"ann": SetUnion({"jam"}), "bob": SetUnion({"tea"})}))
    True
    >>> carts
    MapUnion({'ann': SetUnion({'jam', 'tea'}), 'bob': SetUnion({'tea'})})
    """

    __slots__ = ("_entries",)

    collects: ClassVar[bool] = True

    def __init__(self, entries: Entries[K, V] = ()) -> None:
        super().__init__()
        self._entries: dict[K, V] = entries_of(entries, type(self).__name__)

    @classmethod
    def hashed(cls, *arguments: Any) -> list[Iterable[Any]]:
        """The keys."""
        return [keys_of(entries) for entries in arguments[:1]]

    def merge(self, other: Self, /) -> bool:
        """Take the other's new keys, merge the values of common ones; True where anything changed.

        Takes time by the other's size, not by this one's.
        """
        if type(other) is not type(self) or self._hash is not None:
            refuse_merge(self, other)
        changed = False
        for key, value in other._entries.items():
            if merge_entry(self._entries, key, value):
                changed = True
        return changed

    def sharing(self) -> Self:
        """An equal value that is not frozen and has the very lattices of this one, of which none may change in either:
        `unshare` has to come before a merge.
        """
        made = type(self)()
        made._entries = self._entries.copy()
        return made

    def unshare(self, keys: Iterable[K]) -> None:
        """Have copies of the lattices at those of the keys that there are, for a merge to change."""
        held = self._entries
        for key in keys:
            if key in held:
                held[key] = copied(held[key])

    @classmethod
    def bottom(cls) -> Self:
        """The empty map."""
        return cls()

    def is_bot(self) -> bool:
        """True for the empty map."""
        return not self._entries

    def atomize(self) -> list[Self]:
        """A map of one key for each atom of each value."""
        return [type(self)({key: atom}) for key, value in self._entries.items() for atom in atomize(value)]

    def reveal(self) -> Mapping[K, V]:
        """The map from keys to lattices, read-only and no copy."""
        return MappingProxyType(self._entries)

    def deep_reveal(self) -> dict[K, Any]:
        """A new dict from keys to plain values."""
        return {key: deep_reveal(value) for key, value in self._entries.items()}

    def items(self) -> ItemsView[K, V]:
        """The keys and their lattices."""
        return self._entries.items()

    def _arguments(self) -> tuple[dict[K, V], ...]:
        return (self._entries,) if self._entries else ()

    def _key(self) -> frozenset[tuple[K, V]]:
        return frozenset(self._entries.items())

    def __le__(self, other: Self) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        theirs = other._entries
        return all(key in theirs and at_most(value, theirs[key]) for key, value in self._entries.items())

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[K]:
        return iter(self._entries)

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __getitem__(self, key: K) -> V:
        return self._entries[key]
