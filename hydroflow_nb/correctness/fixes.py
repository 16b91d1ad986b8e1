"""The fixes of a flow alone, and those of the flows of a network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial

from hydroflow_nb.correctness.check import Checked, CheckedOutput
from hydroflow_nb.correctness.edits import candidates
from hydroflow_nb.correctness.judge import Judge
from hydroflow_nb.correctness.marking import Pictured
from hydroflow_nb.correctness.network import Member, NetChecked
from hydroflow_nb.correctness.report import Report
from hydroflow_nb.correctness.subject import Subject
from hydroflow_nb.correctness.trials import Edited, Trials
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.ir.graph import FlatGraph
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.operators.rules.content import Cause
from hydroflow_nb.records import dataclass
from hydroflow_nb.source import Source


@dataclass(kw_only=True)
class Mender(Trials):
    """Finds the fixes of a flow that is checked. `graph` is the flow as it is drawn, `compiled` gives that of another
    text with the same names, and raises HydroflowError for one that is not a flow.
    """

    checked: Checked
    graph: PartitionedGraph
    compiled: Callable[[Source], PartitionedGraph]

    @property
    def outputs(self) -> Sequence[CheckedOutput]:
        """The outputs, in the order of the text."""
        return self.checked.outputs

    @property
    def size(self) -> int:
        """How many operators the flow has."""
        return len(self.checked.graph.nodes)

    @cached_property
    def report(self) -> Report:
        """What the check tells, with the fixes of each output."""
        pictured = Pictured(
            graph=self.graph,
            typing=lambda differences, assumed: self.checked.typing(differences, assumed=assumed),
            node_of=self.checked.node_of,
        )
        return Report(self.outputs, self.differences, {"": pictured}, self)

    def edited(self, output: CheckedOutput, *, sorts: bool) -> Iterable[Edited]:
        """What may lift the level of an output, the smallest edits first."""
        return _edited(self.checked.graph, output, output.verdict(self.differences).because, sorts=sorts)

    def checked_anew(self, edited: Edited) -> Mender | None:
        """The check of an edited text; None where it is not a flow."""
        try:
            graph = self.compiled(replace(edited.source, text=edited.text))
        except HydroflowError:
            return None
        anew = Checked(graph=graph.flat, names=self.checked.names, examples=self.checked.examples)
        return Mender(checked=anew, differences=self.differences, graph=graph, compiled=self.compiled)


@dataclass(kw_only=True)
class NetMender(Trials):
    """Finds the fixes of a network that is checked, each an edit of one flow: all nodes that run it run the edited one.
    `graphs` are the flows as they are drawn, by node; `compiled` gives that of another text with the names of a node.
    """

    checked: NetChecked
    graphs: Mapping[str, PartitionedGraph]
    compiled: Callable[[str, Source], PartitionedGraph]
    judges: Sequence[Judge] = ()

    @property
    def outputs(self) -> Sequence[CheckedOutput]:
        """The outputs of all nodes."""
        return self.checked.outputs

    @property
    def size(self) -> int:
        """How many operators the flows have."""
        return sum(len(graph.flat.nodes) for graph in self.graphs.values())

    @cached_property
    def report(self) -> Report:
        """What the check tells, with the fixes of each output."""
        pictured = {
            member.name: Pictured(
                graph=self.graphs[member.name],
                typing=partial(self.checked.typing_of, member.name),
                node_of=partial(self.checked.node_of, member),
            )
            for member in self.checked.members
        }
        judged = {
            one.name: judge
            for judge in self.judges
            for one in self.checked.outputs
            if one.is_sent and one.member.name in judge.nodes
        }
        locations = [member.subject.graph.location for member in self.checked.members]
        sharded = {one.name: one.shards_by for one in locations if one is not None and one.shards_by is not None}
        return Report(self.outputs, self.differences, pictured, self, judged, sharded)

    def edited(self, output: CheckedOutput, *, sorts: bool) -> Iterable[Edited]:
        """What may lift the level of an output, in its own flow and in those that the causes are in; the smallest edits
        first.
        """
        because = output.verdict(self.differences).because
        own = next(one.member.name for one in self.checked.outputs if one is output)
        found: list[Edited] = []
        for member in self.checked.members:
            causes = [cause for cause in because if (cause.where or own) == member.name]
            if causes or member.name == own:
                known = output if member.name == own else None
                found += _edited(member.subject.graph, known, causes, node=member.name, sorts=sorts)
        return sorted(found, key=lambda one: one.candidate.size)

    def checked_anew(self, edited: Edited) -> NetMender | None:
        """The check with an edited text in each node that runs it; None where it is not a flow."""
        graphs, members = dict(self.graphs), list[Member]()
        try:
            for member in self.checked.members:
                if member.subject.graph.source == edited.source:
                    source = replace(edited.source, text=edited.text)
                    graph = graphs[member.name] = self.compiled(member.name, source)
                    member = Member(member.name, Subject(graph.flat, member.subject.names))
                members.append(member)
        except HydroflowError:
            return None
        checked = NetChecked(members=members, own=self.checked.own, has_strangers=self.checked.has_strangers)
        return replace(self, checked=checked, graphs=graphs)


def _edited(
    graph: FlatGraph, output: CheckedOutput | None, because: Sequence[Cause], *, node: str = "", sorts: bool
) -> Sequence[Edited]:
    found = candidates(graph, output.node if output is not None else None, because, sorts=sorts)
    return [Edited(candidate=one, source=graph.source, text=one.apply(graph.source.text), node=node) for one in found]
