"""An item as text that a person can be shown: never an exception, never a megabyte."""

from __future__ import annotations

from collections.abc import Sized
from itertools import islice
from typing import Any

DEFAULT_LIMIT = 200


def shown(item: Any, limit: int = DEFAULT_LIMIT) -> str:
    """The `repr` of an item, cut to about `limit` characters; an item whose `repr` fails says so."""
    try:
        cut = _cut(item, limit)
        if cut is not None:
            return cut
        text = repr(item)
    except Exception as exception:  # what a user's `__repr__` raises is the user's
        return f"<{type(item).__name__} whose repr raised {type(exception).__name__}>"
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text):,} characters)"


def _cut(item: Any, limit: int) -> str | None:
    """The begin of a long text or container, without going through all of it; None for what is not long."""
    if type(item) in (str, bytes) and len(item) > limit:
        return f"{item[:limit]!r}… ({len(item):,} {'characters' if type(item) is str else 'bytes'})"
    if type(item) in (list, tuple, set, frozenset, dict) and _size(item) > limit:
        few = list(islice(item.items() if type(item) is dict else item, limit // 4))
        if type(item) is dict:
            inner = ", ".join(f"{shown(key, limit)}: {shown(value, limit)}" for key, value in few)
        else:
            inner = ", ".join(shown(element, limit) for element in few)
        return f"<{type(item).__name__} of {len(item):,}: {inner[:limit]}…>"
    return None


def _size(item: Any, depth: int = 3) -> int:
    """How many elements there are down to a depth, counted no further than needed."""
    if not isinstance(item, Sized) or isinstance(item, (str, bytes)):
        return len(item) // 20 if isinstance(item, (str, bytes)) else 1
    total = len(item)
    if depth and total <= 1000 and type(item) in (list, tuple, set, frozenset, dict):
        for element in item.values() if type(item) is dict else item:  # type: ignore[attr-defined]
            total += _size(element, depth - 1)
            if total > 1000:
                break
    return total
