"""What happened in a run, as data for the page: the events of its history, in order, with short texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from hydroflow_nb.simulation.drawing.wording import set_aside
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
    Resent,
    Restarted,
    Sent,
    Ticked,
)
from hydroflow_nb.simulation.model.words import brief, clean

# The characters of a message, an item or an error in the page; the whole text is asked for.
LONGEST: Final = 300
# The events of a longer run are told from the end.
MOST_EVENTS: Final = 20_000

_KINDS: Final[dict[type[Event], str]] = {
    Ticked: "tick",
    Sent: "sent",
    Delivered: "delivered",
    Dropped: "dropped",
    Duplicated: "copied",
    Delayed: "held",
    Divided: "cut",
    Healed: "healed",
    Crashed: "crashed",
    Restarted: "restarted",
    Joined: "joined",
    Resent: "resent",
    Given: "given",
}


class Happenings:
    """The events of one history, told from where they were told last."""

    def __init__(self, history: History) -> None:
        self.history = history
        self._told = 0
        # How often each node began anew, which tells its flows apart.
        self._lives: Counter[str] = Counter()

    @property
    def lanes(self) -> list[dict[str, Any]]:
        """The nodes, in the order of their lanes."""
        return [
            {"node": lane.node, "address": clean(lane.address, 60), "late": lane.joins_later}
            for lane in self.history.lanes
        ]

    def new(self) -> tuple[int, list[dict[str, Any]]]:
        """The events that were not told yet, and the number of those before them."""
        events = self.history.events
        first = self._told
        told = [self._as_dict(event) for event in events[first:]]
        self._told = len(events)
        # Of a long run the newest are told; those before have been gone through for what they change.
        left_out = max(0, len(told) - MOST_EVENTS)
        return first + left_out, told[left_out:]

    def _as_dict(self, event: Event) -> dict[str, Any]:
        found: dict[str, Any] = {"kind": _KINDS[type(event)]}
        found.update((name, getattr(event, name)) for name in event.__struct_fields__)
        match event:
            case Ticked():
                found["life"] = self._lives[event.node]
                found["error"] = clean(event.error, LONGEST)
                found["set_aside"] = clean(set_aside(event), LONGEST) if event.set_aside else ""
            case Sent() | Given():
                found["text"] = brief(event.text, LONGEST)
            case Restarted() if not event.kept:
                self._lives[event.node] += 1
            case Divided():
                found["groups"] = [list(group) for group in event.groups]
            case Crashed():
                found["error"] = clean(event.error, LONGEST)
        return found


def whole_run(history: History) -> dict[str, Any]:
    """A run as the page draws it."""
    happenings = Happenings(history)
    before, events = happenings.new()
    return {"lanes": happenings.lanes, "before": before, "events": events, "rows": history.rows}


def full_text(events: Sequence[Event], message: str) -> str | None:
    """The text of a message as far as the history keeps it; None for one that it does not know."""
    for event in events:
        if isinstance(event, Sent) and event.message == message:
            return event.text
        if isinstance(event, Duplicated) and event.copy == message:
            return full_text(events, event.message)
    return None
