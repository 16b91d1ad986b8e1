"""Sends each item to a sink, at once.

A sink is a `hydroflow_nb.channel()`, a queue (its `put_nowait` is called), an object with a method `send`, or a
function of one item. What a sink raises, such as `queue.Full`, aborts the tick.
"""

from __future__ import annotations

from hydroflow_nb.operators.emission import Emission, Item, Lines
from hydroflow_nb.operators.operator import NONE, Category, Operator, Promise, value


def _receive(e: Emission, port: str, item: Item) -> Lines:
    deliver = e.fixed("sink", f"{e.runtime('sink')}({e.value(0)})")
    return [f"{deliver}({item.once})"]


DEST_SINK = Operator(
    name="dest_sink",
    category=Category.SINK,
    summary="Sends the items to a channel, a queue or a function.",
    manual=__doc__,
    example="source_iter([1, 2]) -> dest_sink(seen.append);",
    outputs=NONE,
    arguments=(value("sink", "a channel, a queue, an object with `send`, or a function of one item"),),
    promise=Promise(order="the sink gets the items in the order of arrival", duplicates="kept", monotone=True),
    cost="one call of the sink an item; keeps nothing",
    receive=_receive,
)
