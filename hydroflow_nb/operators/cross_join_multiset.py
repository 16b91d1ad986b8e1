"""Emits `(left, right)` for each pair of an item from input 0 and an item from input 1.

Each side keeps its duplicates, and items need not be hashable. The first persistence is that of input 0, the second
that of input 1; a single one holds for both. A `'static` side keeps all its items, and is paired again in every tick
that happens. Within a tick that has a cycle, every pair is emitted once.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Joining
from hydroflow_nb.operators.record.facts import Facts
from hydroflow_nb.operators.record.going_on import GoingOn
from hydroflow_nb.operators.record.operator import TICK_OR_STATIC, TWO, Category, Operator
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.operators.rules.joining import Join
from hydroflow_nb.operators.shared.symmetric_join import SymmetricJoin

_JOIN = SymmetricJoin(keyed=False, distinct=False)


CROSS_JOIN_MULTISET = Operator(
    name="cross_join_multiset",
    category=Category.BINARY,
    summary="All pairs of items of the two sides; duplicates are kept.",
    manual=__doc__,
    example="source_iter([1, 1]) -> [0]pairs; source_iter([[2]]) -> [1]pairs; "
    "pairs = cross_join_multiset() -> assert_eq([(1, [2]), (1, [2])]);",
    inputs=TWO,
    input_ports=("0", "1"),
    persistences=TICK_OR_STATIC,
    most_persistences=2,
    most_type_arguments=1,
    known_types=("HalfMultisetJoinState",),
    replays=True,
    holds=_JOIN.holds,
    rust=InRust(inputs=("V", "W"), outputs=("(V, W)",)),
    keyed_kin="join_multiset",
    rule=Join(keeps_copies=True),
    explains=Joining(),
    facts=Facts(loops=True),
    goes_on=GoingOn(resumes=("0", "1"), spares="*", again="every pair"),
    cost="O(1) per item and per pair, and for two `'static` sides all pairs again in each tick; keeps the items for "
    "their persistence, except those of a `'tick` side that are matched as they come",
    first_inputs=_JOIN.first_inputs,
    receive=_JOIN.receive,
    receive_all=_JOIN.receive_all,
    produce=_JOIN.produce,
)
