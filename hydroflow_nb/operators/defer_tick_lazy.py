"""Emits in the next tick the items that it gets in this one, in the same order, but never asks for that tick.

`run_available` can end although items wait here. They come out in the next tick that happens for another reason, or by
`run_tick`. `defer_tick` does ask for a tick.

Inside of a loop the items come out when the loop fires next; in a loop that stands in another loop, that is the next
iteration. They never make the loop fire.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Passing
from hydroflow_nb.operators.record.operator import Category, InputDelay, Operator
from hydroflow_nb.operators.record.rust import SAME
from hydroflow_nb.operators.rules.timing import DeferredLazily

DEFER_TICK_LAZY = Operator(
    name="defer_tick_lazy",
    category=Category.PERSISTENCE,
    summary="The items of the tick before, if a next tick happens.",
    manual=__doc__,
    example="t = union() -> tee(); source_iter([1]) -> t; "
    "t -> defer_tick_lazy() -> map(|x| 2 * x) -> t; t -> assert_eq([1]);",
    delays={"*": InputDelay.LAZY},
    rust=SAME,
    rule=DeferredLazily(),
    explains=Passing(words="was put off from an earlier tick"),
    cost="O(1) per item; holds each item until the next tick that happens",
    transparent=True,
)
