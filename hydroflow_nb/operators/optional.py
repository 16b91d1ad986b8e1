"""Emits its one item of a tick, if there is one, and holds it for operators that read it by `$name`.

`$name` is None in a tick without an item. A second item in the same tick is an error. What it holds is forgotten when
the tick ends. The output need not be connected.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Passing
from hydroflow_nb.operators.record.emission import Emission, Lines
from hydroflow_nb.operators.record.operator import AT_MOST_ONE, Category, Operator
from hydroflow_nb.operators.rules.functions import Same
from hydroflow_nb.operators.shared import one_item


def _produce(e: Emission) -> Lines:
    item = one_item.held(e)
    return e.publish(f"None if {item} is {e.runtime('MISSING')} else {item}")


OPTIONAL = Operator(
    name="optional",
    category=Category.STATE,
    summary="The one item of a tick or none, and `$name` for it.",
    manual=__doc__,
    example="o = source_iter([]) -> optional(); source_iter([1]) -> map(|x| (x, $o)) -> assert_eq([(1, None)]);",
    outputs=AT_MOST_ONE,
    publishes=True,
    rule=Same(),
    explains=Passing(shows="one"),
    cost="O(1) per item; keeps the tick's item",
    receive=one_item.receive,
    produce=_produce,
)
