"""The recorded ticks of a flow, as front ends ask for them and are told of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from hydroflow_nb.engine.listeners import Listeners
from hydroflow_nb.running import RunningFlow
from hydroflow_nb.trace.recording import Recording
from hydroflow_nb.trace.ticks import PAGE, RecordedTick
from hydroflow_nb.widgets.questions import Answers, Refusal

SUMMARIES: Final = 200  # ticks that one message summarises
RECORDS: Final = 12  # full records in one answer
_LIFE: Final = 1 << 32  # more than a recording has epochs


class RecordedTicks:
    """The ticks that a flow has recorded: an empty list where it is not recorded.

    `life` tells flows apart that a front end is told of one after the other.
    """

    def __init__(self, flow: RunningFlow, life: int = 0) -> None:
        self._flow = flow
        self._life = life
        self._begun = Listeners()

    @property
    def answers(self) -> Answers:
        """What answers the questions about recorded ticks."""
        return {"records": self._records, "summaries": self._summaries, "page": self._page, "item": self._item}

    @property
    def recording(self) -> Recording | None:
        """The flow's recording; None where it is not recorded."""
        return self._flow.recording if self._flow.is_recorded else None

    @property
    def epoch(self) -> int:
        """It changes when the flow goes back, and is another one for each flow: what was read may then be wrong."""
        recording = self.recording
        return self._life * _LIFE + (0 if recording is None else recording.epoch)

    @property
    def ticks(self) -> Sequence[RecordedTick]:
        """All of the ticks, oldest first. Their numbers have no gap."""
        recording = self.recording
        return () if recording is None else recording.ticks

    def begin(self) -> None:
        """Record the flow from its next tick on; where it is recorded already, nothing changes."""
        if not self._flow.is_recorded:
            self._flow.record()
            self._begun.tell()

    def when_begun(self, call: Callable[[], None]) -> Callable[[], None]:
        """Call a function when `begin` has begun to record. Returns a function that ends that."""
        return self._begun.add(call)

    def newest(self) -> RecordedTick | None:
        """The newest tick, which may be under way."""
        ticks = self.ticks
        return ticks[-1] if ticks else None

    def between(self, first: int, last: int) -> list[RecordedTick]:
        """The ticks from `first` to `last`; those that the budget dropped are missing."""
        ticks = self.ticks
        if not ticks:
            return []
        oldest = ticks[0].tick
        return [ticks[at] for at in range(max(0, first - oldest), min(len(ticks), last - oldest + 1))]

    def _records(self, question: Mapping[str, Any]) -> dict[str, Any]:
        wanted = [one for tick in question["ticks"][:RECORDS] for one in self.between(tick, tick)]
        return {"records": [tick.to_dict() for tick in wanted]}

    def _summaries(self, question: Mapping[str, Any]) -> dict[str, Any]:
        ticks = self.between(question["from"], question["to"])[: 2 * SUMMARIES]
        return {"summaries": [summary(tick) for tick in ticks]}

    def _page(self, question: Mapping[str, Any]) -> dict[str, Any]:
        return {"items": self._required().page(**_move(question), offset=question["offset"])}

    def _item(self, question: Mapping[str, Any]) -> dict[str, Any]:
        return {"text": self._required().text(**_move(question), index=question["index"])}

    def _required(self) -> Recording:
        recording = self.recording
        if recording is None:
            raise Refusal("nothing is recorded")
        return recording


def _move(question: Mapping[str, Any]) -> dict[str, Any]:
    """The step and the edge whose items a question asks for."""
    return {key: question[key] for key in ("tick", "op", "sg", "run", "edge")}


def summary(tick: RecordedTick) -> dict[str, Any]:
    """A tick in short, as JSON."""
    moved, carried = tick.moved
    return {
        "tick": tick.tick,
        "why": tick.why,
        "moved": moved,
        **({"carried": carried} if carried else {}),
        "steps": len(tick.steps),
        "complete": tick.complete,
        "fault": tick.fault,
        **({"stops": tick.stops} if tick.stops else {}),
        **({"set_aside": tick.set_aside} if tick.set_aside else {}),
        **({"more_set_aside": tick.more_set_aside} if tick.more_set_aside else {}),
    }


def extent(tick: RecordedTick | None) -> tuple[int, int, bool] | None:
    """How far a tick has come: it is another value after every step."""
    return None if tick is None else (tick.tick, len(tick.steps), tick.complete)


def weight(tick: RecordedTick) -> int:
    """The steps and items that the record of a tick lists."""
    return sum(1 + sum(min(PAGE, len(moved.sent.items)) for moved in step.moves.values()) for step in tick.steps)
