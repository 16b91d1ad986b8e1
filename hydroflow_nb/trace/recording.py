"""A recording: for each tick and each run of a subgraph, the items that went over each edge."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from hydroflow_nb.engine.copying import Copier
from hydroflow_nb.engine.listeners import Listeners
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.state.operator_state import OperatorState, StatesByOperator

# The items that are kept of one edge in one run of its subgraph; counts are exact beyond that.
MOST_KEPT = 1_000
# The items of a page.
PAGE = 200
# The characters of an item in a page; its whole text is asked for by itself.
LONGEST_SHOWN = 200
# The characters that are kept of the text of an item that could change later.
LONGEST_TEXT = 10_000
# A tick that goes round a cycle for ever stays within this many steps; later steps are only counted.
MOST_STEPS = 20_000

_ATOMS = frozenset({int, float, str, bool, bytes, complex, type(None)})


class Text(str):
    """The `repr` of an item that could change after it was recorded."""

    __slots__ = ()


def kept(item: Any) -> Any:
    """What a recording keeps of an item: itself where it cannot change, else how it looks now."""
    return item if _is_constant(item, 4) else Text(shown(item, LONGEST_TEXT))


def copied(item: Any) -> Any:
    """The same as a value: a copy of an item that can change. What cannot be copied, such as a lock, is kept itself."""
    return item if _is_constant(item, 4) else Copier().accumulated(item)


def _is_constant(item: Any, depth: int) -> bool:
    kind = type(item)
    if kind in _ATOMS:
        return True
    return kind is tuple and depth > 0 and len(item) <= 50 and all(_is_constant(part, depth - 1) for part in item)


def text_of(item: Any, limit: int) -> str:
    """A kept item as text."""
    if isinstance(item, Text):
        return str(item) if len(item) <= limit else f"{item[:limit]}… ({len(item):,} characters)"
    return shown(item, limit)


@dataclass(kw_only=True)
class Moved:
    """The items that went over an edge in one run: an exact count, and the first of them."""

    count: int
    items: list[Any]

    def to_dict(self) -> dict[str, Any]:
        """As JSON: the count, and at most a page of reprs."""
        return {"count": self.count, "items": [text_of(item, LONGEST_SHOWN) for item in self.items[:PAGE]]}


@dataclass(frozen=True, kw_only=True)
class RecordedStep:
    """What one operator did in one run of its subgraph: the items on the edges that leave it, and on those from
    handoffs that it emptied. Items stream through a subgraph one by one; a recording puts them together by operator.

    `loop` is the innermost loop that it stands in; `iteration` are the numbers, from 0, of the iterations of the nested
    loops around it, outermost first.
    """

    stratum: int
    subgraph: str
    run: int
    operator: str
    moves: Mapping[str, Moved]
    loop: str | None = None
    iteration: tuple[int, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "stratum": self.stratum,
            "sg": self.subgraph,
            "run": self.run,
            "op": self.operator,
            **({"loop": self.loop} if self.loop else {}),
            **({"iteration": list(self.iteration)} if self.iteration else {}),
            "moves": {edge: moved.to_dict() for edge, moved in self.moves.items()},
        }


@dataclass(kw_only=True)
class RecordedTick:
    """One tick: why it happened, what it took in, what moved; `fault` tells of an aborted one."""

    tick: int
    why: str
    batch: Mapping[str, Moved]
    steps: list[RecordedStep] = field(default_factory=list)
    strata_done: int = 0
    complete: bool = False
    fault: str | None = None
    skipped_steps: int = 0
    size: int = 0

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "tick": self.tick,
            "why": self.why,
            "batch": {name: moved.to_dict() for name, moved in self.batch.items()},
            "complete": self.complete,
            "strata_done": self.strata_done,
            "fault": self.fault,
            "skipped_steps": self.skipped_steps,
            "steps": [step.to_dict() for step in self.steps],
        }


class Drawable(Protocol):
    """The graph of the flow that is recorded."""

    def to_dict(self) -> dict[str, Any]:
        """The graph as data for JSON."""

    def svg(self, recording: Recording | None = None, *, tick: int | None = None) -> str:
        """The graph's picture, with a recording that of a tick."""


class States(Protocol):
    """What the operators held when the ticks ended."""

    def state(self, place: str, tick: int) -> OperatorState | StatesByOperator:
        """What the operators of a place held at the end of a tick. Raises HydroflowError."""


