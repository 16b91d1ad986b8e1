"""What a user may have meant by a name that does not exist, and what there is to choose from."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import SequenceMatcher
from typing import Final

# Comparing two names takes some microseconds, and a text may hold thousands of each kind.
_MOST_COMPARISONS: Final = 5_000
_LONGEST_NAME: Final = 60
# As for `difflib.get_close_matches`.
_LEAST_RATIO: Final = 0.6


def either(texts: Iterable[str]) -> str:
    """A choice of texts, in words: "a, b or c"."""
    *most, last = texts
    return f"{', '.join(most)} or {last}" if most else last


class Suggestions:
    """Finds names that are close to others. After a fixed number of comparisons one of these suggests nothing more."""

    def __init__(self) -> None:
        self._comparisons = 0

    def closest(self, name: object, names: Collection[str]) -> str | None:
        """The one of `names` that is most like `name`; None where no name is like it, and for what is no text."""
        if not isinstance(name, str) or len(name) > _LONGEST_NAME:
            return None
        best, found = _LEAST_RATIO, None
        matcher = SequenceMatcher(b=name)
        for other in names:
            if self._comparisons == _MOST_COMPARISONS:
                break
            self._comparisons += 1
            if 2 * min(len(name), len(other)) < best * (len(name) + len(other)) or len(other) > _LONGEST_NAME:
                continue
            matcher.set_seq1(other)
            if matcher.quick_ratio() >= best and (ratio := matcher.ratio()) >= best and (ratio > best or not found):
                best, found = ratio, other
        return found
