"""Emits the items of the tick in the ascending order of their keys `f(item)`.

`<` has to be defined between all keys; items with equal keys keep their order. The key NaN comes after all other
numbers. `f` is called once for each item. All items of the tick are held until the last one has come.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Passing
from hydroflow_nb.operators.record.emission import Emission, Lines
from hydroflow_nb.operators.record.facts import Emits, Facts, Result, Wanted
from hydroflow_nb.operators.record.going_on import GoingOn
from hydroflow_nb.operators.record.operator import Category, InputDelay, Operator, function
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.operators.rules.folding import Sorted
from hydroflow_nb.operators.shared.gathering import held, receive, receive_all


def _produce(e: Emission) -> Lines:
    return [f"{e.runtime('ordered_by')}({held(e)}, {e.function(0)})", *e.emit_each(held(e), stable=True)]


SORT_BY_KEY = Operator(
    name="sort_by_key",
    category=Category.AGGREGATION,
    summary="The items of the tick in the ascending order of a key.",
    manual=__doc__,
    example='source_iter([(2, "y"), (1, "z")]) -> sort_by_key(|(n, _)| n) -> assert_eq([(1, "z"), (2, "y")]);',
    arguments=(
        function(
            "f",
            1,
            "gets an item, returns what it is sorted by",
            result=Result(
                kind=Wanted.COMPARABLE,
                words="a key that can be compared",
                hint="let the function return keys of one kind: `-> sort_by_key(|x| str(x))`",
            ),
        ),
    ),
    delays={"*": InputDelay.STRATUM},
    rust=InRust(
        text="fold::<'tick>(Vec::new, |items: &mut Vec<{T}>, item: {T}| items.push(item)) "
        "-> flat_map(|items: Vec<{T}>| python::sorted_by(items.into_iter(), {0}, false))",
        arguments=("&T -> K",),
    ),
    rule=Sorted(stable=True),
    explains=Passing(),
    facts=Facts(emits=Emits.ITEMS),
    goes_on=GoingOn(resumes="*", in_order="*"),
    cost="one call per item and O(n log n) per tick; holds the tick's items",
    gathers=("*",),
    receive=receive,
    receive_all=receive_all,
    produce=_produce,
)
