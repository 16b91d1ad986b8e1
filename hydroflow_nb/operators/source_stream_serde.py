"""Emits the messages that a network brought since the last tick, each as `(payload, address of its sender)`.

The argument is the inbound end of a network: the second value that `await hydroflow_nb.net.bind_udp(address)`,
`bind_tcp`, `connect_tcp` and similar functions return, or that of a simulated network. With a type,
`source_stream_serde::<Message>(inbound)`, only messages of that type are emitted. Objects are rebuilt only if the
flow's namespace or the type names their class. Over TCP and Unix sockets the messages of one sender come once, in the
order in which it sent them, and the last ones can be lost when the connection breaks; over UDP they can come in any
order, twice, or not at all. Messages that cannot be decoded are counted and kept in the statistics of the end; they
never stop the flow.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import FromOutside
from hydroflow_nb.operators.record.emission import Emission, Lines, Part
from hydroflow_nb.operators.record.facts import Facts
from hydroflow_nb.operators.record.operator import NONE, Category, Operator, value
from hydroflow_nb.operators.rules.sources import Arrives


def _produce(e: Emission) -> Lines:
    made = f"{e.runtime('inbound')}({e.value(0)}, {e.type_argument(0)}, {e.runtime('namespace')})"
    inbox = e.fixed("inbox", made, Part.INBOX)
    batch = e.batch()
    return [f"{batch} = {inbox}.take()", *e.emit_each(batch, stable=True)]


SOURCE_STREAM_SERDE = Operator(
    name="source_stream_serde",
    category=Category.SOURCE,
    summary="The messages that came in from a network since the last tick.",
    manual=__doc__,
    example='received = source_stream_serde(messages_of("hello")); received -> assert_eq([("hello", "here")]);',
    inputs=NONE,
    arguments=(value("inbound", "the inbound end of a network", end=True),),
    most_type_arguments=1,
    external=True,
    rule=Arrives(),
    explains=FromOutside(),
    facts=Facts(meets_network=True),
    cost="O(size) per message; holds the messages until the next tick",
    produce=_produce,
)
