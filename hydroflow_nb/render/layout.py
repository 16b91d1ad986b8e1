"""Where everything stands: the graph is given to Graphviz as boxes of known sizes, and comes back with places.

No text of the user goes to the engine, and no font is measured by it: a code font's letters are 0.6 em wide everywhere,
so sizes are computed here and are the same on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from unicodedata import east_asian_width

from hydroflow_nb.ir.graph import LoopBlock, PartitionedGraph, Stratum, SubgraphId, components_of
from hydroflow_nb.ir.text import short_text
from hydroflow_nb.render.engine import layout
from hydroflow_nb.render.geometry import Box, Curve, Point
from hydroflow_nb.render.options import inner_handoffs, outer_handoffs

CODE_SIZE = 11.0
CODE_WIDTH = 0.6 * CODE_SIZE
NODE_HEIGHT = 23.0
LEAST_NODE_WIDTH = 54.0
NODE_PADDING = 20.0
# A handoff shows how many items it holds, the badge of an edge how many passed: both with room for three digits.
HANDOFF_WIDTH, HANDOFF_HEIGHT = 28.0, 18.0
RANK_SPACING = 33.0
NODE_SPACING = 24.0
MARGIN = 12.0
TIP_LENGTH = 6.0


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The places of operators, handoffs, subgraphs, loops and strata (`boxes`), of wires and of reads (`curves`), by
    element id.
    """

    width: float
    height: float
    boxes: Mapping[str, Box]
    curves: Mapping[str, Curve]


def lay_out(graph: PartitionedGraph) -> Layout:
    """The places of all that is drawn. Raises NoPictureError where no engine can lay the graph out."""
    if not graph.nodes:
        return Layout(width=0, height=0, boxes={}, curves={})
    backward = _cycle_closing(graph)
    return _read(layout(_request(graph, backward)), backward)


def text_width(text: str) -> float:
    """The width of a text in the code font."""
    return CODE_WIDTH * sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _request(graph: PartitionedGraph, backward: set[str]) -> str:
    """The graph as Graphviz is asked to lay it out."""
    lines = [
        "digraph {",
        f"graph [rankdir=TB, ranksep={_inches(RANK_SPACING)}, nodesep={_inches(NODE_SPACING)}, pad=0];",
        'node [shape=box, fixedsize=true, label=""];',
        f"edge [arrowsize={TIP_LENGTH / 10:g}];",
    ]
    for node in graph.nodes.values():
        width = max(LEAST_NODE_WIDTH, text_width(short_text(node)) + NODE_PADDING)
        lines.append(f'"{node.element}" [{_size(width, NODE_HEIGHT)}];')
    lines += [f'"{handoff.element}" [{_size(HANDOFF_WIDTH, HANDOFF_HEIGHT)}];' for handoff in graph.handoffs.values()]
    within, between = inner_handoffs(graph), outer_handoffs(graph)
    for number, stratum in enumerate(graph.strata):
        lines.append(f'subgraph "cluster stratum-{number}" {{ graph [margin={MARGIN:g}];')
        lines += _inside(graph, stratum, within, between)
        lines += [f'"{member}";' for member in between.get(f"stratum-{number}", ())]
        lines.append("}")
    for wire in graph.wires:
        if wire.element in backward:
            # Given reversed, so that the rest still flows from top to bottom.
            lines.append(f'"{wire.target}" -> "{wire.source}" [id="{wire.element}", dir=back];')
        else:
            # Straight lines matter most inside of a subgraph.
            weight = 3 if wire.edge.id in graph.handoffs else 8
            lines.append(f'"{wire.source}" -> "{wire.target}" [id="{wire.element}", weight={weight}];')
    for read in graph.reads:
        source, target = graph.nodes[read.source].element, graph.nodes[read.target].element
        # A read does not change the way of the wires.
        lines.append(f'"{source}" -> "{target}" [id="{read.element}", weight=0];')
    # An earlier stratum stands above a later one, also where no long path holds it there.
    for (_, bottom), (top, _) in pairwise(_ends(graph, backward)):
        lines.append(f'"{bottom}" -> "{top}" [style=invis, weight=1];')
    lines.append("}")
    return "\n".join(lines)


