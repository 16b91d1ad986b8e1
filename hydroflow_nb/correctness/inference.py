"""The types of all edges of a flow, in one class of runs: rules are followed until no type changes any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

from hydroflow_nb.correctness import written
from hydroflow_nb.correctness.judging import Function, UnderAssumption
from hydroflow_nb.correctness.reads import reads_members
from hydroflow_nb.correctness.subject import Subject
from hydroflow_nb.expressions import Expression
from hydroflow_nb.ir.algorithms import settle
from hydroflow_nb.ir.graph import Edge, EdgeId, FlatGraph, Node, NodeId
from hydroflow_nb.operators.record.facts import LooksUp
from hydroflow_nb.operators.record.operator import Persistence
from hydroflow_nb.operators.rules.content import (
    Cause,
    Content,
    Copies,
    ItemOrder,
    Place,
    Time,
    causes,
    joined,
    mixed,
    normal,
    weaker_loss,
)
from hydroflow_nb.operators.rules.functions import reading
from hydroflow_nb.operators.rules.held import all_causes, varies
from hydroflow_nb.operators.rules.rule import EVERY, READ, Differences, Law
from hydroflow_nb.operators.rules.spread import Spread, mixed_spread

# A message of a class that cannot be told.
ANY_KIND: Final = "*"

# Before any node is known to send something.
_NO_MESSAGE: Final = Content(time=Time.STREAM, copies=Copies.DISTINCT)

# The type of an edge becomes weaker a dozen times at most, so a cycle with more changes shows a fault of a rule.
_MOST_CHANGES: Final = 60


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A law that a rule asked a function for."""

    node: NodeId
    function: Function
    law: Law


@dataclass(kw_only=True)
class Typing:
    """The types of a flow's edges, in one class of runs and under one assumption on laws that are unknown."""

    subject: Subject
    differences: Differences
    assumed: bool
    # What comes into an inbox from the other nodes of a network, by the kind of the message.
    arriving: Mapping[NodeId, Mapping[str, Content]] = field(default_factory=dict)
    edges: dict[EdgeId, Content] = field(default_factory=dict)
    states: dict[NodeId, Content] = field(default_factory=dict)
    # What an operator gives that has no edge to give it to.
    unread: dict[NodeId, Content] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    # How the items of edges and of states are spread, where the runs differ in how many shards there are.
    spreads: dict[EdgeId, Spread] = field(default_factory=dict)
    read_spreads: dict[NodeId, Spread] = field(default_factory=dict)

    @property
    def has_unknown(self) -> bool:
        """True where a rule asked for a law that cannot be told."""
        return any(one.function.known(one.law).holds is None for one in self.asked if one.law is not Law.RISES)

    def run(self) -> Typing:
        """Follow the rules until no type changes."""
        for nodes, cyclic in self.subject.parts:
            if cyclic:
                self._follow_cycle(nodes)
            else:
                self._follow(self.subject.graph.nodes[nodes[0]], cyclic=False)
        return self

    def _follow_cycle(self, cycle: Sequence[NodeId]) -> None:
        nodes, successors = self.subject.graph.nodes, self.subject.successors
        edges = sum(len(successors[node]) for node in cycle)
        if not settle(cycle, successors, lambda node: self._follow(nodes[node], cyclic=True), _MOST_CHANGES * edges):
            names = ", ".join(nodes[node].name for node in cycle)
            raise AssertionError(f"the types of a cycle do not come to an end: {names}")

    def _follow(self, node: Node, *, cyclic: bool) -> bool:
        view = NodeView(typing=self, node=node, is_in_cycle=cyclic)
        if not view.is_ready:
            return False
        outcome = self._outcome(view)
        if self.differences.shard is not None:
            outcome, changed = self._sharded(view, outcome, cyclic)
        else:
            changed = False
        self.asked += view.asked()
        graph = self.subject.graph
        for edge in graph.outputs(node.id):
            given = outcome.get(edge.source_port.text) or outcome.get(EVERY)
            if given is not None:
                changed |= self._set(self.edges, edge.id, self._after(view, given), cyclic)
        if graph.reads_of(node.id):
            content = self._after(view, outcome.get(READ) or outcome[EVERY])
            changed |= self._set(self.states, node.id, content, cyclic)
        if not graph.outputs(node.id):
            content = self._after(view, outcome.get("state") or outcome[EVERY])
            changed |= self._set(self.unread, node.id, content, cyclic)
        return changed

    def _outcome(self, view: NodeView) -> Mapping[str, Content]:
        """What a node gives, by port: by its rule, or by kind where messages of a network come in or are told apart."""
        node = view.node
        by_kind = self.arriving.get(node.id)
        if by_kind is not None:
            return {EVERY: mixed(by_kind.values()) if by_kind else _NO_MESSAGE}
        if self.arriving and node.operator.tells_kinds_apart:
            by_kind = self.arriving.get(self.subject.inbox_before(node))
            if by_kind is not None:
                every = by_kind.get(ANY_KIND)
                ports = {edge.source_port.text for edge in self.subject.graph.outputs(node.id)}
                known = {port: [one for one in (by_kind.get(port), every) if one is not None] for port in ports}
                return {port: mixed(contents) if contents else _NO_MESSAGE for port, contents in known.items()}
        return node.operator.rule.outputs(view)

    def _sharded(
        self, view: NodeView, outcome: Mapping[str, Content], cyclic: bool
    ) -> tuple[Mapping[str, Content], bool]:
        """What a node gives in shards, and whether the spread of its items over them has changed."""
        node, graph = view.node, self.subject.graph
        rule = node.operator.rule
        reads_own = not rule.lists_state and not all(one.everywhere for one in view.read_spreads.values())
        found = None if reads_own else rule.spreads(view)
        before = [spread for _, spread in view.spreads] + list(view.read_spreads.values())
        if found is None:
            because = [cause for spread in before for cause in spread.because]
            needs = f"reads `${next(iter(view.read_spreads))}`, of which" if reads_own else "needs all items, and"
            weak = varies(view, "HF313", f"{needs} each shard has its own", *(one for _, one in view.inputs))
            outcome = {EVERY: replace(weak, because=causes(because, weak.because))}
            found = {EVERY: Spread(because=because)}
        changed = False
        for edge in graph.outputs(node.id):
            spread = found.get(edge.source_port.text) or found.get(EVERY) or Spread()
            changed |= _put(self.spreads, edge.id, spread, cyclic)
        every = found.get(EVERY) or Spread()
        if graph.reads_of(node.id):
            changed |= _put(self.read_spreads, node.id, every, cyclic)
        if not graph.outputs(node.id):
            outcome = {port: _of_all_shards(content, every) for port, content in outcome.items()}
        return outcome, changed

    def _after(self, view: NodeView, content: Content) -> Content:
        """What holds whatever the operator: its functions may look at the world, and it may stand in a loop."""
        node = view.node
        found = self.subject.reaching_out(node)
        if found is not None and not content.varies:
            content = varies(view, *found, content)
        if not node.operator.rule.handles_reads:
            content = reading(view, content)
        return _in_loop(self.subject, view, content)

    def _set(self, types: dict[Any, Content], key: Any, content: Content, cyclic: bool) -> bool:
        before = types.get(key)
        content = normal(content)
        if before is None or not cyclic:
            types[key] = content
            return True
        after = joined(before, content)
        types[key] = after
        return after != before


