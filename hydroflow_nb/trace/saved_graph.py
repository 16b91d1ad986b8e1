"""The graph of a recording that was loaded from a file: its form as data and its picture.

Nothing in a file is trusted. Its picture is copied element by element, and what the package does not draw is left out:
scripts, styles, links, images.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from xml.etree.ElementTree import Element, ParseError, fromstring, tostring

from hydroflow_nb.render.outline import Outline, outline_of
from hydroflow_nb.render.recorded import draw_recorded
from hydroflow_nb.render.tally import Tally, tally_of
from hydroflow_nb.trace.plain import Damaged

if TYPE_CHECKING:
    from hydroflow_nb.render.tally import Recorded

_SVG: Final = "http://www.w3.org/2000/svg"
_ELEMENTS: Final = frozenset(
    {"svg", "g", "path", "polygon", "polyline", "circle", "ellipse", "rect", "text", "tspan", "title", "desc"}
)
_ATTRIBUTES: Final = frozenset(
    {
        *("id", "class", "transform", "role", "aria-label", "data-badge", "viewBox", "width", "height"),
        *("d", "points", "x", "y", "cx", "cy", "r", "rx", "ry"),
        *("text-anchor", "font-size", "font-weight", "font-family", "fill", "fill-opacity", "opacity", "paint-order"),
        *("stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "stroke-opacity"),
    }
)
_REFERENCE: Final = re.compile(r"url\s*\(|javascript:|data:", re.IGNORECASE)
_XML_SPACE: Final = "{http://www.w3.org/XML/1998/namespace}space"
_STYLE: Final = "max-width:100%;height:auto"

# What the front end and the pictures read of a graph.
_PARTS: Final[Mapping[str, type]] = {
    "name": str,
    "source": str,
    "ops": dict,
    "edges": dict,
    "handoffs": dict,
    "subgraphs": dict,
    "loops": dict,
    "modules": dict,
    "inputs": dict,
    "strata": int,
}


class SavedGraph:
    """A graph as a file tells it. Raises `Damaged` for one that cannot be drawn."""

    def __init__(self, data: Any, svg: Any) -> None:
        self._data = _checked(data)
        try:
            self._outline: Outline = outline_of(self._data)
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            raise Damaged("graph", f"cannot be read: {type(problem).__name__}: {problem}") from None
        self._svg = clean(svg)
        try:
            draw_recorded(self._outline, self._svg, Tally(sentence=""))
        except Exception as problem:
            raise Damaged("svg", f"is not a picture of the graph: {type(problem).__name__}") from None

    def to_dict(self) -> dict[str, Any]:
        """The graph as data for JSON."""
        return self._data

    def svg(self, recording: Recorded | None = None, *, tick: int | None = None) -> str:
        """The graph's picture, with a recording that of a tick, as `flow.graph.svg` gives it."""
        if recording is None:
            return self._svg
        return draw_recorded(self._outline, self._svg, tally_of(self._outline, recording, tick))

    @cached_property
    def elements(self) -> frozenset[str]:
        """The ids of operators and edges, which the steps of a recording name."""
        return frozenset({*self._data["ops"], *self._data["edges"]})


def _checked(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise Damaged("graph", "is not an object")
    checked: dict[str, Any] = {**data, "modules": data.get("modules", {})}
    for name, kind in _PARTS.items():
        if type(checked.get(name)) is not kind:
            raise Damaged(f"graph.{name}", "is missing, or of another type")
        if kind is dict and name != "inputs":
            for key, part in checked[name].items():
                if type(part) is not dict:
                    raise Damaged(f"graph.{name}[{key[:40]!r}]", "is not an object")
    return checked


def clean(svg: Any) -> str:
    """A picture with what the package draws, and nothing else. Raises `Damaged` for what is no SVG."""
    if not isinstance(svg, str):
        raise Damaged("svg", "is not a string")
    # Entities may grow without end, or name files.
    if "<!" in svg:
        raise Damaged("svg", "has a declaration, which no picture of a flow has")
    try:
        root = fromstring(svg)
    except (ParseError, ValueError) as problem:
        raise Damaged("svg", f"is not XML: {problem}") from None
    if _local(root.tag) != "svg":
        raise Damaged("svg", "is not an SVG")
    cleaned = _clean(root)
    drawn = Element("svg", {"xmlns": _SVG, **cleaned.attrib})
    drawn.text = cleaned.text
    drawn.extend(cleaned)
    return tostring(drawn, encoding="unicode")


def _clean(element: Element) -> Element:
    made = Element(_local(element.tag))
    for name, value in element.attrib.items():
        if name == _XML_SPACE:
            made.set("xml:space", value)
        elif (name in _ATTRIBUTES and not _REFERENCE.search(value)) or (name == "style" and value == _STYLE):
            made.set(name, value)
    made.text, made.tail = element.text, element.tail
    made.extend(_clean(child) for child in element if _local(child.tag) in _ELEMENTS)
    return made


def _local(tag: str) -> str:
    return tag.removeprefix(f"{{{_SVG}}}")
