"""Emits its one item of a tick, and holds it for operators that read it by `$name`.

A second item in the same tick is an error. To read `$name` in a tick without an item is an error too; with `optional()`
it is None then. What it holds is forgotten when the tick ends. The output need not be connected.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Passing
from hydroflow_nb.operators.record.emission import Emission, Lines
from hydroflow_nb.operators.record.operator import AT_MOST_ONE, Category, Operator
from hydroflow_nb.operators.rules.functions import Same
from hydroflow_nb.operators.shared import one_item


def _produce(e: Emission) -> Lines:
    lines = e.publish(one_item.held(e))
    if not lines:
        return []
    # In a cycle the item may still come in a later run.
    missing = e.runtime("MISSING")
    check = [f"if {one_item.held(e)} is {missing}:", f"    {e.runtime('no_item')}()"]
    return [*([] if e.first else check), *lines]


SINGLETON = Operator(
    name="singleton",
    category=Category.STATE,
    summary="The one item of a tick, and `$name` for it.",
    manual=__doc__,
    example="s = source_iter([40]) -> singleton(); source_iter([1, 2]) -> map(|x| x + $s) -> assert_eq([41, 42]);",
    outputs=AT_MOST_ONE,
    publishes=True,
    rule=Same(),
    explains=Passing(shows="one"),
    cost="O(1) per item; keeps the tick's item",
    receive=one_item.receive,
    produce=_produce,
)
