"""A log whose lines another process can read: manifests take this module along."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass
class Printed:
    """Prints what is appended to it."""

    def append(self, item: Any) -> None:
        """Print an item."""
        print(repr(item), flush=True)


def items(lines: Iterable[str]) -> list[Any]:
    """The items that were printed."""
    return [ast.literal_eval(line) for line in lines]
