"""Emits into its loop the items that came, in the order of arrival, if the loop fires; does not make the loop fire.

Items that wait are dropped at the end of a tick in which the loop did not fire. In a loop that stands in another loop,
they are dropped at the end of the outer loop's iteration.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Passing
from hydroflow_nb.operators.record.facts import Emits, Facts
from hydroflow_nb.operators.record.operator import Category, InputDelay, Operator, Window
from hydroflow_nb.operators.rules.timing import IntoLoop

BATCH_LAZY = Operator(
    name="batch_lazy",
    category=Category.LOOP,
    summary="The items that came, if the loop fires; otherwise they are dropped.",
    manual=__doc__,
    example="xs = source_iter([1, 2]); ticks = source_iter(['go']); out = assert_eq([(1, 'go'), (2, 'go')]);\n"
    "loop { xs -> batch_lazy() -> [0]both; ticks -> batch() -> [1]both; both = cross_join() "
    "-> all_iterations() -> out; };",
    delays={"*": InputDelay.STRATUM},
    rule=IntoLoop(drops=True),
    explains=Passing(),
    facts=Facts(emits=Emits.ITEMS),
    cost="O(1) per item; holds each item until the loop fires",
    window=Window.LAZY,
    transparent=True,
)
