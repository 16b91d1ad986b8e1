"""Emits each item if `p(item)` is true, and aborts the tick with `AssertionFailed` if it is not.

It may end a pipeline, or stand in the middle of one.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Filtering
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.facts import Emits, Facts
from hydroflow_nb.operators.record.operator import AT_MOST_ONE, Category, Operator, function
from hydroflow_nb.operators.rules.functions import Same


def _receive(e: Emission, port: str, item: Item) -> Lines:
    name = item.name
    return [f"if not {e.call(0, item)}:", f"    {e.runtime('failed')}({name})", e.forward(item)]


ASSERT = Operator(
    name="assert",
    category=Category.SINK,
    summary="The items, unchanged; one for which a predicate is false is an error.",
    manual=__doc__,
    example="source_iter([1, 2]) -> assert(|x| x > 0) -> assert_eq([1, 2]);",
    outputs=AT_MOST_ONE,
    arguments=(function("p", 1, "gets an item, returns whether it is as it should be"),),
    rule=Same(),
    explains=Filtering(raises=True),
    facts=Facts(emits=Emits.ITEMS, pure=False),
    cost="one call per item; keeps nothing",
    receive=_receive,
)
