"""What is recorded of a tick: for each run of a subgraph the items that went over each edge, as far as kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hydroflow_nb.engine.copying import Copier
from hydroflow_nb.engine.shown import shown

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
    # What hit a breakpoint, for each stop in it or at its end.
    stops: list[str] = field(default_factory=list)

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
            **({"stops": self.stops} if self.stops else {}),
            "steps": [step.to_dict() for step in self.steps],
        }


def moved(items: Sequence[Any], keeps: Callable[[Any], Any]) -> Moved:
    """The record of a batch."""
    return Moved(count=len(items), items=[keeps(item) for item in items[:MOST_KEPT]])


def without_empty(moves: Iterable[tuple[str, Moved]]) -> dict[str, Moved]:
    """The moves in which anything moved."""
    return {edge: moved for edge, moved in moves if moved.count}
