"""Colours and shapes of a run's diagram.

Every colour stands twice: as an attribute for light pages, which any program understands that shows SVG, and as a
variable that follows the notebook's theme or, without one, what the reader's system prefers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import hypot
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement

from hydroflow_nb.render.geometry import Point
from hydroflow_nb.simulation.drawing.placement import Stretch

CODE_FONT = "Menlo,Consolas,'DejaVu Sans Mono',monospace"
TEXT_FONT = "system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif"
TIP = 7.0
LOST_DASHES, COPY_DASHES, DOWN_DASHES = "5 3", "8 2 2 2", "3 4"
# How a line ends that goes nowhere: the opacities of its parts.
FADING = (1.0, 0.8, 0.6, 0.45, 0.3)


class _Colour(NamedTuple):
    """A colour by theme; `variable` is JupyterLab's, which comes first where there is one."""

    light: str
    dark: str
    variable: str = ""


# Contrast with the ground, light and dark: ink 17.4, 14.7; secondary 6.7, 8.0; wire 4.6, 5.8; late 5.6, 8.3;
# copy 6.9, 10.8.
COLOURS: Mapping[str, _Colour] = {
    "ground": _Colour("#ffffff", "#111111", "--jp-layout-color0"),
    "line": _Colour("#e0e0e0", "#424242", "--jp-border-color2"),
    "ink": _Colour("#1a1a1a", "#e3e3e3"),
    "secondary": _Colour("#5c5c5c", "#a8a8a8"),
    "wire": _Colour("#757575", "#8f8f8f"),
    "lane": _Colour("#b0b0b0", "#616161"),
    "plate": _Colour("#f5f5f5", "#212121"),
    "tick": _Colour("#88aaff", "#323b53"),
    "tick-line": _Colour("#4f74d6", "#88aaff"),
    "given": _Colour("#ffff88", "#3e3e29"),
    "given-line": _Colour("#948c00", "#dcdc78"),
    "late": _Colour("#c62828", "#ff8a80"),
    "late-fill": _Colour("#fdeaea", "#3a2020"),
    "copy": _Colour("#8f4600", "#ffb37a"),
    "group-0": _Colour("#88aaff", "#88aaff"),
    "group-1": _Colour("#e08a55", "#ffc9a8"),
    "group-2": _Colour("#8c9a00", "#dcdc78"),
    "group-3": _Colour("#8a5cc0", "#c9a6f5"),
}


def _style() -> str:
    """The rules of the variables: light, dark where the system prefers it, and what a notebook's theme says."""

    def values(dark: bool) -> str:
        found = []
        for colour, value in COLOURS.items():
            plain = value.dark if dark else value.light
            found.append(f"--hf-{colour}:{f'var({value.variable},{plain})' if value.variable else plain}")
        return ";".join(found)

    light, dark = f".hf-run{{{values(False)}}}", f".hf-run{{{values(True)}}}"
    uses = "".join(
        f".hf-run .f-{colour}{{fill:var(--hf-{colour})}}.hf-run .s-{colour}{{stroke:var(--hf-{colour})}}"
        for colour in COLOURS
    )
    return (
        f"{light}@media (prefers-color-scheme:dark){{{dark}}}"
        f'[data-jp-theme-light="true"] {light}.vscode-light {light}'
        f'[data-jp-theme-light="false"] {dark}.vscode-dark {dark}'
        f"{uses}"
    )


STYLE = _style()


def group(classes: str, attributes: Mapping[str, str] | None = None) -> Element:
    """An empty group."""
    return Element("g", {"class": classes, **(attributes or {})})


def paint(element: Element, fill: str = "none", stroke: str = "none") -> Element:
    """Give an element its colours, by their names."""
    for kind, colour in (("fill", fill), ("stroke", stroke)):
        if colour != "none":
            element.set(kind, COLOURS[colour].light)
            classes = element.get("class")
            element.set("class", f"{classes} {kind[0]}-{colour}" if classes else f"{kind[0]}-{colour}")
        elif kind == "fill" and element.tag != "text":
            element.set("fill", "none")
    return element


def shape(parent: Element, tag: str, fill: str, stroke: str, **numbers_by_name: float) -> Element:
    """A rectangle or circle."""
    return paint(SubElement(parent, tag, numbers(**numbers_by_name)), fill, stroke)


def line(parent: Element, start: Point, end: Point, colour: str, width: float) -> Element:
    """A straight line."""
    ends = numbers(x1=start[0], y1=start[1], x2=end[0], y2=end[1])
    return paint(SubElement(parent, "line", {**ends, "stroke-width": number(width)}), stroke=colour)


def text(parent: Element, point: Point, words: str, size: float) -> Element:
    """A text in one line whose middle is at the height of the point."""
    x, y = point
    # `dominant-baseline` is not known everywhere; a third of the size below the middle looks centred.
    found = SubElement(parent, "text", {**numbers(x=x, y=y + 0.35 * size), "font-size": number(size)})
    found.text = words
    return found


def halo(element: Element) -> Element:
    """Let a text stay readable on whatever it covers."""
    for name, value in (("stroke-width", "4"), ("stroke-linejoin", "round"), ("paint-order", "stroke")):
        element.set(name, value)
    element.set("stroke", COLOURS["ground"].light)
    element.set("class", f"{element.get('class')} s-ground")
    return element


