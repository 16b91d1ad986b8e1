"""The graph of a flow: operators and edges, in the order of the text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import NewType

from hydroflow_nb import expressions
from hydroflow_nb.locations import Crossing, DeclaredLocation, Route
from hydroflow_nb.operators.record.operator import InputDelay, Operator, Persistence
from hydroflow_nb.records import dataclass
from hydroflow_nb.source import Source, Span

NodeId = NewType("NodeId", int)
EdgeId = NewType("EdgeId", int)
LoopId = NewType("LoopId", int)
ModuleId = NewType("ModuleId", int)


@dataclass(frozen=True, kw_only=True)
class PortLabel:
    """The label of a port, `None` where the text has no label, with the place of the edge's end in the text.

    `whole` is that end as it is written beside the arrow, with name and ports; None where no text has an arrow.
    """

    label: int | str | None
    span: Span
    whole: Span | None = None

    @property
    def text(self) -> str:
        """The label as text, empty where there is none."""
        return "" if self.label is None else str(self.label)

    @property
    def order(self) -> tuple[int, int, str]:
        """What ports are sorted by: numbers before names, names before ports without a label."""
        match self.label:
            case int(number):
                return (0, number, "")
            case str(name):
                return (1, 0, name)
            case None:
                return (2, 0, "")


@dataclass(frozen=True, kw_only=True)
class Loop:
    """A `loop` block: `parent` is the loop around it, None for a root loop; `head` is its place in the text."""

    id: LoopId
    name: str | None
    parent: LoopId | None
    head: Span

    @property
    def element(self) -> str:
        """The id in drawings and recordings."""
        return f"loop-{self.id}"

    @property
    def title(self) -> str:
        """What drawings and listings call it, as the text does."""
        return f"loop {self.name}" if self.name else "loop"


@dataclass(frozen=True, kw_only=True)
class Instance:
    """One import of a module: `path` is that of its file as the text has it, `parent` the instance whose text imports
    it, None for the flow itself; `call` is the import's place in the text. So is what was `made` for a `~>`.
    """

    id: ModuleId
    path: str
    parent: ModuleId | None
    call: Span
    made: bool = False

    @property
    def element(self) -> str:
        """The id in drawings."""
        return f"module-{self.id}"

    @property
    def title(self) -> str:
        """What drawings call it: the name of its file, or the `~>`."""
        if self.made:
            return self.path
        return self.path.replace("\\", "/").rsplit("/", 1)[-1] or "module"


def element_of(node: NodeId) -> str:
    """The id of a node in drawings and recordings."""
    return f"op-{node}"


@dataclass(frozen=True, kw_only=True)
class GoesOn:
    """How an operator goes on from tick to tick, where it would begin anew, or send again what it holds.

    `resumed` are the positions of the inputs that are held as `'static` for that; with `spares` it sends only what is
    new. All operators of a `region` begin anew together.
    """

    region: int
    resumed: frozenset[int] = frozenset()
    spares: bool = False


@dataclass(frozen=True, kw_only=True)
class Node:
    """An operator at one place of the flow. `loop` is the innermost loop that it stands in, `module` the innermost
    instance of a module whose text it comes from. One that does not stand in the text has been `made` for the `~>` at
    that place; `channels` are those whose messages it takes in, or the one of each of its outputs by number, `routes`
    how the messages of each are sent, and `sends` is the one whose name it puts to items. What runs may go on where the
    text has it begin anew (`goes_on`).
    """

    id: NodeId
    operator: Operator
    call: expressions.OperatorCall
    variable: str | None
    persistences: tuple[Persistence, ...] = ()
    loop: LoopId | None = None
    module: ModuleId | None = None
    made: Span | None = None
    channels: tuple[str, ...] = ()
    routes: tuple[frozenset[Route], ...] = ()
    sends: str = ""
    goes_on: GoesOn | None = None

    @property
    def span(self) -> Span:
        """The whole call."""
        return self.call.span

    @property
    def place(self) -> Span:
        """Where a person looks for it: the call, or the `~>` that it was made for."""
        return self.made or self.span

    @property
    def word(self) -> str:
        """What a person calls it: the operator's name, or `~>`."""
        return self.operator.name if self.made is None else "~>"

    @property
    def name(self) -> str:
        """The name under which generated code, drawings and recordings know the node's variables: `map_3`."""
        return f"{self.operator.name}_{self.id}"

    @property
    def element(self) -> str:
        """The id in drawings and recordings."""
        return element_of(self.id)

    def is_static(self, position: int) -> bool:
        """True where the persistence of the input at a position is `'static`, or is durable."""
        return self.persistence(position) in (Persistence.STATIC, Persistence.DURABLE)

    @property
    def is_durable(self) -> bool:
        """True where an input is durable."""
        return Persistence.DURABLE in self.persistences

    def persistence(self, position: int) -> Persistence:
        """The persistence of the input at a position; one holds for all inputs."""
        if not self.persistences:
            return self.operator.default_persistence
        return self.persistences[min(position, len(self.persistences) - 1)]


@dataclass(frozen=True, kw_only=True)
class Edge:
    """An edge between two operators. The spans of its ports are for errors about the edge. In the graph of a system an
    edge with a `crossing` leads to another place; in that of a location an edge that `leaves` leads to the external
    location of this name.
    """

    id: EdgeId
    source: NodeId
    source_port: PortLabel
    target: NodeId
    target_port: PortLabel
    crossing: Crossing | None = None
    leaves: str = ""

    @property
    def places(self) -> list[Span]:
        """Where its ends stand in texts: operators, names and ports, in the order of the text."""
        ports = (self.source_port, self.target_port)
        found = {span for port in ports if port.whole is not None for span in (port.whole, port.span)}
        return sorted(found, key=lambda span: (span.start, span.end))


