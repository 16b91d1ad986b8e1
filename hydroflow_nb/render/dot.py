"""A graph in Graphviz's language, for people to read, change and draw with their own tools."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hydroflow_nb.ir.graph import NodeId, Read
from hydroflow_nb.ir.partitioned import LoopBlock, PartitionedGraph, Stratum, SubgraphId
from hydroflow_nb.ir.text import printable
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
    outer_handoffs,
    shown_side,
)
from hydroflow_nb.render.palette import PALETTE, TEXTUAL

_SHAPES = {
    "pull": ("invhouse", PALETTE["pull"].light),
    "push": ("house", PALETTE["push"].light),
    None: ("rectangle", PALETTE["handoff"].light),
}
_FONT = 'fontname="Courier"'
_PROLOGUE = [
    f'graph [rankdir=TB, {_FONT}, fontsize=10, style="rounded,filled", color="{TEXTUAL["box-line"]}"];',
    f'node [{_FONT}, fontsize=11, style=filled, margin="0.12,0.04"];',
    f'edge [{_FONT}, fontsize=9, color="{TEXTUAL["wire"]}"];',
]


def as_dot(graph: PartitionedGraph, options: Options, marks: Marks) -> str:
    """The graph as a `digraph`: operators as houses that point up (push) or down (pull), handoffs as parallelograms,
    delayed edges red, dashed and named, `$name` references thin and dotted, marks as words. Ids and classes are those
    of the SVG and of `to_dict()`.
    """
    body = list(_PROLOGUE)
    body += [_operator(graph, node, options) for node in graph.nodes]
    if not options.no_handoffs:
        body += [
            f'{_quoted(element)} [id="{element}", class="handoff", label={_quoted(element)}, shape=parallelogram, '
            f'fontsize=9, fillcolor="{PALETTE["handoff"].light}"];'
            for element in (handoff.element for handoff in graph.handoffs.values())
        ]
    body += [_edge(line) for line in lines(graph, options, marks)]
    body += [_read(graph, read) for read in graph.reads]
    body += _modules(graph, tuple(graph.nodes), options) if options.no_subgraphs else _strata(graph, options)
    return "\n".join([f"digraph {_quoted(printable(graph.name))} {{", *_indented(body), "}", ""])


def _operator(graph: PartitionedGraph, identity: NodeId, options: Options) -> str:
    node = graph.nodes[identity]
    side = shown_side(graph, identity, options)
    shape, fill = _SHAPES[side]
    label = _quoted(f"({node.element}) {node_text(node, options)}")[:-1] + '\\l"'
    classes = " ".join(["op", side] if side else ["op"])
    return (
        f'"{node.element}" [id="{node.element}", class="{classes}", label={label}, shape={shape}, fillcolor="{fill}"];'
    )


def _edge(line: Line) -> str:
    attributes = [f'id="{line.element}"'] if line.element else []
    classes = f"edge delay-{line.delay}" if line.delay else "edge"
    attributes.append(f'class="{classes}"')
    if line.words:
        attributes.append(f"label={_quoted(' '.join(line.words))}")
    if line.delay:
        colour = delay_colour(line.delay)
        attributes += [f'color="{colour}"', f'fontcolor="{colour}"', "style=dashed"]
    elif line.mark.dashed:
        attributes.append("style=dashed")
    if line.mark.thick:
        attributes.append("penwidth=2.5")
    if line.mark.open_head:
        attributes.append("arrowhead=empty")
    if line.mark.title:
        title = _quoted(printable(line.mark.title))
        attributes += [f"tooltip={title}", f"labeltooltip={title}"]
    return f'"{line.source}" -> "{line.target}" [{", ".join(attributes)}];'


def _read(graph: PartitionedGraph, read: Read) -> str:
    source, target = graph.nodes[read.source].element, graph.nodes[read.target].element
    label = _quoted(printable(read.word))
    return (
        f'"{source}" -> "{target}" [id="{read.element}", class="read", label={label}, style=dotted, penwidth=0.7, '
        "arrowhead=vee];"
    )


def _strata(graph: PartitionedGraph, options: Options) -> list[str]:
    within, between = inner_handoffs(graph), outer_handoffs(graph)
    found = []
    for number, stratum in enumerate(graph.strata):
        element = f"stratum-{number}"
        members = _inside(graph, stratum, options, within, between)
        if not options.no_handoffs:
            members += [f'"{member}";' for member in between.get(element, ())]
        title, kind = f"stratum {number}", "stratum"
        if graph.locations:
            title, kind = graph.locations[number], "location"
        if members:
            label = _quoted(printable(title))
            found += _cluster(element, f'class="{kind}", label={label}, fillcolor="{TEXTUAL["stratum"]}"', members)
    return found


def _inside(
    graph: PartitionedGraph,
    stratum: Stratum,
    options: Options,
    within: dict[SubgraphId, list[str]],
    between: dict[str, list[str]],
) -> list[str]:
    """The boxes of loops and subgraphs in a stratum."""
    found = []
    for part in stratum:
        if isinstance(part, LoopBlock):
            loop = graph.loops[part.loop]
            members = [line for inner in part.strata for line in _inside(graph, inner, options, within, between)]
            if not options.no_handoffs:
                members += [f'"{element}";' for element in between.get(loop.element, ())]
            label = _quoted(printable(loop.title))
            found += _cluster(loop.element, f'class="loop", label={label}, fillcolor="{TEXTUAL["loop"]}"', members)
            continue
        for identity in part.subgraphs:
            subgraph = graph.subgraphs[identity]
            members = [] if options.no_handoffs else [f'"{element}";' for element in within.get(identity, ())]
            members += _modules(graph, subgraph.nodes, options)
            if graph.locations:
                found += members
                continue
            title = f"{subgraph.element}\\nstratum {subgraph.stratum}"
            found += _cluster(subgraph.element, f'class="sg", label="{title}", fillcolor="{TEXTUAL["box"]}"', members)
    return found


def _modules(graph: PartitionedGraph, nodes: Sequence[NodeId], options: Options, depth: int = 0) -> list[str]:
    """The boxes of modules and names around operators."""
    found = []
    for instance, members in by_module(graph, nodes, depth).items():
        if instance is None:
            found += _variables(graph, members, options)
        else:
            # A module may have operators in several subgraphs.
            name = f"{instance.element} of {graph.nodes[members[0]].element}"
            label = _quoted(printable(instance.title))
            attributes = f'graph [label={label}, class="module", fillcolor="{TEXTUAL["module"]}"];'
            inner = _modules(graph, members, options, depth + 1)
            found += [f"subgraph {_quoted(f'cluster {name}')} {{", *_indented([attributes, *inner]), "}"]
    return found


def _variables(graph: PartitionedGraph, nodes: Sequence[NodeId], options: Options) -> list[str]:
    found = []
    for variable, members in by_variable(graph, nodes, options).items():
        inner = [f'"{graph.nodes[node].element}";' for node in members]
        if variable is None:
            found += inner
        else:
            # The same name may stand in several subgraphs; a cluster's own name has to be unique.
            name = f"var {printable(variable)} of {graph.nodes[members[0]].element}"
            label = _quoted(f"var {printable(variable)}")
            found += [f"subgraph {_quoted(f'cluster {name}')} {{"]
            found += _indented([f'graph [label={label}, style=dotted, class="variable"];', *inner])
            found.append("}")
    return found


def _cluster(element: str, attributes: str, members: list[str]) -> list[str]:
    return [
        f'subgraph "cluster {element}" {{',
        *_indented([f'graph [id="{element}", {attributes}];', *members]),
        "}",
    ]


def _indented(found: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in found]


def _quoted(text: str) -> str:
    """A quoted string that Graphviz shows as it is: no escape sequence, no HTML entity, no end of the string in it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;") + '"'
