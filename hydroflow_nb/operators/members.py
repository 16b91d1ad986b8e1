"""Emits each member of a cluster of a system when it is first there.

The argument is the name of a cluster: `members(clients)`. All members of a closed cluster come in the first tick. Those
of an open one, `cluster(open=True)`, come as they greet, in any order, each once. An item is the member's address, as
the second part of an item that came from it. Outside of a system the argument may be any iterable, whose items come in
the first tick.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Given
from hydroflow_nb.operators.record.operator import NONE, Category, Operator, value
from hydroflow_nb.operators.rules.sources import Begins
from hydroflow_nb.operators.source_iter import produce

MEMBERS = Operator(
    name="members",
    category=Category.SOURCE,
    summary="Each member of a cluster, when it is first there.",
    manual=__doc__,
    example='members(["oslo", "lima"]) -> assert_eq(["oslo", "lima"]);',
    inputs=NONE,
    arguments=(value("cluster", "the name of a cluster"),),
    lists_members=True,
    rule=Begins(argument=0),
    explains=Given(),
    cost="O(1) per member; keeps the members until the first tick",
    produce=produce,
)
