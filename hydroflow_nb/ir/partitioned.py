"""The graph of a flow, partitioned into subgraphs that are joined by handoffs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from enum import StrEnum
from typing import NewType, TypeAlias

from hydroflow_nb.ir.graph import (
    Edge,
    EdgeId,
    FlatGraph,
    Instance,
    Loop,
    LoopId,
    ModuleId,
    Node,
    NodeId,
    Read,
    element_of,
)
from hydroflow_nb.operators.record.operator import InputDelay, Window
from hydroflow_nb.purity import Relied
from hydroflow_nb.records import dataclass

HandoffId = NewType("HandoffId", int)
SubgraphId = NewType("SubgraphId", int)


class Side(StrEnum):
    """On which side of its subgraph's pivot an operator stands: items are pulled up to it, and pushed from there."""

    PULL = "pull"
    PUSH = "push"


@dataclass(frozen=True, kw_only=True)
class Handoff:
    """A buffer on an edge between two subgraphs (or two runs of one). `delay` says what its reader waits for."""

    id: HandoffId
    edge: EdgeId
    delay: InputDelay | None

    @property
    def name(self) -> str:
        """The name of its buffer in generated code."""
        return f"handoff_{self.id}"

    @property
    def element(self) -> str:
        """The id in drawings and recordings."""
        return f"handoff-{self.id}"

    @property
    def crosses_ticks(self) -> bool:
        """True where items that are put in during a tick are taken out in the next one."""
        return self.delay is not None and self.delay.crosses_ticks


@dataclass(frozen=True, kw_only=True)
class Subgraph:
    """An in-out tree of operators that run as one piece of code. `nodes` are in the order of execution.

    `stratum` is that of the tick, also for one that stands in a loop.
    """

    id: SubgraphId
    stratum: int
    nodes: tuple[NodeId, ...]
    loop: LoopId | None = None

    @property
    def element(self) -> str:
        """The id in drawings and recordings."""
        return f"sg-{self.id}"


@dataclass(frozen=True, kw_only=True)
class Component:
    """Subgraphs of one stratum that run together: one that runs once in a tick, or those of a cycle, which run until
    all handoffs between them are empty.
    """

    subgraphs: tuple[SubgraphId, ...]
    cyclic: bool


@dataclass(frozen=True, kw_only=True)
class LoopBlock:
    """A loop as one unit of a stratum. `strata` are those of each of its iterations, in their order."""

    loop: LoopId
    strata: Sequence[Stratum]

    def components(self) -> Iterator[Component]:
        """The components of all its strata and inner loops, in the order of execution."""
        return components_of(self.strata)


Stratum: TypeAlias = "Sequence[Component | LoopBlock]"


def components_of(strata: Iterable[Stratum]) -> Iterator[Component]:
    """The components of strata, those of loops included, in the order of execution."""
    for stratum in strata:
        for part in stratum:
            if isinstance(part, LoopBlock):
                yield from part.components()
            else:
                yield part


@dataclass(frozen=True, kw_only=True)
class Wire:
    """A drawn edge: from an operator or handoff to an operator or handoff. An edge with a handoff is drawn as two."""

    number: int
    edge: Edge
    source: str
    target: str
    delay: InputDelay | None

    @property
    def element(self) -> str:
        """The id in drawings and recordings."""
        return f"edge-{self.number}"

    @property
    def leaves_handoff(self) -> bool:
        """True where it leads out of a handoff: its items were those of the wire into the handoff."""
        return self.source != element_of(self.edge.source)

    @property
    def source_port(self) -> str:
        """The label of the output that the wire leaves; empty for one without a label, and for a handoff."""
        return self.edge.source_port.text if self.source == element_of(self.edge.source) else ""

    @property
    def target_port(self) -> str:
        """The label of the input that the wire enters; empty for one without a label, and for a handoff."""
        return self.edge.target_port.text if self.target == element_of(self.edge.target) else ""


