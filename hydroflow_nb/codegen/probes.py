"""What generated code tells of a run while it runs: nothing, or every item on every edge.

One variant of the code has one kind of probes. A further kind, of what is made of what for example, is a class here.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Protocol

from hydroflow_nb.codegen import inline
from hydroflow_nb.codegen.places import Position
from hydroflow_nb.codegen.tapped import Split, Tapped
from hydroflow_nb.codegen.taps import Taps
from hydroflow_nb.codegen.variables import Variables
from hydroflow_nb.engine.keeping import TapPlan
from hydroflow_nb.ir.graph import Edge, EdgeId, Node
from hydroflow_nb.ir.partitioned import PartitionedGraph, Subgraph


class Probes(Protocol):
    """Statements that stand in the code where something happens.

    Where `sees_items` is true, every item is in a variable on every edge. Where a variant is `watched`, no code works
    in bulk; where it does not gather, all handoffs are there.
    """

    @property
    def watched(self) -> bool:
        """True where a probe stands on every edge."""

    @property
    def gathers(self) -> bool:
        """True where blocking operators may take items in where these come from, without a handoff."""

    def gather(self, edges: AbstractSet[EdgeId]) -> None:
        """The handoffs of these edges are left out."""

    @property
    def sees_items(self) -> bool:
        """True where the probes of the code that is being written use the items."""

    @property
    def plan(self) -> TapPlan:
        """What the code keeps for a recorder."""

    @property
    def repeated(self) -> AbstractSet[int]:
        """The regions that replay in every tick, since a probe has to see every item there."""

    def asks_anew(self) -> list[str]:
        """Further expressions that are True where all regions have to begin anew."""

    def on_regions(self, anew: list[str], position: Position) -> list[ast.stmt]:
        """A tick begins; `anew` are the flags of the regions that begin anew."""

    def on_edge(self, edge: Edge, item: ast.expr, position: Position, *, drained: bool) -> list[ast.stmt]:
        """An item goes over an edge: into a handoff where there is one, or `drained` from it."""

    def after_edge(self, edge: Edge, position: Position) -> list[ast.stmt]:
        """What comes of an item on an edge without a handoff is done, or of one that was drained from its handoff."""

    def after_section(self, node: Node, position: Position) -> list[ast.stmt]:
        """A section is over: a handoff was drained into an operator, or an operator has produced."""

    def on_subgraph(self, subgraph: Subgraph, iterations: list[str], position: Position) -> list[ast.stmt]:
        """A subgraph has run; `iterations` are the variables that count the iterations of the loops around it."""

    def loop(
        self, item: ast.expr, items: ast.expr, body: Callable[[], list[ast.stmt]], position: Position
    ) -> ast.stmt | None:
        """A loop over items, with its own way to write it; None where a plain one is good."""

    def placed(self, subgraph: Subgraph, statements: list[ast.stmt]) -> list[ast.stmt]:
        """The whole code of a subgraph's run, the probes in place."""


class NoProbes:
    """No statements: a probe that is switched off costs nothing."""

    watched = False
    gathers = True
    sees_items = False
    repeated: AbstractSet[int] = frozenset()

    def asks_anew(self) -> list[str]:
        """Nothing is asked."""
        return []

    def on_regions(self, anew: list[str], position: Position) -> list[ast.stmt]:
        """No statement."""
        return []

    def gather(self, edges: AbstractSet[EdgeId]) -> None:
        """Nothing depends on it."""

    @property
    def plan(self) -> TapPlan:
        """Nothing is kept."""
        return TapPlan()

    def loop(
        self, item: ast.expr, items: ast.expr, body: Callable[[], list[ast.stmt]], position: Position
    ) -> ast.stmt | None:
        """A plain loop."""
        return None

    def placed(self, subgraph: Subgraph, statements: list[ast.stmt]) -> list[ast.stmt]:
        """The code as it is."""
        return statements

    def on_edge(self, edge: Edge, item: ast.expr, position: Position, *, drained: bool) -> list[ast.stmt]:
        """No statement."""
        return []

    def after_edge(self, edge: Edge, position: Position) -> list[ast.stmt]:
        """No statement."""
        return []

    def after_section(self, node: Node, position: Position) -> list[ast.stmt]:
        """No statement."""
        return []

    def on_subgraph(self, subgraph: Subgraph, iterations: list[str], position: Position) -> list[ast.stmt]:
        """No statement."""
        return []


