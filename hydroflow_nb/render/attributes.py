"""Fonts, numbers and the tips of lines, as all drawings write them into SVG."""

from __future__ import annotations

from collections.abc import Iterable
from math import hypot
from typing import Final

from hydroflow_nb.render.geometry import Point

CODE_FONT: Final = "Menlo,Consolas,'DejaVu Sans Mono',monospace"
TEXT_FONT: Final = "system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif"


def number(value: float) -> str:
    """A number as an attribute, as exact as can be seen."""
    return f"{value:.1f}".removesuffix(".0")


def points(corners: Iterable[Point]) -> str:
    """Points as an attribute."""
    return " ".join(f"{number(x)},{number(y)}" for x, y in corners)


def direction(start: Point, end: Point) -> Point:
    """The direction from a point to another, of length 1; downwards where they are the same."""
    (x0, y0), (x1, y1) = start, end
    length = hypot(x1 - x0, y1 - y0)
    return ((x1 - x0) / length, (y1 - y0) / length) if length else (0.0, 1.0)


def triangle(tip: Point, towards: Point, length: float, half: float) -> list[Point]:
    """The tip of a line: its point, then the two corners of its base, `half` off the line."""
    (x, y), (dx, dy) = tip, towards
    bx, by = x - length * dx, y - length * dy
    return [(x, y), (bx - half * dy, by + half * dx), (bx + half * dy, by - half * dx)]
