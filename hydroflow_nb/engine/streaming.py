"""The side of a join that streams by where it lasts: its items in the order in which they came, found by their keys.

Such a side is a list of pairs that only grows. All of it would be looked at again in every tick; what is here finds
those that can match, so that a tick costs what matches and not what is held.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypeAlias

from hydroflow_nb.engine.sides import newest

Groups: TypeAlias = "list[tuple[Any, Any, Any]]"


class Places:
    """Where the pairs of a list stand, by their keys. The list only grows: each look goes through its new pairs alone.

    What is asked for with `keys` costs as much as there are keys and pairs with these.
    """

    __slots__ = ("_counted", "_places")

    def __init__(self) -> None:
        # Most keys have one pair, so its place stands here itself, and a list from the second one on.
        self._places: dict[Any, int | list[int]] = {}
        self._counted = 0

    def of(self, kept: list[Any], keys: Collection[Any]) -> list[int]:
        """The places of the pairs with some keys, in their order."""
        if not keys:
            return []
        if self._counted != len(kept):
            self._take_in(kept)
        places = self._places
        found: list[int] = []
        for key in keys:
            held = places.get(key)
            if isinstance(held, int):
                found.append(held)
            elif held is not None:
                found += held
        found.sort()
        return found

    def _take_in(self, kept: list[Any]) -> None:
        # An interrupt has all of them taken in anew.
        begin, self._counted = self._counted, 0
        if not begin:
            self._places = {}
        places = self._places
        for place in range(begin, len(kept)):
            key, _ = kept[place]
            held = places.setdefault(key, place)
            if isinstance(held, list):
                held.append(place)
            elif held != place:
                places[key] = [held, place]
        self._counted = len(kept)

    def may_match(self, kept: list[Any], other: Collection[Any]) -> list[Any]:
        """The pairs whose keys are in `other`, in their order; all of them where `other` is not much smaller."""
        if 4 * len(other) >= len(kept):
            return kept
        return [kept[place] for place in self.of(kept, other)]

    def touched(self, kept: list[Any], count: int, keys: Collection[Any]) -> list[Any]:
        """The pairs with some keys, and the last `count` pairs, in their order."""
        old = len(kept) - count
        return [*[kept[place] for place in self.of(kept, keys) if place < old], *kept[old:]]

    def news(self, kept: list[Any], count: int, build: Mapping[Any, Any], arrived: Mapping[Any, list[Any]]) -> Groups:
        """The groups `(key, value, values)` whose products are new matches. New are the last `count` pairs, and, of the
        values that `build` holds for each key, what has `arrived`.
        """
        old = len(kept) - count
        found = [kept[place] for place in self.of(kept, arrived) if place < old]
        return [*all_groups(found, arrived), *all_groups(kept[old:], build)]

    def copy(self) -> Places:
        """The same for a copy of the list."""
        made = Places()
        made._places = {key: held.copy() if isinstance(held, list) else held for key, held in self._places.items()}
        made._counted = self._counted
        return made

    def __len__(self) -> int:
        return len(self._places)


def all_groups(kept: list[Any], build: Mapping[Any, Any]) -> Groups:
    """The groups `(key, value, values)` of all matches, with values as `build` holds them."""
    return [(key, value, build[key]) for key, value in kept if key in build]


class Matching:
    """Those pairs of a list whose keys a dict has. Both only grow: each look goes through what is new alone."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        # Their places, and how many pairs of the list and keys of the dict were looked at.
        self._known: tuple[list[int], int, int] = ([], 0, 0)

    def of(self, kept: list[Any], places: Places, other: dict[Any, Any]) -> list[Any]:
        """These pairs, in their order."""
        found, pairs, keys = self._known
        if (len(kept), len(other)) != (pairs, keys):
            if pairs and len(other) > keys:
                earlier = [place for place in places.of(kept, newest(other, len(other) - keys)) if place < pairs]
                found = sorted([*found, *earlier]) if earlier else found
            later = [place for place, (key, _) in enumerate(kept[pairs:], pairs) if key in other]
            found = [*found, *later] if later else found
            self._known = (found, len(kept), len(other))
        return [kept[place] for place in found]

    def copy(self) -> Matching:
        """The same for copies of both."""
        made = Matching()
        made._known = self._known
        return made

    def __len__(self) -> int:
        return len(self._known[0])
