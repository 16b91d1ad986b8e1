"""Emits all items of its first input, then all items of its second one.

The first input is the one with the lower port or, without ports, the one that stands first in the text. In a cycle the
order holds within each round.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Passing
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.facts import Emits, Facts, Shape
from hydroflow_nb.operators.record.operator import TWO, Category, Operator
from hydroflow_nb.operators.rules.unions import Union


def _receive(e: Emission, port: str, item: Item) -> Lines:
    return [e.forward(item)]


CHAIN = Operator(
    name="chain",
    category=Category.FAN,
    summary="The items of one input, then those of another.",
    manual=__doc__,
    example="source_iter([3]) -> [1]c; source_iter([1, 2]) -> [0]c; c = chain() -> assert_eq([1, 2, 3]);",
    inputs=TWO,
    rule=Union(in_turn=True),
    explains=Passing(),
    facts=Facts(emits=Emits.ITEMS, shape=Shape.FAN_IN),
    cost="O(1) per item; keeps nothing",
    receive=_receive,
)
