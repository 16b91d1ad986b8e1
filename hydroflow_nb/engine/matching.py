"""What the symmetric joins remember, and which matches are new in a later run of a tick.

A side that is a set is a dict whose keys are its values, as long as all of them can be hashed: nothing is faster. With
the first value that cannot be hashed, an `EqualSet` takes the place of the dict.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from hydroflow_nb.engine.equality import EqualPairs, EqualSet

Values: TypeAlias = "dict[Any, None] | EqualSet"


def put_equal(index: dict[Any, Values], key: Any, value: Any) -> bool:
    """Put a value, hashable or not, among those of its key; False where it is there already.

    Raises TypeError for a key that cannot be hashed.
    """
    values = index.get(key)
    if not isinstance(values, EqualSet):
        values = EqualSet(values or ())
    is_new = values.add(value)
    index[key] = values
    return is_new


def united(known: Values, items: Iterable[Any]) -> Values:
    """A set with items put in: the same object, or another one in its place."""
    if isinstance(known, dict):
        batch = items if isinstance(items, list) else list(items)
        try:
            known.update(dict.fromkeys(batch))
        except TypeError:
            known, items = EqualSet(known), batch
        else:
            return known
    for item in items:
        known.add(item)
    return known


def seen_equal(seen: set[Any] | EqualSet | EqualPairs, item: Any, *, keyed: bool) -> tuple[EqualSet | EqualPairs, bool]:
    """The items that were seen, this one put in, and whether it is new. `keyed`: they are pairs with hashable keys."""
    if isinstance(seen, set):
        seen = EqualPairs(seen) if keyed else EqualSet(seen)
    return seen, seen.add(item)


def _unknown(known: Values, items: list[Any]) -> list[Any]:
    """The distinct items that are not in a set."""
    if isinstance(known, dict):
        try:
            return [item for item in dict.fromkeys(items) if item not in known]
        except TypeError:
            known = EqualSet(known)
    fresh = EqualSet()
    for item in items:
        if item not in known:
            fresh.add(item)
    return list(fresh)


def are_keyed(*news: list[Any]) -> bool:
    """Whether all items are pairs with keys that can be hashed."""
    try:
        for items in news:
            for key, _ in items:
                hash(key)
    except (TypeError, ValueError):
        return False
    return True


def keyed_distinct_groups(
    lhs: dict[Any, Values], rhs: dict[Any, Values], new_lhs: list[Any], new_rhs: list[Any], first: bool
) -> list[tuple[Any, Iterable[Any], Iterable[Any]]]:
    """The groups `(key, lefts, rights)` whose products are the new matches. The new items are put into the indexes."""
    groups: list[tuple[Any, Iterable[Any], Iterable[Any]]] = []
    if first:
        for index, new in ((lhs, new_lhs), (rhs, new_rhs)):
            for key, value in new:
                try:
                    index.setdefault(key, {})[value] = None
                except TypeError:
                    put_equal(index, key, value)
        return [(key, lefts, rhs[key]) for key, lefts in lhs.items() if key in rhs]
    for key, right in new_rhs:
        if _is_put(rhs, key, right) and key in lhs:
            # A copy: the new items of the other side, which are put in below, match this one by themselves.
            groups.append((key, tuple(lhs[key]), (right,)))
    for key, left in new_lhs:
        if _is_put(lhs, key, left) and key in rhs:
            groups.append((key, (left,), rhs[key]))
    return groups


def _is_put(index: dict[Any, Values], key: Any, value: Any) -> bool:
    """True where a value was put among those of its key, False where it was there already."""
    values = index.get(key)
    if values is None:
        values = index[key] = {}
    count = len(values)
    try:
        values[value] = None
    except TypeError:
        return put_equal(index, key, value)
    return len(values) > count


def keyed_multiset_groups(
    lhs: dict[Any, list[Any]], rhs: dict[Any, list[Any]], new_lhs: list[Any], new_rhs: list[Any], first: bool
) -> list[tuple[Any, Iterable[Any], Iterable[Any]]]:
    """The same for sides that keep duplicates."""
    groups: list[tuple[Any, Iterable[Any], Iterable[Any]]] = []
    if first:
        for index, new in ((lhs, new_lhs), (rhs, new_rhs)):
            for key, value in new:
                index.setdefault(key, []).append(value)
        return [(key, lefts, rhs[key]) for key, lefts in lhs.items() if key in rhs]
    for key, right in new_rhs:
        rhs.setdefault(key, []).append(right)
        if key in lhs:
            groups.append((key, tuple(lhs[key]), (right,)))
    for key, left in new_lhs:
        lhs.setdefault(key, []).append(left)
        if key in rhs:
            groups.append((key, (left,), rhs[key]))
    return groups


def crossed_distinct_groups(
    lhs: Values, rhs: Values, new_lhs: list[Any], new_rhs: list[Any], first: bool
) -> tuple[Values, Values, list[tuple[Iterable[Any], Iterable[Any]]]]:
    """Both sides with their new items, and the groups `(lefts, rights)` whose products are the new matches: every item
    matches every item.
    """
    if first:
        lhs, rhs = united(lhs, new_lhs), united(rhs, new_rhs)
        return lhs, rhs, [(lhs, rhs)]
    rights, lefts = _unknown(rhs, new_rhs), _unknown(lhs, new_lhs)
    groups: list[tuple[Iterable[Any], Iterable[Any]]] = []
    if rights and lhs:
        groups.append((tuple(lhs), rights))
    rhs = united(rhs, rights)
    if lefts:
        groups.append((lefts, rhs))
    return united(lhs, lefts), rhs, groups


def crossed_multiset_groups(
    lhs: list[Any], rhs: list[Any], new_lhs: list[Any], new_rhs: list[Any], first: bool
) -> list[tuple[Iterable[Any], Iterable[Any]]]:
    """The same for sides that keep duplicates; these lists stay the same objects."""
    groups: list[tuple[Iterable[Any], Iterable[Any]]] = []
    if first:
        groups.append((lhs, rhs))
    elif new_rhs and lhs:
        groups.append((tuple(lhs), new_rhs))
    if new_lhs and not first:
        groups.append((new_lhs, rhs))
    lhs.extend(new_lhs)
    rhs.extend(new_rhs)
    return groups
