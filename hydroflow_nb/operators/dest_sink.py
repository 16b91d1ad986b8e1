"""Sends each item to a sink: at once, or, if sending takes time, one item after another after the tick.

A sink is a `hydroflow_nb.channel()`, a queue (its `put_nowait` is called), an object with a method `send`, a stream
with `write` and `drain` such as an `asyncio.StreamWriter`, or a function of one item. If a sink raises an exception,
such as `queue.Full`, the tick is aborted.

A sink that is given by its name, such as `notify` or `log.append`, is looked up in every tick, so a new definition of
it is used. Any other expression is evaluated once.

The sink gets the items in the order of arrival. The method or function may be async. If what it returns can be awaited,
it is awaited, one item after another, in order; so is the `put` of an `asyncio.Queue` that is full. A tick never waits
for that. The event loop that runs does it, also after `run_tick()` and `run_available()` in the cell of a notebook. If
no event loop runs, these two return when all items have been sent. `run_tick_async` and `run_available_async` always
do. While 1,000 items wait, a flow that runs by `run_async` takes in no items.

An exception of an async sink comes out of the current run, or else of the next one, once, with a note that names the
item; the items after it are sent all the same. If an event loop ends while an item is being sent, the next run sends
that item again. `close()` and `reset()` end the sending; a warning in the log tells how many items were still waiting.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Dropping
from hydroflow_nb.operators.record.emission import Emission, Item, Lines, Part
from hydroflow_nb.operators.record.facts import Emits, Facts
from hydroflow_nb.operators.record.operator import NONE, Category, Operator, value
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.operators.rules.functions import Same


def _receive(e: Emission, port: str, item: Item) -> Lines:
    sink = e.fixed("sink", f"{e.runtime('sink')}({e.value(0)})", Part.OUTLET)
    # A name may be bound anew between two ticks; anything else may have effects.
    send = e.scratch("send", f"{sink}.to({e.value(0)})") if e.is_name(0) else e.fixed("send", f"{sink}.send")
    result = e.local("result")
    return [
        f"{result} = {send}({item.name})",
        f"if {result} is not None:",
        f"    {sink}.await_result({result}, {item.name})",
    ]


DEST_SINK = Operator(
    name="dest_sink",
    category=Category.SINK,
    summary="Sends the items to a channel, a queue or a function.",
    manual=__doc__,
    example="source_iter([1, 2]) -> dest_sink(seen.append);",
    outputs=NONE,
    arguments=(value("sink", "a channel, a queue, an object with `send`, or a function of one item, or async ones"),),
    takes_awaitables=True,
    rust=InRust(text="for_each(|item: {T}| python::give({0}, &item))", arguments=("sink",)),
    rule=Same(),
    explains=Dropping(),
    facts=Facts(emits=Emits.NOTHING, pure=False),
    cost="one call of the sink per item; holds the items that an async sink has not sent yet",
    receive=_receive,
)
