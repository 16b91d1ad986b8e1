"""Emits the pairs `(key, value)` of the tick in ascending order, by key and within a key by value.

`<` has to be defined between all keys, and between the values of one key; equal pairs are all emitted. NaN comes after
all other numbers. All items of the tick are held until the last one has come.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Passing
from hydroflow_nb.operators.record.emission import Emission, Lines
from hydroflow_nb.operators.record.operator import Category, InputDelay, Operator
from hydroflow_nb.operators.rules.folding import Sorted
from hydroflow_nb.operators.shared.gathering import held, receive, receive_all


def _produce(e: Emission) -> Lines:
    return [f"{e.runtime('ordered')}({e.runtime('pairs')}({held(e)}))", *e.emit_each(held(e), stable=True)]


SORT_KEYED = Operator(
    name="sort_keyed",
    category=Category.AGGREGATION,
    summary="The pairs of the tick in the ascending order of key and value.",
    manual=__doc__,
    example='source_iter([("b", 1), ("a", 3), ("a", 2)]) -> sort_keyed() -> assert_eq([("a", 2), ("a", 3), ("b", 1)]);',
    delays={"*": InputDelay.STRATUM},
    rule=Sorted(),
    explains=Passing(),
    cost="O(n log n) per tick; holds the tick's items",
    receive=receive,
    receive_all=receive_all,
    produce=_produce,
)
