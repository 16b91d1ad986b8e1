"""What a recording kept of an edge: the items with their ticks, as a list, a page of a table, or a data frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from hydroflow_nb.engine.html import note, table
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.ir.place import edge_of
from hydroflow_nb.records import dataclass
from hydroflow_nb.trace.ticks import LONGEST_SHOWN, RecordedTick, text_of

if TYPE_CHECKING:
    from hydroflow_nb.trace.recording import Recording

_MOST_ROWS: Final = 50


@dataclass(frozen=True, kw_only=True)
class RecordedChannel:
    """The items that went over an edge: `items`, oldest first, and `ticks`, the tick of each of them.

    `count` says how many went over it; where it is more than `len()`, the others were not kept. Of an item that can
    change, its text is kept (a `str`), unless the flow is recorded with `copies=True`. What later ticks carry over, and
    do not send again, stands in the first of the ticks that has it; `carried` counts it in the others.
    """

    place: str
    items: Sequence[Any]
    ticks: Sequence[int]
    count: int
    carried: int = 0

    @classmethod
    def of(cls, place: str, wire: str, recorded: Sequence[RecordedTick]) -> RecordedChannel:
        """What some ticks keep of a wire, given by its element id."""
        items: list[Any] = []
        ticks: list[int] = []
        count = carried = 0
        for number, tick in enumerate(recorded):
            for step in tick.steps:
                moved = step.moves.get(wire)
                if moved is not None:
                    listed = moved.sent if number else moved
                    kept = listed.items
                    items += kept
                    ticks += [tick.tick] * len(kept)
                    count += moved.count - moved.carried if number else moved.count
                    carried += moved.carried if number else 0
        return cls(place=place, items=items, ticks=ticks, count=count, carried=carried)

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items)

    def columns(self) -> dict[str, list[Any]]:
        """The items as columns, behind a column `tick`: the fields of named tuples and dataclasses, the keys of dicts,
        the places of tuples of one length (`0`, `1`, ...), where all items are of that form; else a column `item`.
        """
        names, values = _columns(self.items)
        # A field of an item keeps its name.
        tick = next(name for name in ("tick", "_tick", "__tick") if name not in names)
        return {tick: list(self.ticks), **dict(zip(names, values, strict=True))}

    def to_pandas(self) -> Any:
        """The columns as a `pandas.DataFrame`. Raises ImportError where pandas is not installed."""
        import pandas

        return pandas.DataFrame(self.columns())

    def to_polars(self) -> Any:
        """The columns as a `polars.DataFrame`. Raises ImportError where polars is not installed."""
        import polars

        return polars.DataFrame(self.columns(), strict=False)

    def to_arrow(self) -> Any:
        """The columns as a `pyarrow.Table`. Raises ImportError where pyarrow is not installed, and what it raises for
        values of which it knows no type.
        """
        import pyarrow

        return pyarrow.table(self.columns())

    def __repr__(self) -> str:
        shown = [f"{tick:>6}  {text_of(item, LONGEST_SHOWN)}" for tick, item in islice(self._rows(), _MOST_ROWS)]
        return "\n".join([self._heading(), *shown, *self._more()])

    def _repr_html_(self) -> str:
        rows = [(str(tick), text_of(item, LONGEST_SHOWN)) for tick, item in islice(self._rows(), _MOST_ROWS)]
        return "".join([note(self._heading()), table(("tick", "item"), rows), *map(note, self._more())])

    def _rows(self) -> Iterator[tuple[int, Any]]:
        return zip(self.ticks, self.items, strict=True)

    def _heading(self) -> str:
        kept = "" if self.count == len(self) else f", {len(self):,} of them kept"
        carried = f", and {self.carried:,} carried over" if self.carried else ""
        return f"{self.place}: {self.count:,} item{'s' * (self.count != 1)}{kept}{carried}"

    def _more(self) -> list[str]:
        more = len(self) - _MOST_ROWS
        return [f"… {more:,} more: `.items` has all"] if more > 0 else []


def recorded_channel(
    graph: PartitionedGraph, recording: Recording | None, place: str, tick: int | None
) -> RecordedChannel:
    """What a recording keeps of an edge, in all of its ticks or in one. Raises HydroflowError for a place that is not
    one edge and where nothing is recorded, KeyError for a tick that is not recorded.
    """
    edge = edge_of(graph, place)
    if recording is None:
        raise HydroflowError(message=f"the flow `{graph.name}` is not recorded: `flow.record()` before its ticks")
    wire = next(wire for wire in graph.wires if wire.edge.id == edge.id)
    ticks = list(recording.ticks) if tick is None else [recording.tick(tick)]
    return RecordedChannel.of(place, wire.element, ticks)


def _columns(items: Sequence[Any]) -> tuple[list[str], list[list[Any]]]:
    kinds = {type(item) for item in items}
    if len(kinds) == 1:
        (kind,) = kinds
        if issubclass(kind, tuple) and hasattr(kind, "_fields"):
            return list(kind._fields), _turned(items, len(kind._fields))
        if is_dataclass(kind):
            names = [field.name for field in fields(kind)]
            return names, [[getattr(item, name) for item in items] for name in names]
        if kind is dict and all(type(name) is str for item in items for name in item):
            names = list(dict.fromkeys(name for item in items for name in item))
            return names, [[item.get(name) for item in items] for name in names]
        if kind is tuple and len({len(item) for item in items}) == 1:
            length = len(items[0])
            return [str(index) for index in range(length)], _turned(items, length)
    return ["item"], [list(items)]


def _turned(items: Sequence[Sequence[Any]], length: int) -> list[list[Any]]:
    return [[item[index] for item in items] for index in range(length)]
