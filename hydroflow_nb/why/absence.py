"""Why an item is not at a place: the first operator that dropped or blocked what would have become it.

From the place backwards each operator is asked what it was given that would have become the item: functions are tried
on what came. An operator that was given it is the one that stopped it; of one that was not, those before it are asked.
What was found is ordered: an item that was stopped comes before a partner that is missing, and that before an input
where nothing came.
"""

from __future__ import annotations

import itertools
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, Final

from hydroflow_nb.ir.graph import Edge, Node, NodeId
from hydroflow_nb.ir.partitioned import Wire
from hydroflow_nb.ir.place import Places
from hydroflow_nb.ir.text import delay_word
from hydroflow_nb.operators.explaining.explaining import Arrival, Sought, Stop, Stopped, Undecided, Wanted
from hydroflow_nb.operators.record.operator import Window
from hydroflow_nb.records import dataclass
from hydroflow_nb.why.carried import Lot, Seen
from hydroflow_nb.why.gates import Gates
from hydroflow_nb.why.view import Asking, view_at_end

# So many edges are looked at in one tick, and so many ticks where none is named.
_MOST_EDGES: Final = 400
_MOST_VISITS: Final = 2
# So often it is asked whether a value would have become the item; a search that needs more tells what it has found.
_MOST_TESTS: Final = 30_000
_MOST_TICKS: Final = 30
_MOST_FOUND: Final = 20

_RANKS: Final[Mapping[Stop, int]] = {
    Stop.NO_PARTNER: 1,
    Stop.OTHER_VALUE: 1,
    Stop.UNKNOWN: 2,
    Stop.NEVER_CAME: 3,
}


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """What kept the item away.

    `stop` is the kind: "filtered", "no partner", "subtracted", "seen before", "replaced", "other value", "deferred",
    "blocked", "no place", "other port", "deleted", "forgotten", "raised", "waits", "never came" or "unknown".
    `operator` did it in `tick`, at `place`: the edge on which `item` came to it, as the text of the flow names it; of a
    source the edge that leaves it. `words` say what, and `facts` hold the values in them: that of a filter's test as
    `test`, the first tick of what was seen before as `first_tick`, the nearest keys of a join as `nearest`. `item` is
    what came and was stopped, None where nothing came, and `others` are the items that are named beside it.
    `on_the_way` are the places between it and the place that was asked about.
    """

    stop: str
    operator: str
    element: str
    place: str
    edge: str
    tick: int
    words: str
    item: Any = None
    text: str = ""
    others: Sequence[Any] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    on_the_way: Sequence[str] = ()
    rank: int = field(default=0, repr=False)

    def __str__(self) -> str:
        if self.text:
            return f"{self.text} came over `{self.place}` in tick {self.tick}; `{self.operator}`: {self.words}"
        return f"`{self.operator}` on `{self.place}`, tick {self.tick}: {self.words}"


