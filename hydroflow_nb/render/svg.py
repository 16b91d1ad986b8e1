"""The picture of a graph: boxes of strata and subgraphs, operators, handoffs, wires with their ports and delays,
dotted lines from a state to what reads it.

Elements are grouped, named and classed as in Graphviz's SVG, so that a page can find and recolour them; CSS is enough
for that, because every colour is a presentation attribute. Without any CSS it is a light card that reads on light and
on dark pages. Nothing in it refers to another element by id, so a page may hold it many times.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import assert_never
from xml.etree.ElementTree import Element, SubElement, tostring

from hydroflow_nb.ir.graph import Edge, Read
from hydroflow_nb.ir.partitioned import PartitionedGraph, Wire
from hydroflow_nb.ir.text import call_text, delay_word, printable, short_text
from hydroflow_nb.operators.record.facts import Shape
from hydroflow_nb.operators.record.operator import InputDelay
from hydroflow_nb.render.attributes import CODE_FONT, TEXT_FONT, direction, number, points, triangle
from hydroflow_nb.render.frames import Frame, frames_of, shortened
from hydroflow_nb.render.geometry import Box, Curve, Point
from hydroflow_nb.render.layout import CODE_SIZE, CODE_WIDTH, TIP_LENGTH, Layout
from hydroflow_nb.render.marks import Marks, mark_of, word_at
from hydroflow_nb.render.options import delay_colour
from hydroflow_nb.render.palette import CARD, PALETTE
from hydroflow_nb.render.placing import (
    Page,
    badge_places,
    beside_places,
    legend_places,
    middle_places,
    tail_places,
    tip_places,
)

SMALL_SIZE = 10.0
THICK = "2.6"
# How much wider a bold text is.
BOLD = 1.15
LEGEND_SIZE = 11.0
PADDING = 12.0
RADIUS = 8.0
# A drawing is shown a fifth larger than laid out: its code is then as large as a notebook's.
SCALE = 1.2
TOOLTIP_LENGTH = 400

INK, SECONDARY, WIRE = (PALETTE[name].light for name in ("ink", "secondary", "wire"))
GROUND = CARD["ground"].light
# The ground and the outline of nodes, and of the boxes around them.
FILLS = {name: (PALETTE[name].light, PALETTE[f"{name}-line"].light) for name in ("pull", "push", "handoff")}
BOXES = {
    "stratum": (CARD["stratum"].light, CARD["stratum-line"].light),
    "loop": (CARD["loop"].light, PALETTE["loop-line"].light),
    "module": (CARD["module"].light, PALETTE["module-line"].light),
    "location": (CARD["subgraph"].light, CARD["subgraph-line"].light),
    "sg": (CARD["subgraph"].light, CARD["subgraph-line"].light),
}
# The dashes of an arrow to another place.
FAR = "8 4"
DASHES = {InputDelay.STRATUM: "5 3", InputDelay.TICK: "7 2 2 2", InputDelay.LAZY: "2 3", InputDelay.ACCUMULATING: "9 3"}


def draw(graph: PartitionedGraph, layout: Layout, marks: Marks) -> str:
    """The graph as an SVG of its own, with marks at its wires: light card, scalable, everything that the user wrote
    escaped.
    """
    if not layout.boxes:
        return _draw_empty(f"Graph of {printable(graph.name)}, an empty flow")
    drawing = _Drawing(graph, layout, marks)
    root, body = _card(layout.width, layout.height, description(graph))
    body.extend(drawing.clusters())
    body.extend(drawing.reads())
    body.extend(drawing.wires())
    body.extend(drawing.operators())
    body.extend(drawing.handoffs())
    drawing.label()
    return tostring(root, encoding="unicode")


def _draw_empty(description: str) -> str:
    text = "an empty flow"
    root, body = _card(CODE_WIDTH * len(text), 1.4 * CODE_SIZE, description)
    SubElement(body, "text", {"x": "0", "y": number(CODE_SIZE), "font-size": number(CODE_SIZE)}).text = text
    return tostring(root, encoding="unicode")


class _Drawing:
    """The parts of a picture. Groups of wires and boxes are kept: their texts are added when all else is in place."""

    def __init__(self, graph: PartitionedGraph, layout: Layout, marks: Marks) -> None:
        self.graph = graph
        self.marks = marks
        self.layout = layout
        self.groups: dict[str, Element] = {}
        # Outer ones first.
        self.frames = {frame.element: frame for stratum in frames_of(graph) for frame in stratum.walk()}

    def clusters(self) -> list[Element]:
        return [self.cluster(frame) for frame in self.frames.values()]

    def cluster(self, frame: Frame) -> Element:
        group = self.group(frame.element, f"cluster {frame.kind}", frame.title)
        _path(group, rounded(self.layout.boxes[frame.element], RADIUS), *BOXES[frame.kind])
        return group

    def operators(self) -> list[Element]:
        found = []
        for identity, node in self.graph.nodes.items():
            side = self.graph.sides[identity]
            subgraph = self.graph.subgraphs[self.graph.subgraph_of[identity]]
            call = call_text(node, TOOLTIP_LENGTH)
            named = f"{printable(node.variable)} = {call}" if node.variable else call
            line = f"line {node.span.line}"
            if node.span.source is not self.graph.flat.source:
                line = f"{printable(node.span.source.label)}, {line}"
            where = f"{line}, {side}, subgraph {subgraph.id}, stratum {subgraph.stratum}"
            if self.graph.locations:
                where = f"{line}, at {printable(self.graph.locations[subgraph.stratum])}"
            group = self.group(node.element, f"node op {side}", f"{named}\n{where}")
            box = self.layout.boxes[node.element]
            _path(group, rounded(box, RADIUS), *FILLS[side])
            text = _text(group, box.centre, CODE_SIZE, INK)
            whole = short_text(node)
            name = node.operator.name if whole.startswith(node.operator.name) else ""
            text.text = name
            arguments = SubElement(text, "tspan", {"class": "arg", "fill-opacity": "0.78"})
            arguments.text = whole[len(name) :]
            found.append(group)
        return found

    def handoffs(self) -> list[Element]:
        found = []
        for edge_id, handoff in self.graph.handoffs.items():
            edge = self.graph.edges[edge_id]
            source, target = self.graph.nodes[edge.source], self.graph.nodes[edge.target]
            port = f"[{printable(edge.target_port.text)}]" if edge.target_port.text else ""
            title = f"handoff from {source.operator.name} to {target.operator.name}{port}"
            if handoff.delay:
                title += f", {delay_word(handoff.delay)}"
            if edge.crossing is not None:
                title = self.titled(_far(self.graph, edge), edge)
            group = self.group(handoff.element, "node handoff", title)
            _path(group, rounded(self.layout.boxes[handoff.element], 6.0), *FILLS["handoff"])
            found.append(group)
        return found

    def wires(self) -> list[Element]:
        return [self.wire(wire) for wire in self.graph.wires]

    def wire(self, wire: Wire) -> Element:
        curve = self.layout.curves[wire.element]
        classes = f"edge delay-{wire.delay}" if wire.delay else "edge"
        mark = mark_of(self.marks, wire.edge)
        group = self.group(wire.element, f"{classes} thick" if mark.thick else classes, self.wire_title(wire))
        colour = delay_colour(wire.delay) if wire.delay else WIRE
        path = _path(group, _bezier(curve), "none", colour)
        if wire.delay:
            path.set("stroke-dasharray", DASHES[wire.delay])
        elif mark.dashed:
            path.set("stroke-dasharray", FAR)
        if mark.thick:
            path.set("stroke-width", THICK)
        if mark.open_head:
            _open_tip(group, curve, {"stroke": colour})
        else:
            attributes = {"class": "tip", "points": points(_triangle(curve)), "fill": colour, "stroke": colour}
            SubElement(group, "polygon", attributes)
        self.end_mark(group, wire.delay, curve)
        return group

    def reads(self) -> list[Element]:
        return [self.read(read) for read in self.graph.reads]

    def read(self, read: Read) -> Element:
        """A state that is read: thin and dotted, with an open tip, because no item goes along it."""
        curve = self.layout.curves[read.element]
        source, target = self.graph.nodes[read.source].operator.name, self.graph.nodes[read.target].operator.name
        group = self.group(read.element, "read", f"{target} reads {printable(read.word)} of {source}")
        line = {"stroke": WIRE, "stroke-width": "0.9"}
        path = _path(group, _bezier(curve), "none", WIRE)
        for name, value in (line | {"stroke-dasharray": "1.5 2.5"}).items():
            path.set(name, value)
        _open_tip(group, curve, line)
        return group

    def wire_title(self, wire: Wire) -> str:
        return self.titled(way_of(self.graph, wire), wire.edge)

    def titled(self, way: str, edge: Edge) -> str:
        """A way and the sentence of its mark."""
        return "\n".join([way, *map(printable, mark_of(self.marks, edge).title.splitlines())])

    def end_mark(self, group: Element, delay: InputDelay | None, curve: Curve) -> None:
        """The end of the wire shows a delay too: a bar where a stratum has to end, two tips where more may come, a
        ring for the turn of a tick: filled for a tick that will come, hollow for one that may.
        """
        if delay is None:
            return
        (x, y), (dx, dy) = curve.tip, _direction(curve)
        back_x, back_y = x - (TIP_LENGTH + 3.0) * dx, y - (TIP_LENGTH + 3.0) * dy
        colour = delay_colour(delay)
        mark = {"class": "mark", "stroke": colour}
        match delay:
            case InputDelay.STRATUM:
                ends = [(x - 4.5 * dy, y + 4.5 * dx), (x + 4.5 * dy, y - 4.5 * dx)]
                SubElement(group, "polyline", mark | {"points": points(ends), "fill": "none", "stroke-width": "2"})
            case InputDelay.ACCUMULATING:
                ends = [(back_x - 3 * (dx + dy), back_y - 3 * (dy - dx)), (back_x, back_y)]
                ends.append((back_x - 3 * (dx - dy), back_y - 3 * (dy + dx)))
                SubElement(group, "polyline", mark | {"points": points(ends), "fill": "none"})
            case InputDelay.TICK | InputDelay.LAZY:
                fill = colour if delay is InputDelay.TICK else GROUND
                centre = {"cx": number(back_x), "cy": number(back_y), "r": "3"}
                SubElement(group, "circle", mark | centre | {"fill": fill})
            case _:
                assert_never(delay)

    def label(self) -> None:
        """Texts of wires, then legends, then a place for each badge: what has the fewest places comes first."""
        boxes, curves = self.layout.boxes, self.layout.curves
        things = [box for element, box in boxes.items() if element not in self.frames]
        card = Box(left=0, top=0, right=self.layout.width, bottom=self.layout.height).grown(PADDING - 2)
        page = Page(card, things, curves.values(), [boxes[element] for element in self.frames])
        for wire in self.graph.wires:
            self.label_wire(wire, page)
        for read in self.graph.reads:
            self.label_read(read, page)
        # A legend stands on the border of its box, and may cover that border.
        page.without_borders()
        for element, frame in self.frames.items():
            _legend(self.groups[element], page, boxes[element], frame.legend)
        for wire in self.graph.wires:
            curve = curves[wire.element]
            x, y = page.place(badge_places(curve), on=curve).centre
            self.groups[wire.element].set("data-badge", f"{number(x)} {number(y)}")

    def label_wire(self, wire: Wire, page: Page) -> None:
        group, curve = self.groups[wire.element], self.layout.curves[wire.element]
        port, word = shortened(wire.target_port), delay_word(wire.delay) if wire.delay else ""
        colour = delay_colour(wire.delay) if wire.delay else SECONDARY
        tips = tip_places(curve, text_width(port, SMALL_SIZE), SMALL_SIZE + 1)
        middles = middle_places(curve, text_width(word, SMALL_SIZE), SMALL_SIZE + 1)
        if port and word:
            at_tip, beside = page.place_both(list(tips), list(middles))
            _small(group, at_tip, port, "port", colour)
            _small(group, beside, word, "delay", colour)
        elif port:
            _small(group, page.place(tips), port, "port", colour)
        elif word:
            _small(group, page.place(middles), word, "delay", colour)
        if wire.source_port and self.tells_outputs_apart(wire):
            port = shortened(wire.source_port)
            tails = tail_places(curve, text_width(port, SMALL_SIZE), SMALL_SIZE + 1)
            _small(group, page.place(tails), port, "port", SECONDARY)
        mark = mark_of(self.marks, wire.edge)
        level = word_at(mark, wire)
        if level:
            width, height = BOLD * text_width(level, SMALL_SIZE) + 4, SMALL_SIZE + 1
            places = middle_places(curve, width, height)
            if wire.edge.crossing is not None:
                box = self.layout.boxes[self.graph.handoffs[wire.edge.id].element]
                places = chain(beside_places(box, width, height), places)
            _small(group, page.place(places), level, "level", INK if mark.thick else SECONDARY)

    def label_read(self, read: Read, page: Page) -> None:
        curve, word = self.layout.curves[read.element], shortened(read.word)
        middles = middle_places(curve, text_width(word, SMALL_SIZE), SMALL_SIZE + 1)
        _small(self.groups[read.element], page.place(middles), word, "name", SECONDARY)

    def tells_outputs_apart(self, wire: Wire) -> bool:
        """True where ports tell outputs apart. All outputs of a tee give the same items: numbers there are an order."""
        shape = self.graph.nodes[wire.edge.source].operator.facts.shape
        return shape is not Shape.FAN_OUT or isinstance(wire.edge.source_port.label, str)

    def group(self, element: str, classes: str, title: str) -> Element:
        group = Element("g", {"id": element, "class": classes})
        SubElement(group, "title").text = title
        self.groups[element] = group
        return group


def way_of(graph: PartitionedGraph, wire: Wire) -> str:
    """From where to where a wire goes, and for what its items wait."""
    if wire.edge.crossing is not None:
        return _far(graph, wire.edge)
    source, target = graph.nodes[wire.edge.source], graph.nodes[wire.edge.target]
    names = []
    for element, name in ((wire.source, source.operator.name), (wire.target, target.operator.name)):
        names.append(name if element.startswith("op-") else "handoff")
    port = f"[{printable(wire.target_port)}]" if wire.target_port else ""
    return f"{names[0]} to {names[1]}{port}" + (f", {delay_word(wire.delay)}" if wire.delay else "")


def _far(graph: PartitionedGraph, edge: Edge) -> str:
    """From where to where an arrow to another place goes."""
    return f"{graph.nodes[edge.source].operator.name} ~> {graph.nodes[edge.target].operator.name}"


def description(graph: PartitionedGraph) -> str:
    """What a picture is called: its flow's name, and how large it is."""
    if graph.locations:
        return f"System {printable(graph.name)}: {len(graph.nodes)} operators at {len(graph.locations)} locations"
    counts = f"{len(graph.nodes)} operators in {len(graph.subgraphs)} subgraphs and {len(graph.strata)} strata"
    return f"Graph of {printable(graph.name)}: {counts}"


