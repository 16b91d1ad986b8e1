"""The lines of a run: a tree, in which going back to an earlier tick begins a branch.

A line owns the ticks from the one that it begins with; what lies before belongs to its parent, and to that one's.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any, Final, TypeVar

from hydroflow_nb.records import dataclass
from hydroflow_nb.trace.ticks import RecordedTick

MAIN: Final = "main"

T = TypeVar("T")


@dataclass(eq=False, kw_only=True)
class Line:
    """A line of the run: `begins` is the number of its first own tick, `left` the line from which the flow went back.

    `changed` are names whose values have changed since the line left was run; `is_named`: by a person. `sent` counts
    what had left the flow on the line left, from where this one begins on, by edge.

    `ticks` are its own recorded ticks while the flow is on another line.
    """

    name: str
    parent: Line | None = None
    begins: int = 0
    left: Line | None = None
    is_named: bool = False
    changed: tuple[str, ...] = ()
    sent: dict[str, int] = field(default_factory=dict)
    ticks: deque[RecordedTick] = field(default_factory=deque)


class Lines:
    """The lines of a run, in the order in which they were begun, and the one that the flow is on."""

    def __init__(self, lines: Iterable[Line] | None = None, current: str = MAIN) -> None:
        """The lines that there are, each behind its parent; without them a first one that begins."""
        self._all: dict[str, Line] = {line.name: line for line in lines or (Line(name=MAIN),)}
        self.current = self._all[current]

    def __iter__(self) -> Iterator[Line]:
        return iter(tuple(self._all.values()))

    def __len__(self) -> int:
        return len(self._all)

    def get(self, name: str) -> Line | None:
        """A line by its name."""
        return self._all.get(name)

    def path(self, line: Line | None = None) -> list[Line]:
        """The lines from the first one down to a line, by default the current one."""
        found: list[Line] = []
        one = line or self.current
        while True:
            found.append(one)
            if one.parent is None:
                return found[::-1]
            one = one.parent

    def owner(self, tick: int, line: Line | None = None) -> Line:
        """The line to which a tick belongs, on the way to a line, by default the current one."""
        return next((one for one in reversed(self.path(line)) if one.begins <= tick), self.path(line)[0])

    def children(self, line: Line) -> list[Line]:
        """The lines that branch off a line."""
        return [one for one in self._all.values() if one.parent is line]

    def fork(self, name: str | None, tick: int) -> Line:
        """Begin a line before a tick, and be on it. Without a name it is called after the line that it leaves."""
        left = self.current
        parent = self.owner(tick - 1) if tick > 0 else self.path()[0]
        line = Line(name=name or self._free(parent.name), parent=parent, begins=tick, left=left, is_named=bool(name))
        self._all[line.name] = line
        self.current = line
        return line

    def remove(self, line: Line) -> None:
        """Forget a line, from which no other one branches off."""
        del self._all[line.name]
        for one in self._all.values():
            if one.left is line:
                one.left = None

    def clear(self) -> None:
        """Forget all but the first line, which begins anew."""
        self.current = Line(name=MAIN)
        self._all = {MAIN: self.current}

    def _free(self, name: str) -> str:
        number = 1
        while f"{name}.{number}" in self._all:
            number += 1
        return f"{name}.{number}"

    def apart(self, by_tick: Mapping[int, T]) -> dict[Line, dict[int, T]]:
        """What is known of the ticks of the current line, by the line that owns each tick."""
        found: dict[Line, dict[int, T]] = {}
        for tick, value in by_tick.items():
            found.setdefault(self.owner(tick), {})[tick] = value
        return found

    def together(self, line: Line, of: Mapping[Line, Mapping[int, T]]) -> dict[int, T]:
        """What is known of the ticks on the way to a line, in their order, from what is known of each line's own."""
        path = self.path(line)
        ends: list[int | None] = [*(one.begins for one in path[1:]), None]
        return {
            tick: value
            for one, end in zip(path, ends, strict=True)
            for tick, value in sorted(of.get(one, {}).items())
            if end is None or tick < end
        }


def drop_oldest(lines: Iterable[Line], current: Line) -> RecordedTick | None:
    """Drop the oldest tick of a line that was left, of the first line that has one; None where there is none."""
    for line in lines:
        if line is not current and line.ticks:
            return line.ticks.popleft()
    return None


def to_dict(line: Line, ticks: Iterable[RecordedTick], *, is_current: bool, changed: Iterable[str]) -> dict[str, Any]:
    """A line as JSON, with the numbers of its own ticks."""
    numbers = [tick.tick for tick in ticks]
    return {
        "name": line.name,
        "parent": None if line.parent is None else line.parent.name,
        "begins": line.begins,
        "oldest": numbers[0] if numbers else None,
        "newest": numbers[-1] if numbers else None,
        "current": is_current,
        "changed": list(changed),
        "sent": line.sent,
    }
