"""The check of distributed correctness, as a person asks for it of a network."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from hydroflow_nb.simulation.model.run import Run
from hydroflow_nb.simulation.model.schedule import Rates

if TYPE_CHECKING:
    from hydroflow_nb.correctness.report import Report


class Checkable(Run):
    """A network of which it can be asked whether its nodes give the same in every run."""

    rates: Rates

    def check(self) -> Report:
        """Whether the outputs of all nodes are the same in every run, before anything runs, each as `node.output`.

        What a node sends is what others take in: over a network with `fifo=False` in any order, with `duplication`
        again, with `loss` perhaps never, but for what is sent again and again. `replication` is another question:
        whether nodes that are told the same agree, in this network, on what may differ from run to run. It takes for
        granted that what is told to one of them is told to all. Gives a `Report`, and runs nothing.
        """
        from hydroflow_nb.correctness.marking import Pictured
        from hydroflow_nb.correctness.network import Member, NetChecked
        from hydroflow_nb.correctness.report import Report
        from hydroflow_nb.correctness.subject import Subject
        from hydroflow_nb.operators.rules.rule import Differences

        members = [
            Member(name, Subject(node.flow.graph.partitioned.flat, node.flow.drive().names or {}))
            for name, node in self.nodes.items()
        ]
        own = Differences(order=not self.fifo, duplication=self.rates.duplication > 0, loss=self.rates.loss > 0)
        checked = NetChecked(members=members, own=own)
        pictured = {
            member.name: Pictured(
                graph=self.nodes[member.name].flow.graph.partitioned,
                typing=partial(checked.typing_of, member.name),
                node_of=partial(checked.node_of, member),
            )
            for member in members
        }
        return Report(checked.outputs, own, pictured)
