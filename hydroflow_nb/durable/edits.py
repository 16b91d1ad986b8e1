"""How a value that an operator holds became another one, as plain data: a folder is given what changed, and not all of
a log that grows.

An edit is a list: a word that says what is done, and with what. Containers are edited where they differ, and so is what
is in them; anything else is put in the place of what was there. Two values are the same where they are one object that
does not change, or would be written as the same bytes: so `1` and `True` differ, whatever `==` says of them.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import compress, islice, repeat
from operator import is_, is_not
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from hydroflow_nb.durable.values import encoded
from hydroflow_nb.engine.copying import Copier
from hydroflow_nb.engine.sides import DistinctSide, MultisetSide, newest
from hydroflow_nb.lattices import MapUnion, SetUnion
from hydroflow_nb.lattices.order import at_most

Edit: TypeAlias = list[Any]

# So many levels of containers are looked into; what is deeper is written whole where it differs.
_DEEPEST: Final = 8

# Copies a part; with 0 levels left the part of a container that holds items is an item, which does not change.
_Copy: TypeAlias = Callable[[Any, int], Any]


def copy_of(value: Any, *, accumulates: bool) -> Any:
    """A copy for `edit_of` to compare with: it stays as it is when the value changes."""
    return (_accumulated if accumulates else _held)(value, _DEEPEST)


def edit_of(before: Any, now: Any, *, accumulates: bool) -> Edit | None:
    """What makes `now` of `before`, which is a copy; None where both are the same. It shares nothing that changes.

    `accumulates`: values may change at any depth. Else they are containers of items, and only the containers change.
    Raises Misfit where a value cannot be written.
    """
    if accumulates:
        return _edit(before, now, _DEEPEST, _accumulated)
    return _edit(before, now, 2 if isinstance(now, dict) else 1, _held)


def edit_at(keys: Iterable[Any], before: Any, now: Any, *, accumulates: bool) -> Edit | None:
    """The same for a dict in which at most what is under some keys has changed. It costs what there are of them."""
    if type(before) is type(now) and len(before) <= len(now):
        touched = dict.fromkeys(keys)
        levels, copied = (_DEEPEST - 1, _accumulated) if accumulates else (1, _held)
        changed = [key for key in touched if key in before]
        new = newest(now, len(now) - len(before))
        if all(map(now.__contains__, changed)) and all(map(touched.__contains__, new)):
            return _entered(changed, new, before, now, levels, copied)
    return edit_of(before, now, accumulates=accumulates)


def edit_of_members(candidates: Iterable[Any], before: set[Any], now: set[Any]) -> Edit | None:
    """The same for a set of which at most some candidates are new members, if none is gone."""
    new = {one for one in candidates if one in now and one not in before}
    if len(now) != len(before) + len(new):
        return edit_of(before, now, accumulates=False)
    return ["members", [], list(new)] if new else None


def edit_behind(before: list[Any], now: list[Any]) -> Edit | None:
    """The same for a list of items that only grows."""
    return ["items", 0, len(before), now[len(before) :]] if len(now) > len(before) else None


def edited(value: Any, edit: Any) -> Any:
    """What an edit makes of a value, which may be changed in place. Raises an exception where it does not fit."""
    word, *of = edit
    return _DONE[word](value, *of)


def _accumulated(value: Any, levels: int) -> Any:
    return Copier().accumulated(value)


def _held(value: Any, levels: int) -> Any:
    return Copier().held(value) if levels else value


# --- finding what differs --------------------------------------------------------------------------------------------


def _edit(before: Any, now: Any, levels: int, copied: _Copy) -> Edit | None:
    if before is now:
        return None
    if levels and type(before) is type(now) and type(now) in _FOUND:
        return _FOUND[type(now)](before, now, levels - 1, copied)
    return None if _are_same(before, now) else ["=", copied(now, levels)]


def _are_same(one: Any, other: Any) -> bool:
    return one is other or encoded(one) == encoded(other)


def _items(before: Iterable[Any], now: Iterable[Any], levels: int, copied: _Copy) -> Edit | None:
    """So many items are gone in front, so many stay behind these, and others follow."""
    old, new = (one if type(one) is list else list(one) for one in (before, now))
    gone = 0
    if old and new and old[0] is not new[0]:
        gone = next(compress(range(len(old)), map(is_, old, repeat(new[0]))), 0)
    if gone:
        old = old[gone:]
    stay = min(len(old), len(new))
    # Most often nothing but new items has come, and this is known soonest.
    if not all(map(is_, old, new)):
        for place in compress(range(stay), map(is_not, old, new)):
            if _edit(old[place], new[place], levels, copied) is not None:
                stay = place
                break
    if not gone and stay == len(old) == len(new):
        return None
    return ["items", gone, stay, [copied(item, levels) for item in new[stay:]]]


def _entries(before: dict[Any, Any], now: dict[Any, Any], levels: int, copied: _Copy) -> Edit | None:
    """Some keys are gone, the values of some others are edited, and new ones follow."""
    gone: list[Any] = []
    stay = len(before)
    if len(now) >= stay and all(map(is_, before, now)):
        changed = compress(now, map(is_not, before.values(), now.values()))
    else:
        gone = [key for key in before if key not in now]
        stay -= len(gone)
        kept = (key for key in before if key in now)
        if not all(map(_are_same, kept, now)):
            # The order of the keys is another one.
            return ["=", copied(now, levels + 1)]
        changed = compress(before, (key in now and value is not now[key] for key, value in before.items()))
    return _entered(changed, newest(now, len(now) - stay), before, now, levels, copied, gone)


def _entered(
    changed: Iterable[Any],
    new: Iterable[Any],
    before: dict[Any, Any],
    now: dict[Any, Any],
    levels: int,
    copied: _Copy,
    gone: Sequence[Any] = (),
) -> Edit | None:
    entries = []
    for key in changed:
        edit = _edit(before[key], now[key], levels, copied)
        if edit is not None:
            entries.append([key, edit])
    entries += [[key, ["=", copied(now[key], levels)]] for key in new]
    return ["entries", list(gone), entries] if gone or entries else None


def _members(before: Any, now: Any, levels: int, copied: _Copy) -> Edit | None:
    """Some members of a set are gone, and others are new."""
    gone, new = before - now, now - before
    return ["members", list(gone), list(new)] if gone or new else None


def _parts(before: tuple[Any, ...], now: tuple[Any, ...], levels: int, copied: _Copy) -> Edit | None:
    """Some places of a tuple are edited."""
    if len(before) != len(now):
        return ["=", copied(now, levels + 1)]
    edits = [_edit(old, new, levels, copied) for old, new in zip(before, now, strict=True)]
    found = [[place, edit] for place, edit in enumerate(edits) if edit is not None]
    return ["parts", found] if found else None


def _growth(before: Any, now: Any, levels: int, copied: _Copy) -> Edit | None:
    """A lattice value is merged with another one; one that is not below what it became is replaced."""
    if not at_most(before, now):
        return ["=", copied(now, levels + 1)]
    new = _new_in(before, now)
    return None if new is None else ["merge", new]


def _new_in(before: Any, now: Any) -> Any:
    """What makes a greater lattice value of one if it is merged into it; None where both are the same."""
    if type(now) is SetUnion and type(before) is SetUnion:
        new = now.reveal() - before.reveal()
        return SetUnion(new) if new else None
    if type(now) is MapUnion and type(before) is MapUnion:
        held = before.reveal()
        found = {
            key: one if key not in held else _new_in(held[key], one)
            for key, one in now.reveal().items()
            if held.get(key) is not one
        }
        grown = {key: one for key, one in found.items() if one is not None}
        return MapUnion(grown) if grown else None
    return None if _are_same(before, now) else now


_FOUND: Final[Mapping[type, Callable[[Any, Any, int, _Copy], Edit | None]]] = MappingProxyType(
    {
        **dict.fromkeys((list, deque), _items),
        **dict.fromkeys((dict, defaultdict, OrderedDict, Counter, DistinctSide, MultisetSide), _entries),
        **dict.fromkeys((set, frozenset), _members),
        tuple: _parts,
        **dict.fromkeys((SetUnion, MapUnion), _growth),
    }
)


# --- doing it --------------------------------------------------------------------------------------------------------


def _put(value: Any, new: Any) -> Any:
    return new


def _move_on(value: Any, gone: int, stay: int, new: list[Any]) -> Any:
    if not 0 <= gone <= gone + stay <= len(value):
        raise ValueError(f"it has {len(value)} items, of which {stay} behind {gone} cannot stay")
    if type(value) is deque:
        new = [*islice(value, gone, gone + stay), *new]
        value.clear()
    else:
        del value[gone + stay :], value[:gone]
    value.extend(new)
    return value


def _enter(value: Any, gone: list[Any], entries: list[Any]) -> Any:
    for key in gone:
        del value[key]
    for key, edit in entries:
        value[key] = edited(value.get(key), edit)
    return value


def _replace_members(value: Any, gone: list[Any], new: list[Any]) -> Any:
    value -= set(gone)
    value |= set(new)
    return value


def _replace_parts(value: tuple[Any, ...], edits: list[Any]) -> tuple[Any, ...]:
    parts = list(value)
    for place, edit in edits:
        parts[place] = edited(parts[place], edit)
    return tuple(parts)


def _merge(value: Any, new: Any) -> Any:
    value.merge(new)
    return value


_DONE: Final[Mapping[str, Callable[..., Any]]] = MappingProxyType(
    {
        "=": _put,
        "items": _move_on,
        "entries": _enter,
        "members": _replace_members,
        "parts": _replace_parts,
        "merge": _merge,
    }
)
