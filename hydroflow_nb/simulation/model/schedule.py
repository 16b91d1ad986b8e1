"""The scheduler: who chooses the next decision where nobody does, by chance and yet the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from random import Random
from typing import Final, Protocol

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
from hydroflow_nb.simulation.model.message import Message
from hydroflow_nb.simulation.model.node import Node
from hydroflow_nb.simulation.model.transit import Transit

# How likely a cut heals, and a crashed node restarts, with each decision after it.
RECOVERY: Final = 0.1


@dataclass(frozen=True, kw_only=True)
class Rates:
    """How often what goes wrong, as probabilities from 0 to 1.

    `loss` and `duplication` are asked for each delivery, `partitions`, `crashes` and `joins` for each decision; a node
    that crashed restarts with the state that `restarts` says.
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


class Situation(Protocol):
    """What the scheduler sees of a network."""

    @property
    def nodes(self) -> dict[str, Node]:
        """All nodes by name, in order."""

    @property
    def transit(self) -> Transit:
        """What is in flight."""

    @property
    def decisions(self) -> Sequence[Decision]:
        """What was decided so far."""

    def deliverable(self) -> list[Message]:
        """What may be delivered now."""

    def is_reachable(self, message: Message) -> bool:
        """True where the receiver of a message is up, and no cut is between."""


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

    def next(self, situation: Situation) -> Decision | None:
        """The next decision; None where the network is quiet."""
        if not self._is_calm:
            fault = self._fault(situation)
            if fault is not None:
                return fault
        found: list[Node | Message] = [node for node in situation.nodes.values() if node.is_up and node.is_due()]
        found += situation.deliverable()
        if not found:
            return self._last(situation)
        if not self._is_calm:
            found += self._early_timers(situation)
        chosen = found[self._below(len(found))]
        if isinstance(chosen, Message):
            return self._delivery(chosen)
        if not chosen.is_due():
            self._early[chosen.name] = self._early.get(chosen.name, 0) + 1
        return Tick(chosen.name)

    # --- by chance ---------------------------------------------------------------------------------------------------

    def _below(self, bound: int) -> int:
        # Of all methods `random` alone is the same in every version of Python.
        return int(self._random.random() * bound)

    def _happens(self, rate: float) -> bool:
        # Nothing is drawn for what cannot happen, so that a rate of 0 leaves the other choices as they are.
        return rate > 0 and self._random.random() < rate

    def _delivery(self, message: Message) -> Decision:
        if not self._is_calm:
            if self._happens(self._rates.loss):
                return Drop(message.id)
            # Asked once for each, so that at any rate a run comes to its end.
            if not (message.is_duplicate or message.id in self._doubled) and self._happens(self._rates.duplication):
                self._doubled.add(message.id)
                return Duplicate(message.id)
        return Deliver(message.id)

    def _early_timers(self, situation: Situation) -> Iterable[Node]:
        """The one that ticks by itself next, by the clock; of several the first."""
        waiting = [
            node
            for node in situation.nodes.values()
            if node.wakes_itself and node.is_up and self._early.get(node.name, 0) < self._timers and not node.is_due()
        ]
        return [min(waiting, key=Node.next_instant)] if waiting else []

    def _fault(self, situation: Situation) -> Decision | None:
        rates = self._rates
        if self._has_cut and situation.transit.groups:
            if self._happens(RECOVERY):
                self._has_cut = False
                return Heal()
        elif not situation.transit.groups and len(situation.nodes) > 1 and self._happens(rates.partitions):
            self._has_cut = True
            return Cut(self._two_groups(list(situation.nodes)))
        if self._crashed and self._happens(RECOVERY):
            return self._restart()
        if rates.crashes and self._happens(rates.crashes):
            up = [node.name for node in situation.nodes.values() if node.is_up]
            if up:
                self._crashed.append(up[self._below(len(up))])
                return Crash(self._crashed[-1])
        if rates.joins:
            late = late_nodes(situation.nodes)
            if late and self._happens(rates.joins):
                return Join(late[self._below(len(late))])
        return None

    def _two_groups(self, names: list[str]) -> tuple[tuple[str, ...], ...]:
        sides = [self._happens(0.5) for _ in names]
        if len(set(sides)) == 1:
            chosen = self._below(len(names))
            sides[chosen] = not sides[chosen]
        one = tuple(name for name, side in zip(names, sides, strict=True) if side)
        return (one, tuple(name for name in names if name not in one))

    # --- at the end --------------------------------------------------------------------------------------------------

    def _last(self, situation: Situation) -> Decision | None:
        """What there is to do where nothing is left by itself."""
        self._is_calm = True
        if self._has_cut and situation.transit.groups:
            self._has_cut = False
            return Heal()
        while self._crashed:
            if not situation.nodes[self._crashed[0]].is_up:
                return self._restart()
            self._crashed.pop(0)
        if self._rates.joins and (late := late_nodes(situation.nodes)):
            return Join(late[0])
        delayed = [
            one
            for one in situation.transit.messages.values()
            if one.held_until
            and (not situation.transit.fifo or situation.transit.is_first(one))
            and situation.is_reachable(one)
        ]
        if delayed:
            return Deliver(min(delayed, key=lambda one: one.held_until or 0).id)
        return self._next_of_round(situation)

    def _restart(self) -> Decision:
        return Restart(self._crashed.pop(0), self._rates.restarts)

    def _next_of_round(self, situation: Situation) -> Decision | None:
        while True:
            while self._round:
                node = situation.nodes[self._round.pop(0)]
                if node.is_up:
                    return Tick(node.name)
            if not self._rounds:
                return None
            self._rounds -= 1
            waking = [node for node in situation.nodes.values() if node.is_up and node.wakes_itself]
            self._round = [node.name for node in sorted(waking, key=Node.next_instant)]


def late_nodes(nodes: dict[str, Node]) -> list[str]:
    """The names of those that have not joined yet."""
    return [node.name for node in nodes.values() if node.is_late]
