"""What a check writes into the picture of a flow: the level of an edge where it becomes weaker, and at each output."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final

from hydroflow_nb.correctness.check import Verdict, believed
from hydroflow_nb.correctness.inference import Typing
from hydroflow_nb.correctness.levels import Level
from hydroflow_nb.correctness.outputs import outputs_of
from hydroflow_nb.correctness.sentences import causes_of, sentence
from hydroflow_nb.ir.graph import Edge, EdgeId, Node, NodeId, element_of
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.operators.rules.content import Cause, Content
from hydroflow_nb.operators.rules.rule import Differences
from hydroflow_nb.records import dataclass
from hydroflow_nb.render.graph import Graph
from hydroflow_nb.render.marks import Mark

# The sign behind a level, which is seen without reading.
_SIGNS: Final = {Level.DIFFERS: "!", Level.UNKNOWN: "?"}


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of an edge or an output: its level, whether what is shown is never taken back, both in a sentence,
    and the causes of what may differ: the id of an operator in drawings, with what it does. `output` is the name of an
    output, and empty for an edge.
    """

    level: Level
    early: bool
    sentence: str
    causes: Sequence[tuple[str, str]]
    output: str = ""


@dataclass(frozen=True, kw_only=True)
class Pictured:
    """A flow that was checked, alone or as a node of a network, with its types by class and assumption."""

    graph: PartitionedGraph
    typing: Callable[[Differences, bool], Typing]
    node_of: Callable[[Cause], Node]

    def marked(self, differences: Differences) -> Graph:
        """The picture with the levels of runs that differ so."""
        levels = self._verdicts(differences)
        marks = {}
        for edge in self.graph.edges.values():
            verdict = levels.get(edge.id)
            if verdict is not None:
                shown = self._word(edge, levels, differences)
                marks[edge.id] = Mark(
                    word=shown,
                    thick=verdict.level is Level.DIFFERS,
                    open_head=verdict.level is Level.PART,
                    title=sentence(verdict, self.node_of),
                )
        return Graph(self.graph, marks)

    def contents(self, differences: Differences) -> Mapping[str, Content]:
        """The types of all drawn edges that have one, by element id."""
        edges = self.typing(differences, False).edges
        return {wire.element: edges[wire.edge.id] for wire in self.graph.wires if wire.edge.id in edges}

    def known(self, differences: Differences) -> Mapping[str, Known]:
        """What is known of all drawn edges that have a type, and of the outputs, by element id."""
        levels = self._verdicts(differences)
        found = {wire.element: self._known(levels[wire.edge.id]) for wire in self.graph.wires if wire.edge.id in levels}
        for output in outputs_of(self.graph.flat):
            if output.node.id in self.typing(differences, False).unread:
                verdict = self._believed(differences, partial(_unread, output.node.id))
                found[output.node.element] = self._known(verdict, output.name)
        return found

    def _known(self, verdict: Verdict, output: str = "") -> Known:
        causes = [(_called(cause), cause.words) for cause in causes_of(verdict)]
        said = sentence(verdict, self.node_of)
        return Known(level=verdict.level, early=verdict.early, sentence=said, causes=causes, output=output)

    def _verdicts(self, differences: Differences) -> dict[EdgeId, Verdict]:
        edges = self.typing(differences, False).edges
        return {edge: self._believed(differences, partial(_edge, edge)) for edge in self.graph.edges if edge in edges}

    def _believed(self, differences: Differences, content: Callable[[Typing], Content]) -> Verdict:
        return believed(
            lambda assumed: content(self.typing(differences, assumed)),
            lambda: self.typing(differences, False).has_unknown,
        )

    def _word(self, edge: Edge, levels: Mapping[EdgeId, Verdict], differences: Differences) -> str:
        """The level, where it is weaker than those of all edges that lead here, and at an output."""
        level = levels[edge.id].level
        flat = self.graph.flat
        node = flat.nodes[edge.target]
        is_output = not (flat.outputs(node.id) or flat.reads_of(node.id) or node.operator.drops)
        if not is_output or node.id not in self.typing(differences, False).unread:
            return self._where_weaker(level, flat.inputs(edge.source), levels)
        given = self._believed(differences, lambda typing: typing.unread[node.id]).level
        return _written(level) if given is level else f"gives {_written(given)}"

    @staticmethod
    def _where_weaker(level: Level, before: Iterable[Edge], levels: Mapping[EdgeId, Verdict]) -> str:
        known = (levels[edge.id].level for edge in before if edge.id in levels)
        return _written(level) if all(not level.is_at_least(one) for one in known) else ""


def _edge(edge: EdgeId, typing: Typing) -> Content:
    return typing.edges[edge]


def _unread(node: NodeId, typing: Typing) -> Content:
    return typing.unread[node]


def _called(cause: Cause) -> str:
    element = element_of(NodeId(cause.place))
    return f"{cause.where}.{element}" if cause.where else element


def _written(level: Level) -> str:
    return f"{level}{_SIGNS.get(level, '')}"
