"""Emits in the next tick what it gets in this one, in the same order.

What it holds asks for a next tick: `run_available` goes on until nothing is deferred any more. It is the way to break
a cycle that leads through a blocking input, and to compare a tick with the one before. Two in a row delay by two
ticks.

Inside of a loop that stands in another one it emits in the loop's next iteration, within the tick, and makes the loop
fire again. In a root loop it emits when the loop fires next: it asks for a next tick, and makes the loop fire in it.
"""

from __future__ import annotations

from hydroflow_nb.operators.record.operator import Category, InputDelay, Operator, Promise
from hydroflow_nb.operators.rules.timing import Deferred

DEFER_TICK = Operator(
    name="defer_tick",
    category=Category.PERSISTENCE,
    summary="The items of the tick before.",
    manual=__doc__,
    example="source_iter([7]) -> defer_tick() -> map(|x| (context.current_tick(), x)) -> assert_eq([(1, 7)]);",
    delays={"*": InputDelay.TICK},
    rule=Deferred(),
    promise=Promise(order="kept", duplicates="kept", monotone=True),
    cost="O(1) an item; holds each item until the next tick",
    transparent=True,
)
