"""Breakpoints that are set on a flow: on its edges, and on the entries of its strata."""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from typing import Any, Final, Protocol

from hydroflow_nb.engine.html import table
from hydroflow_nb.engine.notes import described
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.engine.stopping import Breaks, Hit
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.ir.graph import EdgeId, PartitionedGraph
from hydroflow_nb.ir.place import Places
from hydroflow_nb.running.drivable import Drivable
from hydroflow_nb.running.predicates import function_of
from hydroflow_nb.running.states import RunningStates

_LONGEST: Final = 200
# The ticks whose counts are kept, to go back to them.
_MOST_TICKS: Final = 1_000


class Breakable(Protocol):
    """A flow that stops at breakpoints."""

    def drive(self) -> Drivable:
        """The flow for code that drives it from outside."""


class Breakpoint(ABC):
    """A breakpoint of a flow, from `flow.break_on`. It prints what it is; `remove()` ends it.

    `hits` counts how often it was hit; `place` is the edge or the stratum in words.
    """

    def __init__(self, number: int, place: str, remove: Callable[[Breakpoint], None]) -> None:
        self.number = number
        self.place = place
        self.hits = 0
        self._remove = remove

    @property
    @abstractmethod
    def condition(self) -> str:
        """When it is hit, in words."""

    @abstractmethod
    def listen(self, breaks: Breaks) -> None:
        """Ask an engine to stop at it."""

    def begin(self) -> None:
        """The flow is at its start: count from here."""
        return

    def remove(self) -> None:
        """End it; nothing happens where it was ended before."""
        self._remove(self)

    def _hit(self, what: str) -> Hit:
        self.hits += 1
        return Hit(place=self.place, what=what, number=self.number)

    def __str__(self) -> str:
        return f"breakpoint {self.number}: {self.place}, {self.condition}"

    def __repr__(self) -> str:
        often = "never hit" if not self.hits else "hit once" if self.hits == 1 else f"hit {self.hits:,} times"
        return f"<{self}; {often}>"


class StratumBreakpoint(Breakpoint):
    """A breakpoint before a stratum."""

    def __init__(self, number: int, stratum: int, remove: Callable[[Breakpoint], None]) -> None:
        super().__init__(number, f"stratum {stratum}", remove)
        self.stratum = stratum

    @property
    def condition(self) -> str:
        """When it is hit, in words."""
        return "before it runs"

    def listen(self, breaks: Breaks) -> None:
        """Ask an engine to stop at it."""
        breaks.entries[self.stratum].append(lambda tick: self._hit("is next"))


class StateBreakpoint(Breakpoint):
    """A breakpoint on what the operators of a place hold: it is hit when its predicate becomes true."""

    def __init__(
        self,
        number: int,
        place: str,
        strata: frozenset[int],
        remove: Callable[[Breakpoint], None],
        predicate: Callable[[Any], object],
        states: Callable[[], Callable[[], Any]],
    ) -> None:
        super().__init__(number, f"the state of `{place}`", remove)
        self.strata = strata
        self.predicate = predicate
        self._states = states
        self._held = False

    @property
    def condition(self) -> str:
        """When it is hit, in words."""
        return "when its predicate becomes true"

    def begin(self) -> None:
        """The flow is at its start: nothing has held yet."""
        self._held = False

    def listen(self, breaks: Breaks) -> None:
        """Ask an engine to stop at it."""
        read = self._states()
        for stratum in self.strata:
            breaks.after[stratum].append(lambda: self._look(read))
        breaks.returns.append(lambda _: self.begin())

    def _look(self, read: Callable[[], Any]) -> Hit | None:
        state = read()
        held, self._held = self._held, False
        try:
            if not self.predicate(state):
                return None
        except Exception as exception:  # the run itself is sound
            return self._hit(f"made its predicate raise {described(exception)}")
        self._held = True
        return None if held else self._hit(f"is {shown(getattr(state, 'value', state), _LONGEST)}")


