"""Where the small texts of a drawing stand: legends on the border of their box, ports beside the tip, badges on wires.

Graphviz sets such texts without looking, so it is done here: every text has several places to choose from and takes the
one that covers least of what is there already.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from math import inf

from hydroflow_nb.render.geometry import FINEST, Box, Curve, Line

# What it costs to cover a unit of area of another thing, a point of a wire, or to take a later place on the list.
BOX_COST, WIRE_COST, LATER_COST = 1.0, 12.0, 0.5
CELL = 32.0
BADGE_WIDTH, BADGE_HEIGHT = 26.0, 14.0
LEGEND_HEIGHT = 14.0
LEGEND_INDENT = 10.0


class Page:
    """What a drawing has on it so far.

    `boxes` and `curves` are in the way, `borders` are lines that no text should cross, nothing should leave `edge`.
    """

    def __init__(self, edge: Box, boxes: Iterable[Box], curves: Iterable[Curve], borders: Iterable[Box]) -> None:
        self.edge = edge
        # Things by the squares that they touch: most of a drawing is far away from the text that is being placed.
        self.boxes: dict[tuple[int, int], list[Box]] = {}
        # Points of wires, each with its wire and how many points of the finest spacing it stands for.
        self.wires: dict[tuple[int, int], list[tuple[float, float, Curve, float]]] = {}
        self._borders: dict[tuple[int, int], list[Box]] = {}
        for box in boxes:
            self.occupy(box)
        wires = defaultdict(list)
        for curve in curves:
            weight = curve.spacing / FINEST
            for x, y in curve.line.points:
                wires[int(x // CELL), int(y // CELL)].append((x, y, curve, weight))
        self.wires.update(wires)
        for border in borders:
            for cell in _cells_around(border):
                self._borders.setdefault(cell, []).append(border)

    def without_borders(self) -> None:
        """From now on texts may cross borders."""
        self._borders.clear()

    def occupy(self, box: Box) -> None:
        """Put a thing on the page."""
        for cell in _cells(box.grown(1.0)):
            self.boxes.setdefault(cell, []).append(box)

    def place(self, choices: Iterable[Box], on: Curve | None = None) -> Box:
        """The best of the choices, of equal ones the earliest. The place is taken from then on.

        What is placed `on` a wire may cover that one.
        """
        best, least = None, inf
        for index, choice in enumerate(choices):
            later = LATER_COST * index
            # No place costs less than its turn: most texts stand in the first place that is free.
            if later >= least:
                break
            cost = later + self._cost(choice, on)
            if cost < least:
                best, least = choice, cost
        assert best is not None
        self.occupy(best)
        return best

    def place_both(self, ones: Sequence[Box], others: Sequence[Box]) -> tuple[Box, Box]:
        """The best pair, one of each, as for `place`: a good place for one never forces the other into a bad one."""
        best, least = (ones[0], others[0]), inf
        costs = self._costs(others)
        cheapest = min(costs)
        for index, one in enumerate(ones):
            if LATER_COST * index + cheapest >= least:
                break
            cost = LATER_COST * index + self._cost(one)
            for other, more in zip(others, costs, strict=True):
                total = cost + more + BOX_COST * one.grown(1.0).overlap(other)
                if total < least:
                    best, least = (one, other), total
        for box in best:
            self.occupy(box)
        return best

    def _costs(self, choices: Sequence[Box]) -> list[float]:
        return [LATER_COST * index + self._cost(choice) for index, choice in enumerate(choices)]

    def _cost(self, box: Box, on: Curve | None = None) -> float:
        cells = list(_cells(box))
        room = box.grown(1.0)
        # A box that lies in several squares counts several times, which does no harm.
        covered = sum(room.overlap(other) for cell in cells for other in self.boxes.get(cell, ()))
        left, top, right, bottom = box.left, box.top, box.right, box.bottom
        crossed = 0.0
        for cell in cells:
            for x, y, curve, weight in self.wires.get(cell, ()):
                if left <= x <= right and top <= y <= bottom and curve is not on:
                    crossed += weight
        borders = {id(border): border for cell in cells for border in self._borders.get(cell, ())}
        crossed += sum(_crosses(box, border) for border in borders.values())
        outside = box.width * box.height - box.overlap(self.edge)
        return BOX_COST * (covered + 4 * outside) + WIRE_COST * crossed


def _cells(box: Box) -> Iterator[tuple[int, int]]:
    for column in range(int(box.left // CELL), int(box.right // CELL) + 1):
        for row in range(int(box.top // CELL), int(box.bottom // CELL) + 1):
            yield column, row


def _cells_around(box: Box) -> Iterator[tuple[int, int]]:
    """The squares that the border of a box runs through."""
    left, right, top, bottom = (int(side // CELL) for side in (box.left, box.right, box.top, box.bottom))
    for column in range(left, right + 1):
        for row in {top, bottom} if left < column < right else range(top, bottom + 1):
            yield column, row


def legend_places(box: Box, width: float) -> list[Box]:
    """On the upper border from left to right, then on the lower one."""
    last = max(box.left + LEGEND_INDENT, box.right - LEGEND_INDENT - width)
    count = max(1, int((last - box.left - LEGEND_INDENT) / 12))
    step = (last - box.left - LEGEND_INDENT) / count
    return [
        Box.around((box.left + LEGEND_INDENT + index * step + width / 2, y), width, LEGEND_HEIGHT)
        for y in (box.top, box.bottom)
        for index in range(count + 1)
    ]


def beside_places(box: Box, width: float, height: float) -> Iterator[Box]:
    """Right and left of a box, then above and below it."""
    x, y = box.centre
    for gap in (3.0, 7.0):
        off = (box.width + width) / 2 + gap
        yield Box.around((x + off, y), width, height)
        yield Box.around((x - off, y), width, height)
    for beside in (0.0, (width - box.width) / 2, (box.width - width) / 2):
        yield Box.around((x + beside, box.top - height / 2 - 2), width, height)
        yield Box.around((x + beside, box.bottom + height / 2 + 2), width, height)


def tip_places(curve: Curve, width: float, height: float) -> Iterator[Box]:
    """Beside the wire, close to where it ends."""
    return _beside(curve.line_back, (9.0, 13.0, 18.0, 25.0), width, height)


def tail_places(curve: Curve, width: float, height: float) -> Iterator[Box]:
    """Beside the wire, close to where it begins."""
    return _beside(curve.line, (7.0, 11.0, 16.0, 22.0), width, height)


def middle_places(curve: Curve, width: float, height: float) -> Iterator[Box]:
    """Beside the wire, around its middle."""
    distances = [curve.line.length * share for share in (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8)]
    return _beside(curve.line, distances, width, height)


def badge_places(curve: Curve) -> Iterator[Box]:
    """On the wire, around its middle."""
    for share in (0.5, 0.45, 0.4, 0.35, 0.3, 0.55, 0.6, 0.65, 0.25, 0.75):
        yield Box.around(curve.line.along(curve.line.length * share)[0], BADGE_WIDTH, BADGE_HEIGHT)


def _beside(line: Line, distances: Sequence[float], width: float, height: float) -> Iterator[Box]:
    """Boxes left and right of the line, at some distances from its first point."""
    for gap in (3.0, 9.0):
        for distance in distances:
            (x, y), (dx, dy) = line.along(distance)
            # Far enough from the line for the box not to touch it.
            off = abs(dy) * width / 2 + abs(dx) * height / 2 + gap
            for side in (1.0, -1.0):
                yield Box.around((x - side * off * dy, y + side * off * dx), width, height)


def _crosses(box: Box, border: Box) -> bool:
    """True where a side of the border runs through the box."""
    across = box.left < border.right and border.left < box.right
    along = box.top < border.bottom and border.top < box.bottom
    through = any(box.top < y < box.bottom for y in (border.top, border.bottom))
    beside = any(box.left < x < box.right for x in (border.left, border.right))
    return (across and through) or (along and beside)
