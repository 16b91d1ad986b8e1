"""`flow.find()`: the sends of a flow alone come in other batches, another order, again, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from random import Random
from time import monotonic
from typing import Any, Final

from hydroflow_nb.correctness.levels import NETWORKS
from hydroflow_nb.correctness.report import OutputReport
from hydroflow_nb.engine.channel import channel
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.flow import Flow
from hydroflow_nb.flow import compile as compile_flow
from hydroflow_nb.operators.rules.rule import Differences
from hydroflow_nb.simulation.finding.schedules import Schedule, Step, reference, schedules, way
from hydroflow_nb.simulation.finding.watching import Outcome, Watch, Yardstick, output_of, yardstick
from hydroflow_nb.simulation.finding.witness import Witness
from hydroflow_nb.simulation.model.decisions import Decision
from hydroflow_nb.simulation.network import Network

_NODE: Final = "flow"
_SENDS: Final = "source_stream(items) -> map(|item| (item, there)) -> dest_sink_serde(outbound);"


class Alone:
    """A flow in a network of its own, and the items that are sent into it."""

    def __init__(self, flow: Flow, examples: Mapping[str, Iterable[Any]]) -> None:
        self.network = Network(fifo=False)
        self._node = self.network.node(_NODE, flow)
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

    def run(self, schedule: Schedule) -> list[Decision]:
        """Run a schedule to rest, recorded. Returns its decisions but those of coming to rest."""
        net = self.network
        net.reset()
        for batch in schedule.batches:
            for number in batch:
                self._send(*self.items[number])
            net.tick(_NODE)
        decisions = list(net.decisions)
        net.settle()
        return decisions

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


def find(
    flow: Flow,
    output: str,
    *,
    network: str | None,
    runs: int,
    seconds: float | None,
    seed: int,
    examples: Mapping[str, Iterable[Any]] | None,
) -> Witness | None:
    """Two runs of a flow in which an output differs, in these surroundings; None where none was found."""
    report = flow.check(network=network)
    found = output_of(report, output)
    if not examples:
        inputs = ", ".join(flow.inputs) or "its inbox"
        raise HydroflowError(
            message=f"a search for runs that differ needs items for the inputs ({inputs}): give them as "
            f"`examples={{{next(iter(flow.inputs), 'inbound')!r}: [...]}}`"
        )
    differences = NETWORKS[network] if network is not None else Differences()
    stick = yardstick(found.verdict, found.in_class("batching"))
    return _find_alone(
        flow,
        found,
        Watch(found.node),
        stick,
        examples=examples,
        differences=differences,
        runs=runs,
        seconds=seconds,
        seed=seed,
    )


def _find_alone(
    flow: Flow,
    output: OutputReport,
    watch: Watch,
    stick: Yardstick,
    *,
    examples: Mapping[str, Iterable[Any]],
    differences: Differences,
    runs: int,
    seconds: float | None,
    seed: int,
) -> Witness | None:
    """Two runs of a flow alone, one step apart, in which an output differs; None where no such run was found."""
    alone = Alone(flow, examples)
    began = monotonic()

    def outcome(schedule: Schedule) -> Outcome:
        alone.run(schedule)
        return stick.outcome(watch.ticks(alone.recorded))

    whole = reference(len(alone.items))
    expected = outcome(whole)
    tried = {whole}
    for schedule in schedules([name for name, _ in alone.items], differences, runs, Random(seed)):
        if len(tried) > runs or (seconds is not None and monotonic() - began > seconds):
            return None
        if schedule in tried:
            continue
        tried.add(schedule)
        if not stick.agree(outcome(schedule), expected):
            return _witness(alone, output, watch, stick, expected, way(whole, schedule))
    return None


def _witness(
    alone: Alone,
    output: OutputReport,
    watch: Watch,
    stick: Yardstick,
    expected: Outcome,
    steps: Sequence[tuple[Step | None, Schedule]],
) -> Witness:
    """The pair at which the way from the reference to a run that differs leaves what the reference gives: found by
    halving the way, since one end agrees and the other does not.
    """
    agrees, differs = 0, len(steps) - 1
    while differs - agrees > 1:
        middle = (agrees + differs) // 2
        alone.run(steps[middle][1])
        if stick.agree(stick.outcome(watch.ticks(alone.recorded)), expected):
            agrees = middle
        else:
            differs = middle
    step = steps[differs][0]
    assert step is not None
    runs, outcomes = [], []
    for place in (differs, agrees):
        runs.append(alone.run(steps[place][1]))
        outcomes.append(stick.outcome(watch.ticks(alone.recorded)).shown)
    words = _words(step, alone.items)
    return Witness(
        output=output.name,
        node=_NODE,
        first=runs[0],
        second=runs[1],
        decision=step,
        words=words,
        outputs=(outcomes[0], outcomes[1]),
        at=output.name,
        network=alone.network,
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
