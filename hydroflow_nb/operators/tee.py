"""Emits each item to every output.

The outputs share the item: it is not copied, so none of them should change it. Ports may have any name, or none.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Passing
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.facts import Emits, Facts, Shape
from hydroflow_nb.operators.record.operator import Arity, Category, Operator
from hydroflow_nb.operators.record.rust import SAME
from hydroflow_nb.operators.rules.functions import Same


def _receive(e: Emission, port: str, item: Item) -> Lines:
    item.keep()
    return [e.forward(item, output) for output in range(len(e.outputs))]


TEE = Operator(
    name="tee",
    category=Category.FAN,
    summary="Each item, to every output.",
    manual=__doc__,
    example="t = source_iter([1, 2]) -> tee(); t -> assert_eq([1, 2]); t -> map(|x| -x) -> assert_eq([-1, -2]);",
    outputs=Arity(least=0, most=None, usual=2),
    rust=SAME,
    rule=Same(),
    explains=Passing(),
    facts=Facts(emits=Emits.ITEMS, shape=Shape.FAN_OUT, lets_go=True, stateless=True),
    cost="O(1) per item and per output; keeps nothing",
    receive=_receive,
    over_columns=lambda e, over, inputs: inputs[0],
)