class Recording:
    """The newest ticks of a flow within a budget of items; `dropped` counts the ticks that were dropped for it.

    `epoch` changes when the flow goes back: what was read of a tick may then be wrong. `keeps` gives what is kept of an
    item.
    """

    def __init__(self, *, budget: int, graph: Drawable, keeps: Callable[[Any], Any] = kept) -> None:
        self.budget = budget
        self.keeps = keeps
        self.ticks: deque[RecordedTick] = deque()
        self.dropped = 0
        self.epoch = 0
        self.states: States | None = None
        self._graph = graph
        self._size = 0
        self._listeners = Listeners()

    def __repr__(self) -> str:
        count = len(self.ticks)
        lost = f", {self.dropped} older dropped" if self.dropped else ""
        return f"<recording of {count} tick{'s' * (count != 1)}{lost}>"

    # --- reading ---------------------------------------------------------------------------------------------------

    def tick(self, number: int) -> RecordedTick:
        """A recorded tick by its number. Raises KeyError for one that was not recorded, or was dropped."""
        for tick in reversed(self.ticks):
            if tick.tick == number:
                return tick
        held = f"ticks {self.ticks[0].tick} to {self.ticks[-1].tick} are" if self.ticks else "nothing is"
        raise KeyError(f"tick {number} is not recorded: {held}")

    def tick_dict(self, number: int) -> dict[str, Any]:
        """A recorded tick as JSON. Raises KeyError."""
        return self.tick(number).to_dict()

    def svg(self, tick: int | None = None) -> str:
        """The picture of a recorded tick, by default of the newest: `flow.graph.svg(flow.recording, tick=tick)`. Raises
        KeyError for a tick that is not recorded.
        """
        return self._graph.svg(self, tick=tick)

    def state(self, place: str, tick: int) -> OperatorState | StatesByOperator:
        """What the operators of a place held at the end of a tick, as `flow.state` gives it. Raises HydroflowError for
        a place that remembers nothing, and for a tick whose state is not kept.
        """
        if self.states is None:
            raise HydroflowError(message="this recording holds no states")
        return self.states.state(place, tick)

    def items_on(self, edges: Container[str]) -> Iterator[Any]:
        """The items that are kept of some edges, oldest first, but those of which the text alone is kept."""
        for tick in self.ticks:
            for step in tick.steps:
                for edge, moved in step.moves.items():
                    if edge in edges:
                        yield from (item for item in moved.items if not isinstance(item, Text))

    def page(self, tick: int, op: str, sg: str, run: int, edge: str, offset: int, limit: int = PAGE) -> list[str]:
        """Reprs of the items from `offset` on that went over an edge in one step. Raises KeyError."""
        items = self._step(tick, op, sg, run).moves[edge].items[offset : offset + limit]
        return [text_of(item, LONGEST_SHOWN) for item in items]

    def text(self, tick: int, op: str, sg: str, run: int, edge: str, index: int, limit: int = LONGEST_TEXT) -> str:
        """The text of one item, up to a limit. Raises KeyError or IndexError."""
        return text_of(self._step(tick, op, sg, run).moves[edge].items[index], limit)

    def _step(self, tick: int, op: str, sg: str, run: int) -> RecordedStep:
        for step in self.tick(tick).steps:
            if (step.operator, step.subgraph, step.run) == (op, sg, run):
                return step
        raise KeyError((op, sg, run))

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON, with the graph and its picture."""
        return {
            "format": 1,
            "graph": self._graph.to_dict(),
            "svg": self._graph.svg(),
            "ticks": [tick.to_dict() for tick in self.ticks],
            "dropped": self.dropped,
        }

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Subscribe to the recording: the function is called after something was recorded.

        Returns a function that unsubscribes it.
        """
        return self._listeners.add(callback)

    # --- writing ---------------------------------------------------------------------------------------------------

    def begin(self, tick: RecordedTick) -> None:
        """Add a tick."""
        self.ticks.append(tick)
        # The tick itself counts as one, or a flow that ticks on without items would be kept for ever.
        self.grow(tick, 1 + sum(len(moved.items) for moved in tick.batch.values()))

    def grow(self, tick: RecordedTick, items: int) -> None:
        """Count items of a tick, and drop the oldest ticks where the budget is used up."""
        tick.size += items
        self._size += items
        while self._size > self.budget and len(self.ticks) > 1:
            self._size -= self.ticks.popleft().size
            self.dropped += 1

    @property
    def room(self) -> int:
        """How many more items the newest tick may keep."""
        return max(0, self.budget - self.ticks[-1].size) if self.ticks else self.budget

    def rewind(self, tick: int) -> None:
        """Forget a tick and those after it: the flow has gone back to where it begins."""
        oldest = self.ticks[0].tick if self.ticks else tick
        while self.ticks and self.ticks[-1].tick >= tick:
            self._size -= self.ticks.pop().size
        # Some of the dropped ticks will happen again.
        self.dropped -= max(0, oldest - tick)
        self.epoch += 1
        self.tell()

    def clear(self) -> None:
        """Forget everything: the flow begins anew."""
        self.epoch += 1
        self.ticks.clear()
        self.dropped = 0
        self._size = 0
        self.tell()

    def tell(self) -> None:
        """Call the subscribers."""
        self._listeners.tell()


def moved(items: Sequence[Any], keeps: Callable[[Any], Any]) -> Moved:
    """The record of a batch."""
    return Moved(count=len(items), items=[keeps(item) for item in items[:MOST_KEPT]])


def without_empty(moves: Iterable[tuple[str, Moved]]) -> dict[str, Moved]:
    """The moves in which anything moved."""
    return {edge: moved for edge, moved in moves if moved.count}
