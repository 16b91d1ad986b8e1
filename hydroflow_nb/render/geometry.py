"""Boxes, points and curves of a drawing. Lengths are in Graphviz's points, y grows downwards."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate
from math import dist
from typing import TypeAlias

from hydroflow_nb.records import dataclass

Point: TypeAlias = "tuple[float, float]"

# How far the points along an edge are apart.
FINEST, COARSEST = 4.0, 16.0


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def around(cls, centre: Point, width: float, height: float) -> Box:
        """The box of a size around a point."""
        x, y = centre
        return cls(left=x - width / 2, top=y - height / 2, right=x + width / 2, bottom=y + height / 2)

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.bottom - self.top

    @property
    def centre(self) -> Point:
        """The point in the middle."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def grown(self, by: float) -> Box:
        """The box with a margin on all sides."""
        return Box(left=self.left - by, top=self.top - by, right=self.right + by, bottom=self.bottom + by)

    def overlap(self, other: Box) -> float:
        """The area that both cover, 0 where they only touch."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return width * height if width > 0 and height > 0 else 0.0

    def holds(self, point: Point) -> bool:
        """True for a point inside or on the border."""
        return self.left <= point[0] <= self.right and self.top <= point[1] <= self.bottom


class Line:
    """Points that are joined by straight pieces."""

    def __init__(self, points: Sequence[Point], walked: Sequence[float] | None = None) -> None:
        self.points = points
        # How far it is from the first point to each of them.
        self._walked = walked or [0.0, *accumulate(map(dist, points, points[1:]))]

    def turned(self) -> Line:
        """The same from the last point to the first one."""
        length = self.length
        return Line(self.points[::-1], [length - walked for walked in reversed(self._walked)])

    @property
    def length(self) -> float:
        """From the first point to the last one."""
        return self._walked[-1]

    def along(self, distance: float) -> tuple[Point, Point]:
        """The point at a distance from the first one, at most the last one, and the direction there."""
        at = max(1, min(bisect_left(self._walked, distance), len(self.points) - 1))
        # Two points may be the same: then the direction is that of the piece before.
        while at > 1 and self._walked[at] == self._walked[at - 1]:
            at -= 1
        (ax, ay), (bx, by) = self.points[at - 1], self.points[at]
        step = self._walked[at] - self._walked[at - 1]
        if step == 0.0:
            return self.points[-1], (0.0, 1.0)
        direction = ((bx - ax) / step, (by - ay) / step)
        if distance > self.length:
            return self.points[-1], direction
        share = (distance - self._walked[at - 1]) / step
        return (ax + share * (bx - ax), ay + share * (by - ay)), direction


@dataclass(frozen=True, kw_only=True)
class Curve:
    """An edge from its source to its target: cubic Bézier pieces (1 + 3n points), and the point its tip touches."""

    points: Sequence[Point]
    tip: Point

    def turned(self, tip_length: float) -> Curve:
        """The same edge from its tip back to its source, where the tip is now."""
        (x, y), (_, before) = self.points[0], self.points[1]
        end = (x, y + (tip_length if before >= y else -tip_length))
        return Curve(points=[self.tip, *self.points[-2:0:-1], end], tip=(x, y))

    @cached_property
    def line(self) -> Line:
        """Points along the whole edge, about `spacing` apart."""
        found: list[Point] = []
        for piece, length in self._pieces:
            count = max(1, int(length / self.spacing))
            found += _along(piece, count)
        return Line([*found, self.points[-1], self.tip])

    @cached_property
    def spacing(self) -> float:
        """How far the points of `line` are apart: on an edge that crosses a large drawing more than on a short one."""
        return max(FINEST, min(COARSEST, sum(length for _, length in self._pieces) / 100))

    @cached_property
    def line_back(self) -> Line:
        """The same from the tip back to the source."""
        return self.line.turned()

    @cached_property
    def _pieces(self) -> Sequence[tuple[Sequence[Point], float]]:
        """The Bézier pieces, each with about its length."""
        pieces = [self.points[first : first + 4] for first in range(0, len(self.points) - 1, 3)]
        return [(piece, sum(map(dist, piece, piece[1:]))) for piece in pieces]


def _along(piece: Sequence[Point], count: int) -> list[Point]:
    """So many points of a Bézier piece, from its start on: its polynomials by Horner's scheme."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = piece
    x1, y1 = 3 * (bx - ax), 3 * (by - ay)
    x2, y2 = 3 * (cx - bx) - x1, 3 * (cy - by) - y1
    x3, y3 = dx - ax - x1 - x2, dy - ay - y1 - y2
    return [
        (((x3 * t + x2) * t + x1) * t + ax, ((y3 * t + y2) * t + y1) * t + ay)
        for t in [index / count for index in range(count)]
    ]
