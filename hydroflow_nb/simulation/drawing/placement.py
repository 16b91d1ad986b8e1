"""Where the parts of a run's diagram stand: time runs downwards, a row for each decision, a lane for each node.

Lengths are in pixels. The first lane is about at 0, so that what stands left of it has a negative x.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from math import inf, sqrt

from hydroflow_nb.records import dataclass
from hydroflow_nb.render.geometry import Point
from hydroflow_nb.simulation.drawing.account import Account, Fate, Journey, Split
from hydroflow_nb.simulation.drawing.wording import code_width, fitting

ROW = 22.0
HEAD = 46.0
# After so many rows the names of the lanes are written again.
REPEAT, REPEATED_HEAD = 40, 20.0
SIZE = 10.5
BOX_HEIGHT, BOX_WIDTH = 16.0, 26.0
DOT = 3.2
# The distance between a tick's box and what is marked beside it.
BESIDE = 10.0
LANES_WIDTH = 700.0
LEAST_GAP, MOST_GAP = 112.0, 220.0
# The room for a line between two rows, with words on it.
PARTING = 14.0
# The distance between the lane of one end of a message and its other end, which has no lane.
OUTSIDE = 44.0
# Half the width of a group's ground, in gaps between lanes.
BAND = 0.46
# The share of the way between the lanes that a lost message goes.
LOST_AT = 0.6
CROSS = 4.5
LOST_AT_ONCE = 0.42 * ROW
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# How far a message that passes a lane is bent; at most this share of its height, so that it never rises.
BEND, MOST_BEND = 0.36 * ROW, 0.23
# Messages in flight at the end that get a row of their own.
MOST_FLYING = 10
LONGEST_LABEL, LEAST_LABEL = 200.0, 22.0
LABEL_GAP = 7.0


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """The part of a message's way that is on the sheet: a straight line; one that is bent upwards in its middle; or one
    that bows out, for a message to its own sender.

    `enters` and `leaves` are true where it goes on outside of the rows that are shown.
    """

    start: Point
    end: Point
    bend: float = 0.0
    bow: float = 0.0
    enters: bool = False
    leaves: bool = False

    @property
    def controls(self) -> tuple[Point, Point]:
        """The inner control points of the way as a cubic Bézier curve."""
        (x0, y0), (x1, y1) = self.start, self.end
        # A curve goes three quarters of the way to its control points.
        across, up = 4 / 3 * self.bow, 4 / 3 * self.bend
        dx, dy = (x1 - x0) / 3, (y1 - y0) / 3
        return (x0 + dx + across, y0 + dy - up), (x1 - dx + across, y1 - dy - up)

    def at(self, y: float) -> Point:
        """The point of the way at a height."""
        (x0, y0), (x1, y1) = self.start, self.end
        share = _share(y1 - y0, self.bend, y - y0)
        return x0 + share * (x1 - x0) + 4 * self.bow * share * (1 - share), y


@dataclass(frozen=True, kw_only=True)
class Caption:
    """A text in a row, which begins (`is_after`) or ends at a point."""

    text: str
    point: Point
    is_after: bool


@dataclass(frozen=True, kw_only=True)
class Band:
    """Neighbouring lanes of one group of a cut network, shaded as long as it is cut, and the group's name."""

    group: int
    nodes: Sequence[str]
    left: float
    right: float
    top: float
    bottom: float
    name: Caption | None

    @property
    def letter(self) -> str:
        """What the group is called."""
        return _letter(self.group)