def _put(spreads: dict[Any, Spread], key: Any, spread: Spread, cyclic: bool) -> bool:
    before = spreads.get(key)
    after = spread if before is None or not cyclic else mixed_spread(before, spread)
    spreads[key] = after
    return after != before


def _of_all_shards(content: Content, spread: Spread) -> Content:
    """What the outputs of all shards are together: in no order, and with a copy from each shard that has an item."""
    if content.varies:
        return content
    copies = Copies.REPEATS if spread.everywhere or spread.copied else None
    return content.but(order=ItemOrder.ANY, copies=copies)


def _in_loop(subject: Subject, view: NodeView, content: Content) -> Content:
    """In a loop a tick is an iteration of it, and there may be none: what comes in every tick comes when the loop
    fires.
    """
    node = view.node
    if node.loop is None or content.varies or view.is_closed:
        return content
    if subject.graph.loops[node.loop].parent is not None and (node.operator.persistences or node.operator.delays):
        return varies(view, "HF303", "works on what an iteration holds", content)
    if not content.is_view:
        return content
    if content.is_items and content.time is not Time.SETTLING:
        return content.but(time=Time.STREAM, order=ItemOrder.ANY, copies=Copies.REPEATS)
    if not content.is_items:
        return content.but(time=Time.LATEST)
    return varies(view, "HF303", "gives something only where its loop fires", content)


