"""What a textual drawing may leave out, and how its elements are named. The options are Hydroflow's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hydroflow_nb.ir.graph import Instance, Node, NodeId
from hydroflow_nb.ir.partitioned import PartitionedGraph, Side, SubgraphId
from hydroflow_nb.ir.text import call_text, delay_word, printable
from hydroflow_nb.operators.record.operator import InputDelay
from hydroflow_nb.records import dataclass
from hydroflow_nb.render.marks import PLAIN, Mark, Marks, mark_of, word_at
from hydroflow_nb.render.palette import CARD, PALETTE


def delay_colour(delay: InputDelay) -> str:
    """Red for what waits for a stratum or a tick, green for what accumulates, as in Hydroflow's drawings."""
    colour = CARD["accumulating"] if delay is InputDelay.ACCUMULATING else PALETTE["late"]
    return colour.light


@dataclass(frozen=True, kw_only=True)
class Options:
    """What is left out: boxes of strata and subgraphs, boxes of names, colours, handoffs, arguments of operators."""

    no_subgraphs: bool = False
    no_varnames: bool = False
    no_pull_push: bool = False
    no_handoffs: bool = False
    op_short_text: bool = False


@dataclass(frozen=True, kw_only=True)
class Line:
    """An edge of a textual drawing. `element` is None where it stands for two wires and the handoff between them.
    `level` is the word of its mark, where that is written.
    """

    element: str | None
    source: str
    target: str
    source_port: str
    target_port: str
    delay: InputDelay | None
    mark: Mark = PLAIN
    level: str = ""

    @property
    def words(self) -> list[str]:
        """What is written at the edge, from its source to its target: ports, the word for a delay, and the mark's."""
        found = [self.source_port, self.target_port, delay_word(self.delay) if self.delay else "", self.level]
        return [printable(word) for word in found if word]


def lines(graph: PartitionedGraph, options: Options, marks: Marks) -> Iterator[Line]:
    """The edges to draw, with their marks; without handoffs an edge goes straight through."""
    if not options.no_handoffs:
        for wire in graph.wires:
            mark = mark_of(marks, wire.edge)
            yield Line(
                element=wire.element,
                source=wire.source,
                target=wire.target,
                source_port=wire.source_port,
                target_port=wire.target_port,
                delay=wire.delay,
                mark=mark,
                level=word_at(mark, wire),
            )
        return
    for edge in graph.edges.values():
        mark = mark_of(marks, edge)
        yield Line(
            element=None,
            source=graph.nodes[edge.source].element,
            target=graph.nodes[edge.target].element,
            source_port=edge.source_port.text,
            target_port=edge.target_port.text,
            delay=graph.flat.delay(edge),
            mark=mark,
            level=mark.word,
        )


def node_text(node: Node, options: Options) -> str:
    """The text of an operator: its call, or only its name."""
    return node.operator.name if options.op_short_text else call_text(node)


def shown_side(graph: PartitionedGraph, node: NodeId, options: Options) -> Side | None:
    """Pull or push; None where that is left out."""
    return None if options.no_pull_push else graph.sides[node]


def inner_handoffs(graph: PartitionedGraph) -> dict[SubgraphId, list[str]]:
    """The handoffs that lead from a subgraph to itself: they are drawn in its box."""
    found: dict[SubgraphId, list[str]] = {}
    for edge_id, handoff in graph.handoffs.items():
        edge = graph.edges[edge_id]
        if graph.subgraph_of[edge.source] == graph.subgraph_of[edge.target]:
            found.setdefault(graph.subgraph_of[edge.target], []).append(handoff.element)
    return found


def outer_handoffs(graph: PartitionedGraph) -> dict[str, list[str]]:
    """The handoffs between subgraphs, by the id of the box that they are drawn in: the innermost loop that both stand
    in, else the stratum of the one that takes their items out. Messages between locations stand in no box.
    """
    found: dict[str, list[str]] = {}
    for edge_id, handoff in graph.handoffs.items():
        edge = graph.edges[edge_id]
        if graph.subgraph_of[edge.source] != graph.subgraph_of[edge.target] and not graph.locations:
            ends = (graph.flat.around(graph.nodes[node].loop) for node in (edge.source, edge.target))
            shared = [graph.loops[left].element for left, right in zip(*ends, strict=False) if left == right]
            box = shared[-1] if shared else f"stratum-{graph.stratum_of(edge.target)}"
            found.setdefault(box, []).append(handoff.element)
    return found


def by_variable(graph: PartitionedGraph, nodes: Sequence[NodeId], options: Options) -> dict[str | None, list[NodeId]]:
    """Operators by the name of their statement, in order; all under None where names are left out."""
    found: dict[str | None, list[NodeId]] = {}
    for node in nodes:
        found.setdefault(None if options.no_varnames else graph.nodes[node].variable, []).append(node)
    return found


def by_module(graph: PartitionedGraph, nodes: Sequence[NodeId], depth: int) -> dict[Instance | None, list[NodeId]]:
    """Operators within so many instances of modules by the next one, in order; under None those of no further one."""
    found: dict[Instance | None, list[NodeId]] = {}
    for node in nodes:
        path = graph.flat.instances(graph.nodes[node].module)
        found.setdefault(graph.modules[path[depth]] if len(path) > depth else None, []).append(node)
    return found
