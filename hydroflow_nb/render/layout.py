"""Where everything stands: the graph is given to Graphviz as boxes of known sizes, and comes back with places.

No text of the user goes to the engine, and no font is measured by it: a code font's letters are 0.6 em wide everywhere,
so sizes are computed here and are the same on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any
from unicodedata import east_asian_width

from hydroflow_nb.ir.graph import Node
from hydroflow_nb.ir.partitioned import PartitionedGraph, components_of
from hydroflow_nb.ir.text import short_text
from hydroflow_nb.records import dataclass
from hydroflow_nb.render.engine import NoPictureError, layout
from hydroflow_nb.render.frames import Frame, frames_of
from hydroflow_nb.render.geometry import Box, Curve, Point

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
# Graphviz needs 0.2 to 0.8 s for 300 operators, many seconds for 1,000; the layout in Python 0.1 and 0.3 s.
MOST_FOR_GRAPHVIZ = 200


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
    """The places of all that is drawn: those that Graphviz finds; in a large graph, or where Graphviz cannot be run,
    those of the layout in plain Python.
    """
    if not graph.nodes:
        return Layout(width=0, height=0, boxes={}, curves={})
    backward = _cycle_closing(graph)
    if len(graph.nodes) > MOST_FOR_GRAPHVIZ:
        return _in_python(graph, backward)
    try:
        return _read(layout(_request(graph, backward)), backward)
    except NoPictureError:
        return _in_python(graph, backward)


def text_width(text: str) -> float:
    """The width of a text in the code font."""
    return CODE_WIDTH * sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _node_width(node: Node) -> float:
    return max(LEAST_NODE_WIDTH, text_width(short_text(node)) + NODE_PADDING)


def _request(graph: PartitionedGraph, backward: set[str]) -> str:
    """The graph as Graphviz is asked to lay it out."""
    lines = [
        "digraph {",
        f"graph [rankdir=TB, ranksep={_inches(RANK_SPACING)}, nodesep={_inches(NODE_SPACING)}, pad=0];",
        'node [shape=box, fixedsize=true, label=""];',
        f"edge [arrowsize={TIP_LENGTH / 10:g}];",
    ]
    lines += [f'"{node.element}" [{_size(_node_width(node), NODE_HEIGHT)}];' for node in graph.nodes.values()]
    lines += [f'"{handoff.element}" [{_size(HANDOFF_WIDTH, HANDOFF_HEIGHT)}];' for handoff in graph.handoffs.values()]
    lines += [line for frame in frames_of(graph) for line in _box(frame)]
    for wire in graph.wires:
        if wire.element in backward:
            # Given reversed, so that the rest still flows from top to bottom.
            lines.append(f'"{wire.target}" -> "{wire.source}" [id="{wire.element}", dir=back];')
        else:
            # Straight lines matter most inside of a subgraph.
            weight = 3 if wire.edge.id in graph.handoffs else 8
            # Locations stand side by side: what leaves one of them puts nothing below it.
            leaves = graph.locations and wire.edge.crossing is not None and wire.source.startswith("op-")
            free = ", constraint=false" if leaves else ""
            lines.append(f'"{wire.source}" -> "{wire.target}" [id="{wire.element}", weight={weight}{free}];')
    for read in graph.reads:
        source, target = graph.nodes[read.source].element, graph.nodes[read.target].element
        # A read does not change the way of the wires.
        lines.append(f'"{source}" -> "{target}" [id="{read.element}", weight=0];')
    # An earlier stratum stands above a later one, also where no long path holds it there.
    for (_, bottom), (top, _) in pairwise(_ends(graph, backward)):
        lines.append(f'"{bottom}" -> "{top}" [style=invis, weight=1];')
    lines.append("}")
    return "\n".join(lines)


def _box(frame: Frame) -> Iterator[str]:
    """A frame, and what stands in it."""
    yield f'subgraph "cluster {frame.element}" {{ graph [margin={MARGIN:g}];'
    for member in frame.members:
        if isinstance(member, str):
            yield f'"{member}";'
        else:
            yield from _box(member)
    yield "}"


def _cycle_closing(graph: PartitionedGraph) -> set[str]:
    """The wires into a handoff whose items an operator takes out that runs earlier in the tick."""
    if graph.locations:
        # Messages put nothing below their senders, so no way of them is a circle.
        return set()
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
    """For each stratum where the longest way through it begins and where it ends. Locations have no order."""
    if graph.locations:
        return []
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


def _in_python(graph: PartitionedGraph, backward: set[str]) -> Layout:
    # Here, not at the top: where Graphviz draws, nothing of it is needed.
    from hydroflow_nb.render.layered import Cluster, Link, Spacing, place

    def cluster(frame: Frame) -> Cluster:
        members = [member if isinstance(member, str) else cluster(member) for member in frame.members]
        return Cluster(name=frame.element, members=members)

    frames = frames_of(graph)
    sizes = {handoff.element: (HANDOFF_WIDTH, HANDOFF_HEIGHT) for handoff in graph.handoffs.values()}
    held = {member for outer in frames for frame in outer.walk() for member in frame.members if isinstance(member, str)}
    strata = [cluster(frame) for frame in frames]
    root = Cluster(name="", members=[*strata, *(handoff for handoff in sizes if handoff not in held)])
    sizes |= {node.element: (_node_width(node), NODE_HEIGHT) for node in graph.nodes.values()}
    links = [
        Link(name=wire.element, source=wire.target, target=wire.source)
        if wire.element in backward
        else Link(name=wire.element, source=wire.source, target=wire.target)
        for wire in graph.wires
    ]
    links += [
        Link(name=read.element, source=graph.nodes[read.source].element, target=graph.nodes[read.target].element)
        for read in graph.reads
    ]
    links += [
        Link(name=f"{bottom} above {top}", source=bottom, target=top, is_shown=False)
        for (_, bottom), (top, _) in pairwise(_ends(graph, backward))
    ]
    spacing = Spacing(rows=RANK_SPACING, members=NODE_SPACING, margin=MARGIN, tip=TIP_LENGTH)
    found = place(root, sizes, links, spacing)
    curves = {name: curve.turned(TIP_LENGTH) if name in backward else curve for name, curve in found.curves.items()}
    return Layout(width=found.width, height=found.height, boxes=found.boxes, curves=curves)


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