def _card(width: float, height: float, description: str) -> tuple[Element, Element]:
    width, height = width + 2 * PADDING, height + 2 * PADDING
    root = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "hydroflow-graph",
            "viewBox": f"0 0 {number(width)} {number(height)}",
            "width": number(SCALE * width),
            "height": number(SCALE * height),
            # A notebook's output may be narrower than the drawing.
            "style": "max-width:100%;height:auto",
            "role": "img",
            "aria-label": description,
            "font-family": CODE_FONT,
            "fill": INK,
        },
    )
    box = Box(left=0.5, top=0.5, right=width - 0.5, bottom=height - 0.5)
    _path(root, rounded(box, 3.0), GROUND, CARD["line"].light).set("class", "background")
    move = f"translate({number(PADDING)} {number(PADDING)})"
    return root, SubElement(root, "g", {"id": "graph", "class": "graph", "transform": move})


def _small(group: Element, box: Box, words: str, kind: str, colour: str) -> None:
    text = _text(group, box.centre, SMALL_SIZE, colour)
    # Where no place is free, the text stays readable on whatever it covers.
    halo = {"stroke": GROUND, "stroke-width": "3", "stroke-linejoin": "round", "paint-order": "stroke"}
    for name, value in ({"class": kind, "font-family": TEXT_FONT} | halo).items():
        text.set(name, value)
    if kind in ("delay", "level"):
        text.set("font-weight", "600")
    text.text = words


