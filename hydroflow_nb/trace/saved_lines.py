"""The lines of a run as a file holds them: each with its own ticks that are not on the way to the current one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import field
from itertools import pairwise

from hydroflow_nb.records import dataclass
from hydroflow_nb.trace.lines import Line, Lines
from hydroflow_nb.trace.plain import Damaged
from hydroflow_nb.trace.ticks import RecordedTick

# The characters of a name.
_LONGEST = 200


@dataclass(kw_only=True)
class SavedLine:
    """A line of a run; `parent` and `left` are names of lines. See `Line`."""

    name: str
    parent: str | None = None
    begins: int = 0
    left: str | None = None
    is_named: bool = False
    changed: tuple[str, ...] = ()
    sent: dict[str, int] = field(default_factory=dict)
    ticks: list[RecordedTick] = field(default_factory=list)


@dataclass(kw_only=True)
class SavedLines:
    """All lines of a run, each behind its parent, and the name of the current one."""

    current: str
    lines: list[SavedLine]


def saved(lines: Lines, changed_on: Callable[[Line], tuple[str, ...]]) -> SavedLines:
    """The lines for a file."""
    return SavedLines(current=lines.current.name, lines=[_saved(line, changed_on(line)) for line in lines])


def _saved(line: Line, changed: tuple[str, ...]) -> SavedLine:
    return SavedLine(
        name=line.name,
        parent=None if line.parent is None else line.parent.name,
        begins=line.begins,
        left=None if line.left is None else line.left.name,
        is_named=line.is_named,
        changed=changed,
        sent=line.sent,
        ticks=list(line.ticks),
    )


def restored(data: SavedLines) -> Lines:
    """The lines that a file holds. Raises `Damaged` where they are no tree."""
    known: dict[str, Line] = {}
    for number, one in enumerate(data.lines):
        for problem in _problems(one, known):
            raise Damaged(f"branches.lines[{number}]", problem)
        known[one.name] = Line(
            name=one.name,
            parent=None if one.parent is None else known[one.parent],
            begins=one.begins,
            left=None if one.left is None else known.get(one.left),
            is_named=one.is_named,
            changed=one.changed,
            sent=one.sent,
            ticks=deque(one.ticks),
        )
    if data.current not in known:
        raise Damaged("branches.current", "is not the name of a branch")
    return Lines(known.values(), data.current)


def _problems(one: SavedLine, known: dict[str, Line]) -> Iterator[str]:
    if not one.name or len(one.name) > _LONGEST or not one.name.isprintable() or one.name in known:
        yield "has no name of its own"
    if (one.parent is None) == bool(known):
        yield "is not on one tree with the others"
    if one.parent is not None and one.parent not in known:
        yield "branches off one that does not stand before it"
    if one.begins < 0 or (one.parent is None and one.begins):
        yield "begins at no tick of its own"
    numbers = [tick.tick for tick in one.ticks]
    if any(number < one.begins for number in numbers) or any(one >= next_one for one, next_one in pairwise(numbers)):
        yield "has ticks that are not in order"