class EdgeBreakpoint(Breakpoint):
    """A breakpoint on one or more edges: `edges` are their ids in the graph."""

    def __init__(
        self,
        number: int,
        place: str,
        edges: Sequence[EdgeId],
        remove: Callable[[Breakpoint], None],
        *,
        predicate: Callable[[Any], object] | None,
        text: str | None,
        nth: int | None,
        grows: int | None,
    ) -> None:
        super().__init__(number, f"`{place}`", remove)
        self.edges = tuple(edges)
        self.predicate = predicate
        self.text = text
        self.nth = nth
        self.grows = grows
        self._breaks: Breaks | None = None
        # The items that count: in all, in this tick, and in the tick before, if there was one.
        self._all = 0
        self._now = 0
        self._before: int | None = None
        self._at: dict[int, tuple[int, int, int | None]] = {}

    @property
    def condition(self) -> str:
        """When it is hit, in words."""
        which = f" for which `{self.text}` holds" if self.text is not None else ""
        if self.grows is not None:
            return f"a tick with {self.grows:,} more items{which} than the tick before"
        return (
            f"item {self.nth:,} of those{which}"
            if self.nth is not None and which
            else (f"item {self.nth:,}" if self.nth is not None else f"any item{which}")
        )

    def begin(self) -> None:
        """The flow is at its start: count from here."""
        self._all = self._now = 0
        self._before = None
        self._at.clear()

    def listen(self, breaks: Breaks) -> None:
        """Ask an engine to stop at it."""
        self._breaks = breaks
        if self.nth is not None or self.grows is not None:
            breaks.begins.append(self._tick_begins)
            breaks.returns.append(self._has_gone_back)

    def see(self, item: Any) -> None:
        """An item goes over the edge."""
        assert self._breaks is not None
        try:
            if self.predicate is not None and not self.predicate(item):
                return
        except Exception as exception:  # the run itself is sound
            raised = f"on which its predicate raised {described(exception)}"
            self._breaks.hit(self._hit(f"carries {shown(item, _LONGEST)}, {raised}"))
            return
        self._all += 1
        self._now += 1
        if self.nth is not None and self._all != self.nth:
            return
        what = f"carries {shown(item, _LONGEST)}"
        if self.nth is not None:
            what += f", item {self.nth:,}"
        if self.grows is not None:
            if self._before is None or self._now != self._before + self.grows:
                return
            what += f", item {self._now:,} of this tick, after {self._before:,} in the tick before"
        self._breaks.hit(self._hit(what))

    def _tick_begins(self, tick: int) -> None:
        if self._at:
            self._before = self._now
        self._at[tick] = (self._all, self._now, self._before)
        self._now = 0
        if len(self._at) > _MOST_TICKS:
            del self._at[next(iter(self._at))]

    def _has_gone_back(self, tick: int) -> None:
        """Count from where the flow has gone back to."""
        known = [one for one in self._at if one < tick]
        if tick in self._at:
            self._all, self._now, self._before = self._at[tick]
        self._at = {one: self._at[one] for one in known}


