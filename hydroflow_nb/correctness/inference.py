"""The types of all edges of a flow, in one class of runs: rules are followed until no type changes any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Any, Final

from hydroflow_nb.correctness.subject import Subject
from hydroflow_nb.correctness.view import Asked, NodeView, Types
from hydroflow_nb.ir.algorithms import settle
from hydroflow_nb.ir.graph import Edge, Node, NodeId
from hydroflow_nb.operators.rules.content import (
    Cause,
    Content,
    Copies,
    ItemOrder,
    Time,
    causes,
    joined,
    mixed,
    normal,
)
from hydroflow_nb.operators.rules.functions import reading
from hydroflow_nb.operators.rules.held import varies
from hydroflow_nb.operators.rules.rule import EVERY, READ, STATE, Law, Spreads
from hydroflow_nb.operators.rules.sharding import kept
from hydroflow_nb.operators.rules.spread import Spread, mixed_spread
from hydroflow_nb.records import dataclass

# A message of a class that cannot be told.
ANY_KIND: Final = "*"

# A message of a program outside of the network, which bears no name of a channel.
FOREIGN: Final = ""

# Before anything is known to be sent, or to go round a cycle.
_NO_MESSAGE: Final = Content(time=Time.STREAM, copies=Copies.DISTINCT)

# The type of an edge becomes weaker a dozen times at most, so a cycle with more changes shows a fault of a rule.
_MOST_CHANGES: Final = 60


@dataclass(kw_only=True)
class Typing(Types):
    """The types of a flow's edges, found by its rules."""

    # What comes into an inbox from the other nodes of a network, by the kind of the message.
    arriving: Mapping[NodeId, Mapping[str, Content]] = field(default_factory=dict)
    # What an operator gives that has no edge to give it to.
    unread: dict[NodeId, Content] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    # The operators whose state is not kept for each key that items are split by, with the causes, first one first.
    not_split: dict[NodeId, Sequence[Cause]] = field(default_factory=dict)

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
        edges = sum(len(self.subject.successors[node]) for node in cycle)
        self._settle(cycle, edges)
        # Nothing comes into some cycles but what goes round, which is nothing at first.
        while (start := self._untyped(cycle)) is not None:
            self.edges[start.id] = _NO_MESSAGE
            if self.differences.shard is not None:
                self.spreads[start.id] = Spread()
            self._settle(cycle, edges)

    def _untyped(self, cycle: Sequence[NodeId]) -> Edge | None:
        """An edge of a cycle that has no type yet, one that leaves what puts off to the next tick before others."""
        graph, within = self.subject.graph, set(cycle)
        untyped = [
            edge
            for node in cycle
            for edge in graph.outputs(node)
            if edge.target in within and edge.id not in self.edges
        ]
        puts_off = (edge for edge in untyped if any(map(graph.crosses_ticks, graph.inputs(edge.source))))
        return next(puts_off, untyped[0] if untyped else None)

    def _settle(self, cycle: Sequence[NodeId], edges: int) -> None:
        nodes, successors = self.subject.graph.nodes, self.subject.successors
        if not settle(cycle, successors, lambda node: self._follow(nodes[node], cyclic=True), _MOST_CHANGES * edges):
            names = ", ".join(nodes[node].name for node in cycle)
            raise AssertionError(f"the types of a cycle do not come to an end: {names}")

    def _follow(self, node: Node, *, cyclic: bool) -> bool:
        view = NodeView(types=self, node=node, is_in_cycle=cyclic)
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
            content = self._after(view, outcome.get(STATE) or outcome[EVERY])
            changed |= self._set(self.unread, node.id, content, cyclic)
        return changed

    def _outcome(self, view: NodeView) -> Mapping[str, Content]:
        """What a node gives, by port: by its rule, or by kind where messages of a network come in or are told apart."""
        node = view.node
        by_kind = self.arriving.get(node.id)
        if by_kind is not None:
            return {EVERY: mixed(by_kind.values()) if by_kind else _NO_MESSAGE}
        if self.arriving and (node.operator.tells_kinds_apart or node.channels):
            by_kind = self.arriving.get(self.subject.inbox_before(node))
            if by_kind is not None:
                every = by_kind.get(ANY_KIND)
                ports = {edge.source_port.text for edge in self.subject.graph.outputs(node.id)}
                kinds = {port: node.channels[int(port)] if node.channels else port for port in ports}
                known = {
                    port: [one for one in (by_kind.get(kind), every) if one is not None] for port, kind in kinds.items()
                }
                return {port: mixed(contents) if contents else _NO_MESSAGE for port, contents in known.items()}
        return node.operator.rule.outputs(view)

    def _sharded(
        self, view: NodeView, outcome: Mapping[str, Content], cyclic: bool
    ) -> tuple[Mapping[str, Content], bool]:
        """What a node gives in shards, and whether the spread of its items over them has changed."""
        node, graph = view.node, self.subject.graph
        found, needs = self._spread_by(view)
        if found is None:
            before = [spread for _, spread in view.spreads] + list(view.read_spreads.values())
            because = [cause for spread in before for cause in spread.because]
            weak = varies(view, "HF313", needs, *(one for _, one in view.inputs))
            outcome = {EVERY: replace(weak, because=causes(because, weak.because))}
            found = {EVERY: Spread(because=because)}
            self.not_split[node.id] = (*because, weak.because[-1])
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

    def _spread_by(self, view: NodeView) -> tuple[Spreads, str]:
        """How a node spreads its items; None where its state is not kept for each key, with what it needs."""
        node, rule = view.node, view.node.operator.rule
        if node.sends:
            # The items of a `~>` are not changed by whom they are sent to.
            return kept(view), ""
        if node.channels and not node.operator.facts.meets_network:
            return view.by_channel, ""
        apart = self.subject.standing_apart(node)
        if apart is not None:
            return None, apart
        if not rule.lists_state and not all(one.everywhere for one in view.read_spreads.values()):
            return None, f"reads `${next(iter(view.read_spreads))}`, of which each shard has its own"
        return rule.spreads(view), "needs all items, and each shard has its own"

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
