"""Sends each item to a sink: at once, or where sending takes time, one after another behind the tick.

A sink is a `hydroflow_nb.channel()`, a queue (its `put_nowait` is called), an object with a method `send`, a stream
with `write` and `drain` such as an `asyncio.StreamWriter`, or a function of one item. What a sink raises, such as
`queue.Full`, aborts the tick.

A sink that is given by its name, as `notify` or `log.append`, is looked up in every tick, so that one that was defined
anew is used; any other expression is evaluated once.

The method or function may be async: what it returns is awaited if it can be, one item after another, in order. So is
the `put` of an `asyncio.Queue` that is full. A tick never waits for that. The event loop that runs does, also after
`run_tick()` and `run_available()` in a notebook's cell; where none runs, they return when all was sent, and so do
`run_tick_async` and `run_available_async` always. While 1,000 items wait, a flow that runs by `run_async` takes nothing
in.

What an async sink raises comes out of the run that is under way, else of the next one, once, with a note that names the
item; the items behind it are sent all the same. An item whose sending is cancelled with its event loop is sent again by
the next run. `close()` and `reset()` end the sending; a warning in the log tells how many items were still waiting.
"""

from __future__ import annotations

from hydroflow_nb.operators.record.emission import Emission, Item, Lines, Part
from hydroflow_nb.operators.record.facts import Emits, Facts
from hydroflow_nb.operators.record.operator import NONE, Category, Operator, Promise, value
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
    rule=Same(),
    promise=Promise(order="the sink gets the items in the order of arrival", duplicates="kept", monotone=True),
    facts=Facts(emits=Emits.NOTHING, pure=False),
    cost="one call of the sink an item; holds the items that an async sink has not sent yet",
    receive=_receive,
)
