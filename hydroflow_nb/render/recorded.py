"""The picture of a recorded tick: the plain picture, with the number of items on every wire and in every handoff, the
strata that ran, and the tick in a sentence below.

It is made of the plain picture's own text: nothing is laid out again, and nothing of the recording but counts and words
of our own goes into it.
"""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap
from typing import Final
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

from hydroflow_nb.render import dark
from hydroflow_nb.render.attributes import TEXT_FONT, number
from hydroflow_nb.render.counts import compact, count_text, counted
from hydroflow_nb.render.geometry import Box
from hydroflow_nb.render.outline import Outline
from hydroflow_nb.render.palette import PALETTE
from hydroflow_nb.render.svg import (
    LEGEND_SIZE,
    PADDING,
    SCALE,
    SMALL_SIZE,
    box_of,
    rounded,
    text_width,
)
from hydroflow_nb.render.tally import Tally

_SVG: Final = "http://www.w3.org/2000/svg"
_LINE: Final = 16.0
_NARROWEST: Final = 260.0
# The edges that the alternative text lists.
_MOST_TOLD: Final = 40

_BADGES: Final = {
    "class": "badges",
    "text-anchor": "middle",
    "font-family": TEXT_FONT,
    "font-size": number(SMALL_SIZE),
    "font-weight": "600",
}
_INK: Final = PALETTE["ink"].light


def captioned(picture: str, sentence: str) -> str:
    """A picture of a graph with a sentence below."""
    root = _read(picture)
    root.set("xmlns", _SVG)
    _write_below(root, sentence, 0)
    return tostring(root, encoding="unicode")


def _read(picture: str) -> Element:
    root = fromstring(picture)
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{_SVG}}}")
    return root


def draw_recorded(graph: Outline, plain: str, tally: Tally) -> str:
    """The plain picture of a graph with the numbers of a tick: an SVG of its own, as the plain one is."""
    root = _read(plain)
    groups = {group.get("id", ""): group for group in root.iter("g")}
    _count_wires(graph, groups, tally)
    for handoff, count in tally.held.items():
        if handoff in groups:
            _count_handoff(groups[handoff], count)
    right = _mark_boxes(groups, tally)
    badges = SubElement(groups["graph"], "g", _BADGES)
    for wire, count in tally.moved.items():
        if wire in groups:
            text = count_text(count, tally.carried.get(wire, 0))
            right = max(right, _add_badge(badges, groups[wire].get("data-badge", ""), text))
    _write_below(root, tally.sentence, right)
    _name(root, graph, tally)
    return tostring(root, encoding="unicode")


# --- what is counted --------------------------------------------------------------------------------------------------


def _count_wires(graph: Outline, groups: Mapping[str, Element], tally: Tally) -> None:
    for wire in graph.wires:
        group = groups[wire.element]
        count = tally.moved.get(wire.element, 0)
        title, path, tip = (group.find(name) for name in ("title", "path", "*[@class='tip']"))
        assert title is not None
        assert path is not None
        assert tip is not None
        title.text = f"{title.text}\n{_words(count, tally.carried.get(wire.element, 0))}"
        if count:
            _add_class(group, "ran")
            path.set("stroke-width", path.get("stroke-width", "2"))
        if count and wire.delay is None:
            path.set("stroke", _INK)
            tip.set("stroke", _INK)
            if tip.get("fill") != "none":
                tip.set("fill", _INK)
        elif not count:
            path.set("stroke-opacity", "0.62")
            tip.set("opacity", "0.75")


def _words(count: int, carried: int) -> str:
    over = f", {carried:,} carried over" if carried else ""
    return f"{counted(count, 'item')}{over}"


def _add_badge(badges: Element, place: str, text: str) -> float:
    """Write a number as the stepper does, where the plain picture keeps a place for it. Returns its right side."""
    width = max(16.0, 8 + 6.4 * len(text))
    badge = SubElement(badges, "g", {"class": "badge ran", "transform": f"translate({place})"})
    plate = {"x": number(-width / 2), "y": "-7", "width": number(width), "height": "14", "rx": "7"}
    SubElement(badge, "rect", plate | {"fill": PALETTE["strong"].light})
    words = SubElement(badge, "text", {"y": "3.6", "fill": PALETTE["on-strong"].light})
    words.text = text
    return float(place.split()[0]) + width / 2


