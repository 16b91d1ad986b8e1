"""Sends each item, `(payload, address)`, as a message to the address.

The argument is the outbound end of a network: the first value that `await hydroflow_nb.net.bind_udp(address)`,
`bind_tcp`, `connect_tcp` and similar functions return, or that of a simulated network. A payload is plain data
(numbers, texts, bytes, tuples, lists, sets, dicts) or an instance of a dataclass, an enum or a named tuple; any other
payload aborts the tick. Over TCP and Unix sockets the messages to one address arrive once, in the order of the items,
and the last ones can be lost when the connection breaks; over UDP they can arrive in any order, twice, or not at all. A
tick never waits until a message has left. While too many messages wait to leave, a flow that runs by `run_async` takes
in no items.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Dropping
from hydroflow_nb.operators.record.emission import Emission, Item, Lines, Part
from hydroflow_nb.operators.record.facts import Emits, Facts
from hydroflow_nb.operators.record.operator import NONE, Category, Operator, value
from hydroflow_nb.operators.rules.functions import Same


def _outlet(e: Emission) -> str:
    return e.fixed("outlet", f"{e.runtime('outbound')}({e.value(0)})", Part.OUTLET)


def _receive(e: Emission, port: str, item: Item) -> Lines:
    return [f"{_outlet(e)}.put({item.once})"]


DEST_SINK_SERDE = Operator(
    name="dest_sink_serde",
    category=Category.SINK,
    summary="Sends the items as messages over a network.",
    manual=__doc__,
    example='source_iter([("hello", "there")]) -> dest_sink_serde(outbound);',
    outputs=NONE,
    arguments=(value("outbound", "the outbound end of a network", end=True),),
    rule=Same(),
    explains=Dropping(),
    facts=Facts(emits=Emits.NOTHING, pure=False, meets_network=True),
    cost="O(size) per message; holds what has not left yet, up to the limit of the end",
    receive=_receive,
)
