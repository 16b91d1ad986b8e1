"""An operator at its place in a flow, as its rule sees it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from functools import cached_property, reduce

from hydroflow_nb.correctness import written
from hydroflow_nb.correctness.halves import with_halves_joined
from hydroflow_nb.correctness.judging import Function, UnderAssumption
from hydroflow_nb.correctness.reads import reads_members
from hydroflow_nb.correctness.split import Split
from hydroflow_nb.correctness.subject import Subject
from hydroflow_nb.expressions import Expression
from hydroflow_nb.ir.graph import EdgeId, Node, NodeId
from hydroflow_nb.operators.record.facts import LooksUp
from hydroflow_nb.operators.record.operator import Persistence
from hydroflow_nb.operators.rules.content import Cause, Content, Place
from hydroflow_nb.operators.rules.rule import Differences, Law
from hydroflow_nb.operators.rules.spread import Spread, mixed_spread
from hydroflow_nb.records import dataclass


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A law that a rule asked a function for."""

    node: NodeId
    function: Function
    law: Law


@dataclass(kw_only=True)
class Types:
    """What is known of a flow in one class of runs, with all laws that are unknown taken for true, or for false: the
    types of edges and of states, and how their items are spread over shards, where the runs differ in these; what comes
    in is `split` among them.
    """

    subject: Subject
    differences: Differences
    assumed: bool
    edges: dict[EdgeId, Content] = field(default_factory=dict)
    states: dict[NodeId, Content] = field(default_factory=dict)
    spreads: dict[EdgeId, Spread] = field(default_factory=dict)
    read_spreads: dict[NodeId, Spread] = field(default_factory=dict)
    split: Split | None = None