@dataclass(frozen=True, kw_only=True)
class CarriedOver:
    """What is carried over on an edge, on which a replay is left out: in a tick in which its `region` goes on, all that
    went over it in the tick before, with what was carried over then; or, behind an operator that only hands on what
    comes, what is carried over on the edges that it comes `through`.
    """

    region: int | None = None
    through: tuple[EdgeId, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Replays:
    """Which replays are left out: the operators as they run, where that is not as they are written; for each region
    what its functions rely on; and of each operator that replays or goes on how it does, in words.

    `carried` are the edges on which they are left out. Of the regions in `untold` nobody could tell what that was, so
    a variant of the code that tells what went over the edges has them replay.
    """

    nodes: Mapping[NodeId, Node] = field(default_factory=dict)
    regions: tuple[Relied, ...] = ()
    told: Mapping[NodeId, str] = field(default_factory=dict)
    carried: Mapping[EdgeId, CarriedOver] = field(default_factory=dict)
    untold: frozenset[int] = frozenset()

    def regions_at(self, edges: Iterable[EdgeId]) -> frozenset[int]:
        """The regions of which something is carried over on some edges."""
        found: set[int] = set()
        waiting, seen = list(edges), set[EdgeId]()
        while waiting:
            edge = waiting.pop()
            one = self.carried.get(edge)
            if one is None or edge in seen:
                continue
            seen.add(edge)
            waiting += one.through
            if one.region is not None:
                found.add(one.region)
        return frozenset(found)


@dataclass(frozen=True, kw_only=True)
class PartitionedGraph:
    """The graph that is compiled, drawn and stepped: strata of components of subgraphs, joined by handoffs.

    In the picture of a system each stratum is what runs at one location, and `locations` are their titles. `without`
    are the names of the optimisations that are left out where it is compiled, `replays` the replays that are.
    """

    flat: FlatGraph
    sides: Mapping[NodeId, Side]
    handoffs: Mapping[EdgeId, Handoff]
    subgraphs: Mapping[SubgraphId, Subgraph]
    strata: Sequence[Stratum]
    wires: Sequence[Wire]
    subgraph_of: Mapping[NodeId, SubgraphId]
    locations: Sequence[str] = ()
    without: frozenset[str] = frozenset()
    replays: Replays = field(default_factory=Replays)

    def as_it_runs(self) -> PartitionedGraph:
        """The graph with the operators as they run, in place of those that are written."""
        if not self.replays.nodes:
            return self
        return replace(self, flat=replace(self.flat, nodes={**self.flat.nodes, **self.replays.nodes}))

    @property
    def name(self) -> str:
        """The flow's name."""
        return self.flat.name

    @property
    def nodes(self) -> Mapping[NodeId, Node]:
        """The operators, in the order of the text."""
        return self.flat.nodes

    @property
    def edges(self) -> Mapping[EdgeId, Edge]:
        """The edges between operators, in the order of the text."""
        return self.flat.edges

    @property
    def reads(self) -> Sequence[Read]:
        """The states that operators read, in the order of the text."""
        return self.flat.reads

    @property
    def loops(self) -> Mapping[LoopId, Loop]:
        """The loops, in the order of the text."""
        return self.flat.loops

    @property
    def modules(self) -> Mapping[ModuleId, Instance]:
        """The instances of modules, in the order of the text."""
        return self.flat.modules

    def components(self) -> Iterator[Component]:
        """The components of all strata, those of loops included, in the order of execution."""
        return components_of(self.strata)

    def outlasts_ticks(self, edge: EdgeId) -> bool:
        """True where the items that wait before a loop stay there until the loop fires, in whatever tick."""
        return self.nodes[self.edges[edge].target].operator.window is Window.SNAPSHOT

    def carries_on(self, edge: EdgeId) -> LoopId | None:
        """The nested loop in whose next iteration the items of a delayed edge arrive; None if that is the next tick."""
        if not self.handoffs[edge].crosses_ticks:
            return None
        loop = self.nodes[self.edges[edge].target].loop
        return loop if loop is not None and self.loops[loop].parent is not None else None

    def stratum_of(self, node: NodeId) -> int:
        """The stratum that a node runs in."""
        return self.subgraphs[self.subgraph_of[node]].stratum

    def inputs(self) -> Iterator[Node]:
        """The operators that take in items from outside while the flow runs."""
        return (node for node in self.nodes.values() if node.operator.external)