class Absence:
    """Why an item is not where it was looked for: `print` it, display it, or take it apart.

    `first` is the first place that stopped it, `obstacles` are all that were found, the likeliest first; each is an
    `Obstacle`.
    """

    def __init__(self, text: str, places: Sequence[str], ticks: Sequence[int], obstacles: Sequence[Obstacle]) -> None:
        self.text = text
        self.places = places
        self.ticks = ticks
        self.obstacles = obstacles

    @property
    def first(self) -> Obstacle:
        """The first place that dropped or blocked it."""
        return self.obstacles[0]

    @property
    def stop(self) -> str:
        """The kind of the first obstacle."""
        return self.first.stop

    @property
    def words(self) -> str:
        """What the first obstacle did."""
        return self.first.words

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "text": self.text[:200],
            "places": list(self.places),
            "obstacles": [
                {
                    "stop": one.stop,
                    "operator": one.operator,
                    "op": one.element,
                    "place": one.place,
                    "edge": one.edge,
                    "tick": one.tick,
                    "words": one.words,
                    "text": one.text[:200],
                    "way": list(one.on_the_way),
                }
                for one in self.obstacles
            ],
        }

    def _head(self) -> str:
        where = " or ".join(f"`{place}`" for place in self.places[:3])
        when = f"in tick {self.ticks[0]}" if len(self.ticks) == 1 else "in any recorded tick"
        return f"{self.text} did not go over {where} {when}:"

    def _others(self) -> Sequence[Obstacle]:
        return [one for one in self.obstacles[1:] if one.rank <= max(1, self.first.rank)]

    def __str__(self) -> str:
        lines = [self._head(), f"  {self.first}"]
        if self.first.on_the_way:
            lines.append(f"  on its way to {' and then '.join(f'`{place}`' for place in self.first.on_the_way)}")
        others = self._others()
        if others:
            lines.append("also:")
            lines += [f"  {one}" for one in others[:5]]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from html import escape

        others = "".join(f"<li>{escape(str(one))}</li>" for one in self._others()[:5])
        way = ""
        if self.first.on_the_way:
            way = f"<div><small>on its way to {escape(' and then '.join(self.first.on_the_way))}</small></div>"
        html = (
            '<div style="font:13px/1.45 system-ui,sans-serif;color-scheme:light dark">'
            f"<div>{escape(self._head())}</div><div><b>{escape(str(self.first))}</b></div>{way}"
            f"{f'<details><summary>also</summary><ul>{others}</ul></details>' if others else ''}</div>"
        )
        return {"text/plain": str(self), "text/html": html}


class _OutOfPatience(BaseException):
    """Too much was tried. It is no Exception, since those of the user's functions are caught while they are tried."""


def _patiently(wanted: Wanted) -> Wanted:
    """The same, but it is out of patience in the end."""
    left = itertools.repeat(None, _MOST_TESTS)

    def test(value: Any) -> bool:
        for _ in left:
            return wanted.test(value)
        raise _OutOfPatience

    return Wanted(test=test, text=wanted.text, value=wanted.value)


@dataclass(kw_only=True)
class _Search:
    """A place in the search: what is wanted on an edge, in which tick, and by which places it would have gone on."""

    edge: Edge
    wanted: Wanted
    tick: int
    way: tuple[str, ...]


