"""The picture of what a tick costs while more and more is held: a panel for each shape, both axes logarithmic.

It follows the colours of the page that it stands in, light or dark, where the reader's system says which.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from hydroflow_nb.render.attributes import TEXT_FONT, number, points
from hydroflow_nb.render.palette import PALETTE
from side_by_side.shape import label

# By way, then by what is held: seconds a tick.
Curves = Mapping[str, Mapping[int, float]]

ACROSS = 4
WIDTH, HEIGHT = 190.0, 150.0
LEFT, TOP, RIGHT, BOTTOM = 40.0, 26.0, 12.0, 26.0
LEGEND = 30.0
# Light and dark: the first colour is that of the first way, and so on.
COLOURS = [PALETTE["new"], PALETTE["wire"], PALETTE["gone"]]
DASHES = ["", "2 3", "7 3"]
UNITS = ((-9, "ns"), (-6, "µs"), (-3, "ms"), (0, "s"))


def draw(panels: Mapping[str, Curves], ways: Sequence[str]) -> str:
    """The picture as an SVG: a panel for each shape by its name, whose curves have the colours of the `ways`."""
    rows = math.ceil(len(panels) / ACROSS)
    width, height = ACROSS * (LEFT + WIDTH + RIGHT), LEGEND + rows * (TOP + HEIGHT + BOTTOM)
    root = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {number(width)} {number(height)}",
            "width": number(width),
            "height": number(height),
            "role": "img",
            "font-family": TEXT_FONT,
            "font-size": "11",
        },
    )
    SubElement(root, "title").text = "What a tick with one new item costs, by how much the flow holds"
    SubElement(root, "style").text = style()
    SubElement(root, "rect", {"class": "ground", "width": "100%", "height": "100%", "rx": "6"})
    legend(root, ways)
    low, high = decades(seconds for curves in panels.values() for line in curves.values() for seconds in line.values())
    left, right = decades(held for curves in panels.values() for line in curves.values() for held in line)
    for index, (name, curves) in enumerate(panels.items()):
        x = LEFT + index % ACROSS * (LEFT + WIDTH + RIGHT)
        y = LEGEND + TOP + index // ACROSS * (TOP + HEIGHT + BOTTOM)
        group = SubElement(root, "g", {"transform": f"translate({number(x)} {number(y)})"})
        Panel(group, (left, right), (low, high)).draw(name, curves, ways)
    return tostring(root, encoding="unicode") + "\n"


class Panel:
    """One panel: its axes, from a decade to a decade, and its curves."""

    def __init__(self, group: Element, across: tuple[int, int], up: tuple[int, int]) -> None:
        self.group = group
        self.across = across
        self.up = up

    def draw(self, name: str, curves: Curves, ways: Sequence[str]) -> None:
        """The title, the axes and the curves."""
        self.text(name, WIDTH / 2, -9, "title", "middle")
        for decade in range(self.across[0], self.across[1] + 1):
            x = self.x(10.0**decade)
            self.line(x, 0, x, HEIGHT)
            if (decade - self.across[0]) % 2 == 0 or decade == self.across[1]:
                self.text(power(decade), x, HEIGHT + 14, "label", "middle")
        for decade in range(self.up[0], self.up[1] + 1):
            y = self.y(10.0**decade)
            self.line(0, y, WIDTH, y)
            if decade % 3 == 0:
                self.text(
                    f"1 {dict(UNITS)[decade]}" if decade in dict(UNITS) else power(decade), -5, y + 4, "label", "end"
                )
        for index, way in enumerate(ways):
            if way in curves:
                self.curve(index, way, curves[way])

    def curve(self, index: int, way: str, line: Mapping[int, float]) -> None:
        """A way's curve, and a dot for each measurement, which says it."""
        corners = [(self.x(held), self.y(seconds)) for held, seconds in sorted(line.items())]
        attributes = {"class": f"line way{index}", "points": points(corners)}
        if DASHES[index]:
            attributes["stroke-dasharray"] = DASHES[index]
        SubElement(self.group, "polyline", attributes)
        for (held, seconds), (x, y) in zip(sorted(line.items()), corners, strict=True):
            dot = SubElement(
                self.group, "circle", {"class": f"dot{index}", "cx": number(x), "cy": number(y), "r": "2.4"}
            )
            SubElement(dot, "title").text = f"{label(way)}: {1e6 * seconds:,.1f} µs a tick, {held:,} held"

    def line(self, x1: float, y1: float, x2: float, y2: float) -> None:
        """A line of the grid."""
        ends = zip(("x1", "y1", "x2", "y2"), map(number, (x1, y1, x2, y2)), strict=True)
        SubElement(self.group, "line", {"class": "grid", **dict(ends)})

    def text(self, text: str, x: float, y: float, kind: str, anchor: str) -> None:
        """A text of the panel."""
        SubElement(
            self.group, "text", {"class": kind, "x": number(x), "y": number(y), "text-anchor": anchor}
        ).text = text

    def x(self, held: float) -> float:
        """Where what is held lies."""
        return WIDTH * (math.log10(held) - self.across[0]) / (self.across[1] - self.across[0])

    def y(self, seconds: float) -> float:
        """Where a time lies."""
        return HEIGHT * (self.up[1] - math.log10(seconds)) / (self.up[1] - self.up[0])


def legend(root: Element, ways: Sequence[str]) -> None:
    """The ways with their lines, and what the axes are."""
    x = LEFT
    for index, way in enumerate(ways):
        sample = {"class": f"line way{index}", "points": points([(x, 16), (x + 26, 16)])}
        if DASHES[index]:
            sample["stroke-dasharray"] = DASHES[index]
        SubElement(root, "polyline", sample)
        SubElement(root, "text", {"class": "title", "x": number(x + 32), "y": "20"}).text = label(way)
        x += 32 + 7 * len(label(way)) + 24
    text = "up: processor time of a tick with one new item; across: items held"
    SubElement(root, "text", {"class": "label", "x": number(x), "y": "20"}).text = text


def decades(numbers: Iterable[float]) -> tuple[int, int]:
    """The powers of ten that enclose some numbers, at least one apart."""
    logarithms = [math.log10(one) for one in numbers]
    low, high = math.floor(min(logarithms)), math.ceil(max(logarithms))
    return low, max(high, low + 1)


def power(decade: int) -> str:
    """A power of ten, in words that a small panel has room for."""
    if 0 <= decade < 3:
        return str(10**decade)
    if 3 <= decade < 6:
        return f"{10 ** (decade - 3)}k"
    if 6 <= decade < 9:
        return f"{10 ** (decade - 6)}M"
    return f"1e{decade}"


def style() -> str:
    """The colours, light, and dark where the reader's system is so."""
    return sheet("light") + f"@media (prefers-color-scheme: dark) {{{sheet('dark')}}}"


def sheet(theme: str) -> str:
    """The style sheet of one theme."""

    def of(name: str) -> str:
        colour: str = getattr(PALETTE[name], theme)
        return colour

    ground = "#ffffff" if theme == "light" else "#141414"
    ways = "".join(
        f".way{index}{{stroke:{getattr(colour, theme)}}}.dot{index}{{fill:{getattr(colour, theme)}}}"
        for index, colour in enumerate(COLOURS)
    )
    return (
        f".ground{{fill:{ground}}}.grid{{stroke:{of('lane')};stroke-opacity:.35;stroke-width:.6}}"
        f".line{{fill:none;stroke-width:1.8}}.title{{fill:{of('ink')}}}.label{{fill:{of('secondary')};font-size:10px}}{ways}"
    )
