"""Emits `(key, (left, right))` for each pair of a `(key, left)` from input 0 and a `(key, right)` from input 1.

Each side is a set: an item that comes twice counts once. `join_multiset`, or `join::<HalfMultisetJoinState>()`, keeps
duplicates. Keys have to be hashable. Values can be anything; equal values are the same value. Values that cannot be
hashed, such as lists and dicts, are compared one by one with the other values of their key. The first persistence is
that of input 0, the second that of input 1; a single one holds for both. A `'static` side is remembered, and joined
again in every tick that happens.

Within a tick that has a cycle, every match is emitted once.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Joining
from hydroflow_nb.operators.record.facts import Facts, LooksUp
from hydroflow_nb.operators.record.going_on import GoingOn
from hydroflow_nb.operators.record.operator import TICK_OR_STATIC, TWO, Category, Operator
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.operators.rules.joining import Join
from hydroflow_nb.operators.shared.symmetric_join import STATES, SymmetricJoin

_JOIN = SymmetricJoin(keyed=True, distinct=True)


JOIN = Operator(
    name="join",
    category=Category.BINARY,
    summary="The pairs of values that have the same key on both sides; each side is a set.",
    manual=__doc__,
    example='source_iter([(1, "a"), (2, "b")]) -> [0]j; source_iter([(1, "x"), (1, "y")]) -> [1]j; '
    'j = join() -> sort() -> assert_eq([(1, ("a", "x")), (1, ("a", "y"))]);',
    inputs=TWO,
    input_ports=("0", "1"),
    persistences=TICK_OR_STATIC,
    most_persistences=2,
    most_type_arguments=1,
    known_types=tuple(STATES),
    replays=True,
    multiset_kin="join_multiset",
    holds=_JOIN.holds,
    rust=InRust(inputs=("(K, V)", "(K, W)"), outputs=("(K, (V, W))",), hashed=("K", "V", "W")),
    rule=Join(keeps_copies=False, distinct_by_type=STATES),
    explains=Joining(keyed=True),
    facts=Facts(looks_up=LooksUp.KEY, loops=True),
    goes_on=GoingOn(
        resumes=("0", "1"), forgives=("0", "1"), unless=("HalfMultisetJoinState",), spares="*", again="every match"
    ),
    cost="O(1) per item and per match, O(values of its key) for a value that cannot be hashed, so n of them under one "
    "key cost O(n²), and for two `'static` sides all matches again in each tick, however much is held; keeps the "
    "distinct items of both sides for their persistence",
    first_inputs=_JOIN.first_inputs,
    receive=_JOIN.receive,
    receive_all=_JOIN.receive_all,
    produce=_JOIN.produce,
    over_columns=lambda e, over, inputs: f"{over}.joined({inputs[0]}, {inputs[1]}, distinct=True)",
)
