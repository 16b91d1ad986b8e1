"""What of a list a set does not take away, where the list is looked at again in every tick."""

from __future__ import annotations

from typing import Any


class Remaining:
    """The items of a list that are not in a set. Both only grow, so what was taken away once never comes back."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        # The items, and how many of the list and of the set were looked at.
        self._known: tuple[list[Any], int, int] = ([], 0, 0)

    def of(self, items: list[Any], taken: set[Any], *, keyed: bool) -> list[Any]:
        """These items, in their order. The list is not to be changed. `keyed`: they are pairs, and the set has keys."""
        found, seen, count = self._known
        if len(taken) != count:
            found = left(found, taken, keyed=keyed)
        if len(items) != seen:
            found = [*found, *left(items[seen:], taken, keyed=keyed)]
        self._known = (found, len(items), len(taken))
        return found

    def copy(self) -> Remaining:
        """The same for copies of both."""
        made = Remaining()
        made._known = self._known
        return made

    def __len__(self) -> int:
        return len(self._known[0])


def left(items: list[Any], taken: set[Any], *, keyed: bool) -> list[Any]:
    """The items that are not in a set, or the pairs whose keys are not."""
    if keyed:
        return [pair for pair in items for key, _ in (pair,) if key not in taken]
    return [item for item in items if item not in taken]


def parted(items: list[Any], taken: set[Any], *, keyed: bool) -> tuple[list[Any], list[Any]]:
    """The items that are in a set, and those that are not; or pairs by their keys."""
    if keyed:
        away = [pair for pair in items for key, _ in (pair,) if key in taken]
    else:
        away = [item for item in items if item in taken]
    return away, left(items, taken, keyed=keyed)
