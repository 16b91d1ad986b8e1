"""The laws of a graph, checked one by one in a simple way: for tests, and for those who write a pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

from hydroflow_nb.ir.algorithms import components
from hydroflow_nb.ir.graph import Edge, FlatGraph, LoopId, NodeId, Read, common, element_of
from hydroflow_nb.ir.partitioned import LoopBlock, PartitionedGraph, Side, Stratum, Subgraph, SubgraphId, components_of
from hydroflow_nb.operators.record.operator import InputDelay


class BrokenGraphError(AssertionError):
    """A pass has left a graph that breaks a law: a fault of the package."""


def flat_violations(graph: FlatGraph) -> list[str]:
    """What is wrong with a flat graph, a sentence for each law that is broken."""
    return list(_flat_tables(graph)) or list(_indexes(graph))


def violations(graph: PartitionedGraph) -> list[str]:
    """What is wrong with the graph, a sentence for each law that is broken; empty for a graph that keeps all laws."""
    # Later laws read the tables that the first ones are about.
    return list(_tables(graph)) or [
        *_handoffs(graph),
        *_trees(graph),
        *_strata(graph),
        *_loops(graph),
        *_order(graph),
        *_wires(graph),
    ]


def _tables(graph: PartitionedGraph) -> Iterator[str]:
    """Ids are unique, every operator lies in one subgraph, every subgraph in one component of its stratum."""
    yield from _flat_tables(graph.flat)
    yield from (f"{part.element} is kept under {key}" for key, part in graph.subgraphs.items() if part.id != key)
    yield from (f"{part.element} is kept under {key}" for key, part in graph.handoffs.items() if part.edge != key)
    elements = [node.element for node in graph.nodes.values()] + [wire.element for wire in graph.wires]
    elements += [handoff.element for handoff in graph.handoffs.values()]
    elements += [subgraph.element for subgraph in graph.subgraphs.values()]
    elements += [read.element for read in graph.reads]
    yield from (f"the id {element} is used {count} times" for element, count in Counter(elements).items() if count > 1)

    yield from _indexes(graph.flat)
    homes = Counter(node for subgraph in graph.subgraphs.values() for node in subgraph.nodes)
    yield from (f"op-{node} lies in {homes[node]} subgraphs" for node in graph.nodes if homes[node] != 1)
    yield from (f"op-{node} is not an operator of the flow" for node in homes if node not in graph.nodes)
    for subgraph in graph.subgraphs.values():
        wrong = [node for node in subgraph.nodes if graph.subgraph_of.get(node) != subgraph.id]
        yield from (f"op-{node} is said not to lie in {subgraph.element}" for node in wrong)
    runs = Counter(
        (identity, number)
        for number, stratum in enumerate(graph.strata)
        for component in components_of([stratum])
        for identity in component.subgraphs
    )
    expected = Counter((subgraph.id, subgraph.stratum) for subgraph in graph.subgraphs.values())
    if runs != expected:
        yield f"subgraphs with their strata are {sorted(expected)}, the strata hold {sorted(runs.elements())}"


def _flat_tables(graph: FlatGraph) -> Iterator[str]:
    """Ids are unique, edges and reads end at operators, operators stand in loops of the graph."""
    yield from (f"{node.element} is kept under {key}" for key, node in graph.nodes.items() if node.id != key)
    yield from (f"edge {edge.id} is kept under {key}" for key, edge in graph.edges.items() if edge.id != key)
    for edge in graph.edges.values():
        yield from (f"edge {edge.id} ends nowhere" for end in (edge.source, edge.target) if end not in graph.nodes)
    for read in graph.reads:
        yield from (f"{read.element} ends nowhere" for end in (read.source, read.target) if end not in graph.nodes)
    for node in graph.nodes.values():
        if node.loop is not None and node.loop not in graph.loops:
            yield f"{node.element} stands in loop {node.loop}, which does not exist"
        if node.module is not None and node.module not in graph.modules:
            yield f"{node.element} comes from module {node.module}, which does not exist"


def _indexes(flat: FlatGraph) -> Iterator[str]:
    """A node knows the edges and reads that end at it."""
    expected: set[tuple[str, NodeId, int]] = set()
    for edge in flat.edges.values():
        expected |= {("input", edge.target, edge.id), ("output", edge.source, edge.id)}
    for read in flat.reads:
        expected |= {("read", read.target, read.number), ("reader", read.source, read.number)}
    known: set[tuple[str, NodeId, int]] = set()
    for node in flat.nodes:
        known |= {("input", node, edge.id) for edge in flat.inputs(node)}
        known |= {("output", node, edge.id) for edge in flat.outputs(node)}
        known |= {("read", node, read.number) for read in flat.reads_by(node)}
        known |= {("reader", node, read.number) for read in flat.reads_of(node)}
    for what, node, number in sorted(expected ^ known):
        yield f"op-{node} and the graph do not agree about the {what} {number}"


def _handoffs(graph: PartitionedGraph) -> Iterator[str]:
    """An edge has a handoff if it joins two subgraphs or is delayed; the handoff knows the delay."""
    for edge in graph.edges.values():
        handoff, delay = graph.handoffs.get(edge.id), graph.flat.delay(edge)
        if handoff is None and graph.subgraph_of[edge.source] != graph.subgraph_of[edge.target]:
            yield f"edge {edge.id} joins two subgraphs without a handoff"
        if handoff is None and delay is not None:
            yield f"edge {edge.id} is delayed without a handoff"
        if handoff is not None and handoff.delay is not delay:
            yield f"{handoff.element} has delay {handoff.delay}, its edge {delay}"


def _trees(graph: PartitionedGraph) -> Iterator[str]:
    """A subgraph is an in-out tree: it pulls towards one operator and pushes away from it."""
    # A function of Python that is a subgraph by itself may have several inputs and outputs.
    for node in (node for part in graph.subgraphs.values() if len(part.nodes) > 1 for node in part.nodes):
        if graph.sides[node] is Side.PULL and len(graph.flat.outputs(node)) > 1:
            yield f"op-{node} pulls and has several outputs"
        if graph.sides[node] is Side.PUSH and len(graph.flat.inputs(node)) > 1:
            yield f"op-{node} pushes and has several inputs"
    for subgraph in graph.subgraphs.values():
        inner = list(_inner(graph, subgraph))
        turns = Counter((graph.sides[edge.source], graph.sides[edge.target]) for edge in inner)
        if turns[Side.PUSH, Side.PULL]:
            yield f"{subgraph.element} pulls after it pushed"
        if turns[Side.PULL, Side.PUSH] > 1:
            yield f"{subgraph.element} starts to push in several places"
        if len(inner) != len(subgraph.nodes) - 1 or not _is_connected(subgraph.nodes, inner):
            yield f"{subgraph.element} is not a tree"


def _strata(graph: PartitionedGraph) -> Iterator[str]:
    """Within a tick, items never flow to an earlier stratum, and into a blocking input only from an earlier one. A
    state is read in a later stratum than the one that makes it.
    """
    places = _places(graph)
    for edge in graph.edges.values():
        delay = graph.flat.delay(edge)
        if graph.flat.crosses_ticks(edge):
            continue
        source, target = _strata_of(graph, places, edge)
        if target < source + (1 if delay is InputDelay.STRATUM else 0):
            yield f"edge {edge.id} leads from stratum {source} to {target}, its delay is {delay}"
    for read in graph.reads:
        source, target = _strata_of(graph, places, read)
        if target <= source:
            yield f"op-{read.target} in stratum {target} reads `{read.word}`, which is complete after stratum {source}"
    yield from (
        f"stratum {number} is empty" for number, stratum in enumerate(graph.strata) if graph.nodes and not stratum
    )


def _loops(graph: PartitionedGraph) -> Iterator[str]:
    """A loop is one block of its parent's strata, and holds the subgraphs of its operators. Edges enter it through a
    window and leave it through an operator that leaves loops, one loop at a time.
    """
    expected = {
        subgraph.id: graph.flat.around(graph.nodes[node].loop)
        for subgraph in graph.subgraphs.values()
        for node in subgraph.nodes
    }
    places = _places(graph)
    for identity, around in expected.items():
        if places[identity][0] != around:
            yield f"sg-{identity} lies in the blocks of {places[identity][0]}, its operators in those of {around}"
        if graph.subgraphs[identity].loop != (around[-1] if around else None):
            yield f"sg-{identity} is said to lie in loop {graph.subgraphs[identity].loop}"
    blocks = Counter(_blocks(graph.strata))
    yield from (f"loop-{loop} is {count} blocks" for loop, count in blocks.items() if count > 1)
    for edge in graph.edges.values():
        source, target = graph.nodes[edge.source], graph.nodes[edge.target]
        left, right = graph.flat.around(source.loop), graph.flat.around(target.loop)
        shared = common(left, right)
        if (len(left) > shared) != source.operator.leaves_loop or len(left) > shared + 1:
            yield f"edge {edge.id} leaves loops in a way that is not allowed"
        if (len(right) > shared) != (target.operator.window is not None) or len(right) > shared + 1:
            yield f"edge {edge.id} enters loops in a way that is not allowed"


def _blocks(strata: Iterable[Stratum]) -> Iterator[LoopId]:
    for part in (part for stratum in strata for part in stratum):
        if isinstance(part, LoopBlock):
            yield part.loop
            yield from _blocks(part.strata)


# For each subgraph the loops around it, and the stratum at each level, the tick's first.
_Places: TypeAlias = "dict[SubgraphId, tuple[tuple[LoopId, ...], tuple[int, ...]]]"


def _places(graph: PartitionedGraph) -> _Places:
    found: _Places = {}

    def place(strata: Sequence[Stratum], loops: tuple[LoopId, ...], before: tuple[int, ...]) -> None:
        for number, part in ((number, part) for number, stratum in enumerate(strata) for part in stratum):
            if isinstance(part, LoopBlock):
                place(part.strata, (*loops, part.loop), (*before, number))
            else:
                found.update(dict.fromkeys(part.subgraphs, (loops, (*before, number))))

    place(graph.strata, (), ())
    return found


def _strata_of(graph: PartitionedGraph, places: _Places, one: Edge | Read) -> tuple[int, int]:
    """The strata of both ends: those of the innermost loop that they share, or of the tick where they share no loop."""
    (left, source), (right, target) = (places[graph.subgraph_of[node]] for node in (one.source, one.target))
    shared = common(left, right)
    return source[shared], target[shared]


def _order(graph: PartitionedGraph) -> Iterator[str]:
    """Operators, and components of a stratum, run after what they receive; a component is cyclic if it has to be."""
    for subgraph in graph.subgraphs.values():
        position = {node: index for index, node in enumerate(subgraph.nodes)}
        for edge in _inner(graph, subgraph):
            if position[edge.source] >= position[edge.target]:
                yield f"op-{edge.target} runs before op-{edge.source}, which feeds it"
    places = _places(graph)
    successors: dict[SubgraphId, list[SubgraphId]] = {identity: [] for identity in graph.subgraphs}
    for edge_id, handoff in graph.handoffs.items():
        edge = graph.edges[edge_id]
        if handoff.crosses_ticks:
            continue
        source, target = _strata_of(graph, places, edge)
        if source == target:
            successors[graph.subgraph_of[edge.source]].append(graph.subgraph_of[edge.target])
    groups = {frozenset(group) for group in components(successors)}
    turn: dict[SubgraphId, int] = {}
    for component in graph.components():
        members = frozenset(component.subgraphs)
        turn |= dict.fromkeys(members, len(turn))
        if members not in groups:
            yield f"the component {sorted(members)} is not a strongly connected component"
        if component.cyclic != any(successor in members for member in members for successor in successors[member]):
            yield f"the component {sorted(members)} says wrongly whether it is cyclic"
    for source, targets in successors.items():
        yield from (f"sg-{target} runs before sg-{source}" for target in targets if turn[target] < turn[source])


def _wires(graph: PartitionedGraph) -> Iterator[str]:
    """Wires are the edges, each cut in two by its handoff. They are numbered from 1; the last one has the delay."""
    expected: list[tuple[str, str, InputDelay | None]] = []
    for edge in graph.edges.values():
        source, target, delay = element_of(edge.source), element_of(edge.target), graph.flat.delay(edge)
        handoff = graph.handoffs.get(edge.id)
        stops = [source, handoff.element, target] if handoff else [source, target]
        pairs = list(pairwise(stops))
        expected += [(left, right, delay if (left, right) == pairs[-1] else None) for left, right in pairs]
    found = [(wire.source, wire.target, wire.delay) for wire in graph.wires]
    if found != expected:
        yield f"the wires are {found}, the edges and handoffs say {expected}"
    if [wire.number for wire in graph.wires] != list(range(1, len(found) + 1)):
        yield "the wires are not numbered from 1 in their order"


def _inner(graph: PartitionedGraph, subgraph: Subgraph) -> Iterable[Edge]:
    members = set(subgraph.nodes)
    return (
        edge
        for node in subgraph.nodes
        for edge in graph.flat.outputs(node)
        if edge.id not in graph.handoffs and edge.target in members
    )


def _is_connected(nodes: tuple[int, ...], edges: list[Edge]) -> bool:
    neighbours: dict[int, set[int]] = {node: set() for node in nodes}
    for edge in edges:
        neighbours[edge.source].add(edge.target)
        neighbours[edge.target].add(edge.source)
    reached, waiting = {nodes[0]}, [nodes[0]]
    while waiting:
        found = neighbours[waiting.pop()] - reached
        reached |= found
        waiting += found
    return len(reached) == len(nodes)
