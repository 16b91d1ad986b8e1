"""Emits its items unchanged, after the last of them has come.

The operators before it end their work on the tick before the operators behind it begin.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Passing
from hydroflow_nb.operators.record.operator import Category, InputDelay, Operator
from hydroflow_nb.operators.record.rust import SAME
from hydroflow_nb.operators.rules.functions import Same

NEXT_STRATUM = Operator(
    name="next_stratum",
    category=Category.PERSISTENCE,
    summary="The items, when all of them are there.",
    manual=__doc__,
    example="source_iter([1, 2]) -> inspect(|x| seen.append(x)) -> next_stratum() "
    "-> map(|x| (x, len(seen))) -> assert_eq([(1, 2), (2, 2)]);",
    delays={"*": InputDelay.STRATUM},
    rust=SAME,
    rule=Same(),
    explains=Passing(),
    cost="O(1) per item; holds the tick's items until the last of them has come",
    transparent=True,
)
