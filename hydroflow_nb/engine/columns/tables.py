"""What operators do, over the columns of whole tables; each method of `Over` is what one operator's record asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, Final

import polars as pl

from hydroflow_nb.engine.columns import column
from hydroflow_nb.engine.columns.column import LEAST, MOST, Column, NotInColumns, is_told_apart
from hydroflow_nb.engine.columns.tracing import Sum, traced, tuple_like
from hydroflow_nb.engine.tables import row_of
from hydroflow_nb.records import dataclass

# Below so many rows altogether a query costs more than to go through them.
FEWEST_ROWS: Final = 5_000


@dataclass(frozen=True, kw_only=True)
class Table:
    """Items in columns: a `polars.LazyFrame`, an item with columns in the place of values, and how many there are at
    most.
    """

    frame: Any
    item: Any
    most: int


class Over:
    """Makes one query of the operators between some tables and those that a `dest_frame` makes.

    Every method raises `NotInColumns`, or whatever a function of the user's raises, where the items have to be gone
    through.
    """

    def __init__(self) -> None:
        self._names = (f"_column_{number}" for number in count())
        self._rows = 0

    def read(self, source: Any) -> Table:
        """A table of polars or Arrow, each item a row."""
        frame = source if isinstance(source, pl.DataFrame) else _of_arrow(source)
        self._rows += frame.height
        row, titles = row_of(tuple(frame.columns)), frame.columns
        frame = frame.rename({title: next(self._names) for title in titles})
        item = row(*(column.of_table(frame, *names) for names in zip(frame.columns, titles, strict=True)))
        return Table(frame=frame.lazy(), item=item, most=frame.height)

    def mapped(self, table: Table, function: Callable[[Any], Any]) -> Table:
        """The results of a function."""
        return self._settled(table, traced(function, table.item))

    def filtered(self, table: Table, predicate: Callable[[Any], Any]) -> Table:
        """The items for which a predicate is true."""
        kept = column.of(traced(predicate, table.item, truth=True))
        return Table(frame=table.frame.filter(kept.expression), item=table.item, most=table.most)

    def unique(self, table: Table) -> Table:
        """Each item once, where it came first."""
        table = self._settled(table, table.item)
        return Table(frame=_distinct(table), item=table.item, most=table.most)

    def joined(self, left: Table, right: Table, *, distinct: bool) -> Table:
        """The pairs of values with the same key; `distinct`: each side is a set."""
        left, right = (self._settled(side, _pair(side.item)) for side in (left, right))
        (key, left_value), (other, right_value) = left.item, right.item
        if _form(key) != _form(other):
            raise NotInColumns("keys of different types")
        frames = [_distinct(side) if distinct else side.frame for side in (left, right)]
        matched = frames[0].join(
            frames[1], left_on=_names(key), right_on=_names(other), how="inner", maintain_order="left_right"
        )
        return Table(frame=matched, item=(key, (left_value, right_value)), most=left.most * right.most)

    def folded(self, table: Table, init: Callable[[], Any], function: Callable[[Any, Any], Any]) -> Table:
        """For each key the sums of what its values add, in the order in which the keys came first."""
        table = self._settled(table, _pair(table.item))
        key, value = table.item
        first = traced(init)
        starts = list(_leaves(first))
        if not starts or any(type(start) is not int for start in starts):
            raise NotInColumns("an accumulator that is not made of ints")
        begun = _replaced(first, [Sum(place) for place, _ in enumerate(starts)])
        result = traced(function, begun, value)
        if _form(result) != _form(begun):
            raise NotInColumns("a fold to something else than sums")
        settled = self._settled(table, tuple(one.sum_term for one in _leaves(result)))
        frame, terms = settled.frame, settled.item
        bounds, most = _of_sums(starts, terms, table.most), table.most
        if any(least < LEAST or greatest > MOST for least, greatest in bounds):
            # There may be much fewer items than there can be.
            whole = frame.collect()
            frame, most = whole.lazy(), whole.height
            bounds = _of_sums(starts, terms, most)
        names = [next(self._names) for _ in bounds]
        totals = [
            Column(pl.col(name), int, column.within(own), name=name) for name, own in zip(names, bounds, strict=True)
        ]
        sums = [
            (pl.col(term.column_name).sum() + pl.lit(start, dtype=pl.Int64)).alias(name)
            for name, start, term in zip(names, starts, terms, strict=True)
        ]
        grouped = frame.group_by(_names(key), maintain_order=True).agg(sums)
        return Table(frame=grouped, item=(key, _replaced(first, totals)), most=most)

    def framed(self, table: Table, kinds: Mapping[str, type]) -> Any:
        """A `polars.LazyFrame` with columns of these names and kinds."""
        item = table.item if isinstance(table.item, tuple) else (table.item,)
        table = self._settled(table, item)
        if [value.value_type for value in table.item] != list(kinds.values()):
            raise NotInColumns("other values than those of the columns")
        named = [pl.col(value.column_name).alias(name) for name, value in zip(kinds, table.item, strict=True)]
        return table.frame.select(named)

    def collected(self, frames: Sequence[Any]) -> list[Any]:
        """A `polars.DataFrame` of each; what they have in common is computed once."""
        if self._rows < FEWEST_ROWS:
            raise NotInColumns(f"there are fewer than {FEWEST_ROWS:,} of them")
        return pl.collect_all(frames) if len(frames) > 1 else [frames[0].collect()]

    def _settled(self, table: Table, item: Any) -> Table:
        """The table with another item, each value of which is a column of the table."""
        made: list[Any] = []

        def settle(value: Any) -> Any:
            if isinstance(value, tuple):
                return tuple_like(value, [settle(part) for part in value])
            found = column.of(value)
            if found.column_name is not None:
                return found
            name = next(self._names)
            made.append(found.expression.alias(name))
            return found.as_named(name)

        settled = settle(item)
        return Table(frame=table.frame.with_columns(made) if made else table.frame, item=settled, most=table.most)


def _of_arrow(table: Any) -> Any:
    if type(table).__module__.partition(".")[0] != "pyarrow":
        raise NotInColumns("a table of another library")
    return pl.from_arrow(table)


def _pair(item: Any) -> tuple[Any, Any]:
    if not isinstance(item, tuple) or len(item) != 2:
        raise NotInColumns("items that are no pairs")
    key, value = item
    return key, value


def _leaves(tree: Any) -> Iterator[Any]:
    if isinstance(tree, tuple):
        for part in tree:
            yield from _leaves(part)
    else:
        yield tree


def _replaced(tree: Any, leaves: Sequence[Any]) -> Any:
    """A tree of the same form with other leaves."""
    rest = iter(leaves)

    def replace(part: Any) -> Any:
        return tuple_like(part, list(map(replace, part))) if isinstance(part, tuple) else next(rest)

    return replace(tree)


def _form(tree: Any) -> Any:
    """What two trees have in common that can be equal, or can be added up in place."""
    if isinstance(tree, tuple):
        return type(tree), tuple(map(_form, tree))
    return tree.sum_place if isinstance(tree, Sum) else getattr(tree, "value_type", None)


def _names(tree: Any) -> list[str]:
    """The columns that tell items apart. Raises NotInColumns where polars may take others for equal than Python."""
    columns = list(_leaves(tree))
    if not columns or not all(map(is_told_apart, columns)):
        raise NotInColumns("keys that are floats, or nothing")
    return [one.column_name for one in columns]


def _distinct(table: Table) -> Any:
    return table.frame.unique(_names(table.item), keep="first", maintain_order=True)


def _of_sums(starts: Sequence[int], terms: Sequence[Column], most: int) -> list[tuple[int, int]]:
    """Between what each sum over at most so many items can be."""
    return [
        (start + min(0, term.value_bounds[0]) * most, start + max(0, term.value_bounds[1]) * most)
        for start, term in zip(starts, terms, strict=True)
    ]
