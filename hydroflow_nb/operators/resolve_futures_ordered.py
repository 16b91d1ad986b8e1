"""Emits the results of its items, which are awaitables, in the order of the awaitables.

A result waits for all results before it. When its turn comes, it comes out in the same tick, or it asks for a tick,
which `run_async` runs. Apart from the order, the operator works as `resolve_futures`: awaitables start when an event
loop runs; one that is not ready stays through all ticks; if one raises an exception, the tick in which its result would
have come out is aborted, and the others go on.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Awaiting
from hydroflow_nb.operators.record.facts import Emits, Facts
from hydroflow_nb.operators.record.operator import Category, Operator
from hydroflow_nb.operators.rules.functions import Awaited
from hydroflow_nb.operators.shared.resolving import Resolving

_RESOLVING = Resolving(in_order=True)


RESOLVE_FUTURES_ORDERED = Operator(
    name="resolve_futures_ordered",
    category=Category.ONE_TO_ONE,
    summary="The results of awaitables, in the order of the awaitables.",
    manual=__doc__,
    example="source_iter([1, 2]) -> map(|x| asyncio.sleep(0, x)) -> resolve_futures_ordered() -> assert_eq([1, 2]);",
    takes_awaitables=True,
    rule=Awaited(ordered=True, within=False),
    explains=Awaiting(ordered=True),
    facts=Facts(emits=Emits.AWAITED),
    cost="one task of the event loop per item; keeps an awaitable until its result is emitted, and all those behind "
    "one that takes long",
    receive=_RESOLVING.receive,
    receive_all=_RESOLVING.receive_all,
    produce=_RESOLVING.produce,
)
