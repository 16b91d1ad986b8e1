"""What a picture tells of a recorded tick: how many items went over each wire and rest in each handoff, what ran.

The numbers and the sentence are those that the stepper shows at the end of the tick (`static/stepper/rows.js`,
`words.js`). No item is among them, and no text that a user's code made: they are counts, and words of our own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Protocol

from hydroflow_nb.ir.text import printable
from hydroflow_nb.records import dataclass
from hydroflow_nb.render.counts import counted
from hydroflow_nb.render.outline import Outline


class Moved(Protocol):
    """What went over a wire in one step."""

    @property
    def count(self) -> int:
        """The number of items."""

    @property
    def carried(self) -> int:
        """How many of them were carried over, and not sent again."""


class Step(Protocol):
    """What an operator did in one run of its subgraph."""

    @property
    def stratum(self) -> int:
        """The stratum that it ran in."""

    @property
    def moves(self) -> Mapping[str, Moved]:
        """What moved, by the element of the wire."""


class Tick(Protocol):
    """A recorded tick."""

    @property
    def tick(self) -> int:
        """Its number."""

    @property
    def batch(self) -> Mapping[str, Moved]:
        """What it took in, by input."""

    @property
    def steps(self) -> Sequence[Step]:
        """What operators did, in order."""

    @property
    def strata_done(self) -> int:
        """The number of strata that have ended."""

    @property
    def complete(self) -> bool:
        """False while it is under way."""

    @property
    def set_aside(self) -> Sequence[str]:
        """The first items that it failed with, and ran without."""

    @property
    def more_set_aside(self) -> int:
        """How many more there were of these."""

    @property
    def fault(self) -> str | None:
        """What aborted it."""

    @property
    def skipped_steps(self) -> int:
        """The number of steps that were too many to be recorded."""


class Recorded(Protocol):
    """A recording, as far as pictures read it."""

    @property
    def ticks(self) -> Sequence[Tick]:
        """The recorded ticks, oldest first."""

    def tick(self, number: int) -> Tick:
        """One of them by its number. Raises KeyError."""


@dataclass(frozen=True, kw_only=True)
class Tally:
    """The numbers of a tick: `moved` and `carried` (over, and not sent again) by the element of a wire, `held` by that
    of a handoff, as the tick ended; `marks` are words at boxes (ran, aborted, next) by their elements.
    """

    sentence: str
    moved: Mapping[str, int] = field(default_factory=dict)
    carried: Mapping[str, int] = field(default_factory=dict)
    held: Mapping[str, int] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)


def tally_of(graph: Outline, recording: Recorded, number: int | None, of: str = "") -> Tally:
    """The tally of a recorded tick of a graph's flow, None for the newest. `of` tells whose run it is.

    Raises KeyError where the tick is not recorded, and ValueError where the recording is another flow's.
    """
    if number is None:
        if not recording.ticks:
            return Tally(sentence="nothing is recorded yet")
        tick = recording.ticks[-1]
    else:
        tick = recording.tick(number)
    moved, carried = _moved(tick)
    if not moved.keys() <= {wire.element for wire in graph.wires}:
        raise ValueError(f"the recording is of another flow than {graph.name}: it has edges that this graph has not")
    whose = f"{printable(of)}, " if of else ""
    return Tally(
        sentence=f"{whose}{_sentence(tick, sum(moved.values()), sum(carried.values()))}",
        moved=moved,
        carried=carried,
        held=_held(graph, moved, _put_before(recording, tick)),
        marks=_marks(tick),
    )


def _moved(tick: Tick) -> tuple[Counter[str], Counter[str]]:
    """What was sent over each wire, and what was carried over on it."""
    moved: Counter[str] = Counter()
    carried: Counter[str] = Counter()
    for step in tick.steps:
        for element, move in step.moves.items():
            moved[element] += move.count - move.carried
            if move.carried:
                carried[element] += move.carried
    return moved, carried


def _put_before(recording: Recorded, tick: Tick) -> Mapping[str, int]:
    """What the tick before put into handoffs, where that is recorded; an aborted tick leaves nothing."""
    try:
        before = recording.tick(tick.tick - 1)
    except KeyError:
        return {}
    return {} if before.fault else _moved(before)[0]


def _held(graph: Outline, moved: Mapping[str, int], before: Mapping[str, int]) -> dict[str, int]:
    """What handoffs hold at the end: what was put in, in the tick before too where they carry items over, less what
    was taken out.
    """
    return {
        element: max(
            0, (before.get(one.fill, 0) if one.carries else 0) + moved.get(one.fill, 0) - moved.get(one.drain, 0)
        )
        for element, one in graph.handoffs.items()
    }


def _marks(tick: Tick) -> dict[str, str]:
    marks = {f"stratum-{step.stratum}": "ran" for step in tick.steps}
    if tick.fault is not None:
        marks[f"stratum-{tick.strata_done}"] = "aborted"
    elif not tick.complete:
        marks[f"stratum-{tick.strata_done}"] = "next"
    return marks


def _sentence(tick: Tick, moved: int, carried: int) -> str:
    lost = len(tick.set_aside) + tick.more_set_aside
    aside = f", {counted(lost, 'item')} set aside" if lost else ""
    fault = f"{aside}{', aborted' if tick.fault is not None else ''}"
    if not tick.steps:
        return f"tick {tick.tick}: nothing ran{fault}"
    taken = sum(move.count for move in tick.batch.values())
    batch = f", batch of {taken:,}" if taken else ""
    over = f", {carried:,} carried over" if carried else ""
    is_part = not tick.complete and tick.fault is None
    strata = f", {tick.strata_done} {'stratum' if tick.strata_done == 1 else 'strata'} done" if is_part else ""
    skipped = f", {counted(tick.skipped_steps, 'later step')} not kept" if tick.skipped_steps else ""
    return f"tick {tick.tick}: {counted(moved, 'item')} moved{over}{batch}{strata}{skipped}{fault}"
