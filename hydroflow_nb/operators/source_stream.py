"""Emits the items that were sent into a channel since the last tick.

A tick takes in all items that wait when it begins; items that are sent while it runs wait for the next one. Items come
in the order in which they were sent, each as often as it was sent. `run_available` runs further ticks while items wait.
The source is a `hydroflow_nb.channel()`, a `queue.Queue`, an `asyncio.Queue` or an async iterator. An async iterator is
read while `run_async` runs, which raises what the iterator raises.

If several sources of one flow read the same channel, queue or iterator, each of them gets every item, in the same tick.
If several flows read it, one flow gets each item: the one whose tick begins first. Give each flow a channel of its own.
An item of a queue counts as done, for the queue's `join()`, when the tick that took it in has ended.

The name of a channel is looked up once, when the flow is compiled. If the name is bound to another channel later, a
warning tells you.

A flow that is closed or reset ends a generator that it reads: `source_stream(ticks())` calls its function each time.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import FromOutside
from hydroflow_nb.operators.record.emission import Emission, Lines, Part
from hydroflow_nb.operators.record.operator import NONE, Category, Operator, value
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.operators.rules.sources import Arrives


def _produce(e: Emission) -> Lines:
    inbox = e.fixed("inbox", f"{e.runtime('inbox')}({e.value(0)})", Part.INBOX)
    batch = e.batch()
    return [f"{batch} = {inbox}.take()", *e.emit_each(batch, stable=True)]


SOURCE_STREAM = Operator(
    name="source_stream",
    category=Category.SOURCE,
    summary="The items that were sent into a channel since the last tick.",
    manual=__doc__,
    example="numbers = source_stream(channel_of(1, 2, 3)); numbers -> assert_eq([1, 2, 3]);",
    inputs=NONE,
    arguments=(value("channel", "a channel, a queue or an async iterator", end=True),),
    external=True,
    rust=InRust(inputs=(), arguments=("stream[T]",)),
    rule=Arrives(),
    explains=FromOutside(),
    cost="O(1) per item; holds what was sent until the next tick",
    produce=_produce,
)
