"""Emits its items unchanged, and holds those of a tick for operators that read them by `$name`.

`$name` is the list of all items that came in this tick, in order of arrival. Readers run after the list is complete.
The output need not be connected. What it holds is forgotten when the tick ends.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Passing
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.operator import AT_MOST_ONE, Category, Operator
from hydroflow_nb.operators.rules.functions import Same


def _receive(e: Emission, port: str, item: Item) -> Lines:
    item.keep()
    held = e.state("held", "[]", static=False)
    return [f"{held}.append({item.name})", e.forward(item)]


def _produce(e: Emission) -> Lines:
    held = e.state("held", "[]", static=False)
    # In a cycle more may come after it was read.
    return e.publish(held if e.first is None else f"{held}.copy()")


HANDOFF = Operator(
    name="handoff",
    category=Category.STATE,
    summary="The items themselves, and `$name` for the list of a tick's items.",
    manual=__doc__,
    example="h = source_iter([1, 2]) -> handoff(); source_iter([3]) -> map(|x| x + len($h)) -> assert_eq([5]);",
    outputs=AT_MOST_ONE,
    publishes=True,
    rule=Same(),
    explains=Passing(shows="all"),
    cost="O(1) per item; keeps the tick's items",
    receive=_receive,
    produce=_produce,
)
