"""Where the small texts of a drawing stand: legends on the border of their box, ports beside the tip, badges on wires.

Graphviz sets such texts without looking, so it is done here: every text has several places to choose from and takes the
one that covers least of what is there already.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import hypot, inf

from hydroflow_nb.render.geometry import Box, Curve, Point

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
        self.borders = list(borders)
        # Things by the squares that they touch: most of a drawing is far away from the text that is being placed.
        self.boxes: dict[tuple[int, int], list[Box]] = {}
        self.wires: dict[tuple[int, int], list[Point]] = {}
        for box in boxes:
            self.occupy(box)
        for curve in curves:
            for x, y in curve.samples():
                self.wires.setdefault((int(x // CELL), int(y // CELL)), []).append((x, y))

    def occupy(self, box: Box) -> None:
        """Put a thing on the page."""
        for cell in _cells(box.grown(1.0)):
            self.boxes.setdefault(cell, []).append(box)

    def place(self, choices: Sequence[Box], on: Curve | None = None) -> Box:
        """The best of the choices, of equal ones the earliest. The place is taken from then on.

        What is placed `on` a wire may cover that one.
        """
        costs = self._costs(choices)
        if on is not None:
            own = list(on.samples())
            crossed = (sum(choice.holds(point) for point in own) for choice in choices)
            costs = [cost - WIRE_COST * count for cost, count in zip(costs, crossed, strict=True)]
        best = choices[costs.index(min(costs))]
        self.occupy(best)
        return best

    def place_both(self, ones: Sequence[Box], others: Sequence[Box]) -> tuple[Box, Box]:
        """The best pair, one of each, as for `place`: a good place for one never forces the other into a bad one."""
        best, least = (ones[0], others[0]), inf
        costs = self._costs(others)
        for one, cost in zip(ones, self._costs(ones), strict=True):
            for other, more in zip(others, costs, strict=True):
                total = cost + more + BOX_COST * one.grown(1.0).overlap(other)
                if total < least:
                    best, least = (one, other), total
        for box in best:
            self.occupy(box)
        return best

    def _costs(self, choices: Sequence[Box]) -> list[float]:
        return [LATER_COST * index + self._cost(choice) for index, choice in enumerate(choices)]

    def _cost(self, box: Box) -> float:
        cells = list(_cells(box))
        room = box.grown(1.0)
        # A box that lies in several squares counts several times, which does no harm.
        covered = sum(room.overlap(other) for cell in cells for other in self.boxes.get(cell, ()))
        crossed = sum(box.holds(point) for cell in cells for point in self.wires.get(cell, ()))
        crossed += sum(_crosses(box, border) for border in self.borders)
        outside = box.width * box.height - box.overlap(self.edge)
        return BOX_COST * (covered + 4 * outside) + WIRE_COST * crossed


def _cells(box: Box) -> Iterator[tuple[int, int]]:
    for column in range(int(box.left // CELL), int(box.right // CELL) + 1):
        for row in range(int(box.top // CELL), int(box.bottom // CELL) + 1):
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


def tip_places(curve: Curve, width: float, height: float) -> list[Box]:
    """Beside the wire, close to where it ends."""
    line = [curve.tip, *reversed(list(curve.samples()))]
    return list(_beside(line, (9.0, 13.0, 18.0, 25.0), width, height))


def tail_places(curve: Curve, width: float, height: float) -> list[Box]:
    """Beside the wire, close to where it begins."""
    return list(_beside(list(curve.samples()), (7.0, 11.0, 16.0, 22.0), width, height))


def middle_places(curve: Curve, width: float, height: float) -> list[Box]:
    """Beside the wire, around its middle."""
    samples = list(curve.samples())
    length = _length(samples)
    distances = [length * share for share in (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8)]
    return list(_beside(samples, distances, width, height))


def badge_places(curve: Curve) -> list[Box]:
    """On the wire, around its middle."""
    samples = list(curve.samples())
    length = _length(samples)
    shares = (0.5, 0.45, 0.4, 0.35, 0.3, 0.55, 0.6, 0.65, 0.25, 0.75)
    return [Box.around(_along(samples, length * share)[0], BADGE_WIDTH, BADGE_HEIGHT) for share in shares]


def _beside(points: list[Point], distances: Sequence[float], width: float, height: float) -> Iterator[Box]:
    """Boxes left and right of the line through the points, at some distances from its first point."""
    for gap in (3.0, 9.0):
        for distance in distances:
            (x, y), (dx, dy) = _along(points, distance)
            # Far enough from the line for the box not to touch it.
            off = abs(dy) * width / 2 + abs(dx) * height / 2 + gap
            for side in (1.0, -1.0):
                yield Box.around((x - side * off * dy, y + side * off * dx), width, height)


def _along(points: list[Point], distance: float) -> tuple[Point, Point]:
    """The point at a distance along a line, and the line's direction there."""
    walked = 0.0
    direction = (0.0, 1.0)
    for (ax, ay), (bx, by) in pairwise(points):
        step = hypot(bx - ax, by - ay)
        if step == 0.0:
            continue
        direction = ((bx - ax) / step, (by - ay) / step)
        if walked + step >= distance:
            share = (distance - walked) / step
            return (ax + share * (bx - ax), ay + share * (by - ay)), direction
        walked += step
    return points[-1], direction


def _length(points: list[Point]) -> float:
    return sum(hypot(bx - ax, by - ay) for (ax, ay), (bx, by) in pairwise(points))


def _crosses(box: Box, border: Box) -> bool:
    """True where a side of the border runs through the box."""
    across = box.left < border.right and border.left < box.right
    along = box.top < border.bottom and border.top < box.bottom
    through = any(box.top < y < box.bottom for y in (border.top, border.bottom))
    beside = any(box.left < x < box.right for x in (border.left, border.right))
    return (across and through) or (along and beside)
