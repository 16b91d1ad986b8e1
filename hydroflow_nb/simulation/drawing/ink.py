"""Colours and shapes of a run's diagram.

Every colour stands twice: as an attribute for light pages, which every viewer of SVG understands, and as a
variable that follows the notebook's theme or, without one, what the reader's system prefers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from xml.etree.ElementTree import Element, SubElement

from hydroflow_nb.render.attributes import direction, number, points, triangle
from hydroflow_nb.render.geometry import Point
from hydroflow_nb.render.palette import PALETTE
from hydroflow_nb.simulation.drawing.placement import Stretch

TIP = 7.0
LOST_DASHES, COPY_DASHES, DOWN_DASHES, PARTING_DASHES = "5 3", "8 2 2 2", "3 4", "1 3"
# The opacities of the parts of a line that fades out.
FADING = (1.0, 0.8, 0.6, 0.45, 0.3)


# The names of the palette's colours that diagrams use.
NAMES: Sequence[str] = (
    *("ground", "line", "ink", "secondary", "wire", "lane", "plate"),
    *("tick", "tick-line", "given", "given-line", "late", "late-fill", "copy"),
    *("group-0", "group-1", "group-2", "group-3"),
)


def _style() -> str:
    """The rules of the variables: light, dark where the system prefers it, and what a notebook's theme says."""

    def values(dark: bool) -> str:
        found = []
        for name in NAMES:
            colour = PALETTE[name]
            plain = colour.dark if dark else colour.light
            found.append(f"--hf-{name}:{f'var({colour.theme},{plain})' if colour.theme else plain}")
        return ";".join(found)

    light, dark = f".hf-run{{{values(False)}}}", f".hf-run{{{values(True)}}}"
    uses = "".join(
        f".hf-run .f-{name}{{fill:var(--hf-{name})}}.hf-run .s-{name}{{stroke:var(--hf-{name})}}" for name in NAMES
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
            element.set(kind, PALETTE[colour].light)
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
    """Keep a text readable on whatever it covers."""
    for name, value in (("stroke-width", "4"), ("stroke-linejoin", "round"), ("paint-order", "stroke")):
        element.set(name, value)
    element.set("stroke", PALETTE["ground"].light)
    element.set("class", f"{element.get('class')} s-ground")
    return element


def cross(parent: Element, centre: Point, size: float) -> Element:
    """The mark of a lost message."""
    (x, y), r = centre, size
    left, right, top, bottom = (number(side) for side in (x - r, x + r, y - r, y + r))
    d = f"M{left} {top}L{right} {bottom}M{left} {bottom}L{right} {top}"
    return paint(SubElement(parent, "path", {"class": "cross", "d": d, "stroke-width": "2"}), stroke="late")


def diamond(parent: Element, centre: Point) -> Element:
    """The mark of a delayed message."""
    x, y = centre
    corners = points([(x - 4.5, y), (x, y - 4.5), (x + 4.5, y), (x, y + 4.5)])
    return paint(SubElement(parent, "polygon", {"class": "delay", "points": corners}), "ground", "wire")


def arrival(parent: Element, tip: Point, length: float) -> None:
    """The short arrow of an item from outside."""
    x, y = tip
    start = (x - length, y)
    line(parent, start, (x - TIP, y), "given-line", 1.4)
    corners = _triangle(Stretch(start=start, end=tip))
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
        tip = paint(SubElement(parent, "polygon", {"class": "tip", "points": points(_triangle(stretch))}), colour)
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


def _triangle(stretch: Stretch) -> list[Point]:
    return triangle(stretch.end, _direction(stretch), TIP, 0.4 * TIP)


def _direction(stretch: Stretch) -> Point:
    """The direction of a way at its end."""
    return direction(stretch.controls[1] if stretch.bow or stretch.bend else stretch.start, stretch.end)


def numbers(**values: float) -> dict[str, str]:
    """Numbers as attributes."""
    return {name: number(value) for name, value in values.items()}