class Breakpoints(Sequence[Breakpoint]):
    """The breakpoints of a flow, in the order in which they were set."""

    def __init__(
        self,
        flow: Breakable,
        graph: PartitionedGraph,
        install_code: Callable[[], None],
        states: Callable[[], RunningStates],
    ) -> None:
        self._flow = flow
        self._graph = graph
        self._install_code = install_code
        self._states = states
        self._all: list[Breakpoint] = []
        self._numbers = 0
        self._by_edge: dict[EdgeId, list[EdgeBreakpoint]] = {}
        self._tellers: dict[EdgeId, _Teller] = {}
        # The edges whose items the code tells of.
        self._watched: frozenset[EdgeId] = frozenset()

    def __len__(self) -> int:
        return len(self._all)

    def __getitem__(self, index: Any) -> Any:
        return self._all[index]

    def __iter__(self) -> Iterator[Breakpoint]:
        return iter(tuple(self._all))

    # --- setting and removing ----------------------------------------------------------------------------------------

    def add(
        self,
        place: str | None,
        predicate: Callable[[Any], object] | str | None = None,
        *,
        nth: int | None = None,
        grows: int | None = None,
        stratum: int | None = None,
        state: Callable[[Any], object] | None = None,
    ) -> Breakpoint:
        """Set one; see `flow.break_on`."""
        driven = self._flow.drive()
        driven.must_be_open()
        if (place is None) == (stratum is None):
            raise TypeError('break on a place or before a stratum: `break_on("A -> B")` or `break_on(stratum=1)`')
        found: Breakpoint
        if stratum is not None:
            if predicate is not None or nth is not None or grows is not None or state is not None:
                raise TypeError("a stratum's entry has no items: predicate, `nth` and `grows` go with an edge")
            found = StratumBreakpoint(self._numbers + 1, self._stratum(stratum), self._remove)
        elif state is not None:
            assert place is not None
            if predicate is not None or nth is not None or grows is not None:
                raise TypeError("a state has no items: predicate, `nth` and `grows` go with an edge")
            found = self._on_state(place, state)
        else:
            assert place is not None
            found = self._on_edge(place, predicate, _positive("nth", nth), _positive("grows", grows), driven.names)
        self._all.append(found)
        try:
            self._changed()
        except BaseException:
            self._all.remove(found)
            raise
        self._numbers = found.number
        return found

    def clear(self) -> None:
        """Remove all."""
        for one in self:
            one.remove()

    def _remove(self, one: Breakpoint) -> None:
        if one in self._all:
            self._all.remove(one)
            self._changed()

    def _on_edge(
        self,
        place: str,
        predicate: Callable[[Any], object] | str | None,
        nth: int | None,
        grows: int | None,
        names: MutableMapping[str, Any] | None,
    ) -> EdgeBreakpoint:
        places = Places(self._graph)
        edges = tuple(dict.fromkeys(wire.edge.id for wire in places.wires_of(place)))
        words = places.place_of(self._graph.edges[edges[0]]) if len(edges) == 1 else place.strip()
        text: str | None = None
        if isinstance(predicate, str):
            text = predicate.strip()
            predicate = function_of(text, names if isinstance(names, dict) else dict(names or {}))
        elif predicate is not None:
            if not callable(predicate):
                raise TypeError(
                    f"a predicate is a function of an item or the text of an expression, not {shown(predicate)}"
                )
            text = getattr(predicate, "__name__", None) or shown(predicate)
            text = "predicate" if text == "<lambda>" else f"{text}(item)"
        return EdgeBreakpoint(
            self._numbers + 1, words, edges, self._remove, predicate=predicate, text=text, nth=nth, grows=grows
        )

    def _on_state(self, place: str, predicate: Callable[[Any], object]) -> StateBreakpoint:
        if not callable(predicate):
            raise TypeError(f"`state` is a function of what `flow.state` gives, not {shown(predicate)}")
        nodes, _ = self._states().at_work(place)
        strata = frozenset(self._graph.stratum_of(node.id) for node in nodes)

        def read() -> Callable[[], Any]:
            return self._states().at_work(place)[1]

        return StateBreakpoint(self._numbers + 1, place.strip(), strata, self._remove, predicate, read)

    def _stratum(self, stratum: int) -> int:
        number, count = operator.index(stratum), len(self._graph.strata)
        if not 0 <= number < count:
            last = f"its strata are 0 to {count - 1}" if count > 1 else "it has stratum 0 alone"
            raise HydroflowError(message=f"there is no stratum {number} in this flow: {last}")
        return number

    # --- the engine --------------------------------------------------------------------------------------------------

    @property
    def on_edges(self) -> dict[EdgeId, Callable[[Any], None]]:
        """What is told of each item, by edge."""
        self._by_edge.clear()
        for one in self._all:
            if isinstance(one, EdgeBreakpoint):
                for edge in one.edges:
                    self._by_edge.setdefault(edge, []).append(one)
        return {edge: self._tellers.setdefault(edge, _Teller(self._by_edge, edge)) for edge in self._by_edge}

    def install(self) -> None:
        """Ask the engine, a new one at tick 0, to stop at all of them."""
        for one in self._all:
            one.begin()
        self._listen()

    def _listen(self) -> None:
        engine = self._flow.drive().engine
        if engine.breaks is None and self._all:
            engine.breaks = Breaks()
        if engine.breaks is not None:
            engine.breaks.clear()
            for one in self._all:
                one.listen(engine.breaks)
        if not self._all:
            # Those of the text, if any.
            engine.breaks = engine.context.breaks

    def _changed(self) -> None:
        driven = self._flow.drive()
        if driven.is_closed:
            return
        self._listen()
        if self._watched != (watched := frozenset(self.on_edges)):
            self._watched = watched
            self._install_code()
        driven.changed()

    def to_list(self) -> list[dict[str, Any]]:
        """The breakpoints as JSON; of one on edges with the ids of these in the graph's form as data."""
        return [
            {
                "number": one.number,
                "place": one.place.strip("`"),
                "edges": [
                    wire.element
                    for wire in self._graph.wires
                    if isinstance(one, EdgeBreakpoint) and wire.edge.id in one.edges
                ],
                "condition": one.condition,
                "hits": one.hits,
            }
            for one in self._all
        ]

    # --- looking -----------------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        return "\n".join(map(repr, self._all)) or "<no breakpoints>"

    def _repr_html_(self) -> str:
        if not self._all:
            return "<p>no breakpoints</p>"
        rows = [(str(one.number), one.place.strip("`"), one.condition, f"{one.hits:,}") for one in self._all]
        return table(("", "place", "is hit by", "hits"), rows)


class _Teller:
    """Tells the breakpoints of an edge of its items; which ones may change while the code stays."""

    def __init__(self, by_edge: dict[EdgeId, list[EdgeBreakpoint]], edge: EdgeId) -> None:
        self._by_edge = by_edge
        self._edge = edge

    def __call__(self, item: Any) -> None:
        for one in self._by_edge.get(self._edge, ()):
            one.see(item)


def _positive(name: str, number: int | None) -> int | None:
    if number is None:
        return None
    found = operator.index(number)
    if found < 1:
        raise ValueError(f"`{name}` is a number from 1 on, not {found}")
    return found
