"""`flow.find()`: the sends of a flow alone come in other batches, another order, again, or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import accumulate
from math import inf
from random import Random
from time import monotonic
from typing import Any, Final

from hydroflow_nb.correctness.levels import NETWORKS
from hydroflow_nb.correctness.outputs import outputs_of
from hydroflow_nb.engine.channel import channel
from hydroflow_nb.engine.quiet import quiet
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.flow import Flow
from hydroflow_nb.flow.compiling import compile as compile_flow
from hydroflow_nb.ir.graph import NodeId
from hydroflow_nb.operators.rules.rule import Differences
from hydroflow_nb.records import dataclass
from hydroflow_nb.simulation.finding.aim import Aim, Trail, Where, level_asked
from hydroflow_nb.simulation.finding.found import Found
from hydroflow_nb.simulation.finding.items import items_for
from hydroflow_nb.simulation.finding.schedules import (
    Schedule,
    Step,
    are_all,
    number_of,
    reference,
    schedules,
    thinned,
    way,
)
from hydroflow_nb.simulation.finding.watching import Watch, must_not_wait_for_a_loop, output_of
from hydroflow_nb.simulation.finding.witness import Witness
from hydroflow_nb.simulation.finding.yardstick import Outcome, Yardstick, failed, repeated
from hydroflow_nb.simulation.model.decisions import Decision
from hydroflow_nb.simulation.model.names import is_own
from hydroflow_nb.simulation.network import Network
from hydroflow_nb.simulation.search.plan import duration, must_be_seed, times
from hydroflow_nb.simulation.search.shrink import shrink

_NODE: Final = "flow"
_SENDS: Final = "source_stream(items) -> map(|item| (item, there)) -> dest_sink_serde(outbound);"


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run: its decisions but those of coming to rest, and what it raised."""

    decisions: list[Decision]
    raised: Exception | None = None


# What a run raises that has no end, in place of what a network says of it.
_NO_REST: Final = (
    "the flow does not come to rest: runs are compared when no tick is due any more, and here each tick makes another "
    "one due; leave the cycle through the next tick out, or have the items in it end"
)


class Alone:
    """A flow in a network of its own, and the items that are sent into it. What leaves the flow is dropped, but for
    what goes into the flow's own lists and channels, which are copies: a search calls no sink and sends no message.
    """

    def __init__(self, flow: Flow, examples: Mapping[str, Iterable[Any]]) -> None:
        self.network = Network(fifo=False, recording=0)
        self._node = self.network.node(_NODE, flow.silenced(leaving(flow)))
        self._node.records = True
        self._senders: dict[str, str] = {}
        used = flow.used_names
        self._inboxes = [name for name in self._node.plan.inbound if name in used]
        for name in examples:
            if name in self._inboxes or name not in self._node.inputs:
                self._senders[name] = self._sender(name)
        self.items = [(name, item) for name, items in examples.items() for item in items]

    def _sender(self, name: str) -> str:
        """A node that sends what is given for an inbox."""
        if name not in self._inboxes:
            known = ", ".join(dict.fromkeys([*self._node.inputs, *self._inboxes]))
            inputs = f"`examples` are for {known}" if known else "it has no input to send items into"
            raise HydroflowError(message=f"{name!r} is not an input of this flow; {inputs}")
        sender = f"sends {name}"
        # The classes of the items are those of the flow's notebook.
        classes = self._node.flow.drive().names or {}
        names = {**classes, **Network().bind("sender")._asdict(), "items": channel(), "there": _NODE}
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
            if type(raised) is HydroflowError and not net.is_quiet():
                raised = HydroflowError(message=_NO_REST)
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