class RecordingProbes:
    """Code that keeps what goes over every wire as far as a recorder allows for it, counts the rest, and tells the
    recorder of every run of a subgraph.
    """

    watched = True
    gathers = True

    def __init__(self, graph: PartitionedGraph, variables: Variables, filtered: AbstractSet[int]) -> None:
        self._variables = variables
        # The edges whose handoff is left out: what goes into it comes out of it.
        self._gathered: AbstractSet[EdgeId] = frozenset()
        self._filtered = frozenset(filtered)
        self._wires = {(wire.edge.id, wire.leaves_handoff): wire for wire in graph.wires}
        self._taps = Taps(variables)
        self._taps.plan.filtered = self._filtered
        # What nobody could tell from the ticks before is recorded in each one.
        chosen = {wire.edge.id for wire in graph.wires if wire.number in filtered}
        self.repeated: AbstractSet[int] = graph.replays.untold | graph.replays.regions_at(chosen)
        self._in_loop = False
        self._counts = False

    @property
    def plan(self) -> TapPlan:
        """What the code keeps."""
        return self._taps.plan

    def asks_anew(self) -> list[str]:
        """A call: what is carried over has to be in the recording."""
        return [f"{self._variables.of_runtime('begins_anew')}()"]

    def on_regions(self, anew: list[str], position: Position) -> list[ast.stmt]:
        """A call with the flags."""
        return [position.statement(f"{self._variables.of_runtime('regions_begin')}({', '.join(anew)})")]

    @property
    def sees_items(self) -> bool:
        """False in code that only counts."""
        return not self._counts or bool(self._filtered)

    def gather(self, edges: AbstractSet[EdgeId]) -> None:
        """What comes out of such a handoff is what went into it, unless a filter chooses."""
        self._gathered = edges
        for edge in edges:
            into, out = self._wires[edge, False].number, self._wires[edge, True].number
            if out not in self._filtered:
                self._taps.plan.gathered[out] = into

    def on_edge(self, edge: Edge, item: ast.expr, position: Position, *, drained: bool) -> list[ast.stmt]:
        """A tap of the wire."""
        number = self._wires[edge.id, drained].number
        if number in self._filtered:
            filtered = [number, *([self._wires[edge.id, True].number] if edge.id in self._gathered else ())]
            return [self._filter(number, item, position) for number in filtered]
        return [Tapped(number, None if self._counts else item, position)]

    def _filter(self, number: int, item: ast.expr, position: Position) -> ast.stmt:
        tap = inline.load(self._variables.of_runtime(f"tap_{number}"), position)
        call = ast.Call(func=tap, args=[inline.copied(item, {})], keywords=[])
        return position.set(ast.Expr(value=position.set(call)))

    def after_edge(self, edge: Edge, position: Position) -> list[ast.stmt]:
        """No statement."""
        return []

    def after_section(self, node: Node, position: Position) -> list[ast.stmt]:
        """No statement."""
        return []

    def on_subgraph(self, subgraph: Subgraph, iterations: list[str], position: Position) -> list[ast.stmt]:
        """A call that names the subgraph and the iterations."""
        given = ", ".join([str(int(subgraph.id)), *iterations])
        return [position.statement(f"{self._variables.of_runtime('subgraph_ran')}({given})")]

    def loop(
        self, item: ast.expr, items: ast.expr, body: Callable[[], list[ast.stmt]], position: Position
    ) -> ast.stmt | None:
        """A loop whose body is written twice, to keep items and to count them; None inside of such a loop."""
        if self._in_loop:
            return None
        self._in_loop = True
        try:
            kept = body()
            self._counts = True
            counted = body()
        finally:
            self._in_loop = self._counts = False
        begun = ast.Call(func=inline.load(self._variables.of_runtime("iter"), position), args=[items], keywords=[])
        return Split(item, position.set(begun), kept, counted, position)

    def placed(self, subgraph: Subgraph, statements: list[ast.stmt]) -> list[ast.stmt]:
        """The code with what keeps and counts in the place of its taps."""
        return self._taps.placed(int(subgraph.id), statements)