@dataclass(kw_only=True)
class NodeView:
    """An operator at its place in a flow, as its rule sees it."""

    types: Types
    node: Node
    is_in_cycle: bool
    _asked: list[tuple[Function, UnderAssumption]] = field(default_factory=list)

    @property
    def differences(self) -> Differences:
        """In what the runs differ."""
        return self.types.differences

    @property
    def is_closed(self) -> bool:
        """True where the flow has one tick."""
        return self.types.subject.is_closed

    @cached_property
    def inputs(self) -> Sequence[tuple[str, Content]]:
        """The types that are known of the edges into the node."""
        known = self.types.edges
        edges = self.types.subject.graph.inputs(self.node.id)
        return [(edge.target_port.text, known[edge.id]) for edge in edges if edge.id in known]

    @cached_property
    def reads(self) -> Mapping[str, Content]:
        """The types of the states that it reads."""
        states = self.types.states
        reads = self.types.subject.graph.reads_by(self.node.id)
        return {read.name: states[read.source] for read in reads if read.source in states}

    @property
    def is_ready(self) -> bool:
        """True where each input has a type; a union needs one."""
        graph = self.types.subject.graph
        edges = len(graph.inputs(self.node.id))
        if edges and self.node.operator.rule.takes_what_is_known:
            return bool(self.inputs)
        return len(self.inputs) == edges and len(self.reads) == len(
            {read.name for read in graph.reads_by(self.node.id)}
        )

    def input(self, port: str = "") -> Content:
        """The type of the edge into a port."""
        for name, content in self.inputs:
            if name == port:
                return content
        # Ports without names are told apart by their number.
        return self.inputs[int(port) if port.isdigit() else 0][1]

    @cached_property
    def spreads(self) -> Sequence[tuple[str, Spread]]:
        """How the items of each edge into the node are spread over shards."""
        known = self.types.spreads
        edges = self.types.subject.graph.inputs(self.node.id)
        return [(edge.target_port.text, known[edge.id]) for edge in edges if edge.id in known]

    @cached_property
    def read_spreads(self) -> Mapping[str, Spread]:
        """How the states that it reads are spread over shards."""
        known = self.types.read_spreads
        reads = self.types.subject.graph.reads_by(self.node.id)
        return {read.name: known[read.source] for read in reads if read.source in known}

    def spread(self, port: str = "") -> Spread:
        """How the items at a port are spread over shards."""
        for name, spread in self.spreads:
            if name == port:
                return spread
        return self.spreads[int(port) if port.isdigit() else 0][1]

    @property
    def arriving(self) -> Spread:
        """How items from outside are spread over shards."""
        if not self.node.channels:
            cause = self.because("HF313", "takes in the items of one shard")
            return self.split.of_input(self.node, cause)
        return reduce(mixed_spread, self.by_channel.values())

    @property
    def by_channel(self) -> Mapping[str, Spread]:
        """How the messages of channels are spread over shards, by the number of the channel, by which they leave where
        channels are told apart.
        """
        graph, node = self.types.subject.graph, self.node
        behind = {edge.source_port.text: edge.target for edge in graph.outputs(node.id)}
        found = {}
        for number, (channel, routes) in enumerate(zip(node.channels, node.routes, strict=True)):
            port = str(number)
            # Of all that stands for a `~>`, what is behind stands at it in the text.
            cause = Cause(
                code="HF313",
                place=Place(behind.get(port, behind.get("", node.id))),
                port="",
                words="brings the items of one shard",
            )
            found[port] = self.split.of_channel(channel, routes, cause)
        return found

    @property
    def split(self) -> Split:
        """How what comes in from outside is split among shards."""
        return self.types.split or Split(key=self.differences.shard or ())

    @property
    def output_ports(self) -> Sequence[str]:
        """The ports of the edges that lead away from it."""
        return [edge.source_port.text for edge in self.types.subject.graph.outputs(self.node.id)]

    @property
    def looks_up_keys(self) -> bool:
        """True where it looks items up by the keys of pairs."""
        return self.node.operator.facts.looks_up is LooksUp.KEY

    def _position(self, port: str) -> int:
        ports = self.node.operator.input_ports
        return ports.index(port) if port in ports else 0

    def is_static(self, port: str = "") -> bool:
        """Whether an input is remembered for as long as the flow lives."""
        return self.node.is_static(self._position(port))

    def is_mutable(self) -> bool:
        """Whether what it remembers may be taken back."""
        return Persistence.MUTABLE in self.node.persistences

    def function(self, position: int = 0) -> UnderAssumption:
        """One of its functions."""
        return self._judged(self.types.subject.function(self.node, position))

    def folding(self, position: int, begin: int | None) -> UnderAssumption:
        """A function that folds."""
        return self._judged(self.types.subject.folding(self.node, position, begin))

    def fused(self, position: int) -> UnderAssumption:
        """How a side of a fused join is aggregated."""
        return self._judged(self.types.subject.fused(self.node, position))

    def _judged(self, function: Function) -> UnderAssumption:
        seen = UnderAssumption(function, self.types.assumed)
        self._asked.append((function, seen))
        return seen

    def asked(self) -> Iterable[Asked]:
        """The laws that its rule asked for."""
        for function, seen in self._asked:
            for law in seen.asked:
                yield Asked(node=self.node.id, function=function, law=law)

    @property
    def collects(self) -> bool:
        """True where what is in the lattice values that it merges stays there for ever."""
        return self.types.subject.collects(self.node)

    @property
    def type_name(self) -> str:
        """The name of its first type argument; empty without one."""
        return next((argument.name for argument in self.node.call.type_arguments), "")

    def is_literal_of_distinct(self, position: int) -> bool:
        """Whether an argument is a display of constants, no two of which are equal."""
        match self.node.call.arguments[position]:
            case Expression(node=node):
                return written.holds_distinct(node, self.types.subject.names)
        return False

    def reads_members(self, name: str, *, counted: bool, keyed: bool) -> bool:
        """Whether its arguments only ask which items a state has."""
        names = written.Names(self.types.subject.names)
        return reads_members(self.node.call.arguments, name, names, counted=counted, keyed=keyed)

    def united(self) -> Sequence[Content]:
        """The types of what comes in, both halves of a join as one."""
        edges = self.types.subject.graph.inputs(self.node.id)
        return [content for _, content in with_halves_joined(self.types.subject.graph, self.types.edges, edges)]

    def because(self, code: str, words: str, port: str = "") -> Cause:
        """The node as a cause."""
        return Cause(code=code, place=Place(self.node.id), port=port, words=words)
