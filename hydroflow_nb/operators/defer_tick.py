"""Emits in the next tick the items that it gets in this one, in the same order.

Items that it holds ask for a next tick, so `run_available` goes on until it holds none. With it you can break a cycle
that leads through a blocking input, and compare a tick with the one before. Two in a row delay items by two ticks.

In a loop that stands in another loop it emits in the next iteration of its loop, within the tick, and makes the loop
fire again. In a root loop it emits when the loop fires next: it asks for a next tick, and makes the loop fire in it.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Passing
from hydroflow_nb.operators.record.operator import Category, InputDelay, Operator
from hydroflow_nb.operators.record.rust import SAME
from hydroflow_nb.operators.rules.timing import Deferred

DEFER_TICK = Operator(
    name="defer_tick",
    category=Category.PERSISTENCE,
    summary="The items of the tick before.",
    manual=__doc__,
    example="source_iter([7]) -> defer_tick() -> map(|x| (context.current_tick(), x)) -> assert_eq([(1, 7)]);",
    delays={"*": InputDelay.TICK},
    rust=SAME,
    rule=Deferred(),
    explains=Passing(words="was put off from an earlier tick"),
    cost="O(1) per item; holds each item until the next tick",
    transparent=True,
)
