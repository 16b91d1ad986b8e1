"""What the symmetric joins remember, and which matches are new in a later run of a tick.

Where items have keys, `sides` holds the values. Where all match all, a side that is a set is a dict whose keys are its
values, as long as all of them can be hashed: nothing is faster. With the first value that cannot be hashed, an
`EqualSet` takes the place of the dict.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from hydroflow_nb.engine.equality import EqualPairs, EqualSet
from hydroflow_nb.engine.sides import DISTINCT, DistinctSide, Matched, MultisetSide, matches

Values: TypeAlias = "dict[Any, None] | EqualSet"


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


# The keys to walk in a tick's first run: those that are known to be on both sides, or all of one side.
Walked: TypeAlias = "Matched | dict[Any, Any]"
Groups: TypeAlias = "Iterable[tuple[Any, Any, Any]]"


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
    lhs: DistinctSide, rhs: DistinctSide, new_lhs: list[Any], new_rhs: list[Any], first: bool, walked: Walked
) -> Groups:
    """The groups `(key, lefts, rights)` whose products are the new matches, with values as a side holds them. The new
    items are put into the sides.
    """
    if first:
        for side, new in ((lhs, new_lhs), (rhs, new_rhs)):
            for key, value in new:
                # As `put` does it, without a call for each item.
                try:
                    if type(value) not in DISTINCT:
                        held = side.setdefault(key, value)
                        if held is value:
                            continue
                        if type(held) is dict:
                            held[value] = None
                            continue
                except TypeError:
                    pass
                side.put(key, value)
        return keyed_groups(lhs, rhs, walked)
    groups = []
    for key, right in new_rhs:
        if rhs.put(key, right) and key in lhs:
            # A copy: the new items of the other side, which are put in below, match this one by themselves.
            groups.append((key, lhs.kept(key), rhs.alone(right)))
    for key, left in new_lhs:
        if lhs.put(key, left) and key in rhs:
            groups.append((key, lhs.alone(left), rhs[key]))
    return groups


def keyed_multiset_groups(
    lhs: MultisetSide, rhs: MultisetSide, new_lhs: list[Any], new_rhs: list[Any], first: bool, walked: Walked
) -> Groups:
    """The same for sides that keep duplicates."""
    if first:
        for side, new in ((lhs, new_lhs), (rhs, new_rhs)):
            for key, value in new:
                side.append(key, value)
        return keyed_groups(lhs, rhs, walked)
    groups = []
    for key, right in new_rhs:
        rhs.append(key, right)
        if key in lhs:
            groups.append((key, lhs.kept(key), rhs.alone(right)))
    for key, left in new_lhs:
        lhs.append(key, left)
        if key in rhs:
            groups.append((key, lhs.alone(left), rhs[key]))
    return groups


def keyed_groups(lhs: dict[Any, Any], rhs: dict[Any, Any], walked: Walked) -> Groups:
    """The groups `(key, lefts, rights)` of all matches."""
    if isinstance(walked, Matched):
        return walked.matches(lhs, rhs)
    other = rhs if walked is lhs else lhs
    return matches([key for key in walked if key in other], lhs, rhs)


def groups_of_keys(lhs: dict[Any, Any], rhs: dict[Any, Any], keys: Iterable[Any]) -> Groups:
    """The groups `(key, lefts, rights)` of those of the keys that both sides have."""
    return matches([key for key in keys if key in lhs and key in rhs], lhs, rhs)


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
