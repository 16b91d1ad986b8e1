"""Ticks that run again, where a rule cannot invert an operator: the order in which items go by tells what made what.

Operators that make items of one item after the other put them onto their edge before the next one comes. So what a tick
puts onto an edge is made of what came last before it, whatever the function does. The run that is asked about is found
in the new one by the places of its items: as many have to go over both edges, and the same ones have to come.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.ir.partitioned import Wire
from hydroflow_nb.operators.explaining.explaining import Because, Undecided
from hydroflow_nb.why.carried import Carried, Lot, Seen
from hydroflow_nb.why.view import Asking, SentView

# What goes over the wires in a tick, in its order: the number of a wire, and the item.
Order: TypeAlias = Sequence[tuple[int, Any]]
# Runs the ticks up to one again, and gives what went over the wires in each. Raises HydroflowError where it cannot.
RunsAgain: TypeAlias = Callable[[int], Mapping[int, Order]]


class Again:
    """A recorded run that is run again when that is needed, and not before."""

    def __init__(self, asking: Asking, runs_again: RunsAgain) -> None:
        self._asking = asking
        self._carried: Carried = asking.carried
        self._runs_again = runs_again
        self._orders: Mapping[int, Order] = {}
        self._refused = ""

    def settled(self, view: SentView, because: Because) -> Because:
        """An explanation in doubt, without the doubt where a new run of the tick can tell, else with why not."""
        try:
            seen = self._made_of(view)
        except Undecided as undecided:
            doubt = f"{because.doubt}; {undecided}"
            return Because(words=because.words, items=because.items, absent=because.absent, doubt=doubt)
        words = f"{because.words}, as the order of items shows when the tick is run again"
        return Because(words=words, items=[self._asking.arrival(seen)], absent=because.absent)

    def _made_of(self, view: SentView) -> Seen:
        (into,) = view.edges
        lot = view.sent.lot
        order = self._order(lot.tick)
        sent = self._places(order, lot.wire, self._carried.sent_in(lot.wire.edge, lot.tick))
        taken = self._carried.taken_in(into, lot.tick)
        came = self._places(order, self._carried.last_wire(into), taken)
        last = bisect_right(came, sent[lot.start + view.sent.index]) - 1
        one = _at(taken, last) if last >= 0 else None
        if one is None or one.lot.run != lot.run:
            raise Undecided("run again, the tick does something else")
        item = order[came[last]][1]
        if not one.is_value(item, shown(item, 10_000)):
            raise Undecided("run again, the operator is given something else")
        return one

    def _places(self, order: Order, wire: Wire, lots: Sequence[Lot]) -> Sequence[int]:
        found = [place for place, (number, _) in enumerate(order) if number == wire.number]
        if len(found) != sum(lot.moved.count for lot in lots):
            raise Undecided("run again, the tick does something else")
        return found

    def _order(self, tick: int) -> Order:
        if self._refused:
            raise Undecided(self._refused)
        if tick not in self._orders:
            try:
                self._orders = self._runs_again(tick)
            except HydroflowError as refused:
                self._refused = f"it cannot be run again: {refused}"
                raise Undecided(self._refused) from None
        if tick not in self._orders:
            raise Undecided("run again, the flow does not come to that tick")
        return self._orders[tick]


def _at(lots: Sequence[Lot], place: int) -> Seen | None:
    """The item at a place among all that went over a wire in a tick, if it is kept."""
    for lot in lots:
        if lot.start <= place < lot.start + lot.moved.count:
            at = bisect_left(lot.items, place - lot.start, key=lambda seen: seen.index)
            found = lot.items[at] if at < len(lot.items) else None
            return found if found is not None and found.index == place - lot.start else None
    return None
