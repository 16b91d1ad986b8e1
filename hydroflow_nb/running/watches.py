"""Watches: expressions whose values are noted at the end of each tick."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final, Protocol

from hydroflow_nb.engine.notes import described
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.ir.place import Places
from hydroflow_nb.records import dataclass
from hydroflow_nb.running.drivable import Drivable
from hydroflow_nb.running.states import RunningStates
from hydroflow_nb.state.operator_state import OperatorState, StatesByOperator
from hydroflow_nb.trace.recording import Recording
from hydroflow_nb.trace.ticks import RecordedTick, kept
from hydroflow_nb.trace.values import value_of

# The values that are kept of a watch, the newest.
MOST_VALUES: Final = 6_000
_FILE: Final = "<watch>"
_BARS: Final = "▁▂▃▄▅▆▇█"
_LONGEST: Final = 100
# The newest values that a text and a picture show.
_MOST_SHOWN: Final = 60
_WIDTH: Final = 240
_HEIGHT: Final = 28


class Watched(Protocol):
    """A flow that is watched."""

    @property
    def recording(self) -> Recording:
        """What is recorded of the run."""

    def drive(self) -> Drivable:
        """The flow for code that drives it from outside."""


@dataclass(frozen=True)
class Raised:
    """What an expression raised in a tick, in words."""

    words: str

    def __str__(self) -> str:
        return self.words


class Watch:
    """An expression whose value is noted at the end of each recorded tick, from `flow.watch`. It prints as bars.

    `values` are the values by tick, oldest first; what can change is kept as its text, and where the expression raised,
    a `Raised` says what. `numbers` are those that are numbers. `remove()` ends it.
    """

    def __init__(
        self,
        number: int,
        expression: str,
        place: str | None,
        evaluate: Callable[[RecordedTick], Any],
        remove: Callable[[Watch], None],
    ) -> None:
        self.number = number
        self.expression = expression
        self.place = place
        self.values: dict[int, Any] = {}
        self._evaluate = evaluate
        self._remove = remove
        # Which record a value was made of: after going back a tick has another one.
        self._of: dict[int, RecordedTick] = {}

    @property
    def numbers(self) -> dict[int, float]:
        """The values that are numbers, by tick; true is 1."""
        found: dict[int, float] = {}
        for tick, value in self.values.items():
            if isinstance(value, int | float) and math.isfinite(value):
                found[tick] = float(value)
        return found

    def remove(self) -> None:
        """End it; nothing happens where it was ended before."""
        self._remove(self)

    def look(self, ticks: Sequence[RecordedTick]) -> None:
        """Note the values of the ticks that have ended and have none."""
        if not ticks:
            self.values.clear()
            self._of.clear()
            return
        newest = ticks[-1].tick
        for tick in [tick for tick in self.values if tick > newest]:
            self._forget(tick)
        for record in reversed(ticks):
            known = self._of.get(record.tick)
            if known is record:
                break
            if record.complete:
                self.values[record.tick] = self._value(record)
                self._of[record.tick] = record
            elif known is not None:
                self._forget(record.tick)
        if next(reversed(self.values), newest) != max(self.values, default=newest):
            self.values = dict(sorted(self.values.items()))
        while len(self.values) > MOST_VALUES:
            self._forget(next(iter(self.values)))

    def _forget(self, tick: int) -> None:
        del self.values[tick]
        del self._of[tick]

    def _value(self, record: RecordedTick) -> Any:
        try:
            return kept(self._evaluate(record))
        except Exception as exception:  # an expression stops nothing
            return Raised(described(exception))

    @property
    def title(self) -> str:
        """The expression and its place."""
        return self.expression if self.place is None else f"{self.expression} on {self.place}"

    def to_dict(self, most: int = MOST_VALUES) -> dict[str, Any]:
        """As JSON: the newest values as numbers, where they are, and as texts, by tick."""
        numbers = self.numbers
        newest = list(self.values.items())[-most:]
        return {
            "number": self.number,
            "title": self.title,
            "values": [[tick, numbers.get(tick), _text_of(value)] for tick, value in newest],
        }

    def __repr__(self) -> str:
        shown_ticks = list(self.values)[-_MOST_SHOWN:]
        if not shown_ticks:
            return f"<watch {self.number}: {self.title}, no values yet>"
        last = _text_of(self.values[shown_ticks[-1]])
        span = f"ticks {shown_ticks[0]} to {shown_ticks[-1]}" if len(shown_ticks) > 1 else f"tick {shown_ticks[0]}"
        bars = self._bars(shown_ticks)
        return f"<watch {self.number}: {self.title}, {span} {bars + ' ' if bars else ''}now {last}>"

    def _bars(self, ticks: Sequence[int]) -> str:
        numbers = self.numbers
        found = [numbers.get(tick) for tick in ticks]
        known = [number for number in found if number is not None]
        if not known:
            return ""
        low, high = min(known), max(known)
        step = (high - low) / (len(_BARS) - 1)
        return "".join(
            "!"
            if isinstance(self.values[tick], Raised)
            else "·"
            if number is None
            else _BARS[0 if not step else min(len(_BARS) - 1, round((number - low) / step))]
            for tick, number in zip(ticks, found, strict=True)
        )

    def _repr_html_(self) -> str:
        numbers = self.numbers
        ticks = list(self.values)
        line = ""
        if numbers:
            low, high = min(numbers.values()), max(numbers.values())
            first, last = ticks[0], ticks[-1]
            points = " ".join(
                f"{2 + (tick - first) / max(1, last - first) * (_WIDTH - 4):.1f},"
                f"{_HEIGHT - 3 - (number - low) / ((high - low) or 1) * (_HEIGHT - 6):.1f}"
                for tick, number in numbers.items()
            )
            line = (
                f'<svg width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="{escape(self._said())}">'
                f'<polyline points="{points}" fill="none" stroke="currentColor" stroke-width="1.5"/></svg>'
            )
        return f"<p><code>{escape(self.title)}</code> {line} {escape(self._said())}</p>"

    def _said(self) -> str:
        """The values in words."""
        if not self.values:
            return "no values yet"
        ticks = list(self.values)
        last = _text_of(self.values[ticks[-1]])
        numbers = self.numbers.values()
        span = f", {min(numbers):g} to {max(numbers):g}" if numbers else ""
        return f"{last} in tick {ticks[-1]}{span}"


def _text_of(value: Any) -> str:
    """A value of a watch in a few words."""
    return f"raised {value}" if isinstance(value, Raised) else shown(value, _LONGEST)


class Watches(Sequence[Watch]):
    """The watches of a flow, in the order in which they were set."""

    def __init__(self, flow: Watched, places: Places, states: Callable[[], RunningStates]) -> None:
        self._flow = flow
        self._places = places
        self._states = states
        self._all: list[Watch] = []
        self._numbers = 0
        self._unsubscribe: Callable[[], None] | None = None

    def __len__(self) -> int:
        return len(self._all)

    def __getitem__(self, index: Any) -> Any:
        return self._all[index]

    def __iter__(self) -> Iterator[Watch]:
        return iter(tuple(self._all))

    def add(self, expression: str, on: str | None = None) -> Watch:
        """Set one; see `flow.watch`."""
        driven = self._flow.drive()
        driven.must_be_open()
        is_text = isinstance(expression, str)
        if not is_text or not expression.strip():
            raise TypeError(f'a watch is the text of an expression, such as "len(items)", not {shown(expression)}')
        code = compile(expression.strip(), _FILE, "eval")
        edges = None if on is None else _entering(self._places, on)
        if edges is None and "items" in code.co_names:
            raise TypeError('`items` are those of an edge: `flow.watch("len(items)", on="A -> B")`')

        def evaluate(record: RecordedTick) -> Any:
            given: dict[str, Any] = {
                **(driven.names or {}),
                "tick": record.tick,
                "edges": _Edges(record, self._places),
                "state": _States(record, self._states(), driven),
            }
            if edges is not None:
                given["items"] = _items(record, edges)
            return eval(code, given)

        self._numbers += 1
        watch = Watch(self._numbers, expression.strip(), on and self._named(on), evaluate, self._remove)
        self._all.append(watch)
        recording = self._flow.recording
        if self._unsubscribe is None:
            self._unsubscribe = recording.subscribe(self.look)
        watch.look(recording.ticks)
        return watch

    def _named(self, place: str) -> str:
        """A place as a person would write it."""
        edges = {wire.edge.id: wire for wire in self._places.wires_of(place)}
        return self._places.place_of(next(iter(edges.values()))) if len(edges) == 1 else place.strip()

    def clear(self) -> None:
        """Remove all."""
        for one in self:
            one.remove()

    def look(self) -> None:
        """Note what has come; called by the recording."""
        ticks = self._flow.recording.ticks
        for one in tuple(self._all):
            one.look(ticks)

    def _remove(self, watch: Watch) -> None:
        if watch in self._all:
            self._all.remove(watch)
        if not self._all and self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def __repr__(self) -> str:
        return "\n".join(map(repr, self._all)) or "<no watches>"

    def _repr_html_(self) -> str:
        return "".join(one._repr_html_() for one in self._all) or "<p>no watches</p>"


def _items(record: RecordedTick, edges: frozenset[str]) -> list[Any]:
    """The items that are kept of some edges in a tick."""
    return [
        value_of(item)
        for step in record.steps
        for edge, moved in step.moves.items()
        if edge in edges
        for item in moved.items
    ]


class _Edges(Mapping[str, list[Any]]):
    """The items of a tick by edge."""

    def __init__(self, record: RecordedTick, places: Places) -> None:
        self._record = record
        self._places = places

    def __getitem__(self, place: str) -> list[Any]:
        return _items(self._record, _entering(self._places, place))

    def __iter__(self) -> Iterator[str]:
        moved = dict.fromkeys(edge for step in self._record.steps for edge in step.moves)
        wires = {wire.element: wire for wire in self._places.graph.wires}
        return (self._places.place_of(wires[edge]) for edge in moved if not wires[edge].leaves_handoff)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _States:
    """What operators held when a tick ended: `state["total"]`."""

    def __init__(self, record: RecordedTick, states: RunningStates, driven: Drivable) -> None:
        self._record = record
        self._states = states
        self._driven = driven

    def __getitem__(self, place: str) -> Any:
        engine = self._driven.engine
        if engine.context.tick == self._record.tick + 1 and not engine.is_within_tick:
            found: OperatorState | StatesByOperator = self._states.at_work(place)[1]()
        else:
            found = self._states.state(place, self._record.tick)
        if isinstance(found, OperatorState):
            return found.value
        return {name: one.value for name, one in found.items()}


def _entering(places: Places, place: str) -> frozenset[str]:
    """The wires by which items enter the edges of a place."""
    return frozenset(wire.element for wire in places.wires_of(place) if not wire.leaves_handoff)
