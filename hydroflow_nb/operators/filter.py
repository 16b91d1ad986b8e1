"""Emits the items for which `f(item)` is true.

`f` gets the item itself and should not change it. As in Python's own `filter`, any true value keeps the item.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Filtering
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.facts import Emits, Facts
from hydroflow_nb.operators.record.operator import Category, Operator, function
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.operators.rules.functions import Filtered


def _receive(e: Emission, port: str, item: Item) -> Lines:
    item.keep()
    return [f"if {e.call(0, item)}:", f"    {e.forward(item)}"]


FILTER = Operator(
    name="filter",
    category=Category.ONE_TO_ONE,
    summary="The items that a predicate keeps.",
    manual=__doc__,
    example="source_iter([1, 2, 3, 4]) -> filter(|x| x % 2 == 0) -> assert_eq([2, 4]);",
    arguments=(function("f", 1, "gets an item, returns whether it is kept"),),
    rust=InRust(arguments=("&T -> truth",)),
    rule=Filtered(),
    explains=Filtering(),
    facts=Facts(emits=Emits.ITEMS, lets_go=True, stateless=True),
    cost="one call per item; keeps nothing",
    receive=_receive,
    over_columns=lambda e, over, inputs: f"{over}.filtered({inputs[0]}, {e.function(0)})",
)
