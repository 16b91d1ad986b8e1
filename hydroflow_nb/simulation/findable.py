"""The search for two runs that differ, as a person asks for it of a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hydroflow_nb.engine.quiet import quiet
from hydroflow_nb.operators.rules.rule import Differences
from hydroflow_nb.simulation.checkable import Checkable
from hydroflow_nb.simulation.explorable import Explorable
from hydroflow_nb.simulation.finding.aim import Aim, Trail, level_asked
from hydroflow_nb.simulation.finding.found import Found
from hydroflow_nb.simulation.finding.watching import Watch, must_not_wait_for_a_loop, output_of
from hydroflow_nb.simulation.finding.witness import Witness
from hydroflow_nb.simulation.model.properties import Properties
from hydroflow_nb.simulation.pairs import PairSearch
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
        level: str | None = None,
    ) -> Witness | None:
        """Two runs in which an output, `node.output`, differs, the same but for one decision; None where no run was
        found that differs.

        Every run begins with the run so far up to the last item that was sent into an input, and keeps all that was
        sent. The reference comes to rest from there by `settle()`. What may go wrong is given as for `explore`.
        `level`, "sequence", "bag", "set" or "final", is how runs are compared; without it they are compared by what the
        check promises, and where it promises nothing by the set of items, or by what holds at the end.
        Afterwards the network stands where it stood. Raises HydroflowError for another output, ValueError for another
        level, and what `explore` raises.
        """
        return self.search(
            output,
            runs=runs,
            loss=loss,
            duplication=duplication,
            reorder=reorder,
            crashes=crashes,
            partitions=partitions,
            timers=timers,
            seconds=seconds,
            seed=seed,
            level=level,
        ).witness

    def search(self, output: str, *, level: str | None = None, **bounds: Any) -> Found:
        """What `find` finds, and in how many runs. Raises what `find` raises."""
        asked = level_asked(level)
        report = self.check()
        found = output_of(report, output)
        name, of_node = self._parts_of(output)
        must_not_wait_for_a_loop(self[name].flow.graph.partitioned.flat, found.node)
        alone = self[name].flow.check()
        differences = self._differences(bounds)
        aim = Aim(output=found, flow=output_of(alone, of_node), level=asked)
        begin, _ = start_of_search(self.decisions)
        pairs = PairSearch(
            net=self,
            output=output,
            node=name,
            stick=aim.stick(differences),
            trail=Trail(
                watch=Watch(found),
                types=report.edges_for(differences),
                batching=alone.edges_for(Differences()),
                prefix=f"{name}.",
            ),
            refuted=aim.refuted(differences),
            repeats=aim.repeats,
            begin=list(begin),
        )
        before, properties, records = list(self.decisions), self.properties, self[name].records
        try:
            self[name].records = True
            with quiet(), self.tried():
                return pairs.found(bounds)
        finally:
            # The run from before the search is put back, whatever a property says of it.
            self.properties = Properties()
            self[name].records = records
            self.reset()
            with quiet():
                self.replay(before)
            self.properties = properties

    def _differences(self, bounds: Mapping[str, Any]) -> Differences:
        """In what runs may differ by the bounds of a search: what is not given is as in the network."""
        loss, duplication = bounds.get("loss"), bounds.get("duplication")
        return Differences(
            order=not self.fifo and bounds.get("reorder") is not False,
            duplication=bool(duplication) or (duplication is None and self.rates.duplication > 0),
            loss=bool(loss) or (loss is None and self.rates.loss > 0),
        )

    def gave(self, output: str) -> list[list[Any]] | None:
        """What an output, `node.output`, gave while its node `records`, a list for each tick; None where that is more
        than a recording keeps. Raises HydroflowError for another output.
        """
        name, of_node = self._parts_of(output)
        flow = self[name].flow
        ticks = Watch(output_of(flow.check(), of_node)).ticks(flow)
        return None if ticks is None else [list(tick) for tick in ticks]

    def _parts_of(self, output: str) -> tuple[str, str]:
        """The node and the output of its flow; a node's name may have dots."""
        nodes = [name for name in self.nodes if output.startswith(f"{name}.")]
        name = max(nodes, key=len, default=output.partition(".")[0])
        return name, output.removeprefix(f"{name}.")
