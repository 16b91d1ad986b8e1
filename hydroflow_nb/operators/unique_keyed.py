"""Emits each pair `(key, value)` the first time it comes: the distinct values of each key.

Keys and values have to be hashable. With `'tick`, the default, every tick forgets what came before. With `'static` a
pair is emitted once in the life of the flow; every distinct pair is kept for that. Nothing is emitted again in later
ticks.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import First
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.facts import Emits, Facts, LooksUp
from hydroflow_nb.operators.record.going_on import GoingOn
from hydroflow_nb.operators.record.holding import SEEN
from hydroflow_nb.operators.record.operator import TICK_OR_STATIC, Category, Operator
from hydroflow_nb.operators.rules.folding import Unique


def _receive(e: Emission, port: str, item: Item) -> Lines:
    seen = e.state("seen", f"{e.runtime('set')}()", static=e.is_static())
    item.pair()  # An item that is not a pair is an error.
    name = item.name
    return [f"if {name} not in {seen}:", f"    {seen}.add({name})", f"    {e.forward(item)}"]


UNIQUE_KEYED = Operator(
    name="unique_keyed",
    category=Category.ONE_TO_ONE,
    summary="Each pair of key and value once, when it first comes.",
    manual=__doc__,
    example='source_iter([("a", 1), ("b", 1), ("a", 1)]) -> unique_keyed() -> assert_eq([("a", 1), ("b", 1)]);',
    persistences=TICK_OR_STATIC,
    most_persistences=1,
    holds=SEEN,
    rule=Unique(),
    explains=First(),
    facts=Facts(emits=Emits.ITEMS, looks_up=LooksUp.ITEM),
    goes_on=GoingOn(forgives="*"),
    cost="O(1) per item; keeps each distinct pair for its persistence",
    receive=_receive,
)
