"""Emits the results of its items, which are awaitables, as soon as each is there.

A result that is there at once comes out in the same tick, another one in the tick that it asks for when it is ready:
`run_async` runs one then. Results come as they are completed; `resolve_futures_ordered` keeps the order of the
awaitables. An awaitable is started when an event loop runs: what came in outside of one waits for `run_async` or
`run_available_async`. What is not ready lasts until it is, through all ticks. What an awaitable raises aborts the tick
in which its result would have come out; the others go on. Closing the flow cancels those that are not done.
"""

from __future__ import annotations

from hydroflow_nb.operators.record.facts import Emits, Facts
from hydroflow_nb.operators.record.operator import Category, Operator, Promise
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
    promise=Promise(order="that of completion", duplicates="kept", monotone=True),
    facts=Facts(emits=Emits.AWAITED),
    cost="one task of the event loop an item; keeps an awaitable until its result is handed on",
    receive=_RESOLVING.receive,
    receive_all=_RESOLVING.receive_all,
    produce=_RESOLVING.produce,
)
