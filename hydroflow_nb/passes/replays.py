"""Replays that nobody can see are left out: a tick costs what changed.

An operator that replays sends in each tick what it holds, and then what is new. Where all of it ends, through stateless
operators with pure functions, at inputs that have no use for what came before, it sends only what is new. Such an input
is of one of two kinds. One is held as `'static`, and an item that came before changes nothing there (a set, a lattice
value). The other one is held for a tick only and is given nothing but replays, so that it is given in each tick what it
was given before, and then what is new: it is held as `'static` from now on, and goes on from where it stands. Which
inputs these are is said by the records of operators (`GoingOn`), which functions are pure by their texts (`purity`).

Where a name that a function relies on is bound anew, or a tick was aborted, the next tick replays everything, and what
was held for that is built anew.

Sources: semi-naive evaluation (Bancilhon, Naive evaluation of recursively defined relations, 1986), and its form over
time: differential dataflow (McSherry et al., 2013) and DBSP (Budiu et al., 2023), where an operator on streams has an
incremental version. Here no item has a weight: what flows between ticks only grows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Final

from hydroflow_nb.expressions import Argument, written_call
from hydroflow_nb.forgiving import forgives
from hydroflow_nb.ir.graph import Edge, GoesOn, Node, NodeId
from hydroflow_nb.ir.partitioned import PartitionedGraph, Replays
from hydroflow_nb.operators.record.operator import ArgumentKind, Persistence
from hydroflow_nb.passes.carrying import Carrying
from hydroflow_nb.purity import ImpureError, Relied, relied_on_by
from hydroflow_nb.records import dataclass

# At most so many stateless operators between an operator that replays and those that have no use for it, so that the
# time of the search grows with the length of the text.
FARTHEST: Final = 100

# A position of an input: several edges may lead to a port.
_Input = tuple[NodeId, str]


def replays_of(graph: PartitionedGraph, *, resumes: bool, spares: bool) -> Replays:
    """Which replays of a graph are left out, and what takes their place.

    `resumes`: inputs that are held for a tick may go on from where they stand; `spares`: so may those that have no use
    for what came before.
    """
    return _Search(graph, resumes=resumes, spares=spares).found()


@dataclass(kw_only=True)
class _Reach:
    """Where all ends that an operator sends: at these edges, through these stateless operators; or why not."""

    ends: list[Edge] = field(default_factory=list)
    passed: list[Node] = field(default_factory=list)
    relied: Relied = field(default_factory=Relied)
    refused: str = ""


class _Search:
    """Takes everything that may be left out for left out, and then takes back what does not hold, until all holds."""

    def __init__(self, graph: PartitionedGraph, *, resumes: bool, spares: bool) -> None:
        self._graph = graph.flat
        self._handoffs = graph.handoffs
        self._spares = spares
        nodes = graph.nodes.values()
        self._impure: dict[NodeId, str] = {}
        self._relied: dict[NodeId, Relied] = {}
        # What goes on, by the operator and the port of its input.
        self._resumed: set[_Input] = set()
        if resumes:
            self._resumed = {
                (edge.target, edge.target_port.text) for edge in graph.edges.values() if self._may_resume(edge)
            }
        self._reach = {node.id: self._reach_of(node) for node in nodes if self._may_spare(node)}
        self._spared = {node for node, reach in self._reach.items() if not reach.refused}
        self._why: dict[NodeId, str] = {node: reach.refused for node, reach in self._reach.items()}

    def found(self) -> Replays:
        """What is left when nothing more has to be taken back."""
        self._take_back()
        carrying = Carrying(self._graph, {source: self._edges_reached(source) for source in self._spared})
        regions = self._regions(carrying)
        positions: dict[NodeId, set[int]] = {}
        for node, port in self._resumed:
            positions.setdefault(node, set()).add(self._graph.nodes[node].operator.position(port))
        goes_on = {
            node: GoesOn(region=number, resumed=frozenset(positions.get(node, ())), spares=node in self._spared)
            for number, members in enumerate(regions)
            for node in members
        }
        relied = tuple(self._relied_on(members) for members in regions)
        region_of = {node: how.region for node, how in goes_on.items()}
        return Replays(
            nodes={node: _rewritten(self._graph.nodes[node], how) for node, how in goes_on.items()},
            regions=relied,
            told=dict(self._told(goes_on, relied, carrying.prevented)),
            carried=carrying.edges(region_of),
            untold=frozenset(region_of[node] for node in carrying.prevented),
        )

    def _edges_reached(self, source: NodeId) -> list[Edge]:
        """All edges that what it sends goes over."""
        nodes = [source, *(node.id for node in self._reach[source].passed)]
        return [edge for node in nodes for edge in self._graph.outputs(node)]

    # --- what may be -------------------------------------------------------------------------------------------------

    def _may_resume(self, edge: Edge) -> bool:
        node = self._graph.nodes[edge.target]
        port = edge.target_port.text
        return (
            node.loop is None
            and Persistence.MUTABLE not in node.persistences
            and node.operator.goes_on.can_resume(port)
            and not node.is_static(node.operator.position(port))
        )

    def _may_spare(self, node: Node) -> bool:
        """Whether an operator replays, and could send only what is new."""
        resumed = node.operator.goes_on.resumed
        if resumed is not None and resumed.spares and self._is_resumed(node):
            return node.loop is None
        if not (node.operator.replays and node.operator.goes_on.spares) or node.loop is not None:
            return False
        ports = {edge.target_port.text for edge in self._graph.inputs(node.id)}
        lasting = filter(node.operator.goes_on.has_to_last, ports)
        return all(node.is_static(node.operator.position(one)) or (node.id, one) in self._resumed for one in lasting)

    def _is_resumed(self, node: Node) -> bool:
        return any((node.id, edge.target_port.text) in self._resumed for edge in self._graph.inputs(node.id))

    def _reach_of(self, source: Node) -> _Reach:
        reach = _Reach()
        if self._graph.reads_of(source.id):
            reach.refused = f"`${self._graph.reads_of(source.id)[0].name}` reads it"
        waiting, seen = list(reversed(self._graph.outputs(source.id))), set[NodeId]()
        while waiting and not reach.refused:
            edge = waiting.pop()
            node = self._graph.nodes[edge.target]
            if node.loop is not None:
                reach.refused = "it leads into a loop"
            elif node.operator.is_stateless and node.operator.facts.pure and not self._graph.reads_of(node.id):
                if node.id in seen:
                    continue
                seen.add(node.id)
                reach.passed.append(node)
                reach.refused = self._impurity(node) if len(seen) <= FARTHEST else "its way is long"
                waiting += reversed(self._graph.outputs(node.id))
            else:
                reach.ends.append(edge)
        return reach

    def _impurity(self, node: Node) -> str:
        """Why the functions of an operator may be seen to be called; empty if they are pure."""
        if node.id not in self._impure:
            self._impure[node.id], self._relied[node.id] = "", Relied()
            try:
                for written, parameters in _functions_of(node):
                    self._relied[node.id].add(relied_on_by(written, accumulates=parameters == 2))
            except ImpureError as impure:
                self._impure[node.id] = f"the function of {_named(node)} {impure}"
        return self._impure[node.id]

    # --- what holds --------------------------------------------------------------------------------------------------

    def _take_back(self) -> None:
        """Look at each once, and again at what depends on what was taken back."""
        feeders: dict[_Input, list[NodeId]] = {}
        for source in self._spared:
            for edge in self._reach[source].ends:
                feeders.setdefault((edge.target, edge.target_port.text), []).append(source)
        inputs, sources = sorted(self._resumed), sorted(self._spared)
        while inputs or sources:
            while inputs:
                one = inputs.pop()
                if one in self._resumed and not self._is_given_replays(*one):
                    self._resumed.discard(one)
                    sources += [one[0], *feeders.get(one, ())]
            while sources:
                source = sources.pop()
                why = self._needed_by(self._graph.nodes[source]) if source in self._spared else ""
                if why:
                    self._why[source] = why
                    self._spared.discard(source)
                    inputs += [(edge.target, edge.target_port.text) for edge in self._reach[source].ends]

    def _is_given_replays(self, target: NodeId, port: str) -> bool:
        """Whether an input gets nothing but replays that are left out, in their order where that matters."""
        graph, node = self._graph, self._graph.nodes[target]
        in_order, in_place = node.operator.goes_on.needs_order(port), _is_told_in_place(node)
        if self._impurity(node):
            return False
        waiting = [edge for edge in graph.inputs(target) if edge.target_port.text == port]
        seen: set[NodeId] = set()
        while waiting:
            edge = waiting.pop()
            source = graph.nodes[edge.source]
            if in_place and edge.id in self._handoffs:
                return False
            if source.id in self._spared:
                if source.operator.goes_on.varies or (in_order and not self._keeps_order(source)):
                    return False
                if in_place and _is_told_in_place(source):
                    return False
            elif source.operator.is_stateless and source.operator.facts.pure:
                inputs = graph.inputs(source.id)
                if in_order and len(inputs) > 1:
                    return False
                if source.id not in seen:
                    seen.add(source.id)
                    waiting += inputs
                if len(seen) > FARTHEST:
                    return False
            else:
                return False
        return True

    def _keeps_order(self, node: Node) -> bool:
        goes_on = node.operator.goes_on
        return goes_on.keeps_order or (goes_on.resumed is not None and goes_on.resumed.keeps_order)

    def _needed_by(self, node: Node) -> str:
        """Who has a use for what a tick sends again; empty if nobody has."""
        if not self._may_spare(node):
            # It replays nothing after all.
            return "it begins anew in each tick"
        ends = self._reach[node.id].ends
        for edge in ends:
            end = self._graph.nodes[edge.target]
            if not self._has_no_use(edge, end):
                return self._impure.get(end.id) or f"{_named(end)} gets all of it"
        if not self._spares and not any(self._goes_on_at(edge) for edge in ends):
            return "the flow is compiled without `unseen-replays`"
        return ""

    def _has_no_use(self, edge: Edge, end: Node) -> bool:
        if end.operator.drops or self._goes_on_at(edge):
            return True
        port = edge.target_port.text
        kind = end.call.type_arguments[0].name if end.call.type_arguments else ""
        is_static = end.is_static(end.operator.position(port))
        if not is_static or self._impurity(end) or not end.operator.goes_on.is_forgiving(port, kind):
            return False
        folds = end.operator.goes_on.folds
        if folds is None:
            return True
        # What makes the first accumulator stands before the function, if there is such a thing.
        own = forgives(end.call.arguments[folds], end.call.arguments[folds - 1] if folds else None)
        if own is not None:
            self._relied[end.id].own |= {(name,): None for name in sorted(own)}
        return own is not None

    def _goes_on_at(self, edge: Edge) -> bool:
        return (edge.target, edge.target_port.text) in self._resumed

    # --- what comes of it --------------------------------------------------------------------------------------------

    def _regions(self, carrying: Carrying) -> list[list[NodeId]]:
        """Operators that have to begin anew together, in the order of the text."""
        region = {node: {node} for node in (*self._spared, *(node for node, _ in self._resumed))}
        together = [
            (source, edge.target)
            for source in self._spared
            for edge in self._reach[source].ends
            if self._goes_on_at(edge)
        ]
        for first, *others in map(sorted, carrying.together()):
            together += [(first, other) for other in others]
        for one, other in together:
            if region[one] is not region[other]:
                small, large = sorted((region[one], region[other]), key=len)
                large |= small
                for node in small:
                    region[node] = large
        return sorted({min(members): sorted(members) for members in region.values()}.values())

    def _relied_on(self, members: list[NodeId]) -> Relied:
        relied = Relied()
        for node in members:
            reach = self._reach.get(node) if node in self._spared else None
            passed = [] if reach is None else [*reach.passed, *(self._graph.nodes[edge.target] for edge in reach.ends)]
            for one in (self._graph.nodes[node], *passed):
                if not self._impurity(one):
                    relied.add(self._relied[one.id])
        return relied

    def _told(
        self, goes_on: Mapping[NodeId, GoesOn], regions: Sequence[Relied], prevented: Mapping[NodeId, Node]
    ) -> Iterator[tuple[NodeId, str]]:
        repeated = {goes_on[node].region: at for node, at in prevented.items()}
        for node in self._graph.nodes.values():
            how = goes_on.get(node.id)
            if how is not None and how.spares:
                ends = dict.fromkeys(_named(self._graph.nodes[edge.target]) for edge in self._reach[node.id].ends)
                has = "have" if len(ends) > 1 else "has"
                words = f"only what is new is sent, and the rest carried over: {', '.join(ends)} {has} it"
                names = [f"`{name}`" for name in regions[how.region].names]
                depends = f", as long as {', '.join(names)} {'are' if len(names) > 1 else 'is'} not bound anew"
                at = repeated.get(how.region)
                why = "" if at is None else _untold(at, is_own=at.id in prevented)
                yield node.id, words + (depends if names else "") + why
            elif how is not None:
                yield node.id, "goes on from where it stands, since it is given only what is new"
            elif node.id in self._why and self._may_spare(node):
                manual = f"docs/operators.md#{node.operator.name} says what to write instead"
                again = node.operator.goes_on.again
                yield node.id, f"{again} is sent again in every tick: {self._why[node.id]}; {manual}"
            elif node.operator.replays and node.operator.goes_on.spares and node.loop is not None:
                yield node.id, f"{node.operator.goes_on.again} is sent again where the loop fires"


def _functions_of(node: Node) -> Iterator[tuple[Argument, int | None]]:
    """The functions of an operator as they are written, each with the number of its parameters where that is known."""
    for argument, written in zip(node.operator.arguments, node.call.arguments, strict=True):
        call = written_call(written, argument.known)
        if call is not None:
            yield from zip(call.arguments, argument.known[call.name].values(), strict=True)
        elif argument.kind is ArgumentKind.FUNCTION or argument.known:
            yield written, argument.parameters


def _is_told_in_place(node: Node) -> bool:
    """Whether the code behind an operator that spares its replay tells this one where that would have come."""
    code = node.operator.goes_on.resumed
    return code is not None and code.carried is not None


def _named(node: Node) -> str:
    return f"`{node.word}` ({node.place.place})"


def _untold(at: Node, *, is_own: bool) -> str:
    """Why a recorded tick has a replay that is left out otherwise."""
    why = f"what {_named(at)} would send is not what it sent" if is_own else f"{_named(at)} gets other items too"
    return f"; a recorded tick sends all of it, since {why}"


def _rewritten(node: Node, how: GoesOn) -> Node:
    """An operator as it runs: where it goes on, its inputs are held as `'static`."""
    operator, code = node.operator, node.operator.goes_on.resumed
    if how.resumed and code is not None:
        operator = replace(
            operator,
            begin=code.begin or operator.begin,
            receive=code.receive or operator.receive,
            produce=code.produce or operator.produce,
            carried=code.carried,
        )
    chosen = tuple(
        Persistence.STATIC if position in how.resumed else node.persistence(position)
        for position in range(operator.most_persistences)
    )
    return replace(node, operator=operator, persistences=chosen, goes_on=how)