def _count_handoff(group: Element, count: int) -> None:
    title, path = group.find("title"), group.find("path")
    assert title is not None
    assert path is not None
    title.text = f"{title.text}\n{counted(count, 'item')}"
    x, y = box_of(path.get("d", "")).centre
    place = {"x": number(x), "y": number(y + 4), "text-anchor": "middle", "font-family": TEXT_FONT, "fill": _INK}
    text = SubElement(group, "text", place | {"font-size": number(LEGEND_SIZE)})
    text.text = compact(count) if count else "·"
    if not count:
        _add_class(group, "empty")
        text.set("fill-opacity", "0.5")


# --- what ran ---------------------------------------------------------------------------------------------------------


def _mark_boxes(groups: Mapping[str, Element], tally: Tally) -> float:
    """Outline the marked boxes, write the marks behind their legends, and return how far to the right these reach."""
    farthest = 0.0
    for element, mark in tally.marks.items():
        if element in groups:
            _add_class(groups[element], mark)
            farthest = max(farthest, _mark_box(groups[element], mark))
    return farthest


def _mark_box(group: Element, mark: str) -> float:
    path, plate, words = (group.find(name) for name in ("path", "rect", "text"))
    assert path is not None
    assert plate is not None
    assert words is not None
    colour = PALETTE["late"].light if mark == "aborted" else _INK
    path.set("stroke", colour)
    path.set("stroke-width", "2")
    if mark == "next":
        path.set("stroke-dasharray", "4 2.5")
    left, across = float(plate.get("x", "0")), float(plate.get("width", "0"))
    width = across + text_width(f" · {mark}", LEGEND_SIZE)
    # A legend at the right end of its box grows to the left, as long as there is room.
    grows_left = left + across / 2 > box_of(path.get("d", "")).centre[0] and left + across - width >= 0
    start = left + across - width if grows_left else left
    plate.set("x", number(start))
    plate.set("width", number(width))
    words.set("x", number(start + width / 2))
    behind = SubElement(words, "tspan", {"font-weight": "600", "fill": colour})
    behind.text = f" · {mark}"
    return start + width


# --- words ------------------------------------------------------------------------------------------------------------


def _write_below(root: Element, sentence: str, right: float) -> None:
    """Write the sentence below the picture, on a card that is wide enough for it, and for what ends at `right`."""
    width, height = (float(value) for value in root.get("viewBox", "").split()[2:])
    columns = int((max(width, _NARROWEST) - 2 * PADDING) / text_width("0", LEGEND_SIZE))
    lines = wrap(sentence, columns)
    wider = max(width, right + PADDING + 2, *(text_width(line, LEGEND_SIZE) + 2 * PADDING for line in lines))
    higher = height + _LINE * len(lines)
    for row, line in enumerate(lines):
        place = {"x": number(PADDING), "y": number(height + _LINE * row + 4), "font-family": TEXT_FONT}
        text = SubElement(root, "text", place | {"class": "tick", "font-size": number(LEGEND_SIZE), "fill": _INK})
        text.text = line
    root.set("viewBox", f"0 0 {number(wider)} {number(higher)}")
    root.set("width", number(SCALE * wider))
    root.set("height", number(SCALE * higher))
    card = root.find("path[@class='background']")
    assert card is not None
    card.set("d", rounded(Box(left=0.5, top=0.5, right=wider - 0.5, bottom=higher - 0.5), 3.0))


def _name(root: Element, graph: Outline, tally: Tally) -> None:
    """Name the picture for those who do not see it, and make it dark on dark pages."""
    root.set("xmlns", _SVG)
    _add_class(root, "recorded")
    name = f"Graph of {graph.name}, {tally.sentence}"
    root.set("aria-label", name)
    colours = ((name, element.get(name, "")) for element in root.iter() for name in ("fill", "stroke"))
    title, told, style = Element("title"), Element("desc"), Element("style")
    title.text, told.text, style.text = name, _told(graph, tally), dark.sheet("recorded", colours)
    root[:0] = [title, told, style]


def _told(graph: Outline, tally: Tally) -> str:
    """The numbers of the picture in sentences."""
    sentences = [graph.description]
    sentences += [f"{element.replace('-', ' ')}: {mark}" for element, mark in sorted(tally.marks.items())]
    counts: list[str] = []
    left_out = 0
    for wire in graph.wires:
        count, carried = tally.moved.get(wire.element, 0), tally.carried.get(wire.element, 0)
        if not count and not carried:
            continue
        if len(counts) < _MOST_TOLD:
            counts.append(f"{wire.way}: {_words(count, carried)}")
        else:
            left_out += 1
    sentences += counts
    if left_out:
        sentences.append(f"and items on {counted(left_out, 'more edge')}")
    return ". ".join(sentences) + "."


def _add_class(element: Element, name: str) -> None:
    element.set("class", f"{element.get('class', '')} {name}".strip())
