"""What is carried over: items that a tick does not send again, as they went over the same edge in the ticks before.

An operator whose replay is left out sends what is new alone. What it would have sent before that is told here, when
somebody asks: all that went over the edge in the tick before, with what was carried over then, back to a tick that sent
all. In what order a replay would have come is known of some operators only; here it is the order in which the items
went over the edge first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from hydroflow_nb.trace.ticks import PAGE, Moved, RecordedStep, RecordedTick


class Continued(Moved):
    """What went over an edge in one step, behind what was `carried` over: that many of its first items. `through` are
    the edges that these are told by; without any it is the edge itself, in the tick before.
    """

    def __init__(self, sent: Moved, tick: RecordedTick, edge: str, carried: int, through: tuple[str, ...]) -> None:
        self.count = carried + sent.count
        self.form = sent.form
        self.carried = carried
        self.through = through
        self._sent = sent
        self._tick = tick
        self._edge = edge
        self._is_asked = False

    @property
    def sent(self) -> Moved:
        """What was not carried over."""
        return self._sent

    @property
    def items(self) -> list[Any]:  # type: ignore[override]
        """What is kept of all: put together anew each time."""
        return [item for part in (*self.earlier(), self._sent) for item in part.items]

    @property
    def gaps(self) -> tuple[tuple[int, int], ...]:  # type: ignore[override]
        """Where items are missing."""
        return gaps_of((*self.earlier(), self._sent))

    def earlier(self) -> Sequence[Moved]:
        """What was carried over, in parts, oldest first: each is what went over an edge in one step. Where that is no
        longer known, it is one part without items.
        """
        found = self._parts()
        if sum(part.count for part in found) != self.carried:
            return [Moved(count=self.carried, items=[], gaps=((0, self.carried),), form=self.form)]
        return found

    def _parts(self) -> list[Moved]:
        if not self.through:
            return before(self._tick, self._edge)
        if self._is_asked:
            # A file said that it comes through itself.
            return []
        self._is_asked = True
        try:
            return [part for edge in self.through for moved in self._tick.moves_on(edge) for part in moved.earlier()]
        finally:
            self._is_asked = False

    def texts(self, offset: int, most: int) -> list[str | None]:
        """The reprs of at most so many items, by their place among all; None where one was not kept."""
        found: list[str | None] = []
        for first, part in self._from(offset):
            wanted = most - len(found)
            if wanted <= 0:
                break
            found += part.texts(max(0, offset - first), wanted)
        return found

    def numbered(self) -> Iterator[tuple[int, Any]]:
        """The kept items, each with its place among all."""
        for first, part in self._from(0):
            for place, item in part.numbered():
                yield first + place, item

    def item(self, place: int) -> Any:
        """The item at a place among all. Raises IndexError where it was not kept."""
        for first, part in self._from(place):
            return part.item(place - first)
        raise IndexError(place)

    def _from(self, place: int) -> Iterator[tuple[int, Moved]]:
        """The parts from the one on that has this place, each with the place of its first item."""
        at = 0
        for part in (*self.earlier(), self._sent):
            if at + part.count > place:
                yield at, part
            at += part.count

    def saved(self) -> Moved:
        """What a file holds: what was sent, and how many items were carried over."""
        sent = self._sent
        return Moved(
            count=self.count,
            items=sent.items,
            gaps=sent.gaps,
            form=sent.form,
            carried=self.carried,
            through=self.through,
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON: what was sent, behind a gap in the place of what was carried over."""
        sent = self._sent
        return {
            "count": self.count,
            "carried": self.carried,
            **({"through": list(self.through)} if self.through else {}),
            "items": [text for text in sent.texts(0, PAGE) if text is not None],
            "kept": len(sent.items),
            "gaps": [[0, self.carried], *map(list, sent.gaps)],
        }

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Moved):
            return NotImplemented
        return (self.count, self.items, self.gaps, self.form) == (other.count, other.items, other.gaps, other.form)

    __hash__ = None  # type: ignore[assignment]


def gaps_of(parts: Iterable[Moved]) -> tuple[tuple[int, int], ...]:
    """The gaps of what went over an edge in parts."""
    found: dict[int, int] = {}
    kept = 0
    for part in parts:
        for place, missing in part.gaps:
            found[kept + place] = found.get(kept + place, 0) + missing
        kept += len(part.items)
    return tuple(found.items())


