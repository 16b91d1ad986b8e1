"""Emits the results of its items, which are awaitables, in the same tick: the tick waits for all of them together.

Results come in the order of completion; `resolve_futures_blocking_ordered` keeps the order of the awaitables. In an
event loop, run the flow with `await flow.run_available_async()`, `run_async()` or `run_tick_async()`; other tasks go on
while the tick waits. Outside of an event loop every way to run the flow works: an event loop is run for each tick that
waits. If an awaitable raises an exception, the tick is aborted where its result would have come out.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Awaiting
from hydroflow_nb.operators.record.facts import Emits, Facts
from hydroflow_nb.operators.record.operator import Await, Category, InputDelay, Operator
from hydroflow_nb.operators.rules.functions import Awaited
from hydroflow_nb.operators.shared.resolving import Waiting

_WAITING = Waiting(in_order=False)


RESOLVE_FUTURES_BLOCKING = Operator(
    name="resolve_futures_blocking",
    category=Category.ONE_TO_ONE,
    summary="The results of awaitables, in the tick, which waits for them.",
    manual=__doc__,
    example="source_iter([1, 2]) -> map(|x| asyncio.sleep(0, x)) -> resolve_futures_blocking() -> assert_eq([1, 2]);",
    delays={"*": InputDelay.STRATUM},
    awaits=Await.AS_COMPLETED,
    rule=Awaited(ordered=False, within=True),
    explains=Awaiting(),
    facts=Facts(emits=Emits.AWAITED),
    cost="one task of the event loop per item, and the tick takes as long as the slowest; "
    "holds the tick's awaitables and results",
    receive=_WAITING.receive,
    receive_all=_WAITING.receive_all,
    produce=_WAITING.produce,
)
