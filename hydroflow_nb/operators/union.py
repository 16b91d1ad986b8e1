"""Emits the items of all its inputs, one input after the other in the order of their ports.

The order within each input is kept. The order between inputs holds within one run of the operator's subgraph. Inputs
from other subgraphs can arrive interleaved, over several runs, so programs should not depend on this order. Duplicates
are kept: the name is that of Hydroflow, but the operator concatenates. Ports may have any name, or none.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Passing
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.facts import Emits, Facts, Shape
from hydroflow_nb.operators.record.operator import Arity, Category, Operator
from hydroflow_nb.operators.record.rust import SAME
from hydroflow_nb.operators.rules.unions import Union


def _receive(e: Emission, port: str, item: Item) -> Lines:
    return [e.forward(item)]


UNION = Operator(
    name="union",
    category=Category.FAN,
    summary="The items of all inputs.",
    manual=__doc__,
    example="source_iter([1, 2]) -> u; source_iter([3]) -> u; u = union() -> sort() -> assert_eq([1, 2, 3]);",
    inputs=Arity(least=0, most=None, usual=2),
    rust=SAME,
    rule=Union(),
    explains=Passing(),
    facts=Facts(emits=Emits.ITEMS, shape=Shape.FAN_IN, lets_go=True, stateless=True),
    cost="O(1) per item; keeps nothing",
    receive=_receive,
)
