"""The scheduler chooses the next decision where no person does: by chance, and the same for the same seed."""

from __future__ import annotations

from dataclasses import fields
from random import Random
from typing import Final

from hydroflow_nb.records import dataclass
from hydroflow_nb.simulation.model.cuts import cut_off
from hydroflow_nb.simulation.model.decisions import (
    Crash,
    Cut,
    Decision,
    Deliver,
    Drop,
    Duplicate,
    Heal,
    Join,
    Restart,
    State,
    Tick,
)
from hydroflow_nb.simulation.model.legal import legal, waking
from hydroflow_nb.simulation.model.message import Message
from hydroflow_nb.simulation.model.node import Node
from hydroflow_nb.simulation.model.run import Run

# The probability with which each later decision heals a cut, or restarts a crashed node.
RECOVERY: Final = 0.1
# How often a node that a timer wakes ticks by it while there is other work, and again when nothing else is left to do.
TIMERS: Final = 3


@dataclass(frozen=True, kw_only=True)
class Rates:
    """How often each fault happens, as probabilities from 0 to 1.

    `loss` and `duplication` hold for each delivery, `partitions`, `crashes` and `joins` for each decision; a node
    that crashed restarts with the state that `restarts` says, and as new where that is "durable" and nothing of it is.
    """

    loss: float = 0.0
    duplication: float = 0.0
    partitions: float = 0.0
    crashes: float = 0.0
    joins: float = 0.0
    restarts: State = State.KEPT

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if one.name != "restarts" and not (isinstance(value, (int, float)) and 0 <= value <= 1):
                raise ValueError(f"{one.name} is a probability from 0 to 1, not {value!r}")

    def kinds(self) -> set[type[Decision]]:
        """The kinds of decisions that are possible at these rates."""
        faults: dict[type[Decision], float] = {
            Drop: self.loss,
            Duplicate: self.duplication,
            Crash: self.crashes,
            Cut: self.partitions,
        }
        return {Tick, Deliver, Join, Restart, Heal, *(kind for kind, rate in faults.items() if rate)}


def below(random: Random, bound: int) -> int:
    """A whole number from 0 by chance, less than the bound."""
    # `random.random` is the only method whose numbers are the same in every version of Python.
    return int(random.random() * bound)


def possible(run: Run, rates: Rates) -> list[Decision]:
    """The decisions that the scheduler may make now at these rates; of messages it loses and doubles those that could
    be delivered.
    """
    arriving = {message.id for message in run.deliverable()}

    def may_be(decision: Decision) -> bool:
        match decision:
            case Drop(message) | Duplicate(message):
                return message in arriving
            case Restart(node, state):
                return state is run.nodes[node].restarts_with(rates.restarts)
        return True

    return [one for one in legal(run, rates.kinds()) if may_be(one)]