class Missing:
    """Looks for what kept items away."""

    def __init__(self, asking: Asking, waiting: Mapping[NodeId, Callable[[], Sequence[Any]]]) -> None:
        self.asking = asking
        self.carried = asking.carried
        self.graph = asking.carried.graph
        self._waiting = waiting
        self._places = Places(self.graph)
        self._gates = Gates(self.carried)

    def ends(self) -> Sequence[Edge]:
        """The edges by which items leave the flow."""
        flat = self.graph.flat
        found = [edge for edge in self.graph.edges.values() if not flat.outputs(edge.target)]
        return found or list(self.graph.edges.values())

    def of(self, wanted: Wanted, edges: Sequence[Edge], ticks: Sequence[int]) -> Absence:
        """Why nothing that is wanted went over any of the edges in any of the ticks, which are the newest first."""
        found: list[Obstacle] = []
        patient = _patiently(wanted)
        try:
            for tick in ticks[:_MOST_TICKS]:
                for edge in edges:
                    found.extend(self._in_tick(patient, edge, tick))
                if any(one.rank == 0 for one in found):
                    break
        except _OutOfPatience:
            pass
        found.sort(key=lambda one: (one.rank, -one.tick))
        distinct = list({(one.element, one.edge, one.words, one.text): one for one in found}.values())
        places = [self._places.place_of(edge) for edge in edges]
        return Absence(wanted.text, places, list(ticks), distinct[:_MOST_FOUND])

    def went_by(self, wanted: Wanted, wires: Sequence[Wire], tick: int | None) -> Seen | None:
        """The newest wanted item on some wires."""
        lots = [lot for wire in wires for lot in self.carried.lots[wire.element] if tick in (None, lot.tick)]
        lots += [lot for wire in wires if tick is not None for lot in self.carried.carried_over(wire, tick)]
        found = (seen for lot in lots for seen in lot.items if wanted.fits(seen.value) or seen.text == wanted.text)
        return max(found, key=lambda seen: seen.key[1:], default=None)

    def _in_tick(self, wanted: Wanted, edge: Edge, tick: int) -> Iterator[Obstacle]:
        waiting = deque([_Search(edge=edge, wanted=wanted, tick=tick, way=())])
        known: Counter[tuple[int, int]] = Counter()
        while waiting:
            one = waiting.popleft()
            # Around a cycle more and more would be wanted: once round is looked at.
            known[one.edge.id, one.tick] += 1
            if known[one.edge.id, one.tick] > _MOST_VISITS or len(known) > _MOST_EDGES:
                continue
            before, obstacles = self._at_edge(one)
            yield from obstacles
            if before is None:
                continue
            node = self.graph.nodes[one.edge.source]
            view = view_at_end(self.asking, node, one.edge.source_port.text, before)
            way = (self._places.place_of(one.edge), *one.way)
            edges = self.graph.flat.inputs(node.id)
            try:
                for told in node.operator.explains.stops(view, one.wanted):
                    if isinstance(told, Sought):
                        waiting.extend(
                            _Search(edge=into, wanted=told.wanted, tick=before, way=way)
                            for into in edges
                            if into.target_port.text == told.port
                        )
                    else:
                        yield self._obstacle(self._in_loop(node, told, before), one, before, way)
            except Undecided as undecided:
                told = Stopped(stop=Stop.UNKNOWN, words=f"what it did is not known: {undecided}")
                yield self._obstacle(told, one, before, way)

    def _in_loop(self, node: Node, told: Stopped, tick: int) -> Stopped:
        """The same, but where the operator's loop did not fire: it had nothing to say then."""
        if node.loop is None or self._gates.fired(node.loop, tick):
            return told
        places = " or ".join(f"`{self._places.place_of(edge)}`" for edge in self._gates.entries(node.loop))
        words = f"its loop did not fire in tick {tick}: nothing came over {places or 'an edge that makes it fire'}"
        return Stopped(stop=Stop.BLOCKED, words=words, item=told.item)

    # --- edges -------------------------------------------------------------------------------------------------------

    def _at_edge(self, one: _Search) -> tuple[int | None, list[Obstacle]]:
        """The tick in which the operator at the edge's start would have had to emit it, None where it did so; and what
        kept it on the edge.
        """
        edge, tick = one.edge, one.tick
        sent = self._fitting(one.wanted, self._sent_in(edge, tick))
        handoff = self.graph.handoffs.get(edge.id)
        if handoff is None:
            return (None if sent else tick), []
        if self.graph.carries_on(edge.id) is None and handoff.crosses_ticks:
            obstacles = [self._on_edge(Stop.DEFERRED, self._deferred(edge, tick), seen, one) for seen in sent[-1:]]
            before = max((number for number in self.carried.ticks if number < tick), default=None)
            if before is not None and self._fitting(one.wanted, self._sent_in(edge, before)):
                before = None
            return before, obstacles
        if not sent:
            return tick, []
        carried = self.carried.carried_over(self.carried.last_wire(edge), tick)
        if self._fitting(one.wanted, [*carried, *self.carried.taken_in(edge, tick)]):
            return None, []
        return None, [self._on_edge(*self._waits(edge, tick), sent[-1], one)]

    def _sent_in(self, edge: Edge, tick: int) -> Sequence[Lot]:
        """What was put onto an edge in a tick, or is carried over on it."""
        return [*self.carried.carried_over(self.carried.first_wire(edge), tick), *self.carried.sent_in(edge, tick)]

    def _deferred(self, edge: Edge, tick: int) -> str:
        later = min((number for number in self.carried.ticks if number > tick), default=None)
        loop = self.graph.nodes[edge.target].loop
        if loop is not None and later is not None:
            fires = (number for number in self.carried.ticks if number > tick and self._gates.fired(loop, number))
            if (fired := min(fires, default=None)) is None:
                return f"it waits until its loop fires, which it did not do from tick {later} on"
            later = fired
        ran = f"tick {later}" if later is not None else "the next tick, which has not run yet"
        return f"it is put off until {ran}"

    def _waits(self, edge: Edge, tick: int) -> tuple[Stop, str]:
        target = self.graph.nodes[edge.target]
        recorded = self.carried.ticks[tick]
        if recorded.fault is not None:
            return Stop.BLOCKED, f"the tick was aborted before it was taken in: {recorded.fault:.200}"
        if target.operator.window is Window.LAZY and recorded.complete:
            return Stop.FORGOTTEN, "its loop did not fire in this tick, and a lazy batch then drops what waits"
        if target.operator.window is not None and recorded.complete:
            return Stop.WAITS, "it waits before its loop, which did not fire in this tick"
        delay = self.graph.handoffs[edge.id].delay
        kind = f"a {delay_word(delay)} input" if delay is not None else "an input"
        stratum = self.graph.stratum_of(target.id)
        return Stop.BLOCKED, f"it waits at {kind}: stratum {stratum} of the tick has not run"

    @staticmethod
    def _fitting(wanted: Wanted, lots: Sequence[Any]) -> list[Seen]:
        return [seen for lot in lots for seen in lot.items if wanted.fits(seen.value) or seen.text == wanted.text]

    def _on_edge(self, stop: Stop, words: str, seen: Seen, one: _Search) -> Obstacle:
        target = self.graph.nodes[one.edge.target]
        return Obstacle(
            stop=stop.value,
            operator=target.operator.name,
            element=target.element,
            place=self._places.place_of(one.edge),
            edge=seen.lot.wire.element,
            tick=seen.lot.tick,
            words=words,
            item=seen.kept,
            text=seen.text[:200],
            on_the_way=one.way,
            rank=_RANKS.get(stop, 0),
        )

    # --- operators ---------------------------------------------------------------------------------------------------

    def _obstacle(self, told: Stopped, one: _Search, tick: int, way: tuple[str, ...]) -> Obstacle:
        node = self.graph.nodes[one.edge.source]
        stop, words, facts = told.stop, told.words, dict(told.facts)
        edge, wire = one.edge, self.carried.first_wire(one.edge)
        item, text = None, ""
        if told.item is not None:
            seen = self.asking.seen[told.item.key]
            edge, wire = seen.lot.wire.edge, seen.lot.wire
            item, text = seen.kept, seen.text[:200]
            tick = seen.lot.tick
        elif stop is Stop.NEVER_CAME and not self.graph.flat.inputs(node.id):
            stop, words, facts = self._at_source(one, node.id, tick, words)
        rank = _RANKS.get(stop, 0)
        return Obstacle(
            stop=stop.value,
            operator=node.operator.name,
            element=node.element,
            place=self._places.place_of(edge),
            edge=wire.element,
            tick=tick,
            words=words,
            item=item,
            text=text,
            others=[self._value(other) for other in told.others],
            facts=facts,
            on_the_way=way,
            rank=rank,
        )

    def _value(self, arrival: Arrival) -> Any:
        return self.asking.seen[arrival.key].kept

    def _at_source(self, one: _Search, node: NodeId, tick: int, words: str) -> tuple[Stop, str, dict[str, Any]]:
        waiting = self._waiting.get(node)
        if waiting is not None and any(one.wanted.fits(item) for item in waiting()):
            return Stop.WAITS, "it waits in the input: the next tick takes it in", {}
        others = self._fitting(one.wanted, [lot for lot in self.carried.sent(one.edge) if lot.tick != tick])
        if others:
            came = sorted({seen.lot.tick for seen in others})
            later = ", ".join(map(str, came[:5]))
            return Stop.NEVER_CAME, f"{words}: it came in tick {later}", {"ticks": came}
        cut = next((lot for lot in self.carried.sent_in(one.edge, tick) if not lot.is_whole), None)
        if cut is not None:
            return Stop.UNKNOWN, f"of the {cut.moved.count:,} items that it emitted {len(cut.items):,} are kept", {}
        return Stop.NEVER_CAME, words, {}
