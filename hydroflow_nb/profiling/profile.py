"""What was measured of a run, as a person asks for it: a table by operator, of all ticks or of some."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from importlib import import_module
from os import PathLike
from types import TracebackType
from typing import Any, Self

from hydroflow_nb.ir.graph import Node
from hydroflow_nb.ir.partitioned import SubgraphId
from hydroflow_nb.ir.place import Places
from hydroflow_nb.profiling.meter import Meter, TimedTick
from hydroflow_nb.profiling.shown import OperatorProfile, as_html, as_text
from hydroflow_nb.profiling.trace_events import save


class Profile:
    """Where the time of a flow goes: `flow.profile()`. It is live: what it shows grows while the flow runs.

    It prints as a table, one row an operator, most time first. `operators` are these rows, `between(3, 8)` is the same
    of some ticks, `to_pandas()` a DataFrame, `save("run.trace.json")` a trace. `stop()` ends the measuring and keeps
    what was measured, and so does the end of `with flow.profile():`; `flow.profile()` goes on with it.
    """

    def __init__(self, meter: Meter, name: str, stop: Callable[[], None]) -> None:
        self._meter = meter
        self._name = name
        self._stop = stop
        self._range: tuple[int, int] | None = None
        self.is_on = True

    # --- what was measured -----------------------------------------------------------------------------------------

    @property
    def ticks(self) -> Sequence[TimedTick]:
        """The ticks that were measured, oldest first: `begin` and `end` in ns, and what was measured by operator."""
        if self._range is None:
            return tuple(self._meter.ticks)
        first, last = self._range
        return tuple(tick for tick in self._meter.ticks if first <= tick.tick <= last)

    def between(self, first: int, last: int | None = None) -> Profile:
        """The same of the ticks from `first` to `last` alone; without `last` of that one tick."""
        part = Profile(self._meter, self._name, self._stop)
        part._range = (first, first if last is None else last)
        part.is_on = False
        return part

    @property
    def operators(self) -> list[OperatorProfile]:
        """A row for each operator, most time first."""
        graph, ticks, places = self._meter.graph, self.ticks, Places(self._meter.graph)
        total = sum(sum(tick.spent.values()) for tick in ticks)
        rows = [self._row(node, ticks, places, total) for node in graph.nodes.values()]
        return sorted(rows, key=lambda row: -row.seconds)

    def _row(self, node: Node, ticks: Sequence[TimedTick], places: Places, total: int) -> OperatorProfile:
        spent = sum(tick.spent.get(node.id, 0) for tick in ticks)
        moved = [self._meter.items_of(tick, node.id) for tick in ticks]
        came, left = sum(pair[0] for pair in moved), sum(pair[1] for pair in moved)
        rounds = [tick.rounds.get(self._subgraph(node), 0) for tick in ticks]
        return OperatorProfile(
            place=places.place_of(node),
            operator=node.operator.name,
            element=node.element,
            line=node.span.line,
            items_in=came,
            items_out=left,
            selectivity=left / came if came else None,
            seconds=spent / 1e9,
            share=spent / total if total else 0.0,
            state=ticks[-1].sizes.get(node.element) if ticks else None,
            rounds=max(rounds, default=0),
            runs=sum(rounds),
        )

    def _subgraph(self, node: Node) -> SubgraphId:
        return self._meter.graph.subgraph_of[node.id]

    def __iter__(self) -> Iterator[OperatorProfile]:
        return iter(self.operators)

    def __getitem__(self, place: str) -> OperatorProfile:
        """The row of the one operator that a place means. Raises HydroflowError, which says what there is."""
        (node, *_) = Places(self._meter.graph).nodes_of(place)
        return next(row for row in self.operators if row.element == node.element)

    @property
    def seconds(self) -> float:
        """The time of the measured ticks, from begin to end."""
        return sum(tick.end - tick.begin for tick in self.ticks) / 1e9

    # --- handed on -------------------------------------------------------------------------------------------------

    def to_pandas(self) -> Any:
        """The rows as a pandas DataFrame, one an operator. Raises ImportError where pandas is not installed."""
        return import_module("pandas").DataFrame([asdict(row) for row in self.operators])

    def save(self, path: str | PathLike[str]) -> None:
        """Write a trace that https://ui.perfetto.dev and Chrome's `about:tracing` show, by convention `run.trace.json`.

        It has a span for each tick, in it one for each run of a subgraph, and in that one for each operator, as long as
        all its work in that run: items stream through a subgraph one by one. The items and sizes are its arguments, and
        a track of their own. Raises HydroflowError for another name than `.json`, OSError where it cannot be written.
        """
        save(self._meter, self.ticks, self._name, path)

    # --- how long --------------------------------------------------------------------------------------------------

    def stop(self) -> None:
        """Measure no more: the flow runs its own code again from the next tick on."""
        if self.is_on:
            self.is_on = False
            self._stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exception: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    # --- how it looks ----------------------------------------------------------------------------------------------

    @property
    def heading(self) -> str:
        """What was measured, in a sentence."""
        ticks = self.ticks
        if not ticks:
            return f"profile of the flow `{self._name}`: no tick was measured yet; run some"
        numbers = f"tick {ticks[0].tick}" if len(ticks) == 1 else f"ticks {ticks[0].tick} to {ticks[-1].tick}"
        dropped = f", {self._meter.dropped:,} older ticks dropped" if self._meter.dropped else ""
        return f"profile of the flow `{self._name}`: {numbers}, {self.seconds * 1e3:,.1f} ms{dropped}"

    def __str__(self) -> str:
        return as_text(self.heading, self.operators if self.ticks else [])

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))

    def _repr_html_(self) -> str:
        return as_html(self.heading, self.operators if self.ticks else [])
