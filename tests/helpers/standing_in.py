"""A table for tests that run without a library of tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class DataFrame:
    """What a flow asks of a table of polars to go through its rows."""

    __module__ = "polars"

    def __init__(self, columns: dict[str, list[Any]]) -> None:
        self.columns = list(columns)
        self._values = list(columns.values())

    def iter_rows(self) -> Iterator[tuple[Any, ...]]:
        return zip(*self._values, strict=True)


def frame_of(**columns: list[Any]) -> DataFrame:
    """A table of some columns."""
    return DataFrame(columns)
