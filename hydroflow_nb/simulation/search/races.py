"""Races: decisions of a run that could have come in the other order, with another result.

The races say what a search has to try besides, and it needs to try nothing else: source sets, P. Abdulla,
S. Aronis, B. Jonsson, K. Sagonas, "Optimal Dynamic Partial Order Reduction", POPL 2014, after C. Flanagan,
P. Godefroid, "Dynamic Partial-Order Reduction for Model Checking Software", POPL 2005.
"""

from __future__ import annotations

from collections.abc import Iterator

from hydroflow_nb.records import dataclass
from hydroflow_nb.simulation.model.decisions import Decision, Deliver, Drop, Duplicate, Join, Tick
from hydroflow_nb.simulation.model.run import Run
from hydroflow_nb.simulation.search.choices import Choice, are_independent, channel_of


@dataclass(frozen=True, slots=True)
class _Event:
    """A decision that was made. `before` has a bit for each earlier one that it depends on, directly or not."""

    choice: Choice
    before: int


@dataclass(frozen=True, slots=True)
class Race:
    """The decision at a place of the run could have come after the one that follows now.

    For that any one of `instead` is to be tried at that place.
    """

    at: int
    instead: list[Decision]


class Races:
    """The decisions of a run and how they depend on each other; the races of a run without faults."""

    def __init__(self, network: Run, *, in_order: bool) -> None:
        self._network = network
        self._in_order = in_order
        self._events: list[_Event] = []
        # The place of the tick that sent a message; before the run: -1.
        self._sent = dict.fromkeys(network.transit.messages, -1)
        # What arrives at a durable node may be answered at once.
        self._answers = bool(network.links)

    def back_to(self, length: int) -> None:
        """Forget all but the first decisions."""
        if length < len(self._events):
            del self._events[length:]
            self._sent = {message: at for message, at in self._sent.items() if at < length}

    def made(self, choice: Choice) -> None:
        """Add a decision that was just made."""
        before = 0
        for at in self._direct(choice):
            before |= self._events[at].before | 1 << at
        self._events.append(_Event(choice, before))
        if self._answers or not isinstance(choice.decision, Deliver):
            for message in self._network.transit.messages:
                self._sent.setdefault(message, len(self._events) - 1)

    @property
    def before(self) -> list[int]:
        """For each decision a bit for each earlier one that it depends on, directly or not."""
        return [event.before for event in self._events]

    def of(self, choice: Choice, was_possible: list[set[Decision]]) -> Iterator[Race]:
        """The races of a decision that follows, by what was possible at each place of the run."""
        direct = self._direct(choice)
        for at in direct:
            between = any(self._events[other].before >> at & 1 for other in direct)
            if not between and self._could_precede(choice.decision, at, was_possible[at]):
                yield Race(at, self._first_without(at, choice, direct))

    def _direct(self, choice: Choice) -> list[int]:
        """The places of the decisions that one depends on directly."""
        decision = choice.decision
        sent = self._sent.get(decision.message, -1) if isinstance(decision, (Deliver, Drop, Duplicate)) else -1
        return [
            at
            for at, event in enumerate(self._events)
            if at == sent or not are_independent(event.choice.footprint, choice.footprint)
        ]

    def _could_precede(self, decision: Decision, at: int, was_possible: set[Decision]) -> bool:
        """True where a decision is possible without the one at a place."""
        other = self._events[at].choice.decision
        match decision, other:
            case Deliver(message), Deliver(earlier):
                return not (self._in_order and channel_of(message) == channel_of(earlier))
            case (Tick(_), _) | (_, Join(_)):
                # Nothing has happened at its node between the two.
                return decision != other and decision in was_possible
            case Deliver(message), _:
                return self._sent[message] != at
        return True

    def _first_without(self, at: int, choice: Choice, direct: list[int]) -> list[Decision]:
        """What can be first, of what came after a place and does not depend on it, and of the decision that follows."""
        kept = [index for index in range(at + 1, len(self._events)) if not self._events[index].before >> at & 1]
        bits = sum(1 << index for index in kept)
        first = [self._events[index].choice.decision for index in kept if not self._events[index].before & bits]
        before = 0
        for index in direct:
            before |= self._events[index].before | 1 << index
        return first if before & bits else [choice.decision, *first]
