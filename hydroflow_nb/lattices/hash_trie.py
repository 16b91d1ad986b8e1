"""GeneralizedHashTrie: a relation that only grows, held as a trie over its first columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import suppress
from itertools import product
from typing import Any, ClassVar, Self, TypeAlias

from hydroflow_nb.lattices.errors import MismatchError, brief, not_hashable, refuse_merge
from hydroflow_nb.lattices.lattice import Lattice

Row: TypeAlias = "tuple[Any, ...]"
# A dict by the values of a column, down to sets of what the rows have behind their keys.
TrieNode: TypeAlias = "dict[Any, Any] | set[Row]"


class GeneralizedHashTrie(Lattice):
    """Rows, held in a trie by the values of their first `keys` columns: merge is the union of the rows.

    `GeneralizedHashTrie(keys, rows)` takes tuples of one length, with the key columns and perhaps further ones. Tries
    with different numbers of keys belong to different lattices. The trie without rows is the bottom, there is no top.
    Iteration, `in` and `len` are those of the rows; `prefix(a, b)` gives the rows that begin with `a` and `b`, and
    takes time by their number. All values have to be hashable. Rows can also be given in the form that `reveal()`
    shows.

    Freitag, Bandle, Schmidt, Kemper and Neumann, "Adopting Worst-Case Optimal Joins in Relational Database Systems"
    (2020); Wang, Willsey and Suciu, "Free Join: Unifying Worst-Case Optimal and Traditional Joins" (2023).

    >>> edges = GeneralizedHashTrie(1, [("a", "b"), ("a", "c")])
    >>> edges.merge(GeneralizedHashTrie(1, [("b", "c")])), sorted(edges.prefix("a")), ("b", "c") in edges
    (True, [('a', 'b'), ('a', 'c')], True)
    """

    __slots__ = ("_keys", "_root", "_size", "_width")

    collects: ClassVar[bool] = True

    def __init__(self, keys: int, rows: Iterable[Row] | Mapping[Any, Any] = ()) -> None:
        super().__init__()
        name = type(self).__name__
        if type(keys) is not int or keys < 0:
            raise MismatchError(
                f"{name} takes the number of key columns first, not {brief(keys)}: write {name}(1, rows)"
            )
        self._keys = keys
        self._size = 0
        self._width: int | None = None
        self._root: TrieNode = {} if keys else set()
        try:
            given = _rows_of(rows, keys) if isinstance(rows, Mapping) else rows
            for row in given:
                self._add(row)
        except TypeError as error:
            if isinstance(rows, Iterable):
                raise not_hashable(error, f"a value in a {name}") from error
            raise MismatchError(
                f"{name} takes rows, and {brief(rows)} is not a collection of rows: write {name}({keys}, [(1, 2), ...])"
            ) from error

    def _add(self, row: Any) -> None:
        if not isinstance(row, tuple) or len(row) < self._keys or self._width not in (None, len(row)):
            wanted = f"{self._width} columns" if self._width is not None else f"{self._keys} columns or more"
            raise MismatchError(f"a row of this {type(self).__name__} is a tuple of {wanted}, not {brief(row)}")
        self._width = len(row)
        node: Any = self._root
        for depth in range(self._keys):
            deeper = node.get(row[depth])
            if deeper is None:
                deeper = node[row[depth]] = {} if depth + 1 < self._keys else set()
            node = deeper
        before = len(node)
        node.add(row[self._keys :])
        self._size += len(node) - before

    @classmethod
    def hashed(cls, *arguments: Any) -> list[Iterable[Any]]:
        """The columns of rows that are given as such; what is revealed has its dicts and sets already."""
        rows = arguments[1] if len(arguments) == 2 else ()
        if isinstance(rows, Mapping) or not isinstance(rows, Iterable):
            return []
        listed = [row for row in rows if isinstance(row, tuple)]
        width = max(map(len, listed), default=0)
        return [[row[column] for row in listed if column < len(row)] for column in range(width)]

    @property
    def keys(self) -> int:
        """The number of key columns."""
        return self._keys

    def merge(self, other: Self, /) -> bool:
        """Take the other's rows as well; True where one was new. Takes time by the other's size, not by this one's.

        Raises MismatchError where the other has another number of keys, or rows of another length.
        """
        if type(other) is not type(self) or self._hash is not None:
            refuse_merge(self, other)
        if other._keys != self._keys or (self._size and other._size and self._width != other._width):
            shape, another = _shape(self), _shape(other)
            raise MismatchError(f"a {type(self).__name__} of {shape} cannot merge with one of {another}")
        if other is self or not other._size:
            return False
        before = self._size
        self._width = other._width
        self._size += _united(self._root, other._root)
        return self._size != before

    def bottom(self) -> Self:
        """The trie without rows and with as many keys."""
        return type(self)(self._keys)

    def is_bot(self) -> bool:
        """True if the trie has no rows."""
        return not self._size

    def atomize(self) -> list[Self]:
        """A trie of one row for each row."""
        return [type(self)(self._keys, (row,)) for row in self]

    def reveal(self) -> Mapping[Any, Any] | Set[Row]:
        """The trie, no copy: dicts by the keys' values in turn, and at the end sets of what follows in the rows."""
        return self._root

    def deep_reveal(self) -> set[Row]:
        """A new set of the rows."""
        return set(self)

    def prefix(self, *values: Any) -> Iterator[Row]:
        """The rows that begin with the values of up to all key columns. Raises ValueError for more values than keys."""
        if len(values) > self._keys:
            raise ValueError(f"the trie has {self._keys} key columns, {len(values)} values were given")
        node: Any = self._root
        for value in values:
            node = node.get(value)
            if node is None:
                return
        yield from _rows_below(node, values, self._keys - len(values))

    def _arguments(self) -> tuple[Any, ...]:
        return (self._keys, self._root) if self._size else (self._keys,)

    def _key(self) -> tuple[int, frozenset[Row]]:
        return self._keys, frozenset(self)

    def __le__(self, other: Self) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._keys == other._keys and self._size <= other._size and all(row in other for row in self)

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Row]:
        return self.prefix()

    def __contains__(self, row: object) -> bool:
        if not isinstance(row, tuple) or len(row) != self._width:
            return False
        node: Any = self._root
        for value in row[: self._keys]:
            node = node.get(value)
            if node is None:
                return False
        return row[self._keys :] in node

    def __repr__(self) -> str:
        rows = list(self)
        with suppress(TypeError):
            rows.sort()
        return f"{type(self).__name__}({self._keys}{f', {rows!r}' if rows else ''})"


