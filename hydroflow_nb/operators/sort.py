"""Emits the items of the tick in ascending order.

`<` has to be defined between all items; equal items keep their order, and all of them are emitted. NaN comes after all
other numbers, also in tuples and lists. `sort_by_key` sorts by other values than the items themselves. All items of the
tick are held until the last one has come.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Passing
from hydroflow_nb.operators.record.emission import Emission, Lines
from hydroflow_nb.operators.record.facts import Emits, Facts
from hydroflow_nb.operators.record.going_on import GoingOn
from hydroflow_nb.operators.record.operator import Category, InputDelay, Operator
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.operators.rules.folding import Sorted
from hydroflow_nb.operators.shared.gathering import held, receive, receive_all


def _produce(e: Emission) -> Lines:
    return [f"{e.runtime('ordered')}({held(e)})", *e.emit_each(held(e), stable=True)]


SORT = Operator(
    name="sort",
    category=Category.AGGREGATION,
    summary="The items of the tick in ascending order.",
    manual=__doc__,
    example="source_iter([3, 1, 2]) -> sort() -> assert_eq([1, 2, 3]);",
    delays={"*": InputDelay.STRATUM},
    rust=InRust(hashed=("T",)),
    rule=Sorted(),
    explains=Passing(),
    facts=Facts(emits=Emits.ITEMS),
    goes_on=GoingOn(resumes="*", in_order="*"),
    cost="O(n log n) per tick; holds the tick's items",
    gathers=("*",),
    receive=receive,
    receive_all=receive_all,
    produce=_produce,
)
