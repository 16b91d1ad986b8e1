"""Emits in the next tick what it gets in this one, in the same order, but never asks for that tick.

`run_available` comes to rest although something waits here: the items come out in the next tick that happens for
another reason, or by `run_tick`. `defer_tick` is the one that asks.

Inside of a loop the items come out when the loop fires next: in the next iteration where it stands in another loop.
They never make it fire.
"""

from __future__ import annotations

from hydroflow_nb.operators.record.operator import Category, InputDelay, Operator, Promise
from hydroflow_nb.operators.rules.timing import DeferredLazily

DEFER_TICK_LAZY = Operator(
    name="defer_tick_lazy",
    category=Category.PERSISTENCE,
    summary="The items of the tick before, whenever there is a next one.",
    manual=__doc__,
    example="t = union() -> tee(); source_iter([1]) -> t; "
    "t -> defer_tick_lazy() -> map(|x| 2 * x) -> t; t -> assert_eq([1]);",
    delays={"*": InputDelay.LAZY},
    rule=DeferredLazily(),
    promise=Promise(order="kept", duplicates="kept", monotone=True),
    cost="O(1) an item; holds each item until the next tick that happens",
    transparent=True,
)
