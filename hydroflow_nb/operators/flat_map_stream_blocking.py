"""Emits each item of the asynchronous iterator that `f(item)` returns, in the same tick: the tick waits for them.

It does the same as `map(f) -> flatten_stream_blocking()`. An `async def` that contains `yield` returns such an
iterator. The iterators are read one after the other, each to its end, so an endless one holds the tick for ever. In an
event loop, run the flow with `await flow.run_available_async()`, `run_async()` or `run_tick_async()`; other tasks go on
while the tick waits. Outside of an event loop every way to run the flow works: an event loop is run for each tick that
waits. If an iterator raises an exception, the tick is aborted after the items that the iterator gave before.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Making
from hydroflow_nb.operators.record.emission import Emission, Lines, Part
from hydroflow_nb.operators.record.operator import Await, Category, InputDelay, Operator, function
from hydroflow_nb.operators.rules.functions import Gives, Mapped
from hydroflow_nb.operators.shared import gathering, working


def _produce(e: Emission) -> Lines:
    worker = e.fixed("worker", f"{e.runtime('Streams')}(lambda item: {e.function(0)}(item))", Part.WORKER)
    return working.outcomes(e, worker)


FLAT_MAP_STREAM_BLOCKING = Operator(
    name="flat_map_stream_blocking",
    category=Category.ONE_TO_ONE,
    summary="All items of the asynchronous iterators that a function returns, in the tick, which waits for them.",
    manual=__doc__,
    example="source_iter([1, 2]) -> flat_map_stream_blocking(countdown) -> assert_eq([1, 0, 2, 1, 0]);",
    arguments=(function("f", 1, "gets an item, returns an asynchronous iterator of items", takes_async=True),),
    delays={"*": InputDelay.STRATUM},
    awaits=Await.ONE_BY_ONE,
    rule=Mapped(gives=Gives.MANY),
    explains=Making(gives="many"),
    cost="one call per item and O(1) for each item that comes of it, and the tick takes as long as all iterators "
    "together; holds the tick's items",
    receive=gathering.receive,
    receive_all=gathering.receive_all,
    produce=_produce,
)