@dataclass(frozen=True, kw_only=True)
class Read:
    """`$name` in the arguments of `target`: it reads the state of `source`, and so runs after it. No items flow.

    An operator that names a state several times reads it once; `span` is the place where it is named first.
    """

    number: int
    source: NodeId
    target: NodeId
    name: str
    span: Span

    @property
    def element(self) -> str:
        """The id in drawings and recordings."""
        return f"read-{self.number}"

    @property
    def word(self) -> str:
        """What drawings and listings call it, as the text does."""
        return f"${self.name}"


def common(left: Sequence[int], right: Sequence[int]) -> int:
    """How many loops (or instances of modules) two nodes share, by those around each of them, outermost first."""
    return sum(1 for one, other in zip(left, right, strict=False) if one == other)


@dataclass(kw_only=True)
class FlatGraph:
    """Nodes and edges, in the order of the text. It is built once; after that only passes that say so reduce it. That
    of a part of a system knows the `location` at which it runs.

    Edges and reads are also kept by the nodes at their ends, so the time of a question about a node depends on the
    edges of that node only, and not on the size of the graph.
    """

    source: Source
    name: str
    location: DeclaredLocation | None = None
    nodes: dict[NodeId, Node] = field(default_factory=dict)
    loops: dict[LoopId, Loop] = field(default_factory=dict)
    modules: dict[ModuleId, Instance] = field(default_factory=dict)
    # The operators that stood on an edge and only handed items on, in their order; a person may still name them.
    taken_out: dict[EdgeId, tuple[Node, ...]] = field(default_factory=dict)
    _edges: dict[EdgeId, Edge] = field(default_factory=dict)
    _ins: dict[NodeId, dict[EdgeId, Edge]] = field(default_factory=dict)
    _outs: dict[NodeId, dict[EdgeId, Edge]] = field(default_factory=dict)
    _reads: list[Read] = field(default_factory=list)
    _reads_by: dict[NodeId, list[Read]] = field(default_factory=dict)
    _readers: dict[NodeId, list[Read]] = field(default_factory=dict)

    @property
    def edges(self) -> Mapping[EdgeId, Edge]:
        """The edges by id, in the order of the text."""
        return self._edges

    def put(self, edge: Edge) -> None:
        """Add an edge, or let it take the place of the one with its id."""
        before = self._edges.get(edge.id)
        if before is not None and before.source != edge.source:
            del self._outs[before.source][before.id]
        if before is not None and before.target != edge.target:
            del self._ins[before.target][before.id]
        self._edges[edge.id] = edge
        self._outs.setdefault(edge.source, {})[edge.id] = edge
        self._ins.setdefault(edge.target, {})[edge.id] = edge

    def take_out(self, edge: Edge) -> None:
        """Take out an edge."""
        del self._edges[edge.id]
        del self._outs[edge.source][edge.id]
        del self._ins[edge.target][edge.id]

    @property
    def reads(self) -> Sequence[Read]:
        """The states that operators read, in the order of the text."""
        return self._reads

    def put_read(self, read: Read) -> None:
        """Add a read."""
        self._reads.append(read)
        self._reads_by.setdefault(read.target, []).append(read)
        self._readers.setdefault(read.source, []).append(read)

    def reads_by(self, node: NodeId) -> Sequence[Read]:
        """The states that a node reads, in the order of its arguments."""
        return self._reads_by.get(node, ())

    def reads_of(self, node: NodeId) -> Sequence[Read]:
        """The reads of a node's state, in the order of the text."""
        return self._readers.get(node, ())

    def around(self, loop: LoopId | None) -> tuple[LoopId, ...]:
        """A loop and the loops around it, outermost first; empty for None, which is outside of all loops."""
        found: list[LoopId] = []
        while loop is not None:
            found.append(loop)
            loop = self.loops[loop].parent
        return tuple(reversed(found))

    def instances(self, module: ModuleId | None) -> tuple[ModuleId, ...]:
        """An instance of a module and those whose texts it is imported by, outermost first; empty for None, which is
        the flow's own text.
        """
        found: list[ModuleId] = []
        while module is not None:
            found.append(module)
            module = self.modules[module].parent
        return tuple(reversed(found))

    def shared(self, one: Edge | Read) -> LoopId | None:
        """The innermost loop that both ends stand in, None for the whole flow."""
        source, target = self.nodes[one.source].loop, self.nodes[one.target].loop
        if source == target:
            return source
        left = self.around(source)
        depth = common(left, self.around(target))
        return left[depth - 1] if depth else None

    def inputs(self, node: NodeId) -> list[Edge]:
        """The edges into a node, in the order of their ports; without ports in the order of the text."""
        return sorted(self._ins.get(node, {}).values(), key=lambda edge: (edge.target_port.order, edge.id))

    def outputs(self, node: NodeId) -> list[Edge]:
        """The edges out of a node, in the order of their ports; without ports in the order of the text."""
        return sorted(self._outs.get(node, {}).values(), key=lambda edge: (edge.source_port.order, edge.id))

    def delay(self, edge: Edge) -> InputDelay | None:
        """What the operator at the edge's end makes it wait for."""
        return self.nodes[edge.target].operator.delay(edge.target_port.text)

    def crosses_ticks(self, edge: Edge) -> bool:
        """True where items that are put in during a tick are taken out in the next one."""
        delay = self.delay(edge)
        return delay is not None and delay.crosses_ticks
