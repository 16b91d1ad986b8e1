"""Emits `(left, right)` for each pair of an item from input 0 and an item from input 1.

Each side is a set: an item that comes twice counts once. `cross_join_multiset`, or
`cross_join::<HalfMultisetJoinState>()`, keeps duplicates. Items can be anything; equal items are the same item. Items
that cannot be hashed, such as lists and dicts, are compared one by one with the others of their side. The first
persistence is that of input 0, the second that of input 1; a single one holds for both. A `'static` side is remembered,
and paired again in every tick that happens.

Within a tick that has a cycle, every pair is emitted once.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Joining
from hydroflow_nb.operators.record.facts import Facts
from hydroflow_nb.operators.record.going_on import GoingOn
from hydroflow_nb.operators.record.operator import TICK_OR_STATIC, TWO, Category, Operator
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.operators.rules.joining import Join
from hydroflow_nb.operators.shared.symmetric_join import STATES, SymmetricJoin

_JOIN = SymmetricJoin(keyed=False, distinct=True)


CROSS_JOIN = Operator(
    name="cross_join",
    category=Category.BINARY,
    summary="All pairs of items of the two sides; each side is a set.",
    manual=__doc__,
    example="source_iter([1, 2, 2]) -> [0]pairs; source_iter([3, 4]) -> [1]pairs; "
    "pairs = cross_join() -> sort() -> assert_eq([(1, 3), (1, 4), (2, 3), (2, 4)]);",
    inputs=TWO,
    input_ports=("0", "1"),
    persistences=TICK_OR_STATIC,
    most_persistences=2,
    most_type_arguments=1,
    known_types=tuple(STATES),
    replays=True,
    multiset_kin="cross_join_multiset",
    holds=_JOIN.holds,
    rust=InRust(inputs=("V", "W"), outputs=("(V, W)",), hashed=("V", "W")),
    keyed_kin="join",
    rule=Join(keeps_copies=False, distinct_by_type=STATES),
    explains=Joining(),
    facts=Facts(loops=True),
    goes_on=GoingOn(
        resumes=("0", "1"), forgives=("0", "1"), unless=("HalfMultisetJoinState",), spares="*", again="every pair"
    ),
    cost="O(1) per item and per pair, O(items of its side) for an item that cannot be hashed, so n of them cost "
    "O(n²), and for two `'static` sides all pairs again in each tick; keeps the distinct items of both sides for "
    "their persistence",
    first_inputs=_JOIN.first_inputs,
    receive=_JOIN.receive,
    receive_all=_JOIN.receive_all,
    produce=_JOIN.produce,
)
