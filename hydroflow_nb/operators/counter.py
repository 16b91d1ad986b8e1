"""Counts its items and prints the count, `_counter(tag): 6202`: with the first item, and then at most once in each
interval.

The items pass unchanged. The count includes all ticks. Nothing is printed while no item comes; the next line includes
all items since the last one. The operator is there to see how fast a long run goes.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Passing
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.facts import Emits, Facts
from hydroflow_nb.operators.record.operator import AT_MOST_ONE, Category, Operator, value
from hydroflow_nb.operators.rules.functions import Same


def _counter(e: Emission) -> str:
    return e.fixed("counter", f"{e.runtime('Counter')}({e.value(0)}, {e.value(1)})")


def _receive(e: Emission, port: str, item: Item) -> Lines:
    item.keep()
    return [f"{_counter(e)}.add()", e.forward(item)]


COUNTER = Operator(
    name="_counter",
    category=Category.ONE_TO_ONE,
    summary="The items, unchanged; their number is printed now and then.",
    manual=__doc__,
    example='source_iter(["a", "b"]) -> _counter("letters", 0.5) -> assert_eq(["a", "b"]);',
    outputs=AT_MOST_ONE,
    arguments=(
        value("tag", "what the printed lines call the items"),
        value("interval", "the least time between two lines: seconds as a number, or a `timedelta`"),
    ),
    rule=Same(),
    explains=Passing(),
    facts=Facts(emits=Emits.ITEMS, pure=False),
    cost="one look at the clock per item; keeps the count",
    receive=_receive,
)