class Sheet:
    """The places of the rows from `first` to `last` of a run, with room for a line above the row `parts`, if one is
    given.
    """

    def __init__(self, account: Account, first: int, last: int, parts: int | None = None) -> None:
        self.account = account
        self.nodes = [lane.node for lane in account.lanes]
        self.gap = min(MOST_GAP, max(LEAST_GAP, LANES_WIDTH / max(1, len(self.nodes))))
        # What happens before any decision has a row of its own, if anything does.
        starts = any(event.row < 0 for event in account.events[:1])
        self.first = -1 if first <= 0 and starts else max(0, first)
        self.last = last
        self._parts = parts if parts is not None and self.shows(parts) else None
        self.reaches_end = last >= account.rows - 1
        # A few last rows do not need the names again.
        self._repeats = max(0, (self.last - self.first - 4) // REPEAT)
        self.top = HEAD
        self.bottom = self.y(self.last) + 0.7 * ROW
        self._columns = {node: index * self.gap for index, node in enumerate(self.nodes)}
        self._taken: dict[float, list[tuple[float, float]]] = {}
        self.left, self.right = -BOX_WIDTH, max(self._columns.values(), default=0.0) + BOX_WIDTH
        for tick in account.ticks.values():
            if self.shows(tick.event.row) and tick.event.node in self._columns:
                x, half = self._columns[tick.event.node], box_width(tick.event.tick) / 2
                for y in (self.y(tick.event.row), self.y(tick.event.row) + LOST_AT_ONCE):
                    self._take(y, x - half, x + half)
        for journey in account.journeys.values():
            if journey.fate is Fate.LOST and (way := self.stretch(journey)) and not way.leaves:
                self._take(way.end[1], way.end[0] - CROSS, way.end[0] + CROSS)

    def shows(self, row: int) -> bool:
        """True for a row that is on the sheet."""
        return self.first <= row <= self.last

    def has(self, node: str) -> bool:
        """True for a node with a lane."""
        return node in self._columns

    def x(self, node: str) -> float:
        """The middle of a lane."""
        return self._columns[node]

    def y(self, row: int) -> float:
        """The middle of a row, also of one that is not shown."""
        index = row - self.first
        heads = min(max(0, index // REPEAT), self._repeats)
        parting = PARTING if self._parts is not None and row >= self._parts else 0.0
        return HEAD + (index + 0.7) * ROW + heads * REPEATED_HEAD + parting

    @property
    def parting(self) -> float | None:
        """The height of the line from which on another run differs."""
        return None if self._parts is None else self.y(self._parts) - (ROW + PARTING) / 2

    @property
    def repeats(self) -> list[float]:
        """The heights at which the names stand again."""
        first_rows = (self.first + REPEAT * number for number in range(1, self._repeats + 1))
        return [self.y(row) - ROW / 2 - 8.0 for row in first_rows]

    @cached_property
    def flying(self) -> list[Journey]:
        """The messages that are in flight when the run ends, if the sheet shows the end."""
        if not self.reaches_end:
            return []
        return [one for one in self.account.journeys.values() if one.fate is Fate.IN_FLIGHT]

    @cached_property
    def _slots(self) -> dict[str, int]:
        """The rows below the last one in which messages in flight stand; further messages share the lowest."""
        return {one.message: min(index, MOST_FLYING) for index, one in enumerate(self.flying)}

    @property
    def end(self) -> float:
        """The lower end of the lanes, with the rows of what is in flight."""
        return self.bottom if not self.flying else self.slot(self.flying[-1]) + 0.5 * ROW

    def slot(self, journey: Journey) -> float:
        """The height of the row in which a message in flight stands at the run's end."""
        return self.y(self.last) + (1.35 + self._slots[journey.message]) * ROW

    def stretch(self, journey: Journey) -> Stretch | None:
        """The way of a message on the sheet; None where it is not on the sheet."""
        if not self.has(journey.sender) and not self.has(journey.receiver):
            return None
        way = self._way(journey)
        if way.end[1] < self.top or way.start[1] > self.bottom:
            return None
        enters, leaves = way.start[1] < self.top, way.end[1] > self.end
        if not enters and not leaves:
            return way
        start, end = way.at(self.top) if enters else way.start, way.at(self.end) if leaves else way.end
        return Stretch(start=start, end=end, enters=enters, leaves=leaves)

    def _way(self, journey: Journey) -> Stretch:
        """The whole way of a message, wherever it begins and ends."""
        sender, receiver, is_lost = journey.sender, journey.receiver, journey.fate is Fate.LOST
        from_x = self.x(sender) if self.has(sender) else self.x(receiver) - OUTSIDE
        to_x = self.x(receiver) if self.has(receiver) else from_x + OUTSIDE
        side = 0.0 if from_x == to_x else 1.0 if to_x > from_x else -1.0
        y0 = self.y(journey.begin)
        start = (from_x + (side or 1.0) * self._half(sender, journey.begin), y0)
        if journey.original:
            start = self._way(journey.original).at(y0)
        if journey.end is not None:
            # A message that is lost at once would lie in the row of its tick, which has no room for a text.
            y1 = self.y(journey.end) + (LOST_AT_ONCE if is_lost and journey.end == journey.begin else 0.0)
        elif journey.message in self._slots:
            y1 = self.slot(journey)
        else:
            y1 = self.end + ROW
        end = (to_x - (side or -1.0) * max(DOT, self._half(receiver, journey.end)), y1)
        if not side:
            return Stretch(start=start, end=end, bow=10.0 if is_lost else 30.0)
        if is_lost:
            return Stretch(start=start, end=(start[0] + LOST_AT * (end[0] - start[0]), y1))
        # A message to each of several neighbours, delivered one after the other, would be one line through all of them.
        crossed = max(0.0, abs(to_x - from_x) / self.gap - 1)
        return Stretch(start=start, end=end, bend=min(MOST_BEND * (y1 - y0), BEND * crossed, ROW))

    def _half(self, node: str, row: int | None) -> float:
        """Half the width of a node's box in a row, 0 where it has none."""
        tick = None if row is None else self.account.ticks.get((row, node))
        return box_width(tick.event.tick) / 2 if tick else 0.0

    def bands(self) -> Iterator[Band]:
        """Place the groups of a cut network and their names."""
        for split in self.account.splits:
            begin, end = split.cut.row, self.last + 1 if split.end is None else split.end
            if begin > self.last or end <= self.first:
                continue
            top = self.top if begin < self.first else self.y(begin) - ROW / 2
            bottom = self.y(end) - ROW / 2 if end <= self.last else self.end
            for group, nodes in self._runs(split):
                left, right = self.x(nodes[0]) - BAND * self.gap, self.x(nodes[-1]) + BAND * self.gap
                self.reach(left, right)
                yield Band(
                    group=group,
                    nodes=nodes,
                    left=left,
                    right=right,
                    top=top,
                    bottom=bottom,
                    name=self.label(f"group {_letter(group)}", self.y(max(begin, self.first)), (left + 7.0, True)),
                )

    def _runs(self, split: Split) -> Iterator[tuple[int, list[str]]]:
        """The groups of a cut, each as the neighbours in it from left to right."""
        group_of = {node: index for index, group in enumerate(split.groups) for node in group}
        run: list[str] = []
        for node in self.nodes:
            if run and group_of.get(node) != group_of.get(run[-1]):
                yield group_of[run[0]], run
                run = []
            run.append(node)
        if run:
            yield group_of[run[0]], run

    def label(self, text: str, y: float, *choices: tuple[float, bool]) -> Caption | None:
        """Place a text at the first choice with room for it, or cut it to fit the widest; None where all have no room.

        A choice is an x and whether the text is to begin there; otherwise it ends there.
        """
        text = fitting(text, LONGEST_LABEL, SIZE)
        best, room = (0.0, True), 0.0
        for x, is_after in choices:
            free = self._room(y, x, is_after)
            if free > room:
                best, room = (x, is_after), free
            if room >= code_width(text, SIZE):
                break
        if not text or room < min(LEAST_LABEL, code_width(text, SIZE)):
            return None
        text = fitting(text, room, SIZE)
        (x, is_after), width = best, code_width(text, SIZE)
        self._take(y, x if is_after else x - width, x + width if is_after else x)
        return Caption(text=text, point=(x, y), is_after=is_after)

    def _room(self, y: float, x: float, is_after: bool) -> float:
        """How wide a text may be at a place, up to the next thing in its row."""
        taken = self._taken.get(y, ())
        if is_after:
            return min(LONGEST_LABEL, min((left for left, right in taken if right > x), default=inf) - LABEL_GAP - x)
        return min(LONGEST_LABEL, x - LABEL_GAP - max((right for left, right in taken if left < x), default=-inf))

    def _take(self, y: float, left: float, right: float) -> None:
        self._taken.setdefault(y, []).append((left, right))
        self.reach(left, right)

    def reach(self, left: float, right: float) -> None:
        """Widen the sheet to hold these two sides."""
        self.left, self.right = min(self.left, left), max(self.right, right)


def _letter(group: int) -> str:
    return LETTERS[group % len(LETTERS)]


def box_width(tick: int) -> float:
    """The width of the box of a tick with this number."""
    return max(BOX_WIDTH, code_width(str(tick), SIZE) + 10.0)


def _share(height: float, bend: float, y: float) -> float:
    """The share of a way that has been gone at a height below its start."""
    if height <= 0.0:
        return LOST_AT
    # What a bent way has come down after a share: height * share - 4 * bend * share * (1 - share).
    if bend:
        falls = height - 4 * bend
        share = (sqrt(falls * falls + 16 * bend * max(0.0, y)) - falls) / (8 * bend)
    else:
        share = y / height
    return min(1.0, max(0.0, share))