def cross(parent: Element, centre: Point, size: float) -> Element:
    """The mark of what was lost."""
    (x, y), r = centre, size
    left, right, top, bottom = (number(side) for side in (x - r, x + r, y - r, y + r))
    d = f"M{left} {top}L{right} {bottom}M{left} {bottom}L{right} {top}"
    return paint(SubElement(parent, "path", {"class": "cross", "d": d, "stroke-width": "2"}), stroke="late")


def diamond(parent: Element, centre: Point) -> Element:
    """The mark of what was put off."""
    x, y = centre
    corners = points([(x - 4.5, y), (x, y - 4.5), (x + 4.5, y), (x, y + 4.5)])
    return paint(SubElement(parent, "polygon", {"class": "delay", "points": corners}), "ground", "wire")


def arrival(parent: Element, tip: Point, length: float) -> None:
    """The short arrow of what comes from outside."""
    x, y = tip
    start = (x - length, y)
    line(parent, start, (x - TIP, y), "given-line", 1.4)
    corners = triangle(Stretch(start=start, end=tip))
    paint(SubElement(parent, "polygon", {"class": "tip", "points": points(corners)}), "given-line")
    shape(parent, "rect", "given", "given-line", x=start[0] - 4, y=y - 4, width=8, height=8, rx=2)


def crash(parent: Element, centre: Point) -> None:
    """The mark of a crash."""
    shape(parent, "circle", "ground", "late", cx=centre[0], cy=centre[1], r=7.5)
    cross(parent, centre, 3.2)


def restart(parent: Element, centre: Point, kept: bool) -> None:
    """The mark of a restart: full where there is state."""
    shape(parent, "circle", "ground", "tick-line", cx=centre[0], cy=centre[1], r=7.0)
    if kept:
        shape(parent, "circle", "tick-line", "tick-line", cx=centre[0], cy=centre[1], r=3.2)


def band(parent: Element, tint: str, x: float, y: float, width: float, height: float) -> None:
    """The ground of a group of a cut network."""
    rect = shape(parent, "rect", tint, tint, x=x, y=y, width=width, height=height, rx=min(6.0, height / 4))
    for name, value in (("fill-opacity", "0.16"), ("stroke-opacity", "0.6"), ("stroke-dasharray", "4 3")):
        rect.set(name, value)


def arrow(
    parent: Element, stretch: Stretch, colour: str, dashes: str = "", *, has_tip: bool = True, fades: bool = False
) -> None:
    """The way of a message, with a tip unless it ends or goes on elsewhere."""
    for d, opacity in _pieces(stretch, TIP if has_tip else 0.0, fades):
        way = SubElement(parent, "path", {"class": "way", "d": d, "stroke-width": "1.3"})
        paint(way, stroke=colour)
        if dashes:
            way.set("stroke-dasharray", dashes)
        if fades:
            way.set("stroke-opacity", str(opacity))
    if has_tip:
        tip = paint(SubElement(parent, "polygon", {"class": "tip", "points": points(triangle(stretch))}), colour)
        if fades:
            tip.set("fill-opacity", str(FADING[-1]))


def _pieces(stretch: Stretch, tip: float, fades: bool) -> Iterator[tuple[str, float]]:
    """The line of a message without its tip, and its opacity; several pieces where it fades."""
    (x0, y0), (x1, y1), (dx, dy) = stretch.start, stretch.end, _direction(stretch)
    x1, y1 = x1 - tip * dx, y1 - tip * dy
    if stretch.bow or (stretch.bend and not fades):
        controls = " ".join(f"{number(x)} {number(y)}" for x, y in stretch.controls)
        yield f"M{number(x0)} {number(y0)}C{controls} {number(x1)} {number(y1)}", FADING[len(FADING) // 2]
        return
    count = len(FADING) if fades else 1
    ends = [(x0 + index / count * (x1 - x0), y0 + index / count * (y1 - y0)) for index in range(count + 1)]
    for ((ax, ay), (bx, by)), opacity in zip(pairwise(ends), FADING[:count], strict=True):
        yield f"M{number(ax)} {number(ay)}L{number(bx)} {number(by)}", opacity


def triangle(stretch: Stretch) -> list[Point]:
    """The tip of an arrow."""
    (x, y), (dx, dy) = stretch.end, _direction(stretch)
    bx, by, half = x - TIP * dx, y - TIP * dy, 0.4 * TIP
    return [(x, y), (bx - half * dy, by + half * dx), (bx + half * dy, by - half * dx)]


def _direction(stretch: Stretch) -> Point:
    """The direction of a way at its end."""
    (x0, y0), (x1, y1) = stretch.controls[1] if stretch.bow or stretch.bend else stretch.start, stretch.end
    length = hypot(x1 - x0, y1 - y0)
    return ((x1 - x0) / length, (y1 - y0) / length) if length else (0.0, 1.0)


def points(corners: Sequence[Point]) -> str:
    """Points as an attribute."""
    return " ".join(f"{number(x)},{number(y)}" for x, y in corners)


def numbers(**values: float) -> dict[str, str]:
    """Numbers as attributes."""
    return {name: number(value) for name, value in values.items()}


def number(value: float) -> str:
    """A number as an attribute, as exact as can be seen."""
    return f"{value:.1f}".removesuffix(".0")
