"""What the ticks of a network took in and sent, by the ids of messages: read off the history of a run."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import field
from typing import NamedTuple

from hydroflow_nb.records import dataclass
from hydroflow_nb.simulation.model.history import (
    Crashed,
    Delivered,
    Duplicated,
    History,
    Restarted,
    Sent,
    Ticked,
)


class At(NamedTuple):
    """A tick of a node; `life` tells the node's flows apart, from 0."""

    node: str
    life: int
    tick: int


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A tick, the decision that it was, and the ids of the messages that it took in and sent, in their order."""

    at: At
    row: int
    taken: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)


class Traffic:
    """The ticks of a run, and for each message who sent it. A copy of a message was sent by who sent the first."""

    def __init__(self, history: History) -> None:
        self.turns: dict[At, Turn] = {}
        self._sent: dict[str, Sent] = {}
        self._senders: dict[str, Turn] = {}
        self._takers: dict[str, Turn] = {}
        lives: Counter[str] = Counter()
        waiting: defaultdict[str, list[str]] = defaultdict(list)
        by_row: dict[int, Turn] = {}
        for event in history.events:
            match event:
                case Ticked():
                    at = At(event.node, lives[event.node], event.tick)
                    turn = Turn(at=at, row=event.row, taken=waiting.pop(event.node, []))
                    self.turns[at] = by_row[event.row] = turn
                    self._takers.update(dict.fromkeys(turn.taken, turn))
                case Sent():
                    self._sent[event.message] = event
                    if (sender := by_row.get(event.row)) is not None:
                        self._senders[event.message] = sender
                        sender.sent.append(event.message)
                    elif event.again in self._senders:
                        self._senders[event.message] = self._senders[event.again]
                case Duplicated() if event.message in self._sent:
                    self._sent[event.copy] = self._sent[event.message]
                case Delivered() if event.message in self._sent and not event.unread:
                    waiting[self._sent[event.message].receiver].append(event.message)
                case Crashed(again=True):
                    # A tick takes it in again.
                    if (ran := by_row.get(event.row)) is not None:
                        waiting[event.node] = list(ran.taken)
                case Crashed():
                    waiting.pop(event.node, None)
                case Restarted() if not event.kept:
                    lives[event.node] += 1

    @property
    def messages(self) -> Sequence[str]:
        """The ids of all messages, copies included, oldest first."""
        return list(self._sent)

    def sent(self, message: str) -> Sent | None:
        """How a message was sent; None for one that is not known."""
        return self._sent.get(message)

    def sender(self, message: str) -> Turn | None:
        """The tick that sent a message, or what it is a copy of."""
        found = self._sent.get(message)
        return None if found is None else self._senders.get(found.message)

    def taker(self, message: str) -> Turn | None:
        """The tick that took a message in."""
        return self._takers.get(message)


def partner(place: int, these: Sequence[object], others: Sequence[object]) -> int | None:
    """Where among others the one is that belongs to the one at a place among these: the first of equal ones belongs to
    the first that is equal to it. One that is None is not known: where as many are there as here, it is the one at the
    same place. None where there is none.
    """
    one = these[place]
    if one is None:
        is_there = len(these) == len(others) and all(other in (None, others[at]) for at, other in enumerate(these))
        return place if is_there else None
    rank = sum(1 for other in these[:place] if other == one)
    equal = [at for at, other in enumerate(others) if other == one]
    if rank < len(equal):
        return equal[rank]
    return equal[-1] if equal else None