def _legend(group: Element, page: Page, box: Box, words: str) -> None:
    width = text_width(words, LEGEND_SIZE) + 8
    place = page.place(legend_places(box, width))
    corner, size = (place.left, place.top), (place.width, place.height)
    numbers = dict(zip(("x", "y", "width", "height"), map(number, (*corner, *size)), strict=True))
    SubElement(group, "rect", {"class": "plate", **numbers, "rx": "3", "fill": GROUND})
    text = _text(group, place.centre, LEGEND_SIZE, SECONDARY)
    text.set("class", "legend")
    text.set("font-family", TEXT_FONT)
    text.text = words


def _text(group: Element, centre: Point, size: float, colour: str) -> Element:
    x, y = centre
    # `dominant-baseline` is not known everywhere; a third of the size below the middle looks centred.
    attributes = {"x": number(x), "y": number(y + 0.34 * size), "text-anchor": "middle"}
    return SubElement(group, "text", attributes | {"font-size": number(size), "fill": colour})


def text_width(text: str, size: float) -> float:
    """About the width in a proportional font, rather too wide."""
    return 0.56 * size * len(text)


def _path(group: Element, d: str, fill: str, stroke: str) -> Element:
    return SubElement(group, "path", {"d": d, "fill": fill, "stroke": stroke})


