"""What a recording holds of a flow's edges, put in order for questions."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Any, Final

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.ir.graph import Edge
from hydroflow_nb.ir.partitioned import PartitionedGraph, Wire
from hydroflow_nb.operators.explaining.explaining import UNKNOWN, same
from hydroflow_nb.operators.record.operator import Window
from hydroflow_nb.records import dataclass
from hydroflow_nb.trace.recording import Recording
from hydroflow_nb.trace.ticks import Moved, RecordedTick, Text
from hydroflow_nb.why.revived import revived

_LONGEST_TEXT: Final = 10_000
# Where an operator stands: the tick, and the place of its step among the steps of the tick.
Moment = tuple[int, int]
# Behind the last step of a tick.
END: Final = 1 << 60
# Windows that drop what waits, or keep it for a later tick.
_LEAVING_SOME: Final = frozenset({Window.LAZY, Window.SNAPSHOT})


class Seen:
    """An item that was seen on a wire. `index` is its place among those of its step."""

    __slots__ = ("_text", "_value", "carried", "index", "kept", "lot")

    def __init__(self, carried: Carried, lot: Lot, index: int, kept: Any) -> None:
        self.carried = carried
        self.lot = lot
        self.index = index
        self.kept = kept
        self._text: str | None = None
        self._value: Any = None

    @property
    def value(self) -> Any:
        """The item; UNKNOWN where its text alone is kept and does not say all of it."""
        if not isinstance(self.kept, Text):
            return self.kept
        if self._text is None:
            self._text = str(self.kept)
            self._value = self.carried.revive(self._text)
        return self._value

    @property
    def text(self) -> str:
        """The item as text."""
        if self._text is None:
            if isinstance(self.kept, Text):
                return str(self.kept)
            self._text = shown(self.kept, _LONGEST_TEXT)
        return self._text

    @property
    def key(self) -> tuple[int, int, int, int]:
        """What tells it from all others; sorted by all but the first part, the oldest comes first."""
        lot = self.lot
        return (lot.wire.number, lot.tick, lot.step, self.index)

    def is_value(self, value: Any, text: str) -> bool:
        """Whether it is a value, by the text where the value is not kept."""
        if isinstance(self.kept, Text):
            return self.text == text or same(self.value, value)
        return same(self.kept, value)


@dataclass(frozen=True, kw_only=True)
class Lot:
    """What went over a wire in one step. `run` tells the run of the subgraph, `period` the tick or iteration. What was
    carried over is not among its `items`: it is among those of the lots in which it came.
    """

    wire: Wire
    tick: int
    step: int
    run: tuple[int, str, int]
    period: tuple[int, ...]
    moved: Moved
    items: Sequence[Seen]
    # How many went over the wire before, in the same tick.
    start: int

    @property
    def moment(self) -> Moment:
        """Where it stands among all lots."""
        return (self.tick, self.step)

    @property
    def is_whole(self) -> bool:
        """Whether all of its items are kept."""
        return len(self.items) == self.moved.sent.count


class Carried:
    """The wires of a flow with what was recorded of them. It is put together when the first wire is asked for."""

    def __init__(self, graph: PartitionedGraph, recording: Recording, names: Mapping[str, Any]) -> None:
        self.graph = graph
        self.recording = recording
        self.names = names
        self._revived: dict[str, Any] = {}
        self._equal: dict[str, tuple[dict[Any, list[Seen]], dict[str, list[Seen]]]] = {}

    def revive(self, text: str) -> Any:
        """The value of a text, found once."""
        if text not in self._revived:
            self._revived[text] = revived(text, self.names)
        return self._revived[text]

    @cached_property
    def ticks(self) -> Mapping[int, RecordedTick]:
        """The recorded ticks by number."""
        return {tick.tick: tick for tick in list(self.recording.ticks)}

    @cached_property
    def lots(self) -> Mapping[str, Sequence[Lot]]:
        """What went over each wire, oldest first."""
        wires = {wire.element: wire for wire in self.graph.wires}
        found: dict[str, list[Lot]] = {element: [] for element in wires}
        for number, tick in self.ticks.items():
            starts = dict.fromkeys(wires, 0)
            for place, step in enumerate(list(tick.steps)):
                for element, moved in step.moves.items():
                    items: list[Seen] = []
                    lot = Lot(
                        wire=wires[element],
                        tick=number,
                        step=place,
                        run=(number, step.subgraph, step.run),
                        period=(number, *step.iteration),
                        moved=moved,
                        items=items,
                        start=starts[element],
                    )
                    starts[element] += moved.count
                    behind = moved.carried
                    items.extend(Seen(self, lot, behind + index, kept) for index, kept in moved.sent.numbered())
                    found[element].append(lot)
        return found

    # --- wires of nodes ----------------------------------------------------------------------------------------------

    @cached_property
    def _first(self) -> Mapping[int, Wire]:
        elements = {node.element for node in self.graph.nodes.values()}
        return {wire.edge.id: wire for wire in self.graph.wires if wire.source in elements}

    @cached_property
    def _last(self) -> Mapping[int, Wire]:
        elements = {node.element for node in self.graph.nodes.values()}
        return {wire.edge.id: wire for wire in self.graph.wires if wire.target in elements}

    def sent(self, edge: Edge) -> Sequence[Lot]:
        """What was put onto an edge."""
        return self.lots[self._first[edge.id].element]

    def taken(self, edge: Edge) -> Sequence[Lot]:
        """What was taken from an edge."""
        return self.lots[self._last[edge.id].element]

    @cached_property
    def _by_run(self) -> Mapping[tuple[str, object], Sequence[Lot]]:
        found: dict[tuple[str, object], list[Lot]] = {}
        for element, lots in self.lots.items():
            for lot in lots:
                found.setdefault((element, lot.run), []).append(lot)
                found.setdefault((element, lot.tick), []).append(lot)
        return found

    def taken_in(self, edge: Edge, run: tuple[int, str, int] | int) -> Sequence[Lot]:
        """What was taken from an edge in a run of a subgraph, or in a tick."""
        return self._by_run.get((self._last[edge.id].element, run), ())

    def sent_in(self, edge: Edge, tick: int) -> Sequence[Lot]:
        """What was put onto an edge in a tick."""
        return self._by_run.get((self._first[edge.id].element, tick), ())

    # --- what is carried over ----------------------------------------------------------------------------------------

    @cached_property
    def _since(self) -> Mapping[str, Mapping[int, int]]:
        """Of each wire on which something is carried over, by tick, from which tick on that came over it."""
        found: dict[str, dict[int, int]] = {}
        for number, tick in self.ticks.items():
            for element in tick.carries:
                if any(moved.carried for moved in tick.moves_on(element)):
                    since = found.setdefault(element, {})
                    since[number] = since.get(number - 1, number - 1)
        return found

    def carries(self, seen: Seen, tick: int) -> bool:
        """Whether an item that came before is carried over on its wire in a tick."""
        since = self._since.get(seen.lot.wire.element)
        return since is not None and tick in since and since[tick] <= seen.lot.tick < tick

    def carried_on(self, wire: Wire, tick: int) -> Sequence[Lot]:
        """What came over a wire before and is carried over in a tick, oldest first."""
        first = self._since.get(wire.element, {}).get(tick, tick)
        return [lot for one in range(first, tick) for lot in self._by_run.get((wire.element, one), ())]

    def carried_over(self, wire: Wire, tick: int) -> Sequence[Lot]:
        """The same, also behind a union: as it came over the wires that lead there."""
        recorded = self.ticks.get(tick)
        moves = () if recorded is None else recorded.moves_on(wire.element)
        through = [element for moved in moves for element in moved.through]
        wires = {one.element: one for one in self.graph.wires} if through else {}
        return [
            *self.carried_on(wire, tick),
            *(lot for element in through for lot in self.carried_over(wires[element], tick)),
        ]

    def at(self, edge: str, tick: int, step: int, index: int) -> Seen | None:
        """The item at a place of the recording; None where it is not kept. What was carried over is found where it
        came.
        """
        for lot in self.lots.get(edge, ()):
            if lot.moment == (tick, step):
                if index >= lot.moved.carried:
                    return next((seen for seen in lot.items if seen.index == index), None)
                return self._earlier(lot, index)
        return None

    def _earlier(self, lot: Lot, index: int) -> Seen | None:
        lots = self.carried_over(lot.wire, lot.tick)
        # The oldest ones may be forgotten.
        place = lot.moved.carried - sum(one.moved.sent.count for one in lots)
        for one in lots:
            if place <= index < place + one.moved.sent.count:
                wanted = one.moved.carried + index - place
                return next((seen for seen in one.items if seen.index == wanted), None)
            place += one.moved.sent.count
        return None

    # --- the ends of edges -------------------------------------------------------------------------------------------

    def last_wire(self, edge: Edge) -> Wire:
        """The wire that enters the operator at the edge's end."""
        return self._last[edge.id]

    def first_wire(self, edge: Edge) -> Wire:
        """The wire that leaves the operator at the edge's start."""
        return self._first[edge.id]

    def equal(self, wire: Wire, value: Any, text: str) -> Iterator[Seen]:
        """The items on a wire that are a value, oldest first."""
        index = self._equal.get(wire.element)
        if index is None:
            index = self._equal[wire.element] = _indexed(self.lots[wire.element])
        by_value, by_text = index
        try:
            found = list(by_value.get(value, ()))
        except TypeError:  # a value that cannot be hashed
            found = [seen for some in by_value.values() for seen in some if seen.is_value(value, text)]
        if (texts := by_text.get(text)) is not None:
            found += texts
        elif value is not UNKNOWN and not found:
            # Of equal values the texts may differ, as those of sets do.
            found = [seen for some in by_text.values() for seen in some[:1] if same(seen.value, value)]
            found = [seen for one in found for seen in by_text[one.text]]
        yield from sorted(found, key=_order)

    def sender(self, seen: Seen) -> Seen | None:
        """Where an item that was taken from a handoff was put into it; None where that is not recorded."""
        edge = seen.lot.wire.edge
        first = self._first[edge.id]
        if seen.lot.wire.element == first.element:
            return seen
        carries_on = self.graph.carries_on(edge.id) is not None
        if carries_on or self.graph.nodes[edge.target].operator.window in _LEAVING_SOME:
            found = self._put_last(edge, seen, within_loop=carries_on)
            if found is not None:
                return found
        crosses = self.graph.handoffs[edge.id].crosses_ticks and not carries_on
        tick = seen.lot.tick
        if crosses:
            tick = max((lot.tick for lot in self.sent(edge) if lot.tick < tick), default=-1)
        # What is put in first is taken out first.
        place = seen.lot.start + seen.index
        for lot in self.sent_in(edge, tick):
            if lot.start <= place < lot.start + lot.moved.count:
                at = bisect_left(lot.items, place - lot.start, key=attrgetter("index"))
                one = lot.items[at] if at < len(lot.items) else None
                if one is not None and one.index == place - lot.start and one.is_value(seen.value, seen.text):
                    return one
        found = None
        for one in self.equal(first, seen.value, seen.text):
            if one.lot.moment < seen.lot.moment and (one.lot.tick < seen.lot.tick or not crosses):
                found = one
        return found

    def _put_last(self, edge: Edge, seen: Seen, *, within_loop: bool) -> Seen | None:
        """The same where some of what was put in is never taken out, or later: a loop takes all that waits, so what was
        put in last is what is taken out last.
        """
        left = seen.lot.moved.count - seen.index
        for lot in reversed(self.sent(edge)):
            if lot.moment >= seen.lot.moment or (within_loop and lot.period >= seen.lot.period):
                continue
            if left > lot.moved.count:
                left -= lot.moved.count
                continue
            at = bisect_left(lot.items, lot.moved.count - left, key=attrgetter("index"))
            one = lot.items[at] if at < len(lot.items) else None
            return one if one is not None and one.is_value(seen.value, seen.text) else None
        return None

    # --- what is not known -------------------------------------------------------------------------------------------

    @cached_property
    def began(self) -> str:
        """What is no longer, or was never, recorded of the ticks before the oldest; empty where nothing is missing."""
        if not self.ticks:
            return "no tick is recorded"
        oldest = min(self.ticks)
        if oldest == 0:
            return ""
        if self.recording.dropped:
            return f"the ticks before tick {oldest} are no longer kept: `flow.record(budget=...)` keeps more"
        return f"the ticks before tick {oldest} were not recorded"

    def _is_forgotten(self, wire: Wire, tick: int) -> bool:
        """Whether a tick carries over what came in ticks that are no longer kept."""
        return self._since.get(wire.element, {}).get(tick, tick) < min(self.ticks)

    @cached_property
    def _cut(self) -> Mapping[int, RecordedTick]:
        return {number: tick for number, tick in self.ticks.items() if tick.skipped_steps}

    def lost(self, edges: Iterable[Edge], tick: int | None, until: Moment) -> str:
        """Why some items that came over edges, in a tick or (None) ever, are not known; empty where all are."""
        if tick is None and self.began:
            return self.began
        for edge in edges:
            lots = self.taken(edge)
            if tick is not None:
                wire = self.last_wire(edge)
                lots = [*self.carried_over(wire, tick), *self.taken_in(edge, tick)]
                if self._is_forgotten(wire, tick):
                    return self.began
            for lot in lots:
                if not lot.is_whole and lot.moment <= until:
                    went = f"of the {lot.moved.count:,} items that went there in tick {lot.tick}"
                    return f"{went} {len(lot.items):,} are kept"
        for number, recorded in self._cut.items():
            if number <= until[0] and tick in (None, number):
                return f"tick {number} was too long: {recorded.skipped_steps:,} of its steps are not kept"
        return ""


def _order(seen: Seen) -> tuple[int, int, int]:
    return seen.key[1:]


def _indexed(lots: Iterable[Lot]) -> tuple[dict[Any, list[Seen]], dict[str, list[Seen]]]:
    """The items by value, and those of which the text is kept by text."""
    by_value: dict[Any, list[Seen]] = {}
    by_text: dict[str, list[Seen]] = {}
    for lot in lots:
        for seen in lot.items:
            if isinstance(seen.kept, Text):
                by_text.setdefault(seen.text, []).append(seen)
                continue
            try:
                by_value.setdefault(seen.kept, []).append(seen)
            except TypeError:
                by_text.setdefault(seen.text, []).append(seen)
    return by_value, by_text
