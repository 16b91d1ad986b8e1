"""A graph in Mermaid's language, which code hosts and JupyterLab draw from Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from hydroflow_nb.ir.graph import NodeId, Read
from hydroflow_nb.ir.partitioned import LoopBlock, PartitionedGraph, Stratum, SubgraphId
from hydroflow_nb.ir.text import printable
from hydroflow_nb.operators.record.operator import InputDelay
from hydroflow_nb.render.marks import Marks
from hydroflow_nb.render.options import (
    Line,
    Options,
    by_module,
    by_variable,
    delay_colour,
    inner_handoffs,
    lines,
    node_text,
    shown_side,
)
from hydroflow_nb.render.palette import PALETTE, TEXTUAL


def _short(colour: str) -> str:
    """A colour of doubled digits in three digits, as Hydroflow writes it in Mermaid."""
    return "#" + colour[1::2]


_BOX, _BOX_LINE, _OUTLINE, _WIRE = (_short(TEXTUAL[name]) for name in ("box", "box-line", "outline", "thin-wire"))
_CLASSES = {"pullClass": "pull", "pushClass": "push", "otherClass": "handoff"}
_PROLOGUE = [
    f"%%{{init:{{'theme':'base','themeVariables':{{'clusterBkg':'{_BOX}','clusterBorder':'{_BOX_LINE}'}}}}}}%%",
    "flowchart TD",
    *(
        f"classDef {name} fill:{_short(PALETTE[colour].light)},stroke:{_OUTLINE},text-align:left,white-space:pre"
        for name, colour in _CLASSES.items()
    ),
    f"linkStyle default stroke:{_WIRE}",
]
_SHAPES = {"pull": ('[\\"', '"/]', "pullClass"), "push": ('[/"', '"\\]', "pushClass"), None: ('["', '"]', "otherClass")}
_HEADS = {
    None: "-->",
    InputDelay.STRATUM: "--x",
    InputDelay.TICK: "--o",
    InputDelay.LAZY: "--o",
    InputDelay.ACCUMULATING: "-->",
}
# Mermaid's own heads are an arrow, a cross, a circle or nothing.
_OPEN_HEAD = "\N{WHITE DOWN-POINTING SMALL TRIANGLE}"
# What Mermaid, its formulas (`$$x$$`), its icons (`fa:fa-name`) and the HTML below it would read as their syntax.
# Mermaid decodes entities before it looks for some of them; a place where lines may break keeps their letters apart.
_ENTITIES = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "#": "&num;",
    "%": "&percnt;",
    "`": "&grave;",
    "$": "&dollar;<wbr>",
    "\\": "&bsol;<wbr>",
}
_ESCAPES = str.maketrans(_ENTITIES)


def as_mermaid(graph: PartitionedGraph, options: Options, marks: Marks) -> str:
    """The graph as a `flowchart`, as Hydroflow draws it: a box for each subgraph, titled with its stratum,
    within the boxes of its loops. Dotted edges are `$name` references.
    """
    found = list(_PROLOGUE)
    for identity, node in graph.nodes.items():
        opening, closing, style = _SHAPES[shown_side(graph, identity, options)]
        text = f"({node.element}) <code>{_escaped(node_text(node, options))}</code>"
        found.append(f"{_name(node.element)}{opening}{text}{closing}:::{style}")
    if not options.no_handoffs:
        found += [f'{_name(handoff.element)}["{handoff.element}"]:::otherClass' for handoff in graph.handoffs.values()]
    for number, line in enumerate(lines(graph, options, marks)):
        found += _edge(line, number)
    # After the edges, which are styled by their numbers.
    found += [_read(graph, read) for read in graph.reads]
    found += _modules(graph, tuple(graph.nodes), options, "") if options.no_subgraphs else _subgraphs(graph, options)
    return "\n".join([*found, ""])


def _edge(line: Line, number: int) -> list[str]:
    words = [_escaped(word) for word in line.words]
    if line.mark.open_head:
        words.append(_OPEN_HEAD)
    label = f"|{'<br>'.join(words)}|" if words else ""
    found = [f"{_name(line.source)} {_HEADS[line.delay]}{label} {_name(line.target)}"]
    styles = [f"stroke:{delay_colour(line.delay)}", "stroke-dasharray:5 3"] if line.delay else []
    if line.mark.thick:
        styles.append("stroke-width:3px")
    if styles:
        found.append(f"linkStyle {number} {','.join(styles)}")
    return found


def _read(graph: PartitionedGraph, read: Read) -> str:
    source, target = graph.nodes[read.source].element, graph.nodes[read.target].element
    return f"{_name(source)} -.->|{_escaped(read.word)}| {_name(target)}"


def _subgraphs(graph: PartitionedGraph, options: Options) -> list[str]:
    within = inner_handoffs(graph)
    return [line for stratum in graph.strata for line in _inside(graph, stratum, options, within)]


def _inside(
    graph: PartitionedGraph, stratum: Stratum, options: Options, within: dict[SubgraphId, list[str]]
) -> list[str]:
    """The boxes of loops and subgraphs in a stratum."""
    found = []
    for part in stratum:
        if isinstance(part, LoopBlock):
            loop = graph.loops[part.loop]
            found.append(f'subgraph {_name(loop.element)} ["{_escaped(loop.title)}"]')
            found += [f"    {line}" for inner in part.strata for line in _inside(graph, inner, options, within)]
            found.append("end")
            continue
        for identity in part.subgraphs:
            subgraph = graph.subgraphs[identity]
            name = _name(subgraph.element)
            title = graph.locations[subgraph.stratum] if graph.locations else f"{name} stratum {subgraph.stratum}"
            found.append(f'subgraph {name} ["{_escaped(title)}"]')
            if not options.no_handoffs:
                found += [f"    {_name(element)}" for element in within.get(identity, ())]
            found += [f"    {line}" for line in _modules(graph, subgraph.nodes, options, f"{name}_")]
            found.append("end")
    return found


def _modules(
    graph: PartitionedGraph, nodes: Sequence[NodeId], options: Options, prefix: str, depth: int = 0
) -> list[str]:
    """The boxes of modules and names around operators."""
    found = []
    for instance, members in by_module(graph, nodes, depth).items():
        if instance is None:
            found += _variables(graph, members, options, prefix)
        else:
            # A module may have operators in several subgraphs.
            box = f"{prefix}{_name(instance.element)}"
            inner = _modules(graph, members, options, f"{box}_", depth + 1)
            found += [
                f'subgraph {box} ["{_escaped(instance.title)}"]',
                *(f"    {line}" for line in inner),
                "end",
            ]
    return found


def _variables(graph: PartitionedGraph, nodes: Sequence[NodeId], options: Options, prefix: str) -> list[str]:
    found = []
    for variable, members in by_variable(graph, nodes, options).items():
        inner = [_name(graph.nodes[node].element) for node in members]
        if variable is None:
            found += inner
        else:
            # The name of the box is numbered: a flow's own names may hold any letter that Python allows.
            box = f"{prefix}var_{members[0]}"
            found += [
                f'subgraph {box} ["var <tt>{_escaped(variable)}</tt>"]',
                *(f"    {line}" for line in inner),
                "end",
            ]
    return found


def _name(element: str) -> str:
    # `op-1 --x op-2` would be read as an arrow that begins inside of the name.
    return element.replace("-", "_")


def _escaped(text: str) -> str:
    return printable(text).translate(_ESCAPES).replace("fa:fa", "fa:<wbr>fa")