@dataclass(kw_only=True)
class NodeView:
    """An operator at its place in a flow, as its rule sees it."""

    typing: Typing
    node: Node
    is_in_cycle: bool
    _asked: list[tuple[Function, UnderAssumption]] = field(default_factory=list)

    @property
    def differences(self) -> Differences:
        """In what the runs differ."""
        return self.typing.differences

    @property
    def is_closed(self) -> bool:
        """True where the flow has one tick."""
        return self.typing.subject.is_closed

    @cached_property
    def inputs(self) -> Sequence[tuple[str, Content]]:
        """The types that are known of the edges into the node."""
        known = self.typing.edges
        edges = self.typing.subject.graph.inputs(self.node.id)
        return [(edge.target_port.text, known[edge.id]) for edge in edges if edge.id in known]

    @cached_property
    def reads(self) -> Mapping[str, Content]:
        """The types of the states that it reads."""
        states = self.typing.states
        reads = self.typing.subject.graph.reads_by(self.node.id)
        return {read.name: states[read.source] for read in reads if read.source in states}

    @property
    def is_ready(self) -> bool:
        """True where each input has a type; a union needs one."""
        graph = self.typing.subject.graph
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
        known = self.typing.spreads
        edges = self.typing.subject.graph.inputs(self.node.id)
        return [(edge.target_port.text, known[edge.id]) for edge in edges if edge.id in known]

    @cached_property
    def read_spreads(self) -> Mapping[str, Spread]:
        """How the states that it reads are spread over shards."""
        known = self.typing.read_spreads
        reads = self.typing.subject.graph.reads_by(self.node.id)
        return {read.name: known[read.source] for read in reads if read.source in known}

    def spread(self, port: str = "") -> Spread:
        """How the items at a port are spread over shards."""
        for name, spread in self.spreads:
            if name == port:
                return spread
        return self.spreads[int(port) if port.isdigit() else 0][1]

    @property
    def arriving(self) -> Spread:
        """How items from outside are spread over shards: by the key that was given, in the payload of a message."""
        key = self.differences.shard or ()
        path = (0, *key) if self.node.operator.facts.meets_network else key
        cause = self.because("HF313", "takes in the items of one shard")
        return Spread(keys=frozenset({path}), because=(cause,))

    @property
    def output_ports(self) -> Sequence[str]:
        """The ports of the edges that lead away from it."""
        return [edge.source_port.text for edge in self.typing.subject.graph.outputs(self.node.id)]

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
        return self._judged(self.typing.subject.function(self.node, position))

    def folding(self, position: int, begin: int | None) -> UnderAssumption:
        """A function that folds."""
        return self._judged(self.typing.subject.folding(self.node, position, begin))

    def fused(self, position: int) -> UnderAssumption:
        """How a side of a fused join is aggregated."""
        return self._judged(self.typing.subject.fused(self.node, position))

    def _judged(self, function: Function) -> UnderAssumption:
        seen = UnderAssumption(function, self.typing.assumed)
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
        return self.typing.subject.collects(self.node)

    @property
    def type_name(self) -> str:
        """The name of its first type argument; empty without one."""
        return next((argument.name for argument in self.node.call.type_arguments), "")

    def is_literal_of_distinct(self, position: int) -> bool:
        """Whether an argument is a display of constants, no two of which are equal."""
        match self.node.call.arguments[position]:
            case Expression(node=node):
                return written.holds_distinct(node, self.typing.subject.names)
        return False

    def reads_members(self, name: str, *, counted: bool, keyed: bool) -> bool:
        """Whether its arguments only ask which items a state has."""
        names = written.Names(self.typing.subject.names)
        return reads_members(self.node.call.arguments, name, names, counted=counted, keyed=keyed)

    def united(self) -> Sequence[Content]:
        """The types of what comes in, both halves of a join as one."""
        edges = self.typing.subject.graph.inputs(self.node.id)
        return [content for _, content in with_halves_joined(self.typing, edges)]

    def because(self, code: str, words: str, port: str = "") -> Cause:
        """The node as a cause."""
        return Cause(code=code, place=Place(self.node.id), port=port, words=words)


def with_halves_joined(typing: Typing, edges: Iterable[Edge]) -> Iterator[tuple[Edge, Content]]:
    """The edges that have a type, each with it; for both halves of a join one of them, with what they give together."""
    known = [edge for edge in edges if edge.id in typing.edges]
    nodes = typing.subject.graph.nodes
    # Only these are compared with each other, for a union may have very many inputs.
    alone = {edge.id: edge for edge in known if nodes[edge.source].operator.rule.has_halves}
    taken: set[EdgeId] = set()
    for edge in known:
        if edge.id in taken:
            continue
        content = typing.edges[edge.id]
        if alone.pop(edge.id, None) is not None:
            for other in alone.values():
                whole = _completed(typing, edge, other)
                if whole is not None:
                    taken.add(other.id)
                    del alone[other.id]
                    content = whole
                    break
        yield edge, content


def _completed(typing: Typing, first: Edge, second: Edge) -> Content | None:
    """What both halves of a join give together: each item meets those that came before, and those that come later."""
    graph = typing.subject.graph
    one, other = graph.nodes[first.source], graph.nodes[second.source]
    if one.id == other.id or one.operator is not other.operator:
        return None
    statics = [(node.is_static(0), node.is_static(1)) for node in (one, other)]
    if sorted(statics) != [(False, True), (True, False)]:
        return None
    ends = [[_origin(graph, edge.source) for edge in graph.inputs(node.id)] for node in (one, other)]
    inputs = [typing.edges.get(edge.id) for edge in graph.inputs(one.id)]
    if ends[0] != ends[1] or any(content is None or not content.is_batch for content in inputs):
        return None
    contents = [content for content in inputs if content is not None]
    return Content(
        time=Time.STREAM,
        order=ItemOrder.ANY,
        copies=Copies.REPEATS,
        loss=weaker_loss(*(content.loss for content in contents)),
        because=all_causes(contents),
    )


def _origin(graph: FlatGraph, node: NodeId) -> NodeId:
    """The operator that an edge's items come from, before any tee."""
    while graph.nodes[node].operator.hands_on and len(graph.inputs(node)) == 1 and not graph.nodes[node].call.arguments:
        node = graph.inputs(node)[0].source
    return node
