"""Emits what was sent into a channel since the last tick.

A tick takes in all that waits when it begins; what is sent while it runs waits for the next one. `run_available` goes
on with further ticks while items wait. The source may be a `hydroflow_nb.channel()`, a `queue.Queue`, an
`asyncio.Queue` or an async iterator; the last one is read while `run_async` runs, which raises what it raises.

Several sources of one flow that read the same channel, queue or iterator get every item each, in the same tick. Of
several flows that read it each item goes to one: that whose tick begins first; give each flow a channel of its own. An
item of a queue counts as done, for its `join()`, when the tick has ended that took it in.

A name is looked up once, when the flow is compiled: one that is bound anew later, to another channel, is told of by a
warning.

A flow that is closed or reset ends a generator that it reads: `source_stream(ticks())` calls its function each time.
"""

from __future__ import annotations

from hydroflow_nb.operators.record.emission import Emission, Lines, Part
from hydroflow_nb.operators.record.operator import NONE, Category, Operator, Promise, value
from hydroflow_nb.operators.rules.sources import Arrives


def _produce(e: Emission) -> Lines:
    inbox = e.fixed("inbox", f"{e.runtime('inbox')}({e.value(0)})", Part.INBOX)
    batch = e.batch()
    return [f"{batch} = {inbox}.take()", *e.emit_each(batch, stable=True)]


SOURCE_STREAM = Operator(
    name="source_stream",
    category=Category.SOURCE,
    summary="What was sent into a channel since the last tick.",
    manual=__doc__,
    example="numbers = source_stream(channel_of(1, 2, 3)); numbers -> assert_eq([1, 2, 3]);",
    inputs=NONE,
    arguments=(value("channel", "a channel, a queue or an async iterator", end=True),),
    external=True,
    rule=Arrives(),
    promise=Promise(order="that of sending", duplicates="kept", monotone=True),
    cost="O(1) an item; holds what was sent until the next tick",
    produce=_produce,
)