class TrieJoinBimorphism:
    """The joined rows of two tries, by equal keys: the keys, then the other columns of the left row, then of the right.

    Takes time by the smaller number of keys on each level, and by the number of results.

    >>> follows = GeneralizedHashTrie(1, [("b", "a")])
    >>> TrieJoinBimorphism()(follows, GeneralizedHashTrie(1, [("b", "c"), ("d", "e")]))
    GeneralizedHashTrie(1, [('b', 'a', 'c')])
    """

    def __call__(self, left: GeneralizedHashTrie, right: GeneralizedHashTrie, /) -> GeneralizedHashTrie:
        """The joined rows. Raises MismatchError where the numbers of keys differ."""
        if left.keys != right.keys:
            raise MismatchError(f"a trie of {_shape(left)} cannot be joined with one of {_shape(right)}")
        return GeneralizedHashTrie(left.keys, _joined(left.reveal(), right.reveal(), (), left.keys))

    def __repr__(self) -> str:
        return "TrieJoinBimorphism()"


def _shape(trie: GeneralizedHashTrie) -> str:
    row = next(iter(trie), None)
    columns = "" if row is None else f" and rows of {len(row)} columns"
    return f"{trie.keys} key{'' if trie.keys == 1 else 's'}{columns}"


def _rows_of(node: Any, keys: int) -> Iterator[Row]:
    """The rows of a trie as `reveal` shows it, which may be anything."""
    if keys and not isinstance(node, Mapping):
        raise MismatchError(f"a trie has a dict for each of its key columns, not {brief(node)}")
    if not keys:
        if isinstance(node, Mapping) or not isinstance(node, Iterable):
            raise MismatchError(f"a trie ends in sets of tuples, not in {brief(node)}")
        for rest in node:
            if not isinstance(rest, tuple):
                raise MismatchError(f"a trie ends in sets of tuples, and {brief(rest)} is not a set of tuples")
            yield rest
        return
    for value, deeper in node.items():
        for rest in _rows_of(deeper, keys - 1):
            yield (value, *rest)


def _rows_below(node: Any, before: Row, keys: int) -> Iterator[Row]:
    if not keys:
        for rest in node:
            yield before + rest
        return
    for value, deeper in node.items():
        yield from _rows_below(deeper, (*before, value), keys - 1)


def _united(mine: Any, theirs: Any) -> int:
    """Take all of another node into one; how many rows were new."""
    if isinstance(mine, set):
        before = len(mine)
        mine |= theirs
        return len(mine) - before
    new = 0
    for value, deeper in theirs.items():
        if value not in mine:
            mine[value] = set() if isinstance(deeper, set) else {}
        new += _united(mine[value], deeper)
    return new


def _joined(left: Any, right: Any, before: Row, keys: int) -> Iterator[Row]:
    if not keys:
        for one, other in product(left, right):
            yield before + one + other
        return
    fewer = left if len(left) <= len(right) else right
    for value in fewer:
        if value in left and value in right:
            yield from _joined(left[value], right[value], (*before, value), keys - 1)
