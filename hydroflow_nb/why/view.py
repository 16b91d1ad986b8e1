"""An operator at its place in a recorded run, as its rule of explanation sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any, TypeVar

from hydroflow_nb.engine.mutations import Delete, Persist
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.expressions import Closure
from hydroflow_nb.ir.graph import Edge, Node, NodeId
from hydroflow_nb.operators.explaining.explaining import EVERY, UNKNOWN, Arrival, Because, Since, Undecided, same
from hydroflow_nb.operators.record.operator import Persistence
from hydroflow_nb.records import dataclass
from hydroflow_nb.why.carried import END, Carried, Lot, Moment, Seen
from hydroflow_nb.why.functions import Functions

T = TypeVar("T")

_LONGEST_TEXT = 10_000
_SHORT = 60


@dataclass(kw_only=True)
class Asking:
    """What one question looks at: the recording and the functions. What was found is found once."""

    carried: Carried
    functions: Functions
    # The items that arrivals stand for.
    seen: dict[tuple[int, int, int, int], Seen] = field(default_factory=dict)
    arrivals: dict[tuple[int, int, int, int], Arrival] = field(default_factory=dict)
    # What rules have made for a run of an operator.
    made: dict[object, Any] = field(default_factory=dict)
    _states: dict[tuple[NodeId, Moment], tuple[Any, Because]] = field(default_factory=dict)

    def arrival(self, seen: Seen) -> Arrival:
        """An item as a rule sees it."""
        key = seen.key
        found = self.arrivals.get(key)
        if found is None:
            port = seen.lot.wire.edge.target_port.text
            found = Arrival(value=seen.value, text=seen.text, port=port, tick=seen.lot.tick, key=key)
            self.arrivals[key] = found
            self.seen[key] = seen
        return found

    def state(self, source: NodeId, moment: Moment) -> tuple[Any, Because]:
        """What `$name` of an operator is at a moment. Raises Undecided."""
        if (source, moment) not in self._states:
            node = self.carried.graph.nodes[source]
            view = NodeView(asking=self, node=node, port="", moment=moment, period=None)
            self._states[source, moment] = node.operator.explains.holds(view)
        return self._states[source, moment]


@dataclass(kw_only=True)
class NodeView:
    """An operator with all that came to it up to a moment. `period` is the tick or iteration; None: the whole tick."""

    asking: Asking
    node: Node
    port: str
    moment: Moment
    period: tuple[int, ...] | None
    run: tuple[int, str, int] | None = None

    @property
    def tick(self) -> int:
        """The tick that is asked about."""
        return self.moment[0]

    @property
    def edges(self) -> Sequence[Edge]:
        """The edges that lead to it."""
        return self.asking.carried.graph.flat.inputs(self.node.id)

    @property
    def input_ports(self) -> Sequence[str]:
        """The ports of its inputs, in their order."""
        return [edge.target_port.text for edge in self.edges]

    @property
    def is_mutable(self) -> bool:
        """Whether its items are instructions."""
        return Persistence.MUTABLE in self.node.persistences

    def lifetime(self, port: str = "") -> Since:
        """How long the items of an input are remembered."""
        ports = self.node.operator.input_ports
        position = ports.index(port) if port in ports else 0
        return Since.EVER if self.node.is_static(position) or self.is_mutable else Since.PERIOD

    def _edges_at(self, port: str) -> list[Edge]:
        return [edge for edge in self.edges if port in (EVERY, edge.target_port.text)]

    def _allows(self, seen: Seen, since: Since) -> bool:
        lot = seen.lot
        if lot.moment > self.moment:
            return False
        if since is Since.EVER or (self._has_carried(since) and self.asking.carried.carries(seen, self.tick)):
            return True
        if since is Since.RUN:
            return lot.run == self.run if self.run is not None else lot.tick == self.tick
        return lot.period == self.period if self.period is not None else lot.tick == self.tick

    def _has_carried(self, since: Since) -> bool:
        """Whether what is carried over stands among what came: a replay comes in the first run of a tick."""
        return since is Since.PERIOD or self.run is None or self.run[2] == 1

    def _lots(self, edge: Edge, since: Since) -> Sequence[Lot]:
        carried = self.asking.carried
        if since is Since.EVER:
            return carried.taken(edge)
        lots = carried.taken_in(edge, self.run if since is Since.RUN and self.run else self.tick)
        earlier = carried.carried_on(carried.last_wire(edge), self.tick) if self._has_carried(since) else ()
        return [*earlier, *lots] if earlier else lots

    def came(self, port: str = EVERY, since: Since = Since.PERIOD) -> Sequence[Arrival]:
        """The items that came to an input, oldest first."""
        found = [
            seen
            for edge in self._edges_at(port)
            for lot in self._lots(edge, since)
            if lot.items and self._allows(lot.items[0], since)
            for seen in lot.items
        ]
        found.sort(key=lambda seen: seen.key[1:])
        return [self.asking.arrival(seen) for seen in found]

    def equal(self, value: Any, port: str = EVERY, since: Since = Since.PERIOD) -> Sequence[Arrival]:
        """Of these the ones that are equal to a value."""
        return self._alike(value, shown(value, _LONGEST_TEXT), port, since)

    def _alike(self, value: Any, text: str, port: str, since: Since) -> Sequence[Arrival]:
        carried = self.asking.carried
        found = [
            seen
            for edge in self._edges_at(port)
            for seen in carried.equal(carried.last_wire(edge), value, text)
            if self._allows(seen, since)
        ]
        found.sort(key=lambda seen: seen.key[1:])
        return [self.asking.arrival(seen) for seen in found]

    def lost(self, port: str = EVERY, since: Since = Since.PERIOD) -> str:
        """Why some that came are not known; empty where all are."""
        tick = None if since is Since.EVER else self.tick
        return self.asking.carried.lost(self._edges_at(port), tick, self.moment)

    # --- arguments ---------------------------------------------------------------------------------------------------

    def _state_values(self) -> Mapping[str, Any]:
        reads = self.asking.carried.graph.flat.reads_by(self.node.id)
        return {read.name: self.asking.state(read.source, self.moment)[0] for read in reads}

    def function(self, position: int) -> Callable[..., Any]:
        """A function among its arguments. Raises Undecided where it cannot be called again."""
        return self.asking.functions.function(self.node, position, self.tick, self._state_values)

    def argument(self, position: int) -> Any:
        """The value of an argument. Raises Undecided."""
        return self.asking.functions.value(self.node, position, self.tick, self._state_values)

    def written(self, position: int) -> str:
        """An argument as it is written."""
        arguments = self.node.call.arguments
        if position >= len(arguments):
            return self.node.operator.name
        text = " ".join(arguments[position].span.text[:400].split())
        text = text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"
        return text if isinstance(arguments[position], Closure) or not text.isidentifier() else f"{text}"

    def bottom(self) -> Any:
        """The bottom of the lattice that its type argument names. Raises Undecided."""
        return self.asking.functions.bottom(self.node)

    def instruction(self, value: Any) -> tuple[bool, Any] | None:
        """What an instruction says: whether it persists, and what it is about; None for another item."""
        match value:
            case Persist(item):
                return True, item
            case Delete(item):
                return False, item
        return None

    def state(self, position: int) -> tuple[Any, Sequence[Arrival]]:
        """The state that an argument reads, as far as items tell it. Raises Undecided."""
        reads = self.asking.carried.graph.flat.reads_by(self.node.id)
        found = [self.asking.state(read.source, self.moment) for read in reads]
        return self.argument(position), [item for _, because in found for item in because.items]


@dataclass(kw_only=True)
class SentView(NodeView):
    """The same, asked about one item that left."""

    sent: Seen

    @property
    def value(self) -> Any:
        """The item; UNKNOWN where its text alone is kept."""
        return self.sent.value

    @property
    def text(self) -> str:
        """The item as text."""
        return self.sent.text

    @property
    def position(self) -> int:
        """The place of the item among those that left in the period by the same port."""
        before = self.asking.carried.sent_in(self.sent.lot.wire.edge, self.tick)
        return self.sent.index + sum(
            lot.moved.count for lot in before if lot.period == self.sent.lot.period and lot.step < self.sent.lot.step
        )

    @property
    def rank(self) -> int:
        """How many items that are equal to it left before it, in the same run by the same port."""
        sent, carried = self.sent, self.asking.carried
        is_first = sent.lot.moved.carried > 0
        return sum(
            1
            for seen in carried.equal(sent.lot.wire, self.value, self.text)
            if (seen.lot is sent.lot and seen.index < sent.index) or (is_first and carried.carries(seen, self.tick))
        )

    @property
    def place(self) -> int:
        """Its place among the items that left in the run by the same port."""
        return self.sent.index

    @property
    def count(self) -> int:
        """How many items left in the run by the same port."""
        return self.sent.lot.moved.count

    def alike(self, port: str = EVERY, since: Since = Since.PERIOD) -> Sequence[Arrival]:
        """The items that came and are the same as this one, by their texts where values are not kept."""
        return self._alike(self.value, self.text, port, since)

    def once(self, make: Callable[[], T]) -> T:
        """What is made for the first item that left in the run by the same port, and is the same for all of them."""
        key = (self.node.id, self.port, self.moment, self.run)
        known = self.asking.made
        if key not in known:
            known[key] = make()
        found: T = known[key]
        return found

    def opposite(self) -> Arrival | None:
        """The item at the same place among those that came in this run, where as many came as left."""
        if len(self.edges) != 1:
            return None
        lots = self.asking.carried.taken_in(self.edges[0], self.sent.lot.run)
        if len(lots) != 1 or lots[0].moved.count != self.sent.lot.moved.count:
            return None
        return next((self.asking.arrival(seen) for seen in lots[0].items if seen.index == self.sent.index), None)

    def made(self, value: Any) -> bool:
        """Whether a value is the item, by its text where the value is not kept."""
        if self.value is not UNKNOWN:
            return same(self.value, value)
        return shown(value, _LONGEST_TEXT) == self.text


def view_of(asking: Asking, sent: Seen) -> SentView:
    """The operator that an item left, as it was then."""
    lot = sent.lot
    node = asking.carried.graph.nodes[lot.wire.edge.source]
    port = lot.wire.edge.source_port.text
    return SentView(asking=asking, node=node, port=port, moment=lot.moment, period=lot.period, run=lot.run, sent=sent)


def view_at_end(asking: Asking, node: Node, port: str, tick: int) -> NodeView:
    """An operator at the end of a tick."""
    return NodeView(asking=asking, node=node, port=port, moment=(tick, END), period=None)


__all__ = ["Asking", "NodeView", "SentView", "Undecided", "view_at_end", "view_of"]