class Course:
    """A run's way from now until the network is quiet.

    First it goes by chance: nodes tick, messages are delivered, and what the rates say goes wrong; a node that only its
    timer or a `spin` wakes does so at most `timers` times. When nothing else is left to do, what this course broke is
    mended, and from then on nothing goes wrong any more; each of these nodes ticks another `timers` times, one after
    the other by the clock, with all that follows from it.
    """

    def __init__(self, random: Random, rates: Rates, timers: int) -> None:
        self._random = random
        self._rates = rates
        self._timers = timers
        self._is_calm = False
        self._early: dict[str, int] = {}
        self._rounds = timers
        self._round: list[str] = []
        self._has_cut = False
        self._crashed: list[str] = []
        self._doubled: set[str] = set()

    def next(self, run: Run) -> Decision | None:
        """The next decision; None where the network is quiet."""
        if not self._is_calm:
            fault = self._fault(run)
            if fault is not None:
                return fault
        # The same as the first part of `legal`, but only one decision is made: every step of a run comes here.
        due, arriving = run.due(), run.deliverable()
        count = len(due) + len(arriving)
        if not count:
            return self._last(run)
        early = [] if self._is_calm else self._early_timer(run)
        at = below(self._random, count + len(early))
        if at == count:
            self._early[early[0].name] = self._early.get(early[0].name, 0) + 1
            return Tick(early[0].name)
        return Tick(due[at].name) if at < len(due) else self._delivery(run, arriving[at - len(due)])

    # --- by chance ---------------------------------------------------------------------------------------------------

    def _happens(self, rate: float) -> bool:
        # Nothing is drawn for what cannot happen, so that a rate of 0 leaves the other choices as they are.
        return rate > 0 and self._random.random() < rate

    def _delivery(self, run: Run, message: Message) -> Decision:
        if not self._is_calm and not run.transit.is_with_outside(message):
            if self._happens(self._rates.loss):
                return Drop(message.id)
            # Each message has one chance, so that a run comes to its end at any rate.
            if not (message.is_duplicate or message.id in self._doubled) and self._happens(self._rates.duplication):
                self._doubled.add(message.id)
                return Duplicate(message.id)
        return Deliver(message.id)

    def _early_timer(self, run: Run) -> list[Node]:
        """The node that wakes itself next, by the clock, in a list; empty where each has done so often enough."""
        early = [node for node in waking(run) if self._early.get(node.name, 0) < self._timers]
        return [min(early, key=Node.next_instant)] if early else []

    def _fault(self, run: Run) -> Decision | None:
        rates = self._rates
        if self._has_cut and run.transit.groups:
            if self._happens(RECOVERY):
                self._has_cut = False
                return Heal()
        elif not run.transit.groups and len(inside := run.inside()) > 1 and self._happens(rates.partitions):
            self._has_cut = True
            return self._cut(inside)
        if self._crashed and self._happens(RECOVERY):
            return self._restart(run)
        if rates.crashes and self._happens(rates.crashes):
            crashes = [one for one in legal(run, {Crash}) if isinstance(one, Crash)]
            if crashes:
                crash = crashes[below(self._random, len(crashes))]
                self._crashed.append(crash.node)
                return crash
        if rates.joins:
            late = legal(run, {Join})
            if late and self._happens(rates.joins):
                return late[below(self._random, len(late))]
        return None

    def _cut(self, names: list[str]) -> Cut:
        sides = [self._happens(0.5) for _ in names]
        if len(set(sides)) == 1:
            chosen = below(self._random, len(names))
            sides[chosen] = not sides[chosen]
        return cut_off([name for name, side in zip(names, sides, strict=True) if side], names)

    # --- at the end --------------------------------------------------------------------------------------------------

    def _last(self, run: Run) -> Decision | None:
        """The next decision where nothing happens by itself any more."""
        self._is_calm = True
        if self._has_cut and run.transit.groups:
            self._has_cut = False
            return Heal()
        while self._crashed:
            if not run.nodes[self._crashed[0]].is_up:
                return self._restart(run)
            self._crashed.pop(0)
        if self._rates.joins and (late := legal(run, {Join})):
            return late[0]
        delayed = [
            one
            for one in run.transit.messages.values()
            if one.held_until and (not run.transit.fifo or run.transit.is_first(one)) and run.is_reachable(one)
        ]
        if delayed:
            return Deliver(min(delayed, key=lambda one: one.held_until or 0).id)
        return self._next_of_round(run)

    def _restart(self, run: Run) -> Decision:
        node = run.nodes[self._crashed.pop(0)]
        return Restart(node.name, node.restarts_with(self._rates.restarts))

    def _next_of_round(self, run: Run) -> Decision | None:
        while True:
            while self._round:
                node = run.nodes[self._round.pop(0)]
                if node.is_up:
                    return Tick(node.name)
            if not self._rounds:
                return None
            self._rounds -= 1
            waking = [node for node in run.nodes.values() if node.is_up and node.wakes_itself]
            self._round = [node.name for node in sorted(waking, key=Node.next_instant)]
