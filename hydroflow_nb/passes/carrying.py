"""Which edges carry over what is not sent again where a replay is left out, and how that can be told later.

Who leaves a replay out sends in each tick what is new alone. What went over an edge behind it in the ticks before,
since all began anew, is what the replay would send over it: so it can be told from a recording, without being sent.
That holds where such operators alone put items onto an edge. Where other items come in between, behind a union, what
comes after it is still told by the edges that lead to it, as long as each operator only hands items on. Behind a
function nobody could tell which of the items before were those of the replay: there a recorded tick has the replay,
and where an operator would not send again what it sent before (`GoingOn.varies`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from hydroflow_nb.ir.graph import Edge, EdgeId, FlatGraph, Node, NodeId
from hydroflow_nb.ir.partitioned import CarriedOver
from hydroflow_nb.operators.record.facts import Shape


class Carrying:
    """The edges that the operators reach which send only what is new: `reached` are those of each of them."""

    def __init__(self, graph: FlatGraph, reached: Mapping[NodeId, Sequence[Edge]]) -> None:
        self._graph = graph
        self._reached = reached
        self._of: dict[EdgeId, set[NodeId]] = {}
        self._pure: dict[EdgeId, Edge] = {}
        # The operators of which nobody can tell what they do not send, with the one that prevents it: another one, or
        # the operator itself, where that would not be what it sent before.
        self.prevented: dict[NodeId, Node] = {
            source: graph.nodes[source] for source in reached if graph.nodes[source].operator.goes_on.varies
        }
        while self._prevent():
            pass

    def together(self) -> list[set[NodeId]]:
        """Operators that have to begin anew together: what they send goes over the same edges, where only such go."""
        return [of for edge, of in self._of.items() if edge in self._pure and len(of) > 1]

    def edges(self, region_of: Mapping[NodeId, int]) -> Mapping[EdgeId, CarriedOver]:
        """What is carried over on each edge; `region_of` are the regions of the operators."""
        found = {}
        for number, of in sorted(self._of.items()):
            if number in self._pure:
                found[number] = CarriedOver(region=region_of[min(of)])
            else:
                source = self._graph.edges[number].source
                through = [edge.id for edge in self._graph.inputs(source) if edge.id in self._of]
                found[number] = CarriedOver(through=tuple(through))
        return found

    def _prevent(self) -> bool:
        """Look at the edges of those that nothing prevents so far; False where nothing more is found."""
        sources = self._reached.keys() - self.prevented.keys()
        self._of = {}
        for source in sources:
            for edge in self._reached[source]:
                self._of.setdefault(edge.id, set()).add(source)
        self._pure = self._pure_ones(sources)
        found = False
        for number, of in self._of.items():
            node = self._graph.nodes[self._graph.edges[number].source]
            if number not in self._pure and not _hands_on(node):
                self.prevented |= dict.fromkeys(of, node)
                found = True
        return found

    def _pure_ones(self, sources: AbstractSet[NodeId]) -> dict[EdgeId, Edge]:
        """The edges that only items of these operators go over: what does not hold is taken back."""
        pure = {number: self._graph.edges[number] for number in self._of}
        while True:
            mixed = [
                number
                for number, edge in pure.items()
                if edge.source not in sources and any(one.id not in pure for one in self._graph.inputs(edge.source))
            ]
            if not mixed:
                return pure
            for number in mixed:
                del pure[number]


def _hands_on(node: Node) -> bool:
    return node.operator.transparent or node.operator.facts.shape is not Shape.PLAIN
