"""What the layers of a run's diagram are drawn on."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement

from hydroflow_nb.render.attributes import CODE_FONT, number
from hydroflow_nb.render.geometry import Point
from hydroflow_nb.simulation.drawing import ink
from hydroflow_nb.simulation.drawing.account import Account
from hydroflow_nb.simulation.drawing.legend import Sign
from hydroflow_nb.simulation.drawing.placement import DOT, SIZE, Sheet

# A label looks at this many characters of a text.
LONGEST_WORDS = 300


class Canvas:
    """A run, the places of its parts, and what the layers share: the signs that occur, and the labels.

    Labels take their places in the order in which they are written.
    """

    def __init__(self, account: Account, first: int, last: int, parts: int | None = None) -> None:
        self.account = account
        self.sheet = Sheet(account, first, last, parts)
        self.signs: set[Sign] = set()
        self.labels = Element("g", {"class": "labels", "font-size": number(SIZE), "font-family": CODE_FONT})

    def label(self, words: str, colour: str, point: Point, off: float, side: float) -> None:
        """A text beside a point of a row, on the side to which an arrow would continue, or else on the other side."""
        x, y = point
        label = self.sheet.label(words, y, (x + side * off, side > 0), (x - side * off, side < 0))
        if label:
            text = ink.text(self.labels, label.point, label.text, SIZE)
            text.set("text-anchor", "start" if label.is_after else "end")
            ink.halo(ink.paint(text, fill=colour))

    def outside(self, part: Element, point: Point) -> None:
        """The mark of a sender or receiver that has no lane."""
        self.signs.add(Sign.OUTSIDE)
        ink.shape(part, "circle", "ground", "wire", cx=point[0], cy=point[1], r=3.0)

    def dot(self, part: Element, point: Point, colour: str) -> None:
        """The mark of a message that has reached an inbox."""
        ink.paint(SubElement(part, "circle", ink.numbers(cx=point[0], cy=point[1], r=DOT)), fill=colour)
