"""The pieces that Python text is cut into, and what is known of a whole text while it is cut."""

from __future__ import annotations

from dataclasses import field
from typing import NamedTuple

from hydroflow_nb.records import dataclass


@dataclass(slots=True, kw_only=True)
class Piece:
    """What stands between two commas, from its first token to its last one, comments at both ends left out.

    `bars` are the offsets of the bars of `|a, b| ...`, the second one None if it is missing. `references` are the
    stretches of `$name`. A `broken` piece has been reported on already; one that `needs_check` may pass Python's parser
    and still be refused by its compiler. An empty piece ends where it starts.
    """

    start: int
    end: int
    bars: tuple[int, int | None] | None = None
    references: list[tuple[int, int]] = field(default_factory=list)
    lifetime: bool = False
    needs_check: bool = False
    broken: bool = False


class Cut(NamedTuple):
    """The pieces of a bracket. `end` is the offset after it; of one that is not `closed`, where to read on."""

    pieces: list[Piece]
    end: int
    closed: bool


@dataclass(slots=True, kw_only=True)
class Misreadings:
    """What is known of a whole text, so that no bracket is read to the text's end more often than it has to be.

    A comment such as `#name)` may hide the bracket that closes another one. `unclosed` are the offsets of the brackets
    that stay open while such comments are taken for comments, `signs` the offsets of these comments.
    """

    unclosed: set[int] = field(default_factory=set)
    signs: set[int] = field(default_factory=set)
    _last: dict[str, int] = field(default_factory=dict)

    def is_ahead(self, text: str, sign: str, position: int) -> bool:
        """Whether a sign stands anywhere behind a position."""
        if sign not in self._last:
            self._last[sign] = text.rfind(sign)
        return self._last[sign] >= position
