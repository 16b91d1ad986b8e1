"""Emits the results of its items, which are awaitables, as soon as each result is there.

A result that is there at once comes out in the same tick. A later one asks for a tick when it is ready, which
`run_async` runs, and comes out in that. Results come in the order of completion; `resolve_futures_ordered` keeps the
order of the awaitables. Awaitables start when an event loop runs: one that came in outside of an event loop waits for
`run_async` or `run_available_async`. An awaitable that is not ready stays through all ticks until it is. If an
awaitable raises an exception, the tick in which its result would have come out is aborted; the other awaitables go on.
Closing the flow cancels those that are not done.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Awaiting
from hydroflow_nb.operators.record.facts import Emits, Facts
from hydroflow_nb.operators.record.operator import Category, Operator
from hydroflow_nb.operators.rules.functions import Awaited
from hydroflow_nb.operators.shared.resolving import Resolving

_RESOLVING = Resolving(in_order=False)


RESOLVE_FUTURES = Operator(
    name="resolve_futures",
    category=Category.ONE_TO_ONE,
    summary="The results of awaitables, when they are ready.",
    manual=__doc__,
    example="source_iter([1, 2]) -> map(|x| asyncio.sleep(0, x)) -> resolve_futures() -> assert_eq([1, 2]);",
    takes_awaitables=True,
    rule=Awaited(ordered=False, within=False),
    explains=Awaiting(),
    facts=Facts(emits=Emits.AWAITED),
    cost="one task of the event loop per item; keeps an awaitable until its result is emitted",
    receive=_RESOLVING.receive,
    receive_all=_RESOLVING.receive_all,
    produce=_RESOLVING.produce,
)
