"""Emits, for each item, what an asynchronous function makes of it and of all items before, in the same tick.

The accumulator begins as `init()`. For each item, in order, the tick waits for `f(acc, item)`, which returns
`(acc, out)`: the new accumulator and what is emitted. If `out` is None, nothing is emitted. If `f` returns None,
nothing is emitted and the accumulator stays the same; unlike in `scan`, this does not end the stream. With `'tick`, the
default, every tick begins anew; with `'static` the accumulator lasts. `flat_map_stream_blocking` tells how to run a
flow that waits.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Running
from hydroflow_nb.operators.record.emission import Emission, Lines, Part
from hydroflow_nb.operators.record.holding import Form, Holding
from hydroflow_nb.operators.record.operator import (
    TICK_OR_STATIC,
    Await,
    Category,
    InputDelay,
    Operator,
    function,
)
from hydroflow_nb.operators.rules.folding import Numbered
from hydroflow_nb.operators.shared import gathering, working


def _produce(e: Emission) -> Lines:
    init = f"lambda: {e.call(0)}"
    f = f"lambda acc, item: {e.function(1)}(acc, item)"
    if not e.is_static():
        return working.outcomes(e, e.fixed("worker", f"{e.runtime('Scan')}({init}, {f})", Part.WORKER))
    # In a list, which the worker can change.
    kept = e.state("acc", f"[{e.call(0)}]", static=True, accumulates=True)
    worker = e.fixed("worker", f"{e.runtime('Scan')}({init}, {f}, lambda: {kept})", Part.WORKER)
    # Named here, so that the flow's snapshots have it.
    return [kept, *working.outcomes(e, worker)]


SCAN_ASYNC_BLOCKING = Operator(
    name="scan_async_blocking",
    category=Category.ONE_TO_ONE,
    summary="What an asynchronous function makes of each item and those before it, in the tick, which waits for it.",
    manual=__doc__,
    example="source_iter([1, 2, 3]) -> scan_async_blocking(|| 0, add_up) -> assert_eq([1, 3, 6]);",
    arguments=(
        function("init", 0, "returns the accumulator to begin with", begins=True),
        function(
            "f", 2, "an `async def`: gets the accumulator and an item, returns `(acc, out)`, or None", takes_async=True
        ),
    ),
    persistences=TICK_OR_STATIC,
    most_persistences=1,
    delays={"*": InputDelay.STRATUM},
    awaits=Await.ONE_BY_ONE,
    holds=(Holding(role="acc", name="value", form=Form.VALUE, read=lambda kept: kept[0]),),
    rule=Numbered(by_number=False),
    explains=Running(),
    cost="one call per item, one after the other; holds the tick's items, keeps one accumulator for its persistence",
    receive=gathering.receive,
    receive_all=gathering.receive_all,
    produce=_produce,
)
