"""Hands over to its loop all that came since the loop fired last, over as many ticks as that takes.

It does not make the loop fire, and stands in root loops only. What waits grows without bound while the loop does not
fire; a loop in which nothing else can make it fire is warned of.
"""

from __future__ import annotations

from hydroflow_nb.operators.record.facts import Emits, Facts
from hydroflow_nb.operators.record.operator import Category, InputDelay, Operator, Promise, Window
from hydroflow_nb.operators.rules.timing import IntoLoop

SNAPSHOT = Operator(
    name="snapshot",
    category=Category.LOOP,
    summary="All that came until the loop fires; it does not make the loop fire.",
    manual=__doc__,
    example="xs = source_iter([1, 2]); ticks = source_iter(['go']); out = assert_eq([(1, 'go'), (2, 'go')]);\n"
    "loop { xs -> snapshot() -> [0]both; ticks -> batch() -> [1]both; both = cross_join() "
    "-> all_iterations() -> out; };",
    delays={"*": InputDelay.STRATUM},
    rule=IntoLoop(keeps=True),
    promise=Promise(order="kept", duplicates="kept", monotone=False),
    facts=Facts(emits=Emits.ITEMS),
    cost="O(1) an item; holds each item until the loop fires",
    window=Window.SNAPSHOT,
    transparent=True,
)
