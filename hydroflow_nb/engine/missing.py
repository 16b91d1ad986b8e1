"""The one value that no item is."""

from __future__ import annotations


class Missing:
    """The one value that no item is: an accumulator that has not begun."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = Missing()
