"""Emits `(key, (left, right))` for each pair of a `(key, left)` from input 0 and a `(key, right)` from input 1.

Each side keeps its duplicates: n equal items on one side and m on the other, with the same key, make n * m matches. So
only keys have to be hashable. The first persistence is that of input 0, the second that of input 1; a single
one holds for both. A `'static` side keeps all its items, and is joined again in every tick that happens. Within a tick
that has a cycle, every match is emitted once.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Joining
from hydroflow_nb.operators.record.facts import Facts, LooksUp
from hydroflow_nb.operators.record.going_on import GoingOn
from hydroflow_nb.operators.record.operator import TICK_OR_STATIC, TWO, Category, Operator
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.operators.rules.joining import Join
from hydroflow_nb.operators.shared.symmetric_join import SymmetricJoin

_JOIN = SymmetricJoin(keyed=True, distinct=False)


JOIN_MULTISET = Operator(
    name="join_multiset",
    category=Category.BINARY,
    summary="The pairs of values that have the same key on both sides; duplicates are kept.",
    manual=__doc__,
    example='source_iter([(1, "a"), (1, "a")]) -> [0]j; source_iter([(1, "x"), (2, "y")]) -> [1]j; '
    'j = join_multiset() -> assert_eq([(1, ("a", "x")), (1, ("a", "x"))]);',
    inputs=TWO,
    input_ports=("0", "1"),
    persistences=TICK_OR_STATIC,
    most_persistences=2,
    most_type_arguments=1,
    known_types=("HalfMultisetJoinState",),
    replays=True,
    holds=_JOIN.holds,
    rust=InRust(inputs=("(K, V)", "(K, W)"), outputs=("(K, (V, W))",), hashed=("K",)),
    rule=Join(keeps_copies=True),
    explains=Joining(keyed=True),
    facts=Facts(looks_up=LooksUp.KEY, loops=True),
    goes_on=GoingOn(resumes=("0", "1"), spares="*", again="every match"),
    cost="O(1) per item and per match, and for two `'static` sides all matches again in each tick, however much is "
    "held; keeps the items for their persistence, except those of a `'tick` side that are matched as they come",
    first_inputs=_JOIN.first_inputs,
    receive=_JOIN.receive,
    receive_all=_JOIN.receive_all,
    produce=_JOIN.produce,
    over_columns=lambda e, over, inputs: f"{over}.joined({inputs[0]}, {inputs[1]}, distinct=False)",
)
