"""What makes a loop fire: an item that entered it for no other reason is there because another one opened its gate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from hydroflow_nb.ir.graph import Edge, LoopId
from hydroflow_nb.operators.record.operator import InputDelay, Window
from hydroflow_nb.why.carried import Carried, Seen


class Gates:
    """The loops of a recorded flow, and what opened them."""

    def __init__(self, carried: Carried) -> None:
        self._carried = carried
        self._graph = carried.graph

    @cached_property
    def _openers(self) -> dict[LoopId, list[Edge]]:
        """For each loop the edges whose items make it fire; none for a loop that always fires."""
        found: dict[LoopId, list[Edge]] = {loop: [] for loop in self._graph.loops}
        always = set()
        for edge in self._graph.edges.values():
            target = self._graph.nodes[edge.target]
            if target.loop is None:
                continue
            if target.operator.window is Window.EAGER:
                always.add(target.loop)
            if self._opens(edge):
                found[target.loop].append(edge)
        return {loop: edges for loop, edges in found.items() if loop not in always}

    def _opens(self, edge: Edge) -> bool:
        handoff = self._graph.handoffs.get(edge.id)
        deferred = handoff is not None and handoff.delay is InputDelay.TICK
        return deferred or self._graph.nodes[edge.target].operator.window is Window.BATCH

    def opener(self, loop: LoopId, period: tuple[int, ...], causes: Iterable[Seen]) -> Seen | None:
        """The first item for which a loop fired in a tick or iteration; None where one of the causes of an item says
        already that it did, and where it always fires.
        """
        if loop not in self._openers or any(self._tells(cause, period) for cause in causes):
            return None
        taken = (lot for edge in self._openers[loop] for lot in self._carried.taken_in(edge, period[0]))
        lots: Sequence[Seen] = [lot.items[0] for lot in taken if lot.period == period and lot.items]
        return min(lots, key=lambda seen: seen.key[1:], default=None)

    def fired(self, loop: LoopId, tick: int) -> bool:
        """Whether a loop fired in a tick, as far as anything went through it."""
        element = self._graph.loops[loop].element
        return loop not in self._openers or element in self._fired.get(tick, ())

    @cached_property
    def _fired(self) -> dict[int, set[str]]:
        return {
            number: {step.loop for step in tick.steps if step.loop is not None}
            for number, tick in self._carried.ticks.items()
        }

    def entries(self, loop: LoopId) -> Sequence[Edge]:
        """The edges whose items make a loop fire."""
        return self._openers.get(loop, ())

    def _tells(self, cause: Seen, period: tuple[int, ...]) -> bool:
        """Whether an item came within the same firing, or made the loop fire."""
        edge = cause.lot.wire.edge
        if cause.lot.period != period:
            return False
        handoff = self._graph.handoffs.get(edge.id)
        if handoff is not None and handoff.crosses_ticks:
            return self._opens(edge)
        return self._graph.nodes[edge.target].operator.window in (None, Window.BATCH)