def leaving(flow: Flow) -> set[NodeId]:
    """The outputs whose items go somewhere that is not a copy. A message is an output, too: the check of a flow alone
    knows of no other nodes, and of none that would answer.
    """
    names = flow.drive().names or {}
    return {
        output.node.id
        for output in outputs_of(flow.graph.partitioned.flat)
        if not (output.edges or is_own(names.get(output.name.partition(" ")[0])))
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
    times("runs", runs, 1)
    until = None if seconds is None else monotonic() + duration(seconds)
    must_be_seed(seed)
    report = flow.check(network=network)
    found = output_of(report, output)
    items = items_for(flow, examples)
    must_not_wait_for_a_loop(flow.graph.partitioned.flat, found.node)
    aim = Aim(output=found, flow=found, level=asked)
    alone = Alone(flow, items)
    differences = NETWORKS[network] if network is not None else Differences()
    trail = Trail(watch=Watch(found), types=report.edges_for(differences), batching=report.edges_for(Differences()))
    narrow = aim.narrowed(differences)
    random = Random(seed)
    tried = 0
    for kinds in [narrow] if narrow == differences else [narrow, differences]:
        one = _Search(
            alone=alone,
            output=output,
            stick=aim.stick(differences),
            trail=trail,
            differences=kinds,
            refuted=aim.refuted(differences),
            repeats=aim.repeats,
            until=until,
        )
        with quiet():
            witness = one.witness(runs - tried, random)
        tried += one.tried
        if witness is not None or tried >= runs:
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
    # How often a run is made again, to see whether it gives the same; and when the search ends.
    repeats: int
    until: float | None
    tried: int = 0
    # Whether all schedules there are were tried.
    is_whole: bool = False

    def witness(self, runs: int, random: Random) -> Witness | None:
        """Two runs, one step apart, in which the output differs; None where no such run was found."""
        items = self.alone.items
        whole = reference(len(items))
        expected = self._outcome(whole)
        if expected.raised is not None:
            raise expected.raised
        other = repeated(expected, partial(self._outcome, whole), self.repeats)
        if other is not None:
            return self._twice(whole, expected, other)
        known = {whole}
        for schedule in schedules([name for name, _ in items], self.differences, runs, random):
            if self.tried >= runs or self._is_late():
                return None
            if schedule in known:
                continue
            known.add(schedule)
            self.tried += 1
            if not self.stick.agree(self._outcome(schedule), expected):
                return self._between(whole, schedule, expected)
        self.is_whole = True
        return None

    def _is_late(self) -> bool:
        return self.until is not None and monotonic() > self.until

    def _outcome(self, schedule: Schedule) -> Outcome:
        return self._ran(schedule)[1]

    def _ran(self, schedule: Schedule) -> tuple[Sequence[Decision], Outcome]:
        ran = self.alone.run(schedule)
        if ran.raised is not None:
            return ran.decisions, failed(ran.raised)
        return ran.decisions, self.stick.outcome(self.trail.watch.ticks(self.alone.recorded))

    def _between(self, start: Schedule, goal: Schedule, expected: Outcome) -> Witness:
        """The pair at which the way from the reference to a run that differs leaves what the reference gives: found by
        halving the way, since one end agrees and the other does not.
        """
        steps = way(start, goal)
        agrees, differs = 0, len(steps) - 1
        while differs - agrees > 1:
            middle = (agrees + differs) // 2
            if self.stick.agree(self._outcome(steps[middle][1]), expected):
                agrees = middle
            else:
                differs = middle
        step = steps[differs][0]
        assert step is not None
        for schedule in (steps[differs][1], steps[agrees][1]):
            once = self._outcome(schedule)
            other = repeated(once, partial(self._outcome, schedule), self.repeats)
            if other is not None:
                return self._twice(schedule, once, other)
        return self._pair(step, *self._thinned(step, steps[differs][1], steps[agrees][1]))

    def _thinned(self, step: Step, first: Schedule, second: Schedule) -> tuple[Schedule, Schedule, bool]:
        """The pair with as few items and ticks as still differ, the second one as the reference of its items; and
        whether all was tried that could make it smaller.
        """
        whole = reference(len(self.alone.items))
        best = first, second

        def differ(kept: Sequence[tuple[str, int]]) -> Sequence[tuple[str, int]] | None:
            nonlocal best
            items, again, ends = ({at for kind, at in kept if kind == one} for one in ("item", "again", "end"))
            expected = self._outcome(thinned(whole, items, (), ()))
            pair = thinned(first, items, again, ends), thinned(second, items, again, ends)
            if expected.raised is not None or not self.stick.agree(self._outcome(pair[1]), expected):
                return None
            if self.stick.agree(self._outcome(pair[0]), expected):
                return None
            best = pair
            return kept

        ends = {0, *accumulate(map(len, first.batches))}
        own = {("item", step.item), ("item", step.other), *(("end", end) for end in ends - _ends_of(second))}
        if step.kind == "again":
            own.add(("again", step.item))
        times_each = Counter(first.order) | Counter(second.order)
        steps = [
            *(("item", item) for item in sorted(times_each)),
            *(("again", item) for item in sorted(times_each) if times_each[item] > 1),
            *(("end", end) for end in sorted(ends)),
        ]
        # By no clock of its own: a busy machine gives the same pair.
        left = inf if self.until is None else max(0, self.until - monotonic())
        shrunk = shrink(steps, differ, keeps=own.__contains__, limit=_MOST_THINNED, seconds=left)
        return *best, shrunk.is_minimal

    def _pair(self, step: Step, first: Schedule, second: Schedule, is_minimal: bool) -> Witness:
        decisions, outcome = self._ran(first)
        of_first = self.trail.recorded(self.alone.recorded)
        shorter, wanted = self._ran(second)
        # A run that raises was broken off, and says nothing of what the check promises of runs at rest.
        raises = outcome.raised is not None or wanted.raised is not None
        of_second = of_first if raises else self.trail.recorded(self.alone.recorded)
        where = self.trail.where(self.alone.recorded.graph.partitioned, of_first, of_second)
        return self._told(
            first=decisions,
            second=shorter,
            decision=step,
            words=_words(step, self.alone.items),
            outputs=(outcome.shown, wanted.shown),
            where=where,
            refuted="" if raises else self.refuted,
            raises=raises,
            is_minimal=is_minimal,
        )

    def _twice(self, schedule: Schedule, one: Outcome, other: Outcome) -> Witness:
        """The same run twice: what it gives depends on something else."""
        decisions, _ = self._ran(schedule)
        recorded = self.trail.recorded(self.alone.recorded)
        return self._told(
            first=decisions,
            second=decisions,
            decision=None,
            words="",
            outputs=(one.shown, other.shown),
            where=self.trail.where(self.alone.recorded.graph.partitioned, recorded, recorded),
            raises=one.raised is not None or other.raised is not None,
        )

    def _told(self, *, where: Where, **told: Any) -> Witness:
        return Witness(
            output=self.output,
            node=_NODE,
            at=where.edge,
            place=where.words,
            network=self.alone.network,
            watch=self.trail.watch,
            made="# net: the network of one node, `witness.network`\nnet = witness.network",
            **told,
        )


# So many smaller pairs are tried at most.
_MOST_THINNED: Final = 300


def _ends_of(schedule: Schedule) -> set[int]:
    """How many items come before the end of each of its ticks."""
    return set(accumulate(map(len, schedule.batches)))


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
        case "woken":
            return f"a tick without items happens before {named(step.item)}"
        case "quiet":
            return f"a tick without items happens after {named(step.item)}"
    return f"a tick ends after {named(step.item)}"
