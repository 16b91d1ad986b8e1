"""An item as a text to show to a person: it never raises, and is never long."""

from __future__ import annotations

import re
from collections.abc import Sized
from itertools import islice
from math import log10
from types import MappingProxyType
from typing import Any

DEFAULT_LIMIT = 200
# How a text that was cut ends: it tells how long the whole one was.
_WHOLE = re.compile(r"… \([\d,]+ (?:characters|bytes)\)\Z")
_MAPPINGS = (dict, MappingProxyType)
# An integer of so many bits has more digits than Python writes.
_MOST_BITS = 14_000
_CONTAINERS = (list, tuple, set, frozenset, *_MAPPINGS)


def shown(item: Any, limit: int = DEFAULT_LIMIT) -> str:
    """The `repr` of an item, cut to about `limit` characters; an item whose `repr` fails says so."""
    try:
        cut = _cut(item, limit)
        if cut is not None:
            return cut
        text = str.__str__(repr(item))
    except KeyboardInterrupt:
        raise
    except BaseException as exception:  # what a user's `__repr__` raises is the user's
        return f"<{type(item).__name__} whose repr raised {type(exception).__name__}>"
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text):,} characters)"


def shown_shorter(text: str, limit: int, longest: int) -> str:
    """What `shown` gave with the limit `longest`, cut to a lower one. It tells the length of the whole text: the given
    one is a part of that where it was cut already.
    """
    if len(text) <= limit:
        return text
    if len(text) <= longest:
        return f"{text[:limit]}… ({len(text):,} characters)"
    told = _WHOLE.search(text)
    return text[:limit] + (told[0] if told else f"… (more than {longest:,} characters)")


def _cut(item: Any, limit: int) -> str | None:
    """The start of a long text, container or lattice value, without going through all of it; None for other values."""
    if type(item) in (str, bytes) and len(item) > limit:
        return f"{item[:limit]!r}… ({len(item):,} {'characters' if type(item) is str else 'bytes'})"
    if type(item) is int and item.bit_length() > _MOST_BITS:
        return f"<int of about {int(item.bit_length() * log10(2)) + 1:,} digits>"
    inside = _revealed(item)
    if (type(item) not in _CONTAINERS and inside is item) or _size(item) <= limit:
        return None
    if inside is not item:
        return f"{type(item).__name__}({shown(inside, limit)})"
    if type(item) in _MAPPINGS:
        few = [f"{shown(key, limit)}: {shown(value, limit)}" for key, value in islice(item.items(), limit // 4)]
    else:
        few = [shown(element, limit) for element in islice(item, limit // 4)]
    name = "dict" if type(item) in _MAPPINGS else type(item).__name__
    return f"<{name} of {len(item):,}: {', '.join(few)[:limit]}…>"


def _size(item: Any, depth: int = 6) -> int:
    """How many elements there are down to a depth, counted only as far as needed."""
    if isinstance(item, (str, bytes)):
        return len(item) // 20
    item = _revealed(item)
    if not isinstance(item, Sized):
        return _size(item, depth - 1) if depth and _revealed(item) is not item else 1
    total = len(item)
    if depth and total <= 1000 and type(item) in _CONTAINERS:
        for element in item.values() if isinstance(item, _MAPPINGS) else item:  # type: ignore[attr-defined]
            total += _size(element, depth - 1)
            if total > 1000:
                break
    return total


def _revealed(item: Any) -> Any:
    """What is inside of a lattice value, or of another object that has `reveal`; else the item itself."""
    if not callable(getattr(type(item), "reveal", None)):
        return item
    try:
        return item.reveal()
    except Exception:
        # In another class `reveal` may mean something else.
        return item
