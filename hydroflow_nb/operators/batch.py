"""Emits into its loop the items that came since the loop fired last, in the order of arrival, and makes the loop fire.

It is the first operator inside of a `loop`, where items enter it. A root loop fires at most once a tick, after
everything that feeds it is complete. A loop in another loop fires again while items wait at one of its batches.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Passing
from hydroflow_nb.operators.record.facts import Emits, Facts
from hydroflow_nb.operators.record.operator import Category, InputDelay, Operator, Window
from hydroflow_nb.operators.rules.timing import IntoLoop

BATCH = Operator(
    name="batch",
    category=Category.LOOP,
    summary="The items since the loop fired last; makes the loop fire.",
    manual=__doc__,
    example="xs = source_iter([1, 2]); sums = assert_eq([3]);\n"
    "loop { xs -> batch() -> fold(|| 0, |acc, x| acc + x) "
    "-> all_iterations() -> sums; };",
    delays={"*": InputDelay.STRATUM},
    rule=IntoLoop(),
    explains=Passing(),
    facts=Facts(emits=Emits.ITEMS),
    cost="O(1) per item; holds each item until the loop fires",
    window=Window.BATCH,
    transparent=True,
)