def rounded(box: Box, radius: float) -> str:
    """The path of a box with round corners."""
    r = min(radius, box.width / 2, box.height / 2)
    arc = f"A{number(r)} {number(r)} 0 0 1"
    left, top, right, bottom = (number(side) for side in (box.left, box.top, box.right, box.bottom))
    return (
        f"M{number(box.left + r)} {top}H{number(box.right - r)}{arc} {right} {number(box.top + r)}"
        f"V{number(box.bottom - r)}{arc} {number(box.right - r)} {bottom}H{number(box.left + r)}"
        f"{arc} {left} {number(box.bottom - r)}V{number(box.top + r)}{arc} {number(box.left + r)} {top}Z"
    )


def box_of(path: str) -> Box:
    """The box that `rounded` made a path of."""
    found = [float(value) for value in re.findall(r"-?[\d.]+", path)]
    return Box(left=found[24], top=found[1], right=found[8], bottom=found[17])


def _bezier(curve: Curve) -> str:
    (x, y), *rest = curve.points
    pieces = " ".join(f"{number(px)} {number(py)}" for px, py in rest)
    (_, left, right) = _triangle(curve)
    base = f"{number((left[0] + right[0]) / 2)} {number((left[1] + right[1]) / 2)}"
    return f"M{number(x)} {number(y)}C{pieces}L{base}"


def _direction(curve: Curve) -> Point:
    """The direction of a wire at its tip."""
    return direction(curve.points[-1], curve.tip)


def _open_tip(group: Element, curve: Curve, line: dict[str, str]) -> None:
    tip, left, right = _triangle(curve)
    SubElement(group, "polyline", {"class": "tip", "points": points([left, tip, right]), "fill": "none"} | line)


def _triangle(curve: Curve) -> list[Point]:
    return triangle(curve.tip, _direction(curve), TIP_LENGTH, 0.34 * TIP_LENGTH)
