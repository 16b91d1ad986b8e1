"""Emits into its loop the items that came, in the order of arrival, and makes the loop fire in every tick that happens.

It stands in root loops only: with it, a loop in another loop would never end.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Passing
from hydroflow_nb.operators.record.facts import Emits, Facts
from hydroflow_nb.operators.record.operator import Category, InputDelay, Operator, Window
from hydroflow_nb.operators.rules.timing import IntoLoop

BATCH_EAGER = Operator(
    name="batch_eager",
    category=Category.LOOP,
    summary="The items that came, if any; the loop fires in every tick.",
    manual=__doc__,
    example="xs = source_iter([1, 2]); counts = assert_eq([2]);\n"
    "loop { xs -> batch_eager() -> fold(|| 0, |acc, _| acc + 1) "
    "-> all_iterations() -> counts; };",
    delays={"*": InputDelay.STRATUM},
    rule=IntoLoop(),
    explains=Passing(),
    facts=Facts(emits=Emits.ITEMS),
    cost="O(1) per item; holds each item until the loop fires",
    window=Window.EAGER,
    transparent=True,
)
