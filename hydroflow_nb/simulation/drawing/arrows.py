"""The messages of a run as arrows."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement

from hydroflow_nb.render.geometry import Point
from hydroflow_nb.simulation.drawing import ink
from hydroflow_nb.simulation.drawing.account import Fate, Journey
from hydroflow_nb.simulation.drawing.canvas import LONGEST_WORDS, Canvas
from hydroflow_nb.simulation.drawing.legend import Sign
from hydroflow_nb.simulation.drawing.placement import CROSS, DOT, MOST_FLYING, Stretch, box_width
from hydroflow_nb.simulation.drawing.wording import journey_title, name
from hydroflow_nb.simulation.model.words import brief, clean, counted

# A single tick may send any number of messages: the diagram draws this many.
MOST_ARROWS = 2_000


class Arrows:
    """The layer of messages. `left_out` counts those that it does not draw."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._flight_labels = 0
        self.left_out = 0

    def layer(self) -> Element:
        """The messages: each a group of a tooltip, its line and its end."""
        group = ink.group("messages")
        for journey in self._canvas.account.journeys.values():
            stretch = self._canvas.sheet.stretch(journey)
            if stretch is None:
                continue
            if len(group) < MOST_ARROWS:
                group.append(self._arrow(journey, stretch))
            else:
                self.left_out += 1
        return group

    def _arrow(self, journey: Journey, stretch: Stretch) -> Element:
        kind = "copy" if journey.original else "message"
        data = {"data-message": journey.message, "data-from": journey.sender, "data-to": journey.receiver}
        part = ink.group(f"{kind} {journey.fate.replace(' ', '-')}", {key: name(value) for key, value in data.items()})
        SubElement(part, "title").text = journey_title(journey)
        is_lost = journey.fate is Fate.LOST
        colour = "late" if is_lost else "copy" if journey.original else "wire"
        dashes = ink.LOST_DASHES if is_lost else ink.COPY_DASHES if journey.original else ""
        fades = journey.fate is Fate.IN_FLIGHT and self._canvas.sheet.reaches_end
        ink.arrow(part, stretch, colour, dashes, has_tip=not (is_lost or stretch.leaves), fades=fades)
        if journey.original:
            self._canvas.signs.add(Sign.COPY)
            if not stretch.enters:
                x, y = stretch.start
                ink.shape(part, "circle", "ground", "copy", cx=x, cy=y, r=2.5)
        elif not self._canvas.sheet.has(journey.sender) and not stretch.enters:
            self._canvas.outside(part, stretch.start)
        for row in journey.delays:
            if self._canvas.sheet.shows(row):
                self._delay(part, journey, stretch.at(self._canvas.sheet.y(row)))
        side = 1.0 if stretch.end[0] >= stretch.start[0] else -1.0
        if fades:
            self._flight(journey, stretch.end, side)
        elif journey.end is not None and self._canvas.sheet.shows(journey.end):
            if is_lost:
                self._loss(part, journey, stretch.end, side)
            else:
                self._delivery(part, journey, stretch.end, side)
        return part

    def _delivery(self, part: Element, journey: Journey, end: Point, side: float) -> None:
        self._canvas.signs.add(Sign.MESSAGE if journey.original is None else Sign.COPY)
        words, colour = brief(journey.text, LONGEST_WORDS), "ink"
        if journey.original:
            words, colour = f"copy: {words}", "copy"
        if not self._canvas.sheet.has(journey.receiver):
            self._canvas.outside(part, end)
            self._canvas.label(f"{words} to {name(journey.receiver)}", colour, end, 9.0, side)
            return
        x, y, off = self._canvas.sheet.x(journey.receiver), end[1], DOT
        if tick := self._canvas.account.ticks.get((journey.end or 0, journey.receiver)):
            off = box_width(tick.event.tick) / 2
        else:
            self._canvas.dot(part, (x, y), colour)
        self._canvas.label(words, colour, (x, y), off + 6.0, side)

    def _loss(self, part: Element, journey: Journey, end: Point, side: float) -> None:
        self._canvas.signs.add(Sign.LOST)
        ink.cross(part, end, CROSS)
        words = f"{'lost copy' if journey.original else 'lost'}: {brief(journey.text, LONGEST_WORDS)}"
        if journey.reason:
            words = f"{words} ({clean(journey.reason, LONGEST_WORDS)})"
        self._canvas.label(words, "late", end, 9.0, side)

    def _flight(self, journey: Journey, end: Point, side: float) -> None:
        self._canvas.signs.add(Sign.FLYING)
        index = self._flight_labels
        if index <= MOST_FLYING:
            more = len(self._canvas.sheet.flying) - MOST_FLYING
            if index == MOST_FLYING and more > 1:
                words = f"and {counted(more, 'message')} more in flight"
            else:
                words = f"{'copy: ' if journey.original else ''}{brief(journey.text, LONGEST_WORDS)}"
            self._canvas.label(words, "secondary", end, 6.0, side)
        self._flight_labels += 1

    def _delay(self, part: Element, journey: Journey, point: Point) -> None:
        self._canvas.signs.add(Sign.DELAYED)
        ink.diamond(part, point)
        self._canvas.label(f"delayed: {brief(journey.text, LONGEST_WORDS)}", "secondary", point, 9.0, 1.0)
