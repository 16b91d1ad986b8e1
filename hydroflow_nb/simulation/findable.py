"""The search for two runs that differ, as a person asks for it of a network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hydroflow_nb.operators.rules.rule import Differences
from hydroflow_nb.simulation.checkable import Checkable
from hydroflow_nb.simulation.explorable import Explorable
from hydroflow_nb.simulation.finding.watching import Outcome, Watch, output_of, yardstick
from hydroflow_nb.simulation.finding.witness import Witness
from hydroflow_nb.simulation.model.decisions import Decision, ImpossibleDecision, Send
from hydroflow_nb.simulation.model.properties import Properties
from hydroflow_nb.simulation.search.outcome import Violation
from hydroflow_nb.simulation.search.plan import Wish, start_of_search


class Findable(Explorable, Checkable):
    """A network in which two runs can be found that are the same but for one decision, and give something else."""

    def find(
        self,
        output: str,
        *,
        runs: int = 1_000,
        loss: Wish = None,
        duplication: Wish = None,
        reorder: bool | None = None,
        crashes: Wish = None,
        partitions: Wish = None,
        timers: int = 1,
        seconds: float | None = None,
        seed: int | None = None,
    ) -> Witness | None:
        """Two runs in which an output, `node.output`, differs, the same but for one decision; None where no run was
        found that differs.

        Every run begins with the run so far up to the last item that was sent into an input, and keeps all that was
        sent. The reference comes to rest from there by `settle()`. What may go wrong is given as for `explore`.
        Afterwards the network stands where it stood. Raises HydroflowError for another output, and what `explore`
        raises.
        """
        found = output_of(self.check(), output)
        name, of_node = self._parts_of(output)
        differences = Differences(
            order=not self.fifo and reorder is not False,
            duplication=bool(duplication) or (duplication is None and self.rates.duplication > 0),
            loss=bool(loss) or (loss is None and self.rates.loss > 0),
        )
        alone = output_of(self[name].flow.check(), of_node)
        stick = yardstick(found.verdict_for(differences), alone.in_class("batching"))
        watch = Watch(found.node)
        before, properties = list(self.decisions), self.properties
        records = self[name].records
        begin, _ = start_of_search(self.decisions)

        def outcome() -> Outcome:
            return stick.outcome(watch.ticks(self[name].flow))

        def settled(decisions: Sequence[Decision]) -> Outcome | None:
            self.reset()
            try:
                self.replay(list(decisions))
            except ImpossibleDecision:
                return None
            self.settle()
            return outcome()

        try:
            self.properties = Properties()
            self[name].records = True
            expected = settled(begin)
            assert expected is not None
            self.eventually(lambda _: stick.agree(outcome(), expected), f"{output} is as in the reference run")
            explored = self.explore(
                runs,
                loss=loss,
                duplication=duplication,
                reorder=reorder,
                crashes=crashes,
                partitions=partitions,
                timers=timers,
                seconds=seconds,
                seed=seed,
                after=begin,
                keep="sends",
                progress=False,
            )
            self.properties = Properties()
            if explored.violation is None:
                return None
            pair = _pair(explored.violation, settled, lambda one: stick.agree(one, expected))
            first = settled(explored.violation.decisions)
            second = settled(pair[1])
            assert first is not None
            return Witness(
                output=output,
                node=name,
                first=list(explored.violation.decisions),
                second=pair[1],
                decision=pair[0],
                words=str(pair[0]),
                outputs=(first.shown, (second or expected).shown),
                at=output,
                network=self,
                is_minimal=explored.violation.is_minimal and second is not None,
            )
        finally:
            # The run that was there is put back, whatever a property of it says.
            self.properties = Properties()
            self[name].records = records
            self.reset()
            self.replay(before)
            self.properties = properties

    def gave(self, output: str) -> list[list[Any]]:
        """What an output, `node.output`, gave while its node `records`, a list for each tick; of items that can
        change there are texts. Raises HydroflowError for another output.
        """
        name, of_node = self._parts_of(output)
        flow = self[name].flow
        return [list(tick) for tick in Watch(output_of(flow.check(), of_node).node).ticks(flow)]

    def _parts_of(self, output: str) -> tuple[str, str]:
        """The node and the output of its flow; a node's name may have dots."""
        nodes = [name for name in self.nodes if output.startswith(f"{name}.")]
        name = max(nodes, key=len, default=output.partition(".")[0])
        return name, output.removeprefix(f"{name}.")


def _pair(violation: Violation, settled: Any, agrees: Any) -> tuple[Decision, list[Decision]]:
    """The decision without which the run settles like the reference, the last one first; and the run without it."""
    decisions = list(violation.decisions)
    choices = [at for at in range(len(decisions) - 1, -1, -1) if not isinstance(decisions[at], Send)]
    for at in choices:
        shorter = [*decisions[:at], *decisions[at + 1 :]]
        outcome = settled(shorter)
        if outcome is not None and agrees(outcome):
            return decisions[at], shorter
    return decisions[-1], decisions[:-1]
