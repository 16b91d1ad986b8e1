"""Tables of other libraries as items: a row of a pandas, polars or Arrow table is a named tuple.

None of these libraries is imported: a table brings its own.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import starmap
from types import MappingProxyType
from typing import Any, Final

from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.shown import shown

Rows = Iterator[tuple[Any, ...]]


def rows(items: Any) -> Any:
    """The rows of a table as named tuples, `Row(name, ...)`; anything else as it is.

    A column whose name is not a name of Python, or comes twice, is called `_0`, `_1`, ... by its place. The index of a
    pandas table is left out: `df.reset_index()` makes a column of it.
    """
    kind = type(items)
    reader = _READERS.get((kind.__module__.partition(".")[0], kind.__name__))
    if reader is None:
        return items
    names, found = reader(items)
    return starmap(row_of(tuple(map(str, names))), found)


@lru_cache(maxsize=256)
def row_of(names: tuple[str, ...]) -> Any:
    """The class of the rows of a table with columns of these names."""
    # One class for tables with the same columns: their rows are equal where their values are, and join by type.
    return namedtuple("Row", names, rename=True)


def table(value: Any) -> Any:
    """The table itself. Raises Misfit for what is no table of another library."""
    kind = type(value)
    if (kind.__module__.partition(".")[0], kind.__name__) not in _READERS:
        raise Misfit(f"{shown(value)} is not a table", "give it a table of polars, Arrow or pandas")
    return value


def _of_pandas(table: Any) -> tuple[Sequence[Any], Rows]:
    return list(table.columns), table.itertuples(index=False, name=None)


def _of_polars(table: Any) -> tuple[Sequence[Any], Rows]:
    return table.columns, table.iter_rows()


def _of_arrow(table: Any) -> tuple[Sequence[Any], Rows]:
    batches: Iterable[Any] = table.to_batches() if hasattr(table, "to_batches") else [table]
    return table.schema.names, (
        row for batch in batches for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)
    )


_READERS: Final[Mapping[tuple[str, str], Callable[[Any], tuple[Sequence[Any], Rows]]]] = MappingProxyType(
    {
        ("pandas", "DataFrame"): _of_pandas,
        ("polars", "DataFrame"): _of_polars,
        ("pyarrow", "Table"): _of_arrow,
        ("pyarrow", "RecordBatch"): _of_arrow,
    }
)
