"""Breakpoints that are set on a flow: on its edges, and on the entries of its strata."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from typing import Any, Protocol

from hydroflow_nb.engine.html import table
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.engine.stopping import Breaks
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.ir.graph import EdgeId
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.ir.place import Places
from hydroflow_nb.running.breakpoint import Breakpoint, EdgeBreakpoint, StateBreakpoint, StratumBreakpoint
from hydroflow_nb.running.drivable import Drivable
from hydroflow_nb.running.predicates import function_of
from hydroflow_nb.running.states import RunningStates
from hydroflow_nb.trace.forms import form_of


class Breakable(Protocol):
    """A flow that stops at breakpoints."""

    def drive(self) -> Drivable:
        """The flow for code that drives it from outside."""


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
        state: Callable[[Any], object] | str | None = None,
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
            found = self._on_state(place, state, driven.names)
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
            predicate = function_of(text, _as_dict(names))
        elif predicate is not None:
            if not callable(predicate):
                raise TypeError(
                    f"a predicate is a function of an item or the text of an expression, not {shown(predicate)}"
                )
            text = getattr(predicate, "__name__", None) or shown(predicate)
            text = "predicate" if text == "<lambda>" else f"{text}(item)"
        form = form_of(self._graph.flat, self._graph.edges[edges[0]]) if edges else ""
        if form:
            words = " ".join(self._graph.nodes[self._graph.edges[edges[0]].source].place.text.split())
        return EdgeBreakpoint(
            self._numbers + 1,
            words,
            edges,
            self._remove,
            predicate=predicate,
            text=text,
            nth=nth,
            grows=grows,
            form=form,
        )

    def _on_state(
        self, place: str, predicate: Callable[[Any], object] | str, names: MutableMapping[str, Any] | None
    ) -> StateBreakpoint:
        text = predicate.strip() if isinstance(predicate, str) else None
        if text is not None:
            predicate = function_of(text, _as_dict(names), "state")
        if isinstance(predicate, str) or not callable(predicate):
            raise TypeError(
                "`state` is a function of what `flow.state` gives, or the text of an expression over `state`, not "
                f"{shown(predicate)}"
            )
        nodes, _ = self._states().at_work(place)
        strata = frozenset(self._graph.stratum_of(node.id) for node in nodes)

        def read() -> Callable[[], Any]:
            return self._states().at_work(place)[1]

        elements = tuple(node.element for node in nodes)
        # A front end asks by the id of an operator, which means nothing to people.
        words = Places(self._graph).place_of(nodes[0]) if elements == (place.strip(),) else place.strip()
        return StateBreakpoint(self._numbers + 1, words, strata, elements, self._remove, predicate, text, read)

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
        engine.watch()

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
                "place": one.place.replace("`", ""),
                "edges": [
                    wire.element
                    for wire in self._graph.wires
                    if isinstance(one, EdgeBreakpoint) and wire.edge.id in one.edges
                ],
                "ops": list(one.elements) if isinstance(one, StateBreakpoint) else [],
                "stratum": one.stratum if isinstance(one, StratumBreakpoint) else None,
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


def _as_dict(names: MutableMapping[str, Any] | None) -> dict[str, Any]:
    """The notebook's names themselves where they are a dict: predicates see them as they are when they are asked."""
    return names if isinstance(names, dict) else dict(names or {})


def _positive(name: str, number: int | None) -> int | None:
    if number is None:
        return None
    found = operator.index(number)
    if found < 1:
        raise ValueError(f"`{name}` is a number from 1 on, not {found}")
    return found
