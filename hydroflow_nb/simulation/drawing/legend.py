"""The legend of a run's diagram: the signs that occur in it, and what they mean."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Final, assert_never
from xml.etree.ElementTree import Element, SubElement

from hydroflow_nb.simulation.drawing import ink
from hydroflow_nb.simulation.drawing.placement import CROSS, Stretch

SIZE, ROW = 11.0, 20.0
SIGN_WIDTH = 26.0


class Sign(StrEnum):
    """A sign of a diagram, in the order of the legend; its value is what the legend says."""

    TICK = "tick"
    FAILED = "failed tick"
    ASIDE = "tick without an item that was set aside"
    MESSAGE = "message"
    COPY = "copy made by the network"
    LOST = "lost message"
    DELAYED = "delayed"
    FLYING = "in flight at the end"
    GIVEN = "item from outside"
    OUTSIDE = "not a node of this run"
    CRASH = "crash"
    DOWN = "down"
    KEPT = "restart, state kept"
    NEW = "restart, state lost"
    CUT = "network cut into groups"


# Of the box of a tick, its fill and its line.
TICK_COLOURS: Final = {
    Sign.TICK: ("tick", "tick-line"),
    Sign.FAILED: ("late-fill", "late"),
    Sign.ASIDE: ("tick", "late"),
}


def legend(signs: Collection[Sign], left: float, right: float, top: float) -> tuple[Element, float]:
    """The signs in lines between two sides, and where the lines end."""
    group, x, y = ink.group("legend"), left, top + 0.6 * ROW
    for sign in Sign:
        if sign in signs:
            width = SIGN_WIDTH + 6 + 0.58 * SIZE * len(sign)
            if x > left and x + width > right:
                x, y = left, y + ROW
            part = SubElement(group, "g", {"class": "sign"})
            _draw(part, sign, x, x + SIGN_WIDTH, y)
            ink.paint(ink.text(part, (x + SIGN_WIDTH + 6, y), sign.value, SIZE), fill="secondary")
            x += width + 16
    return group, y + 0.6 * ROW if signs else top


def _draw(part: Element, sign: Sign, left: float, right: float, y: float) -> None:
    middle = (left + right) / 2
    match sign:
        case Sign.TICK | Sign.FAILED | Sign.ASIDE:
            fill, stroke = TICK_COLOURS[sign]
            ink.shape(part, "rect", fill, stroke, x=middle - 10, y=y - 6.5, width=20, height=13, rx=4)
        case Sign.MESSAGE | Sign.COPY | Sign.FLYING:
            colour = "copy" if sign is Sign.COPY else "wire"
            stretch = Stretch(start=(left, y), end=(right, y))
            dashes = ink.COPY_DASHES if sign is Sign.COPY else ""
            ink.arrow(part, stretch, colour, dashes, fades=sign is Sign.FLYING)
        case Sign.LOST:
            ink.arrow(part, Stretch(start=(left, y), end=(right - 5, y)), "late", ink.LOST_DASHES, has_tip=False)
            ink.cross(part, (right - 5, y), CROSS)
        case Sign.DELAYED:
            ink.diamond(part, (middle, y))
        case Sign.GIVEN:
            ink.arrival(part, (right, y), SIGN_WIDTH - 5)
        case Sign.OUTSIDE:
            ink.shape(part, "circle", "ground", "wire", cx=middle, cy=y, r=3.0)
        case Sign.CRASH:
            ink.crash(part, (middle, y))
        case Sign.DOWN:
            ink.line(part, (left, y), (right, y), "lane", 1.3).set("stroke-dasharray", ink.DOWN_DASHES)
        case Sign.KEPT | Sign.NEW:
            ink.restart(part, (middle, y), sign is Sign.KEPT)
        case Sign.CUT:
            for index, x in enumerate((left, middle + 1)):
                ink.band(part, f"group-{index}", x, y - 7, SIGN_WIDTH / 2 - 1, 14)
        case _:
            assert_never(sign)
