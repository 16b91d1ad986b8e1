"""Emits into its loop all items that came since the loop fired last, in this and in earlier ticks, in the order of
arrival.

It does not make the loop fire, and stands in root loops only. While the loop does not fire, the items that wait grow
without bound. If nothing else can make the loop fire, a warning tells you.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Passing
from hydroflow_nb.operators.record.facts import Emits, Facts
from hydroflow_nb.operators.record.operator import Category, InputDelay, Operator, Window
from hydroflow_nb.operators.rules.timing import IntoLoop

SNAPSHOT = Operator(
    name="snapshot",
    category=Category.LOOP,
    summary="All items since the loop fired last; does not make the loop fire.",
    manual=__doc__,
    example="xs = source_iter([1, 2]); ticks = source_iter(['go']); out = assert_eq([(1, 'go'), (2, 'go')]);\n"
    "loop { xs -> snapshot() -> [0]both; ticks -> batch() -> [1]both; both = cross_join() "
    "-> all_iterations() -> out; };",
    delays={"*": InputDelay.STRATUM},
    rule=IntoLoop(keeps=True),
    explains=Passing(),
    facts=Facts(emits=Emits.ITEMS),
    cost="O(1) per item; holds each item until the loop fires",
    window=Window.SNAPSHOT,
    transparent=True,
)
