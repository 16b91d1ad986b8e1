"""Calls `f(item)` for each item and emits the item.

What `f` returns is dropped: `inspect(print)` shows the items while they flow. `f` is called before any operator
downstream gets the item.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Passing
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.facts import Emits, Facts
from hydroflow_nb.operators.record.operator import AT_MOST_ONE, Category, Operator, function
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.operators.rules.functions import Same


def _receive(e: Emission, port: str, item: Item) -> Lines:
    item.keep()
    return [e.call(0, item), e.forward(item)]


INSPECT = Operator(
    name="inspect",
    category=Category.ONE_TO_ONE,
    summary="The items, unchanged; a function sees each of them.",
    manual=__doc__,
    example="source_iter([1, 2]) -> inspect(|x| seen.append(x)) -> assert_eq([1, 2]);",
    outputs=AT_MOST_ONE,
    arguments=(function("f", 1, "gets an item; what it returns is dropped"),),
    rust=InRust(arguments=("&T -> nothing",)),
    rule=Same(),
    explains=Passing(),
    facts=Facts(emits=Emits.ITEMS, pure=False, lets_go=True),
    cost="one call per item; keeps nothing",
    receive=_receive,
)
