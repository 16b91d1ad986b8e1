"""What became of each message, tick and node of a run, gathered from its history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from enum import StrEnum
from typing import assert_never

from hydroflow_nb.records import dataclass
from hydroflow_nb.simulation.model.history import (
    Crashed,
    Delayed,
    Delivered,
    Divided,
    Dropped,
    Duplicated,
    Event,
    Given,
    Healed,
    History,
    Joined,
    Lane,
    Resent,
    Restarted,
    Sent,
    Ticked,
)


class Fate(StrEnum):
    """How a message ended."""

    DELIVERED = "delivered"
    LOST = "lost"
    IN_FLIGHT = "in flight"


@dataclass(kw_only=True)
class Journey:
    """A message on its way: the rows of its start and its end (None while it is in flight). The `original` of a copy
    is the message that the network copied.
    """

    message: str
    sender: str
    receiver: str
    text: str
    begin: int
    end: int | None = None
    fate: Fate = Fate.IN_FLIGHT
    reason: str = ""
    original: Journey | None = None
    delays: list[int] = field(default_factory=list)


@dataclass(kw_only=True)
class TickAccount:
    """A tick of a node with what it took in and what left it."""

    event: Ticked
    taken: Sequence[Journey | Given]
    sent: list[Journey] = field(default_factory=list)


@dataclass(kw_only=True)
class Down:
    """A node that is down: from the row of its crash to that of its restart (None for a run's end)."""

    crash: Crashed
    restart: Restarted | None = None


@dataclass(kw_only=True)
class Split:
    """A network in groups: from the row of the cut to that of the next cut or of healing (None for a run's end)."""

    cut: Divided
    groups: Sequence[Sequence[str]]
    end: int | None = None


class Account:
    """A run so far, told by subject. It does not change when the history goes on."""

    def __init__(self, history: History) -> None:
        self.lanes: list[Lane] = list(history.lanes)
        self.events: list[Event] = list(history.events)
        self.rows = max([history.rows, *(event.row + 1 for event in self.events[-1:])])
        self.journeys: dict[str, Journey] = {}
        self.ticks: dict[tuple[int, str], TickAccount] = {}
        self.given: list[Given] = []
        self.downs: list[Down] = []
        self.splits: list[Split] = []
        self.heals: list[Healed] = []
        self.resends: list[Resent] = []
        self.joins: dict[str, Joined] = {}
        self._waiting: dict[str, list[Journey | Given]] = {}
        for event in self.events:
            self._tell(event)

    def _tell(self, event: Event) -> None:
        match event:
            case Ticked():
                taken = self._waiting.pop(event.node, [])
                self.ticks[event.row, event.node] = TickAccount(event=event, taken=taken)
            case Sent():
                journey = Journey(
                    message=event.message,
                    sender=event.sender,
                    receiver=event.receiver,
                    text=event.text,
                    begin=event.row,
                )
                self.journeys[event.message] = journey
                if (event.row, event.sender) in self.ticks:
                    self.ticks[event.row, event.sender].sent.append(journey)
            case Delivered():
                known = self._ended(event.message, event.row, Fate.DELIVERED)
                if known and not event.unread:
                    self._waiting.setdefault(known.receiver, []).append(known)
            case Dropped():
                if known := self._ended(event.message, event.row, Fate.LOST):
                    known.reason = event.reason
            case Duplicated():
                if original := self.journeys.get(event.message):
                    self.journeys[event.copy] = Journey(
                        message=event.copy,
                        sender=original.sender,
                        receiver=original.receiver,
                        text=original.text,
                        begin=event.row,
                        original=original,
                    )
            case Delayed():
                if known := self.journeys.get(event.message):
                    known.delays.append(event.row)
            case Given():
                self.given.append(event)
                self._waiting.setdefault(event.node, []).append(event)
            case Divided():
                self._join_groups(event.row)
                self.splits.append(Split(cut=event, groups=self._groups(event)))
            case Healed():
                self._join_groups(event.row)
                self.heals.append(event)
            case Crashed():
                self.downs.append(Down(crash=event))
                self._crashed(event)
            case Restarted():
                for down in self.downs:
                    if down.crash.node == event.node and down.restart is None:
                        down.restart = event
            case Resent():
                self.resends.append(event)
            case Joined():
                self.joins[event.node] = event
            case _:
                assert_never(event)

    def _crashed(self, event: Crashed) -> None:
        """What waited is lost, but for what a tick takes in again."""
        tick = self.ticks.get((event.row, event.node))
        if not event.again:
            self._waiting.pop(event.node, None)
        elif tick is not None:
            self._waiting[event.node] = list(tick.taken)

    def _ended(self, message: str, row: int, fate: Fate) -> Journey | None:
        journey = self.journeys.get(message)
        if journey:
            journey.end, journey.fate = row, fate
        return journey

    def _join_groups(self, row: int) -> None:
        if self.splits and self.splits[-1].end is None:
            self.splits[-1].end = row

    def _groups(self, cut: Divided) -> list[Sequence[str]]:
        named = {node for group in cut.groups for node in group}
        rest = [lane.node for lane in self.lanes if lane.node not in named]
        return [*cut.groups, rest] if rest else list(cut.groups)
