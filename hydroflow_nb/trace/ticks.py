"""What is recorded of a tick: for each run of a subgraph the items that went over each edge, as far as kept."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from itertools import chain
from typing import Any, Protocol

from hydroflow_nb.engine.copying import Copier
from hydroflow_nb.engine.shown import shown, shown_shorter
from hydroflow_nb.records import dataclass
from hydroflow_nb.trace.forms import reworded, worded

# The items that are kept of what a tick takes in from one input; counts are exact beyond that.
MOST_KEPT = 1_000
# The ticks that a recording keeps at most.
MOST_TICKS = 2_000
# The items of a page.
PAGE = 200
# The characters of an item in a page; its whole text is asked for by itself.
LONGEST_SHOWN = 200
# The characters that are kept of the text of an item that could change later.
LONGEST_TEXT = 10_000
# A tick that goes round a cycle for ever stays within this many steps; later steps are only counted.
MOST_STEPS = 20_000

# A longer tuple is kept as text.
LONGEST_TUPLE = 50
# Items of these types cannot change.
ATOMS = frozenset({int, float, str, bool, bytes, complex, type(None)})

# An item that came in is copied as long as it is made of no more values than these, in these containers.
_MOST_PLAIN = 1_000
_PLAIN_CONTAINERS = frozenset({list, tuple, dict, set, frozenset})


class Text(str):
    """The `repr` of an item that could change after it was recorded."""

    __slots__ = ()


def kept(item: Any) -> Any:
    """What a recording keeps of an item: itself where it cannot change, else how it looks now."""
    return item if type(item) in ATOMS or _is_constant(item, 4) else Text(shown(item, LONGEST_TEXT))


def copied(item: Any) -> Any:
    """The same as a value: a copy of an item that can change. What cannot be copied, such as a lock, is kept itself."""
    return item if type(item) in ATOMS or _is_constant(item, 4) else Copier().accumulated(item)


def given(item: Any) -> Any:
    """What a recording keeps of an item that came in, so that it can be put in once more: as `kept`, but a copy of one
    that is made of lists, dicts, sets and plain values, and is small.
    """
    if type(item) in ATOMS or _is_constant(item, 4):
        return item
    return copied(item) if _plain_size(item, _MOST_PLAIN, 6) <= _MOST_PLAIN else Text(shown(item, LONGEST_TEXT))


def _plain_size(item: Any, most: int, depth: int) -> int:
    """How many values an item is made of; more than `most` where they are as many, or where one is no plain value."""
    kind = type(item)
    if kind in ATOMS:
        return 1
    if kind not in _PLAIN_CONTAINERS or not depth or len(item) > most:
        return most + 1
    size = 1
    for part in (*item, *item.values()) if kind is dict else item:
        size += _plain_size(part, most - size, depth - 1)
        if size > most:
            return most + 1
    return size


def _is_constant(item: Any, depth: int) -> bool:
    """True for a tuple of what cannot change."""
    if type(item) is not tuple or not depth or len(item) > LONGEST_TUPLE:
        return False
    for part in item:  # noqa: SIM110 - `all` with a generator takes twice as long
        if type(part) not in ATOMS and not _is_constant(part, depth - 1):
            return False
    return True


def text_of(item: Any, limit: int) -> str:
    """A kept item as text."""
    if isinstance(item, Text):
        return shown_shorter(str(item), limit, LONGEST_TEXT)
    return shown(item, limit)


@dataclass(kw_only=True)
class Moved:
    """The items that went over an edge in one run: an exact count, and those that were kept, in their order.

    `gaps` tells where items are missing: behind how many of `items`, and how many were only counted there. Where there
    is room, the first and the last items are kept, with one gap between. `form` is that of items which are not a
    person's (`forms`).

    Of the first items, so many as were `carried` over were not sent again: they went over the edge in ticks before, and
    stand here in the order in which they did first. `sent` is what was not carried over. In a file, items and gaps are
    those of what was sent, and `through` are the edges by which what was carried over is told (`continued`).
    """

    count: int
    items: list[Any]
    gaps: tuple[tuple[int, int], ...] = ()
    form: str = ""
    carried: int = 0
    through: tuple[str, ...] = ()

    @property
    def sent(self) -> Moved:
        """What was not carried over."""
        return self

    def earlier(self) -> Sequence[Moved]:
        """What was carried over, in parts, oldest first."""
        return ()

    def saved(self) -> Moved:
        """What stands for it in a file."""
        return self

    @property
    def missing(self) -> int:
        """The number of items that were counted and not kept."""
        return self.count - len(self.items)

    def texts(self, offset: int, most: int) -> list[str | None]:
        """The reprs of at most so many items, by their place among all that went over the edge; None where one was not
        kept.
        """
        found: list[str | None] = []
        for first, end, kept in self._stretches():
            low, high = max(first, offset), min(end, offset + most)
            if low < high and kept is None:
                found += [None] * (high - low)
            elif low < high and kept is not None:
                items = self.items[kept + low - first : kept + high - first]
                found += [self.text(item, LONGEST_SHOWN) for item in items]
        return found

    def text(self, item: Any, limit: int) -> str:
        """A kept item as a person reads it, cut to about `limit` characters."""
        if not self.form:
            return text_of(item, limit)
        if isinstance(item, Text):
            return shown_shorter(reworded(str(item), self.form), limit, LONGEST_TEXT)
        return worded(item, self.form, limit)

    def numbered(self) -> Iterator[tuple[int, Any]]:
        """The kept items, each with its place among all that went over the edge."""
        for first, end, kept in self._stretches():
            if kept is not None:
                yield from zip(range(first, end), self.items[kept : kept + end - first], strict=True)

    def item(self, place: int) -> Any:
        """The item at a place among all that went over the edge. Raises IndexError where it was not kept."""
        for first, end, kept in self._stretches():
            if first <= place < end and kept is not None:
                return self.items[kept + place - first]
        raise IndexError(place)

    def _stretches(self) -> Iterator[tuple[int, int, int | None]]:
        """Stretches of what went over the edge: from, to, and where among the kept items they are; None for a gap."""
        at = kept = 0
        for place, missing in self.gaps:
            yield at, at + place - kept, kept
            at, kept = at + place - kept, place
            yield at, at + missing, None
            at += missing
        yield at, at + len(self.items) - kept, kept

    def to_dict(self) -> dict[str, Any]:
        """As JSON: the count, at most a page of reprs, with null for items that were not kept; and where these are
        missing: behind how many of those that were kept, and how many.
        """
        return {
            "count": self.count,
            "items": self.texts(0, PAGE),
            **({"kept": len(self.items), "gaps": [list(gap) for gap in self.gaps]} if self.gaps else {}),
        }


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


class Run(Protocol):
    """What was kept of a run of a subgraph."""

    def steps(self) -> Iterable[RecordedStep]:
        """The steps of its operators."""


# Of two threads that read a tick at once, one makes its steps.
_WRITING = threading.RLock()


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
    # The first items that were set aside, because the tick failed with them, and was undone; and how many more.
    set_aside: list[str] = field(default_factory=list)
    more_set_aside: int = 0
    # What is carried over on an edge from ticks that are forgotten.
    base: dict[str, Moved] = field(default_factory=dict, repr=False, compare=False)
    # What was kept of runs whose steps nobody has read.
    runs: deque[Run] = field(default_factory=deque, init=False, repr=False, compare=False)
    # The tick before, where something is carried over from it, and the edges on which that may be.
    before: RecordedTick | None = field(default=None, init=False, repr=False, compare=False)
    carries: Sequence[str] = field(default=(), init=False, repr=False, compare=False)
    _moves: dict[str, list[Moved]] | None = field(default=None, init=False, repr=False, compare=False)

    def ran(self, run: Run) -> None:
        """Add a run of a subgraph: its steps are made when somebody reads `steps`."""
        self.runs.append(run)

    @property
    def moved(self) -> tuple[int, int]:
        """How many items went over all edges, and how many were carried over on them and not sent again."""
        moves = [moved for step in self.steps for moved in step.moves.values()]
        carried = sum(moved.carried for moved in moves)
        return sum(moved.count for moved in moves) - carried, carried

    def moves_on(self, edge: str) -> Sequence[Moved]:
        """What went over an edge, step by step."""
        steps = self.steps
        if self._moves is not None:
            return self._moves.get(edge, ())
        found: dict[str, list[Moved]] = {}
        for step in steps:
            for element, moved in step.moves.items():
                found.setdefault(element, []).append(moved)
        if self.complete:
            self._moves = found
        return found.get(edge, ())

    def carried_on(self, edge: str) -> int:
        """How many items are carried over on an edge where all is that went over it in the tick before."""
        if self.before is None:
            return self.base[edge].count if edge in self.base else 0
        return sum(moved.count for moved in self.before.moves_on(edge))

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
            **({"set_aside": self.set_aside} if self.set_aside else {}),
            **({"more_set_aside": self.more_set_aside} if self.more_set_aside else {}),
            "steps": [step.to_dict() for step in self.steps],
        }


def _steps_of(tick: RecordedTick) -> list[RecordedStep]:
    steps: list[RecordedStep] = tick.__dict__["steps"]
    if tick.runs:
        with _WRITING:
            # What is carried over is counted by the tick before: these come first, one after the other.
            waiting = [tick]
            while (earlier := waiting[-1].before) is not None and earlier.runs:
                waiting.append(earlier)
            for one in reversed(waiting):
                made: list[RecordedStep] = one.__dict__["steps"]
                while one.runs:
                    made.extend(one.runs[0].steps())
                    one.runs.popleft()
    return steps


def _set_steps(tick: RecordedTick, steps: list[RecordedStep]) -> None:
    tick.__dict__["steps"] = steps


# A field for all that asks a dataclass for its fields.
RecordedTick.steps = property(_steps_of, _set_steps)  # type: ignore[assignment]


def moved(items: Sequence[Any], keeps: Callable[[Any], Any], most: int, depth: int | None) -> Moved:
    """The record of a batch of this depth. At most so many items are kept: the first ones and the last ones."""
    if len(items) <= most:
        return Moved(count=len(items), items=list(items) if depth is not None else list(map(keeps, items)))
    last = most // 4
    first = most - last
    chosen = [*items[:first], *(items[-last:] if last else ())]
    return Moved(count=len(items), items=all_kept(chosen, keeps), gaps=((first, len(items) - most),))


def all_kept(items: Sequence[Any], keeps: Callable[[Any], Any]) -> list[Any]:
    """What a recording keeps of several items: a new list."""
    return list(items) if depth_of(items) is not None else list(map(keeps, items))


def depth_of(items: Sequence[Any]) -> int | None:
    """0 where all of several items are atoms, 1 where all are tuples of such: none of them can change. None where it is
    not easy to see.
    """
    kinds = set(map(type, items))
    if kinds <= ATOMS:
        return 0
    if (
        kinds == {tuple}
        and len(max(items, key=len)) <= LONGEST_TUPLE
        and ATOMS.issuperset(map(type, chain.from_iterable(items)))
    ):
        return 1
    return None
