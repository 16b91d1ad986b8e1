"""Emits the items that leave its loop, one iteration after the other, to operators outside of the loop.

It is the last operator inside of a `loop`, where items leave it. The operators that get the items run after the loop
has ended.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Passing
from hydroflow_nb.operators.record.facts import Emits, Facts
from hydroflow_nb.operators.record.operator import Category, Operator
from hydroflow_nb.operators.rules.functions import Same

ALL_ITERATIONS = Operator(
    name="all_iterations",
    category=Category.LOOP,
    summary="The items that leave a loop, those of all its iterations.",
    manual=__doc__,
    example="one = source_iter([1]); out = assert_eq([1, 10, 100]);\n"
    "loop { one -> batch() -> first; loop { first -> batch() -> n; n = union() -> tee();\n"
    "n -> map(|x| 10 * x) -> filter(|x| x <= 100) -> defer_tick() -> n; n -> all_iterations() -> done; };\n"
    "done = all_iterations() -> out; first = identity(); };",
    rule=Same(),
    explains=Passing(),
    facts=Facts(emits=Emits.ITEMS),
    cost="O(1) per item; holds each item until the loop has ended",
    leaves_loop=True,
    transparent=True,
)
