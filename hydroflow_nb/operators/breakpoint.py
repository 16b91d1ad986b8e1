"""Emits its items unchanged, and stops the run where `predicate(item)` is true for one of them.

The run, by hand, live or by the stepper, stops before the next stratum of the tick, or at the tick's end behind the
last one: the stratum of the item runs to its fixpoint first. `flow.stopped_at` tells where it has stopped and at which
items, and the next run goes on from there. `flow.break_on("A -> B")` does the same without a change of the text. In a
simulated network nothing stops, for a decision runs a whole tick; and a process (`hydroflow-nb run`) goes on.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Passing
from hydroflow_nb.operators.record.emission import Emission, Item, Lines, Part
from hydroflow_nb.operators.record.facts import Emits, Facts
from hydroflow_nb.operators.record.operator import AT_MOST_ONE, Category, Operator, function
from hydroflow_nb.operators.rules.functions import Same


def _receive(e: Emission, port: str, item: Item) -> Lines:
    item.keep()
    stop = e.fixed("stop", f"{e.runtime('item_breakpoint')}({e.runtime('context')})", Part.BREAKPOINT)
    return [f"if {e.call(0, item)}: {stop}({item.name})", e.forward(item)]


BREAKPOINT = Operator(
    name="breakpoint",
    category=Category.ONE_TO_ONE,
    summary="The items, unchanged; the run stops behind a stratum in which a predicate holds for one.",
    manual=__doc__,
    example="source_iter([1, 2]) -> breakpoint(|x| x > 1) -> assert_eq([1, 2]);",
    outputs=AT_MOST_ONE,
    arguments=(function("predicate", 1, "gets an item, returns whether to stop"),),
    rule=Same(),
    explains=Passing(),
    facts=Facts(emits=Emits.ITEMS, lets_go=True),
    cost="one call per item; keeps nothing",
    receive=_receive,
)