class _Around:
    """Code that also tells something of its own: all else is as the probes `within` have it."""

    watched = True
    gathers = False
    sees_items = True

    def __init__(self, within: Probes, variables: Variables) -> None:
        self._within = within
        self._variables = variables
        self.repeated: AbstractSet[int] = within.repeated

    @property
    def plan(self) -> TapPlan:
        """What the other probes keep."""
        return self._within.plan

    def asks_anew(self) -> list[str]:
        """What the other probes ask."""
        return self._within.asks_anew()

    def on_regions(self, anew: list[str], position: Position) -> list[ast.stmt]:
        """What the other probes say."""
        return self._within.on_regions(anew, position)

    def gather(self, edges: AbstractSet[EdgeId]) -> None:
        """No handoff is left out."""

    def on_edge(self, edge: Edge, item: ast.expr, position: Position, *, drained: bool) -> list[ast.stmt]:
        """What the other probes say."""
        return self._within.on_edge(edge, item, position, drained=drained)

    def after_edge(self, edge: Edge, position: Position) -> list[ast.stmt]:
        """What the other probes say."""
        return self._within.after_edge(edge, position)

    def after_section(self, node: Node, position: Position) -> list[ast.stmt]:
        """What the other probes say."""
        return self._within.after_section(node, position)

    def on_subgraph(self, subgraph: Subgraph, iterations: list[str], position: Position) -> list[ast.stmt]:
        """What the other probes say."""
        return self._within.on_subgraph(subgraph, iterations, position)

    def loop(
        self, item: ast.expr, items: ast.expr, body: Callable[[], list[ast.stmt]], position: Position
    ) -> ast.stmt | None:
        """The loop of the other probes."""
        return self._within.loop(item, items, body, position)

    def placed(self, subgraph: Subgraph, statements: list[ast.stmt]) -> list[ast.stmt]:
        """What the other probes make of it."""
        return self._within.placed(subgraph, statements)


class StoppingProbes(_Around):
    """Code that also tells the breakpoints on some edges of each item there, those of replays too."""

    def __init__(
        self, within: Probes, stops: AbstractSet[EdgeId], graph: PartitionedGraph, variables: Variables
    ) -> None:
        super().__init__(within, variables)
        self._stops = stops
        self.repeated = within.repeated | graph.replays.regions_at(stops)

    def on_edge(self, edge: Edge, item: ast.expr, position: Position, *, drained: bool) -> list[ast.stmt]:
        """What the other probes say, and a call of the edge's breakpoints where the item enters it."""
        told = super().on_edge(edge, item, position, drained=drained)
        if drained or edge.id not in self._stops:
            return told
        stop = self._variables.of_runtime(stop_name(edge.id))
        call = ast.Call(func=inline.load(stop, position), args=[inline.copied(item, {})], keywords=[])
        return [*told, position.set(ast.Expr(value=position.set(call)))]


class TimingProbes(_Around):
    """Code that also tells a meter where the time goes.

    What passed since the clock was read last was spent by the operator that hands an item on, by the one that has taken
    an item, or by the one whose section is over: which it is stands in the code. To keep items for a recorder is part
    of that work; what the recorder makes of a run is left out.
    """

    # What makes an item is the work of the operator that it leaves.
    sees_items = True

    def __init__(self, within: Probes, graph: PartitionedGraph, variables: Variables) -> None:
        super().__init__(within, variables)
        self._wires = {(wire.edge.id, wire.leaves_handoff): wire for wire in graph.wires}

    def on_edge(self, edge: Edge, item: ast.expr, position: Position, *, drained: bool) -> list[ast.stmt]:
        """The item is counted; until now the operator at its start was at work, or the one that empties a handoff."""
        told = super().on_edge(edge, item, position, drained=drained)
        return [self._call(f"entered_{self._wires[edge.id, drained].number}", position), *told]

    def after_edge(self, edge: Edge, position: Position) -> list[ast.stmt]:
        """Until now the operator at the end of the edge was at work."""
        return [*super().after_edge(edge, position), self._call(f"worked_{edge.target}", position)]

    def after_section(self, node: Node, position: Position) -> list[ast.stmt]:
        """Until now this operator was at work."""
        return [*super().after_section(node, position), self._call(f"worked_{node.id}", position)]

    def on_subgraph(self, subgraph: Subgraph, iterations: list[str], position: Position) -> list[ast.stmt]:
        """The run is over."""
        timed = position.statement(f"{self._variables.of_runtime('subgraph_timed')}({int(subgraph.id)})")
        told = super().on_subgraph(subgraph, iterations, position)
        return [timed, *told, self._call("resumed", position)]

    def _call(self, name: str, position: Position) -> ast.stmt:
        return position.statement(f"{self._variables.of_runtime(name)}()")


def stop_name(edge: EdgeId) -> str:
    """What the code calls the breakpoints of an edge."""
    return f"stop_{edge}"
