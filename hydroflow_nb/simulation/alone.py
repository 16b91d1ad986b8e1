"""`flow.find()`: the sends of a flow alone come in other batches, another order, again, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random
from time import monotonic
from typing import Any, Final

from hydroflow_nb.correctness.examples import input_name
from hydroflow_nb.correctness.levels import NETWORKS
from hydroflow_nb.correctness.outputs import outputs_of
from hydroflow_nb.engine.channel import channel
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.flow import Flow
from hydroflow_nb.flow import compile as compile_flow
from hydroflow_nb.ir.graph import NodeId
from hydroflow_nb.operators.rules.rule import Differences
from hydroflow_nb.simulation.finding.aim import Aim, Trail, level_asked
from hydroflow_nb.simulation.finding.found import Found
from hydroflow_nb.simulation.finding.schedules import (
    Schedule,
    Step,
    are_all,
    number_of,
    reference,
    schedules,
    way,
)
from hydroflow_nb.simulation.finding.watching import Watch, output_of
from hydroflow_nb.simulation.finding.witness import Witness
from hydroflow_nb.simulation.finding.yardstick import Outcome, Yardstick, failed
from hydroflow_nb.simulation.model.decisions import Decision
from hydroflow_nb.simulation.model.node import is_own
from hydroflow_nb.simulation.network import Network

_NODE: Final = "flow"
_SENDS: Final = "source_stream(items) -> map(|item| (item, there)) -> dest_sink_serde(outbound);"


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run: its decisions but those of coming to rest, and what it raised."""

    decisions: list[Decision]
    raised: Exception | None = None


class Alone:
    """A flow in a network of its own, and the items that are sent into it. What leaves the flow is dropped, but for
    messages and what goes into the flow's own lists and channels, which are copies: a search calls no sink.
    """

    def __init__(self, flow: Flow, examples: Mapping[str, Iterable[Any]]) -> None:
        self.network = Network(fifo=False)
        self._node = self.network.node(_NODE, flow.silenced(_leaving(flow)))
        self._node.records = True
        self._senders: dict[str, str] = {}
        for name in examples:
            if name in self._node.plan.inbound or name not in self._node.inputs:
                self._senders[name] = self._sender(name)
        self.items = [(name, item) for name, items in examples.items() for item in items]

    def _sender(self, name: str) -> str:
        """A node that sends what is given for an inbox."""
        if name not in self._node.plan.inbound:
            known = ", ".join([*self._node.inputs, *self._node.plan.inbound]) or "it has none"
            raise HydroflowError(message=f"{name!r} is not an input of this flow; `examples` are for {known}")
        sender = f"sends {name}"
        names = {**Network().bind("sender")._asdict(), "items": channel(), "there": _NODE}
        self.network.node(sender, compile_flow(_SENDS, names, "sends"), items=channel())
        return sender

    def run(self, schedule: Schedule) -> Ran:
        """Run a schedule to rest, recorded."""
        net = self.network
        net.reset()
        decisions: list[Decision] | None = None
        try:
            for batch in schedule.batches:
                for number in batch:
                    self._send(*self.items[number])
                net.tick(_NODE)
            decisions = list(net.decisions)
            net.settle()
        except Exception as raised:  # whatever the user's code raises
            return Ran(decisions=list(net.decisions) if decisions is None else decisions, raised=raised)
        return Ran(decisions=decisions)

    def _send(self, name: str, item: Any) -> None:
        net = self.network
        sender = self._senders.get(name)
        if sender is None:
            net.send(_NODE, name, item)
            return
        net.send(sender, "items", item)
        net.tick(sender)
        net.deliver(net.in_flight[-1])

    @property
    def recorded(self) -> Flow:
        """The flow that ran, with its recording."""
        return self.network[_NODE].flow


def _leaving(flow: Flow) -> set[NodeId]:
    """The outputs whose items go somewhere that is not a copy."""
    names = flow.drive().names or {}
    return {
        output.node.id
        for output in outputs_of(flow.graph.partitioned.flat)
        if not output.node.operator.facts.meets_network and not is_own(names.get(output.name.partition(" ")[0]))
    }


def search(
    flow: Flow,
    output: str,
    *,
    network: str | None = None,
    runs: int = 1_000,
    seconds: float | None = None,
    seed: int = 0,
    examples: Mapping[str, Iterable[Any]] | None = None,
    level: str | None = None,
) -> Found:
    """Search for two runs of a flow in which an output differs, as `flow.find` does. Raises what that raises."""
    asked = level_asked(level)
    report = flow.check(network=network)
    found = output_of(report, output)
    examples = examples or recorded_items(flow)
    if not any(examples.values()):
        raise HydroflowError(message=_what_is_needed(flow, recorded=flow.is_recorded))
    aim = Aim(output=found, flow=found, level=asked)
    alone = Alone(flow, examples)
    differences = NETWORKS[network] if network is not None else Differences()
    trail = Trail(
        watch=Watch(found.node), types=report.edges_for(differences), batching=report.edges_for(Differences())
    )
    until = None if seconds is None else monotonic() + seconds
    narrow = aim.narrowed(differences)
    tried = 0
    for kinds in [narrow] if narrow == differences else [narrow, differences]:
        one = _Search(
            alone=alone,
            output=output,
            stick=aim.stick(differences),
            trail=trail,
            differences=kinds,
            refuted=aim.refuted(differences),
        )
        witness = one.witness(runs, until, Random(seed))
        tried += one.tried
        if witness is not None:
            break
    inputs = [name for name, _ in alone.items]
    is_whole = one.is_whole and are_all(len(inputs), differences)
    once = not (differences.duplication or differences.loss)
    return Found(
        output=output,
        words=one.stick.words,
        witness=witness,
        tried=tried,
        total=number_of(inputs, differences) if once else None,
        seed=None if is_whole else seed,
    )


