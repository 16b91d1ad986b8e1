"""Emits the first `n` items of the tick: those of input 0, then those of the further inputs.

All other items are dropped. Input 0 is complete before an item of another input is looked at; later inputs fill the
places that are left. So in `c = chain_first_n(1)` with `default -> [1]c`, the default is emitted if nothing else came.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import FirstFew
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.facts import Emits, Facts
from hydroflow_nb.operators.record.operator import Arity, Category, InputDelay, Operator, value
from hydroflow_nb.operators.rules.unions import FirstOf


def _receive(e: Emission, port: str, item: Item) -> Lines:
    n = e.fixed("n", f"{e.runtime('count')}({e.value(0)})")
    left = e.state("left", n, static=False, rebinds=True)
    return [f"if {left}:", f"    {left} -= 1", f"    {e.forward(item)}"]


CHAIN_FIRST_N = Operator(
    name="chain_first_n",
    category=Category.FAN,
    summary="The first `n` items of the tick, one input after the other.",
    manual=__doc__,
    example='source_iter(["a", "b"]) -> [0]c; source_iter(["c", "d"]) -> [1]c; '
    'c = chain_first_n(3) -> assert_eq(["a", "b", "c"]);',
    inputs=Arity(least=2, most=None),
    arguments=(value("n", "how many items a tick emits at most"),),
    delays={"0": InputDelay.STRATUM},
    rule=FirstOf(),
    explains=FirstFew(),
    facts=Facts(emits=Emits.ITEMS),
    cost="O(1) per item; holds the items of input 0 until the last of them has come",
    receive=_receive,
)
