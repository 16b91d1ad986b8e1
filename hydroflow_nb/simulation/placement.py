"""Where the parts of a run's diagram stand: time runs downwards, a row for each decision, a lane for each node.

Lengths are in pixels. The first lane is about at 0, so that what stands left of it has a negative x.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf

from hydroflow_nb.render.geometry import Point
from hydroflow_nb.simulation.account import Account, Journey, Outcome, Split
from hydroflow_nb.simulation.wording import code_width, fitting

ROW = 22.0
HEAD = 46.0
# After so many rows the names of the lanes are written again.
REPEAT, REPEATED_HEAD = 40, 20.0
SIZE = 10.5
BOX_HEIGHT, BOX_WIDTH = 16.0, 26.0
DOT = 3.2
LANES_WIDTH = 700.0
LEAST_GAP, MOST_GAP = 112.0, 220.0
# A message from or to somebody who has no lane is drawn so far from the lane of the other one.
OUTSIDE = 44.0
# Half the width of a group's ground, in gaps between lanes.
BAND = 0.46
# How far a message goes that is lost: the share of the way between the lanes.
LOST_AT = 0.6
# Messages in flight at the end that get a row of their own.
MOST_FLYING = 10
LONGEST_LABEL, LEAST_LABEL = 200.0, 22.0
LABEL_GAP = 7.0


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """The part of a message's way that is on the sheet: a straight line, or a bow for a message to its own sender.

    `enters` and `leaves` are true where it goes on outside of the rows that are shown.
    """

    start: Point
    end: Point
    bow: float = 0.0
    enters: bool = False
    leaves: bool = False

    def at(self, y: float) -> Point:
        """The point of the way at a height."""
        (x0, y0), (x1, y1) = self.start, self.end
        share = min(1.0, max(0.0, (y - y0) / (y1 - y0))) if y1 != y0 else LOST_AT
        return x0 + share * (x1 - x0) + 3 * self.bow * share * (1 - share), y0 + share * (y1 - y0)


@dataclass(frozen=True, kw_only=True)
class Label:
    """A text in a row, which begins (`is_after`) or ends at a point."""

    text: str
    point: Point
    is_after: bool


@dataclass(frozen=True, kw_only=True)
class Band:
    """Neighbouring lanes of one group of a cut network, shaded as long as it is cut."""

    group: int
    nodes: Sequence[str]
    left: float
    right: float
    top: float
    bottom: float
    begins: bool


class Sheet:
    """The places of the rows from `first` to `last` of a run."""

    def __init__(self, account: Account, first: int, last: int) -> None:
        self.account = account
        self.nodes = [lane.node for lane in account.lanes]
        self.gap = min(MOST_GAP, max(LEAST_GAP, LANES_WIDTH / max(1, len(self.nodes))))
        # What happens before any decision has a row of its own, if there is such a thing.
        starts = any(event.row < 0 for event in account.events[:1])
        self.first = -1 if first <= 0 and starts else max(0, first)
        self.last = last
        self.reaches_end = last >= account.rows - 1
        self.top = HEAD
        self.bottom = self.y(self.last) + 0.7 * ROW
        self._columns = {node: index * self.gap for index, node in enumerate(self.nodes)}
        self._taken: dict[float, list[tuple[float, float]]] = {}
        self.left, self.right = -BOX_WIDTH, max(self._columns.values(), default=0.0) + BOX_WIDTH
        for tick in account.ticks.values():
            if self.shows(tick.event.row) and tick.event.node in self._columns:
                x, half = self._columns[tick.event.node], box_width(tick.event.tick) / 2
                self._take(self.y(tick.event.row), x - half, x + half)

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
        return HEAD + (index + 0.7) * ROW + max(0, index // REPEAT) * REPEATED_HEAD

    @property
    def repeats(self) -> list[float]:
        """The heights at which the names stand again."""
        return [
            self.y(self.first + index) - ROW / 2 - 8.0 for index in range(REPEAT, self.last - self.first + 1, REPEAT)
        ]

    @cached_property
    def flying(self) -> list[Journey]:
        """The messages that are in flight when the run ends, if the sheet shows the end."""
        if not self.reaches_end:
            return []
        return [one for one in self.account.journeys.values() if one.outcome is Outcome.IN_FLIGHT]

    @cached_property
    def _slots(self) -> dict[str, int]:
        """The rows below the last one in which messages in flight stand; what is too many shares the lowest."""
        return {one.message: min(index, MOST_FLYING) for index, one in enumerate(self.flying)}

    @property
    def end(self) -> float:
        """The lower end of the lanes, with the rows of what is in flight."""
        return self.bottom if not self.flying else self.slot(self.flying[-1]) + 0.5 * ROW

    def slot(self, journey: Journey) -> float:
        """The height of the row in which a message in flight stands at the run's end."""
        return self.y(self.last) + (1.35 + self._slots[journey.message]) * ROW

    def stretch(self, journey: Journey) -> Stretch | None:
        """The way of a message on the sheet; None where it is not on it."""
        if not self.has(journey.sender) and not self.has(journey.receiver):
            return None
        start, end, bow = self._way(journey)
        if end[1] < self.top or start[1] > self.bottom:
            return None
        whole = Stretch(start=start, end=end, bow=bow)
        enters, leaves = start[1] < self.top, end[1] > self.end
        return Stretch(
            start=whole.at(self.top) if enters else start,
            end=whole.at(self.end) if leaves else end,
            bow=bow,
            enters=enters,
            leaves=leaves,
        )

    def _way(self, journey: Journey) -> tuple[Point, Point, float]:
        """Where a message begins and ends, wherever that is, and how far it bows out."""
        sender, receiver = journey.sender, journey.receiver
        from_x = self.x(sender) if self.has(sender) else self.x(receiver) - OUTSIDE
        to_x = self.x(receiver) if self.has(receiver) else from_x + OUTSIDE
        side = 0.0 if from_x == to_x else 1.0 if to_x > from_x else -1.0
        bow = 0.0 if side else 40.0
        y0 = self.y(journey.begin)
        start = (from_x + (side or 1.0) * self._half(sender, journey.begin), y0)
        if journey.original:
            begin, end, bow = self._way(journey.original)
            start = Stretch(start=begin, end=end, bow=bow).at(y0)
        if journey.end is not None:
            y1 = self.y(journey.end)
        elif journey.message in self._slots:
            y1 = self.slot(journey)
        else:
            y1 = self.end + ROW
        x1 = to_x - (side or -1.0) * max(DOT, self._half(receiver, journey.end))
        if journey.outcome is Outcome.LOST:
            x1 = start[0] + LOST_AT * (x1 - start[0]) if side else x1 + 14.0
            bow = bow if side else 14.0
        return start, (x1, y1), bow

    def _half(self, node: str, row: int | None) -> float:
        """Half the width of a node's box in a row, 0 where it has none."""
        tick = None if row is None else self.account.ticks.get((row, node))
        return box_width(tick.event.tick) / 2 if tick else 0.0

    def bands(self) -> Iterator[Band]:
        """The shaded places of a cut network."""
        for split in self.account.splits:
            begin, end = split.cut.row, self.last + 1 if split.end is None else split.end
            if begin > self.last or end <= self.first:
                continue
            top = self.top if begin < self.first else self.y(begin) - ROW / 2
            bottom = self.y(end) - ROW / 2 if end <= self.last else self.end
            for group, nodes in self._runs(split):
                left, right = self.x(nodes[0]) - BAND * self.gap, self.x(nodes[-1]) + BAND * self.gap
                self.left, self.right = min(self.left, left), max(self.right, right)
                yield Band(
                    group=group,
                    nodes=nodes,
                    left=left,
                    right=right,
                    top=top,
                    bottom=bottom,
                    begins=begin >= self.first,
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

    def label(self, text: str, y: float, *choices: tuple[float, bool]) -> Label | None:
        """The first choice with room for the text, which is cut to fit in; None where there is none.

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
        return Label(text=text, point=(x, y), is_after=is_after)

    def _room(self, y: float, x: float, is_after: bool) -> float:
        """How wide a text may be at a place, up to what else stands in its row."""
        taken = self._taken.get(y, ())
        if is_after:
            return min(LONGEST_LABEL, min((left for left, right in taken if right > x), default=inf) - LABEL_GAP - x)
        return min(LONGEST_LABEL, x - LABEL_GAP - max((right for left, right in taken if left < x), default=-inf))

    def _take(self, y: float, left: float, right: float) -> None:
        self._taken.setdefault(y, []).append((left, right))
        self.left, self.right = min(self.left, left), max(self.right, right)


def box_width(tick: int) -> float:
    """The width of the box of a tick with this number."""
    return max(BOX_WIDTH, code_width(str(tick), SIZE) + 10.0)
