"""What is held as entries, and how two of it differ: what was added, what is gone, what has changed inside."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import islice
from typing import Any, Final

from hydroflow_nb.engine.missing import MISSING
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.lattices import Lattice
from hydroflow_nb.operators.record.holding import Form
from hydroflow_nb.records import dataclass

# The key of an item that has none.
NO_KEY: Final = MISSING
# How deep values are compared inside of values, and how many characters of items that can be compared in no other way.
_DEEPEST: Final = 4
_LONGEST: Final = 10_000
_SEQUENCES: Final = (list, deque)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An item, or a value under its key."""

    value: Any
    key: Any = NO_KEY

    @property
    def has_key(self) -> bool:
        """True for a value under a key."""
        return self.key is not NO_KEY


@dataclass(frozen=True, kw_only=True)
class Change:
    """A value that became another one, under its key if it has one; `inside` tells how where both hold something."""

    before: Any
    after: Any
    key: Any = NO_KEY
    inside: Difference | None = None


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What was added, what is gone, and what changed; empty where nothing did."""

    added: tuple[Entry, ...] = ()
    removed: tuple[Entry, ...] = ()
    changed: tuple[Change, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    def __str__(self) -> str:
        """In a few characters: `+2 −1 ~3`; empty where nothing differs."""
        counts = (("+", self.added), ("−", self.removed), ("~", self.changed))
        return " ".join(f"{sign}{len(of):,}" for sign, of in counts if of)


def entries(form: Form, data: Any) -> Iterator[Entry]:
    """What is held, entry by entry; nothing of MISSING."""
    if data is MISSING:
        return
    if form is Form.GROUPS:
        yield from (Entry(key=key, value=value) for key, values in data.items() for value in values)
    elif form is Form.KEYED or form is Form.COUNTS:
        yield from (Entry(key=key, value=value) for key, value in data.items())
    elif form is Form.VALUE:
        yield from _inside(data)
    else:
        yield from (Entry(value=value) for value in in_order(data))


def size(form: Form, data: Any) -> int:
    """How many entries there are, without going through them where that can be told."""
    if data is MISSING:
        return 0
    if form is Form.GROUPS:
        return sum(map(len, data.values()))
    if form is not Form.VALUE:
        return len(data)
    opened = _opened(data)
    return 1 if opened is None else len(opened)


def difference(form: Form, before: Any, after: Any) -> Difference:
    """How what is held now differs from what was held before."""
    if before is MISSING or after is MISSING:
        return Difference(added=tuple(entries(form, after)), removed=tuple(entries(form, before)))
    if form is Form.VALUE:
        return _of_values(before, after, 0)
    if form is Form.KEYED or form is Form.COUNTS:
        return _by_key(before, after, 0)
    if form is Form.GROUPS:
        return _of_groups(before, after)
    return _of_items(before, after)


def in_order(items: Iterable[Any]) -> Iterable[Any]:
    """The items of a set in an order that is the same in every process; those of anything else as they stand."""
    if not isinstance(items, Set):
        return items
    try:
        return sorted(items)
    except Exception:  # what cannot be compared, or what a class of the user's raises
        return sorted(items, key=shown)


# --- one value ------------------------------------------------------------------------------------------------------


def _opened(value: Any) -> Mapping[Any, Any] | Sequence[Any] | Set[Any] | None:
    """The container that a value is, or that a lattice value reveals; None for any other."""
    inside = value.reveal() if isinstance(value, Lattice) else value
    if isinstance(inside, (dict, Mapping, Set)) or type(inside) in _SEQUENCES:
        return inside  # type: ignore[no-any-return]
    return None


def _inside(value: Any) -> Iterator[Entry]:
    opened = _opened(value)
    if opened is None:
        yield Entry(value=value)
    elif isinstance(opened, Mapping):
        yield from (Entry(key=key, value=one) for key, one in opened.items())
    else:
        yield from (Entry(value=one) for one in in_order(opened))


def _of_values(before: Any, after: Any, depth: int) -> Difference:
    old, new = _opened(before), _opened(after)
    if type(before) is type(after) and old is not None and new is not None and depth < _DEEPEST:
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            return _by_key(old, new, depth)
        if not isinstance(old, Mapping) and not isinstance(new, Mapping):
            return _of_items(old, new)
    if same(before, after):
        return Difference()
    return Difference(changed=(Change(before=before, after=after),))


def _by_key(before: Mapping[Any, Any], after: Mapping[Any, Any], depth: int) -> Difference:
    added, changed = [], []
    for key, value in after.items():
        if key not in before:
            added.append(Entry(key=key, value=value))
        elif (change := _changed(key, before[key], value, depth)) is not None:
            changed.append(change)
    removed = (Entry(key=key, value=value) for key, value in before.items() if key not in after)
    return Difference(added=tuple(added), removed=tuple(removed), changed=tuple(changed))


def _changed(key: Any, before: Any, after: Any, depth: int) -> Change | None:
    if before is after:
        return None
    inside = _of_values(before, after, depth + 1)
    if not inside:
        return None
    is_whole = len(inside.changed) == 1 and inside.changed[0].key is NO_KEY
    return Change(key=key, before=before, after=after, inside=None if is_whole else inside)


# --- several --------------------------------------------------------------------------------------------------------


def _of_groups(before: Mapping[Any, Sequence[Any]], after: Mapping[Any, Sequence[Any]]) -> Difference:
    added: list[Entry] = []
    removed: list[Entry] = []
    for key, values in after.items():
        found = _of_items(before.get(key, ()), values)
        added += [Entry(key=key, value=one.value) for one in found.added]
        removed += [Entry(key=key, value=one.value) for one in found.removed]
    removed += [Entry(key=key, value=value) for key, values in before.items() if key not in after for value in values]
    return Difference(added=tuple(added), removed=tuple(removed))


def _of_items(before: Sequence[Any] | Set[Any], after: Sequence[Any] | Set[Any]) -> Difference:
    if isinstance(before, Set) and isinstance(after, Set):
        added, removed = in_order(after - before), in_order(before - after)
    elif len(before) <= len(after) and all(map(same, before, after)):
        # Nothing but new items behind the old ones, as with most that is kept.
        added, removed = islice(after, len(before), None), ()
    else:
        added, removed = _unlike(after, before), _unlike(before, after)
    return Difference(
        added=tuple(Entry(value=one) for one in added), removed=tuple(Entry(value=one) for one in removed)
    )


def _unlike(items: Iterable[Any], others: Iterable[Any]) -> list[Any]:
    """The items without those that the others have as well, each as often as it is there."""
    try:
        left = Counter(others)
        keyed = [(item, item) for item in items]
        missing = [item for key, item in keyed if not _taken(left, key)]
    except TypeError:  # some cannot be looked up
        left = Counter(shown(one, _LONGEST) for one in others)
        missing = [item for item in items if not _taken(left, shown(item, _LONGEST))]
    return missing


def _taken(left: Counter[Any], key: Any) -> bool:
    if left[key] <= 0:
        return False
    left[key] -= 1
    return True


def same(one: Any, other: Any) -> bool:
    """True for one object, or two that are equal; what cannot say so is compared by its text."""
    if one is other:
        return True
    try:
        return type(one) is type(other) and bool(one == other)
    except Exception:  # such as an array, or a class of the user's
        return shown(one, _LONGEST) == shown(other, _LONGEST)
