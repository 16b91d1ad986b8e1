"""The check of distributed correctness, as a person asks for it of a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from hydroflow_nb.compiler import compile_source
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.simulation.model.run import Run
from hydroflow_nb.simulation.model.schedule import Rates
from hydroflow_nb.source import Source

if TYPE_CHECKING:
    from hydroflow_nb.correctness.judge import Judge
    from hydroflow_nb.correctness.report import Report


# The arguments of a flow's `check`, and what a network has in their place.
OF_A_FLOW_ALONE: Final[Mapping[str, str]] = {
    "network": "which has its own `fifo`, `loss` and `duplication`",
    "replicas": "in which each replica is a node: `replication` tells whether nodes agree",
    "shard": "in which each shard is a node, and senders choose it by the key; check the flow of a shard with `shard`",
    "examples": "whose messages are not known before it runs; check the flow of a node alone with `examples`",
}


class Checkable(Run):
    """A network that can be asked whether its nodes give the same in every run."""

    rates: Rates
    # Who says whether what nodes answer is right.
    judges: Sequence[Judge] = ()

    def judged_by(self, judge: Judge) -> None:
        """Let somebody say whether what nodes answer is right; the report of `check` tells the verdict."""
        self.judges = (*self.judges, judge)

    def check(self, **of_a_flow_alone: object) -> Report:
        """Whether the outputs of all nodes are the same in every run, before anything runs, each as `node.output`.

        What a node sends is what others take in: over a network with `fifo=False` in any order, with `duplication`
        again, with `loss` perhaps never, but for what is sent again and again. `replication` is another question:
        whether nodes that are told the same agree, in this network, on what may differ from run to run. It takes for
        granted that what is told to one of them is told to all. A node outside of the network is not checked: what it
        sends is given, but for its order. What the clients of a workload are answered may differ from run to run and be
        right: the report tells the verdict of the workload. Gives a `Report`, and runs nothing. A fix is an edit of
        one flow: all nodes that run it run the edited one then. Raises TypeError for what a flow alone is asked with,
        as `shard`: a network has replicas and shards as nodes.
        """
        for name in of_a_flow_alone:
            how = OF_A_FLOW_ALONE.get(name)
            why = f"`{name}` is for a flow alone, and this is a network, {how}" if how else f"there is no `{name}`"
            raise TypeError(f"`check` of a network takes nothing: {why}")
        from hydroflow_nb.correctness.fixes import NetMender
        from hydroflow_nb.correctness.network import Member, NetChecked
        from hydroflow_nb.correctness.subject import Subject
        from hydroflow_nb.operators.rules.rule import Differences

        inside = {name: self.nodes[name] for name in self.inside()}
        members = [
            Member(name, Subject(node.flow.graph.partitioned.flat, node.flow.drive().names or {}))
            for name, node in inside.items()
        ]
        own = Differences(order=not self.fifo, duplication=self.rates.duplication > 0, loss=self.rates.loss > 0)
        checked = NetChecked(members=members, own=own, has_strangers=len(inside) < len(self.nodes))
        graphs = {name: node.flow.graph.partitioned for name, node in inside.items()}

        def compiled(name: str, source: Source) -> PartitionedGraph:
            names = self.nodes[name].flow.drive().names or {}
            return compile_source(source, name, dict(names)).graph

        mender = NetMender(checked=checked, differences=own, graphs=graphs, compiled=compiled, judges=self.judges)
        return mender.report
