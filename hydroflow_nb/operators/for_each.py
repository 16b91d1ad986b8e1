"""Calls `f(item)` for each item, at once, in the order of arrival.

What `f` returns is dropped. Its effects can be seen while the tick runs, not only at its end.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Dropping
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.facts import Emits, Facts
from hydroflow_nb.operators.record.operator import NONE, Category, Operator, function
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.operators.rules.functions import Same


def _receive(e: Emission, port: str, item: Item) -> Lines:
    return [e.call(0, item)]


FOR_EACH = Operator(
    name="for_each",
    category=Category.SINK,
    summary="Calls a function for each item.",
    manual=__doc__,
    example="source_iter([1, 2, 3]) -> for_each(|x| seen.append(x));",
    outputs=NONE,
    arguments=(function("f", 1, "gets an item; what it returns is dropped"),),
    awaiting_kin="dest_sink",
    rust=InRust(arguments=("T -> nothing",)),
    rule=Same(),
    explains=Dropping(),
    facts=Facts(emits=Emits.NOTHING, pure=False, lets_go=True),
    cost="one call per item; keeps nothing",
    receive=_receive,
)