def _inside(
    graph: PartitionedGraph, stratum: Stratum, within: dict[SubgraphId, list[str]], between: dict[str, list[str]]
) -> Iterator[str]:
    """The boxes of loops and subgraphs in a stratum."""
    for part in stratum:
        if isinstance(part, LoopBlock):
            element = graph.loops[part.loop].element
            yield f'subgraph "cluster {element}" {{ graph [margin={MARGIN:g}];'
            for inner in part.strata:
                yield from _inside(graph, inner, within, between)
            yield from (f'"{member}";' for member in between.get(element, ()))
            yield "}"
            continue
        for identity in part.subgraphs:
            members = [graph.nodes[node].element for node in graph.subgraphs[identity].nodes]
            members += within.get(identity, ())
            yield f'subgraph "cluster {graph.subgraphs[identity].element}" {{ graph [margin={MARGIN:g}];'
            yield from (f'"{member}";' for member in members)
            yield "}"


def _cycle_closing(graph: PartitionedGraph) -> set[str]:
    """The wires into a handoff whose items an operator takes out that runs earlier in the tick."""
    order = [node for subgraph in graph.subgraphs.values() for node in subgraph.nodes]
    time = {node: index for index, node in enumerate(order)}
    return {
        wire.element
        for wire in graph.wires
        if wire.edge.id in graph.handoffs
        and wire.target == graph.handoffs[wire.edge.id].element
        and time[wire.edge.source] >= time[wire.edge.target]
    }


def _ends(graph: PartitionedGraph, backward: set[str]) -> list[tuple[str, str]]:
    """For each stratum where the longest way through it begins and where it ends."""
    before: dict[str, list[str]] = {}
    for wire in graph.wires:
        if wire.element not in backward:
            before.setdefault(wire.target, []).append(wire.source)
    found = []
    for stratum in graph.strata:
        # For each element how long the longest way to it is, and where that begins.
        ways: dict[str, tuple[int, str]] = {}

        def reach(element: str, ways: dict[str, tuple[int, str]] = ways) -> None:
            known = [ways[source] for source in before.get(element, ()) if source in ways]
            length, start = max(known, key=lambda way: way[0], default=(0, element))
            ways[element] = (length + 1, start)

        for subgraph in (graph.subgraphs[identity] for part in components_of([stratum]) for identity in part.subgraphs):
            for node in subgraph.nodes:
                element = graph.nodes[node].element
                for source in before.get(element, ()):
                    if source.startswith("handoff"):
                        reach(source)
                reach(element)
        bottom = max(ways, key=lambda element: ways[element][0])
        found.append((ways[bottom][1], bottom))
    return found


def _read(found: dict[str, Any], reversed_wires: set[str]) -> Layout:
    left, bottom, right, top = _numbers(found["bb"])

    def turned(point: Point) -> Point:
        return point[0] - left, top - point[1]

    boxes: dict[str, Box] = {}
    for thing in found["objects"]:
        name = thing["name"].removeprefix("cluster ")
        if "bb" in thing:
            x0, y0, x1, y1 = _numbers(thing["bb"])
            (x0, y1), (x1, y0) = turned((x0, y0)), turned((x1, y1))
            boxes[name] = Box(left=x0, top=y0, right=x1, bottom=y1)
        else:
            x, y = _numbers(thing["pos"])
            boxes[name] = Box.around(turned((x, y)), 72 * float(thing["width"]), 72 * float(thing["height"]))
    curves = {
        edge["id"]: _curve(edge["pos"], edge["id"] in reversed_wires, turned)
        for edge in found.get("edges", ())
        if "id" in edge
    }
    return Layout(width=right - left, height=top - bottom, boxes=boxes, curves=curves)


def _curve(text: str, is_reversed: bool, turned: Callable[[Point], Point]) -> Curve:
    """A wire from Graphviz's own form: points with the tip marked `e,` at the head or `s,` at the tail, in front."""
    tip: Point | None = None
    points: list[Point] = []
    for word in text.split():
        marked = word.startswith(("e,", "s,"))
        x, y = _numbers(word[2:] if marked else word)
        if marked:
            tip = turned((x, y))
        else:
            points.append(turned((x, y)))
    if is_reversed:
        points.reverse()
    return Curve(points=points, tip=tip or points[-1])


def _numbers(text: str) -> list[float]:
    return [float(number) for number in text.split(",")]


def _size(width: float, height: float) -> str:
    return f"width={_inches(width)}, height={_inches(height)}"


def _inches(points: float) -> str:
    return f"{points / 72:.4f}"