def before(tick: RecordedTick, edge: str) -> list[Moved]:
    """What went over an edge in the ticks before one, back to one that sent all, in parts, oldest first."""
    parts: list[Moved] = []
    while True:
        if tick.before is None:
            parts += [tick.base[edge]] if edge in tick.base else []
            return parts[::-1]
        tick = tick.before
        moves = tick.moves_on(edge)
        parts += reversed([moved.sent for moved in moves if moved.sent.count])
        if not any(moved.carried for moved in moves):
            return parts[::-1]


def base_of(tick: RecordedTick) -> Mapping[str, Moved]:
    """What a tick carries over, by edge: without those that are told through other edges."""
    found = {}
    for step in tick.steps:
        for edge, moved in step.moves.items():
            if moved.carried and not moved.through:
                parts = moved.earlier()
                items = [item for part in parts for item in part.items]
                found[edge] = Moved(count=moved.carried, items=items, gaps=gaps_of(parts), form=moved.form)
    return found


def hand_on(tick: RecordedTick, others: Sequence[RecordedTick], room: int) -> int:
    """A tick is forgotten: those of other ticks that follow it keep what they carry over, and of the items at most so
    many. How many items they keep for that.
    """
    kept = 0
    followers = [one for one in others if one.before is tick]
    for number, follower in enumerate(followers):
        # The last one may have the lists as they are.
        is_last = number == len(followers) - 1
        follower.base = {edge: _base(tick, edge, is_last=is_last) for edge in follower.carries}
        left = room - sum(len(base.items) for base in follower.base.values())
        for edge, base in follower.base.items():
            for moved in tick.moves_on(edge):
                left -= _put_behind(base, moved.sent, left)
        follower.before = None
        held = sum(len(base.items) for base in follower.base.values())
        follower.size += held
        kept += held
    return kept


def _base(tick: RecordedTick, edge: str, *, is_last: bool) -> Moved:
    """What a tick itself carries over, in a form that may grow."""
    if not any(moved.carried for moved in tick.moves_on(edge)):
        return Moved(count=0, items=[])
    if is_last and tick.before is None and edge in tick.base:
        return tick.base.pop(edge)
    parts = before(tick, edge)
    return Moved(
        count=sum(part.count for part in parts),
        items=[item for part in parts for item in part.items],
        gaps=gaps_of(parts),
        form=parts[0].form if parts else "",
    )


def _put_behind(base: Moved, sent: Moved, room: int) -> int:
    """Put what was sent behind what was carried over, its items where there is room for them; how many these are."""
    if not sent.count:
        return 0
    place = len(base.items)
    fits = len(sent.items) <= room
    gaps = sent.gaps if fits else ((0, sent.count),)
    if fits:
        base.items += sent.items
    for at, missing in gaps:
        if base.gaps and base.gaps[-1][0] == place + at:
            missing += base.gaps[-1][1]
            base.gaps = base.gaps[:-1]
        base.gaps += ((place + at, missing),)
    base.count += sent.count
    base.form = sent.form
    return len(sent.items) if fits else 0


def link(ticks: Iterable[RecordedTick]) -> None:
    """Let ticks that were read from a file, oldest first and without a gap, tell what they carried over."""
    last: RecordedTick | None = None
    for tick in ticks:
        if last is not None and last.tick == tick.tick - 1 and not tick.base and last.fault is None:
            tick.before = last
        if any(moved.carried for step in tick.steps for moved in step.moves.values()):
            tick.steps = [_linked(step, tick) for step in tick.steps]
        own = {edge: None for step in tick.steps for edge, one in step.moves.items() if one.carried and not one.through}
        tick.carries = tuple(own)
        last = tick


def _linked(step: RecordedStep, tick: RecordedTick) -> RecordedStep:
    moves = dict(step.moves)
    for edge, moved in moves.items():
        if moved.carried and not isinstance(moved, Continued):
            sent = Moved(count=moved.count - moved.carried, items=moved.items, gaps=moved.gaps, form=moved.form)
            moves[edge] = Continued(sent, tick, edge, moved.carried, moved.through)
    return replace(step, moves=moves)
