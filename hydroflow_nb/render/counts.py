"""How a count is shown, on a picture and in a sentence: as the widgets show it (`static/shared/text.js`)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def counted(count: int, word: str) -> str:
    """A count with its word: "1 item", "12,345 items"."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def compact(count: int) -> str:
    """A count where there is little room: "999", "1.2k", "35k", "1.0M"."""
    if count < 1000:
        return str(count)
    if count < 999_500:
        return f"{_rounded(count / 1e3, 1 if count < 9950 else 0)}k"
    return f"{_rounded(count / 1e6, 1 if count < 9.95e6 else 0)}M"


def count_text(count: int, carried: int) -> str:
    """How many items went over an edge, and in brackets how many were carried over on it."""
    if not carried:
        return compact(count)
    return f"{compact(count)} ({compact(carried)})" if count else f"({compact(carried)})"


def _rounded(value: float, digits: int) -> Decimal:
    # A half goes up, as in a page's `toFixed`.
    return Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
