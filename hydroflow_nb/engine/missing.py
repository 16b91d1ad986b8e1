"""The one value that is never an item."""

from __future__ import annotations


class Missing:
    """The one value that is never an item: it stands for an accumulator that does not exist yet."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = Missing()