# Of a recording so many items are taken for an input.
_MOST_TAKEN: Final = 20


def recorded_items(flow: Flow) -> dict[str, list[Any]]:
    """The first items that a recording holds of each input, by name; of an inbox the messages."""
    if not flow.is_recorded:
        return {}
    graph, found = flow.graph.partitioned, dict[str, list[Any]]()
    for node in graph.inputs():
        name = input_name(node)
        edges = {wire.element for wire in graph.wires if wire.source == node.element}
        items = list(islice(flow.recording.items_on(edges), _MOST_TAKEN))
        if name:
            found[name] = [item[0] for item in items] if node.operator.facts.meets_network else items
    return found


def _what_is_needed(flow: Flow, *, recorded: bool) -> str:
    names = [input_name(node) for node in flow.graph.partitioned.inputs()]
    named = next(filter(None, names), "")
    if not named:
        return "a search for runs that differ needs an input with a name, and this flow has none"
    why = "; its recording holds no item of them that can be sent again" if recorded else ""
    return (
        f"a search for runs that differ needs items for the inputs ({', '.join(filter(None, names))}){why}: give them "
        f"as `examples={{{named!r}: [...]}}`"
    )


@dataclass(kw_only=True)
class _Search:
    """The search for a run of a flow alone that differs from the reference, and what it has tried."""

    alone: Alone
    output: str
    stick: Yardstick
    trail: Trail
    # In what the schedules differ that are tried, and what a run that differs refutes.
    differences: Differences
    refuted: str
    tried: int = 0
    # Whether all schedules there are were tried.
    is_whole: bool = False

    def witness(self, runs: int, until: float | None, random: Random) -> Witness | None:
        """Two runs, one step apart, in which the output differs; None where no such run was found."""
        items = self.alone.items
        whole = reference(len(items))
        ran, expected = self._ran(whole)
        if ran.raised is not None:
            raise ran.raised
        known = {whole}
        for schedule in schedules([name for name, _ in items], self.differences, runs, random):
            if self.tried >= runs or (until is not None and monotonic() > until):
                return None
            if schedule in known:
                continue
            known.add(schedule)
            self.tried += 1
            if not self.stick.agree(self._outcome(schedule), expected):
                return self._pair(expected, way(whole, schedule))
        self.is_whole = True
        return None

    def _outcome(self, schedule: Schedule) -> Outcome:
        return self._ran(schedule)[1]

    def _ran(self, schedule: Schedule) -> tuple[Ran, Outcome]:
        ran = self.alone.run(schedule)
        if ran.raised is not None:
            return ran, failed(ran.raised)
        return ran, self.stick.outcome(self.trail.watch.ticks(self.alone.recorded))

    def _pair(self, expected: Outcome, steps: Sequence[tuple[Step | None, Schedule]]) -> Witness:
        """The pair at which the way from the reference to a run that differs leaves what the reference gives: found by
        halving the way, since one end agrees and the other does not.
        """
        agrees, differs = 0, len(steps) - 1
        while differs - agrees > 1:
            middle = (agrees + differs) // 2
            if self.stick.agree(self._outcome(steps[middle][1]), expected):
                agrees = middle
            else:
                differs = middle
        step = steps[differs][0]
        assert step is not None
        first, outcome = self._ran(steps[differs][1])
        of_first = self.trail.recorded(self.alone.recorded)
        second, wanted = self._ran(steps[agrees][1])
        graph = self.alone.recorded.graph.partitioned
        # A run that raises was broken off, and says nothing of what the check promises of runs at rest.
        raises = first.raised is not None or second.raised is not None
        where = self.trail.where(graph, of_first, of_first if raises else self.trail.recorded(self.alone.recorded))
        return Witness(
            output=self.output,
            node=_NODE,
            first=first.decisions,
            second=second.decisions,
            decision=step,
            words=_words(step, self.alone.items),
            outputs=(outcome.shown, wanted.shown),
            at=where.edge,
            place=where.words,
            network=self.alone.network,
            refuted="" if raises else self.refuted,
            raises=raises,
            made="# net: the network of one node, `witness.network`\nnet = witness.network",
        )


def _words(step: Step, items: Sequence[tuple[str, Any]]) -> str:
    def named(number: int) -> str:
        name, item = items[number]
        return f"{shown(item)} in `{name}`"

    match step.kind:
        case "lost":
            return f"{named(step.item)} never arrives"
        case "again":
            return f"{named(step.item)} arrives again"
        case "before" if step.other is not None:
            return f"{named(step.item)} arrives before {named(step.other)}"
    return f"a tick ends after {named(step.item)}"
