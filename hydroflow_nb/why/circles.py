"""Equal items that went round within one run: among them those are chosen by which no item explains itself.

Within a run it is recorded in which order items went over an edge, but not which of two edges was the first. Of equal
items on several edges one is taken for the cause, and it may be one that was made later, of the very item that it is to
explain. An item that was there has an explanation without a circle: it is found from what needs none, forwards.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from hydroflow_nb.why.cause import Cause

_DOUBT: Final = "equal items went round in one run, and which of them came first is not recorded"


def circular(causes: Iterable[Cause]) -> dict[int, Cause]:
    """The causes that explain themselves, or are made of some that do, by their `id`."""
    left = {id(cause): cause for cause in causes}
    open_causes = {id(cause): len(cause.causes) for cause in left.values()}
    makes: dict[int, list[Cause]] = {}
    for cause in left.values():
        for one in cause.causes:
            makes.setdefault(id(one), []).append(cause)
    grounded = [cause for cause in left.values() if not cause.causes]
    while grounded:
        cause = grounded.pop()
        left.pop(id(cause), None)
        for one in makes.get(id(cause), ()):
            open_causes[id(one)] -= 1
            if not open_causes[id(one)]:
                grounded.append(one)
    return left


def untie(causes: Iterable[Cause], instead: Mapping[int, Sequence[Cause]]) -> None:
    """Take for the first cause of a cause that explains itself another one, of those that it may have `instead`, by its
    `id`; say of what explains itself even so that it is in doubt.
    """
    left = circular(causes)
    chosen: dict[tuple[int, int], Cause] = {}
    missing: dict[int, int] = {}
    users: dict[int, list[tuple[Cause, int]]] = {}
    ready: deque[Cause] = deque()
    for cause in left.values():
        for place, one in enumerate(cause.causes):
            these = [one, *(instead.get(id(cause), ()) if place == 0 else ())]
            sound = next((other for other in these if id(other) not in left), None)
            if sound is not None:
                chosen[id(cause), place] = sound
                continue
            missing[id(cause)] = missing.get(id(cause), 0) + 1
            for other in these:
                users.setdefault(id(other), []).append((cause, place))
        if id(cause) not in missing:
            ready.append(cause)
    while ready:
        cause = ready.popleft()
        left.pop(id(cause), None)
        cause.causes = [chosen[id(cause), place] for place in range(len(cause.causes))]
        for user, place in users.get(id(cause), ()):
            if (id(user), place) not in chosen:
                chosen[id(user), place] = cause
                missing[id(user)] -= 1
                if not missing[id(user)]:
                    ready.append(user)
    for cause in left.values():
        cause.doubt = cause.doubt or _DOUBT


def doubt_circles(causes: Iterable[Cause]) -> None:
    """Say of what explains itself that it is in doubt."""
    untie(causes, {})
