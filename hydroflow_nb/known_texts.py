"""Texts that were compiled, so that the next flow of a text is not compiled again."""

from __future__ import annotations

import ast
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Final, Generic, TypeVar

# How many texts are kept, and the length of the longest of them in characters.
MOST_TEXTS: Final = 64
LONGEST_TEXT: Final = 100_000

Evaluate = Callable[[ast.expr], Any]
_Made = TypeVar("_Made")


class KnownTexts(Generic[_Made]):
    """What the newest texts were made into.

    A text means the same again where each type that it names is the same object; nothing else is looked up when a text
    is compiled.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, tuple[_Made, list[tuple[ast.expr, Any]]]] = OrderedDict()

    def find(self, key: Hashable, evaluate: Evaluate) -> _Made | None:
        """What a text was made into, if it means the same with these values; else None."""
        found = self._known.get(key)
        if found is None:
            return None
        made, types = found
        try:
            is_same = all(evaluate(written) is value for written, value in types)
        except Exception:  # compiling tells of it
            return None
        if not is_same:
            return None
        self._known.move_to_end(key)
        return made

    def keep(self, key: Hashable, made: _Made, types: list[tuple[ast.expr, Any]]) -> None:
        """Keep what a text was made into, and the values of the types that it names."""
        self._known[key] = made, types
        if len(self._known) > MOST_TEXTS:
            self._known.popitem(last=False)
