"""The wires on which a tick carries over what it does not send again, and how much that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hydroflow_nb.ir.graph import EdgeId
from hydroflow_nb.ir.partitioned import CarriedOver, PartitionedGraph, Wire
from hydroflow_nb.records import dataclass
from hydroflow_nb.trace.continued import Continued
from hydroflow_nb.trace.ticks import Moved, RecordedTick


@dataclass(frozen=True, kw_only=True)
class Carries:
    """A wire on which something may be carried over: in ticks in which a region goes on, or as much as on other ones
    that it comes through.
    """

    wire: Wire
    region: int | None
    through: Sequence[Carries]

    def count(self, tick: RecordedTick, anew: Sequence[bool]) -> int:
        """How many items a tick carries over on it."""
        if self.region is None:
            return sum(one.count(tick, anew) for one in self.through)
        return 0 if anew[self.region] else tick.carried_on(self.wire.element)

    def add_to(self, found: dict[int, Moved], tick: RecordedTick, anew: Sequence[bool]) -> None:
        """Put what a tick carries over in front of what was sent, by the number of the wire."""
        carried = self.count(tick, anew)
        if carried:
            sent = found.get(self.wire.number) or Moved(count=0, items=[])
            through = tuple(one.wire.element for one in self.through)
            found[self.wire.number] = Continued(sent, tick, self.wire.element, carried, through)


def carries_of(graph: PartitionedGraph) -> Mapping[int, Carries]:
    """The wires of a graph on which something may be carried over, by their numbers."""
    over = graph.replays.carried
    last = {wire.edge.id: wire for wire in graph.wires}
    # The wire into the operator at the end of an edge is behind the one into its handoff.
    last |= {wire.edge.id: wire for wire in graph.wires if wire.leaves_handoff}
    made: dict[EdgeId, Carries] = {}
    waiting = list(over)
    while waiting:
        edge = waiting[-1]
        missing = [one for one in over[edge].through if one not in made]
        if edge in made or not missing:
            waiting.pop()
            made.setdefault(edge, _carries(last[edge], over[edge], made))
        elif any(one in waiting[waiting.index(edge) :] for one in missing):
            # A circle of operators that only hand on: nothing comes through it.
            made[edge] = _carries(last[edge], over[edge], made)
        else:
            waiting += missing
    return {wire.number: _carries(wire, over[wire.edge.id], made) for wire in graph.wires if wire.edge.id in over}


def _carries(wire: Wire, over: CarriedOver, made: Mapping[EdgeId, Carries]) -> Carries:
    return Carries(wire=wire, region=over.region, through=[made[one] for one in over.through if one in made])


def carried_elements(graph: PartitionedGraph) -> tuple[str, ...]:
    """The wires of which a tick may carry over what went over them in the tick before."""
    over = graph.replays.carried
    return tuple(wire.element for wire in graph.wires if wire.edge.id in over and over[wire.edge.id].region is not None)
