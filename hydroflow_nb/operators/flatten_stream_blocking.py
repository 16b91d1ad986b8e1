"""Emits each element of each item, in the same tick; the items are asynchronous iterators, and the tick waits for them.

They are read one after the other, each to its end, so an endless one holds the tick for ever. An asynchronous generator
is such an iterator. `flat_map_stream_blocking` tells how to run a flow that waits.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Making
from hydroflow_nb.operators.record.emission import Emission, Lines, Part
from hydroflow_nb.operators.record.operator import Await, Category, InputDelay, Operator
from hydroflow_nb.operators.rules.functions import Gives, Mapped
from hydroflow_nb.operators.shared import gathering, working


def _produce(e: Emission) -> Lines:
    return working.outcomes(e, e.fixed("worker", f"{e.runtime('Streams')}(lambda item: item)", Part.WORKER))


FLATTEN_STREAM_BLOCKING = Operator(
    name="flatten_stream_blocking",
    category=Category.ONE_TO_ONE,
    summary="The elements of the items, which are asynchronous iterators, in the tick, which waits for them.",
    manual=__doc__,
    example="source_iter([2, 1]) -> map(countdown) -> flatten_stream_blocking() -> assert_eq([2, 1, 0, 1, 0]);",
    delays={"*": InputDelay.STRATUM},
    awaits=Await.ONE_BY_ONE,
    rule=Mapped(gives=Gives.MANY, has_function=False),
    explains=Making(gives="many", has_function=False),
    cost="O(1) for each element, and the tick takes as long as all iterators together; holds the tick's items",
    receive=gathering.receive,
    receive_all=gathering.receive_all,
    produce=_produce,
)
