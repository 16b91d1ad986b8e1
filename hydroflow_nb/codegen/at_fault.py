"""Which item an operator was working on when it failed, as far as the frame of generated code still knows it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from hydroflow_nb.codegen.closures import parameter_role
from hydroflow_nb.codegen.held import Held
from hydroflow_nb.codegen.live import Stopped, live_variables
from hydroflow_nb.ir.graph import Node
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.operators.record.facts import Shape
from hydroflow_nb.operators.record.operator import InputDelay
from hydroflow_nb.records import dataclass

NOTHING: Final = object()
# The most items of a batch that are examined to find the one that could not be taken.
MOST_SEARCHED: Final = 1_000_000


@dataclass(frozen=True)
class AtFault:
    """Finds items in the frames of a graph's code by the generator's record of its variables."""

    graph: PartitionedGraph
    held: Held

    def item(self, node: Node, frame: Stopped) -> tuple[Any, bool]:
        """The item that a node was working on, NOTHING if it is not known; False: an item that it was made from."""
        variables = live_variables(frame)
        items = self.held.items
        step = [node]
        exact = True
        seen = {node.id}
        while step:
            before: list[Node] = []
            for current in step:
                parameter = self.held.own.get(current.name, {}).get(parameter_role(0))
                if parameter in variables:
                    return variables[parameter], exact
                for edge in self.graph.flat.inputs(current.id):
                    # Its own variable is what a node takes from a buffer, and what it makes of an item.
                    names = [items.get(current.name)]
                    handoff = self.graph.handoffs.get(edge.id)
                    if handoff is not None:
                        names.append(items.get(handoff.name))
                    # What a blocking operator gathers has not gone through its handoff.
                    if handoff is None or handoff.delay is InputDelay.STRATUM:
                        source = self.graph.nodes[edge.source]
                        names.append(items.get(source.name))
                        if source.id not in seen:
                            seen.add(source.id)
                            before.append(source)
                    for name in names:
                        if name in variables:
                            return variables[name], exact
            exact = exact and all(source.operator.hands_on for source in before)
            step = before
        return NOTHING, False

    def candidates(self, node: Node, frame: Stopped) -> Iterator[Any]:
        """The items that a node may have been working on, single ones first, then those of batches."""
        variables, items = frame.variables, self.held.items
        own, batches = self.held.own.get(node.name, {}), self.held.batches
        singles = [items.get(node.name)]
        several = [*own.values(), *batches.get(node.name, ())]
        seen, step = {node.id}, [node.id]
        while step:
            target = step.pop()
            for edge in self.graph.flat.inputs(target):
                handoff = self.graph.handoffs.get(edge.id)
                if handoff is not None:
                    singles.append(items.get(handoff.name))
                    several += batches.get(handoff.name, ())
                source = self.graph.nodes[edge.source]
                singles.append(items.get(source.name))
                several += batches.get(source.name, ())
                # In bulk, items come straight from behind operators that only pass them on.
                passes_on = source.operator.transparent or source.operator.facts.shape is not Shape.PLAIN
                if passes_on and source.id not in seen:
                    seen.add(source.id)
                    step.append(source.id)
        live = live_variables(frame)
        for name in singles:
            if name in live:
                yield live[name]
        for name in several:
            if isinstance(variables.get(name), (list, dict)):
                yield from islice(list(variables[name]), MOST_SEARCHED)

    def returned(self, node: Node, frame: Stopped) -> Any:
        """What a node's function returned last, NOTHING if it is not known."""
        return live_variables(frame).get(self.held.returned.get(node.name, ""), NOTHING)

    def iterations(self, node: Node, frames: list[Stopped]) -> str:
        """The iterations of the nested loops around a node, outermost first; empty outside of nested loops."""
        counts = [
            frame.variables[name]
            for loop in self.graph.flat.around(node.loop)[1:]
            for frame in frames
            if (name := self.held.iterations.get(loop)) in frame.variables
        ]
        return ".".join(map(str, counts))
