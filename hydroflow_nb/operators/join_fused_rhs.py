"""Emits `(key, (left, right))` for each `(key, left)` from input 0.

`right` is the aggregate of all values of the key on input 1. Items whose key is not there are dropped.

The aggregation is `Fold(init, f)`, `Reduce(f)` or `FoldFrom(f0, f)`, as in `join_fused`. Input 1 is complete before an
item of input 0 is looked at; the items of input 0 keep their order and their duplicates. The first persistence is that
of input 0, the second that of input 1; a single one holds for both. With `'static` on input 1 its accumulators last;
with `'static` on input 0 all its items are kept, and matched again in each tick, found by their keys.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import JoiningFused
from hydroflow_nb.operators.record.facts import Facts, LooksUp
from hydroflow_nb.operators.record.going_on import GoingOn
from hydroflow_nb.operators.record.operator import TICK_OR_STATIC, TWO, Category, InputDelay, Operator
from hydroflow_nb.operators.rules.joining import AggregatedJoin
from hydroflow_nb.operators.shared.fused_join import FusedJoin, aggregation, check

_JOIN = FusedJoin(fused=(1,))


JOIN_FUSED_RHS = Operator(
    name="join_fused_rhs",
    category=Category.BINARY,
    summary="The items of input 0, each with the aggregate of its key's values on input 1.",
    manual=__doc__,
    example='source_iter([("a", 1), ("a", 2)]) -> [1]j; source_iter([("a", 5), ("b", 6), ("a", 7)]) -> [0]j; '
    'j = join_fused_rhs(Reduce(lambda acc, n: acc + n)) -> assert_eq([("a", (5, 3)), ("a", (7, 3))]);',
    inputs=TWO,
    input_ports=("0", "1"),
    arguments=(aggregation("rhs", "input 1"),),
    persistences=TICK_OR_STATIC,
    most_persistences=2,
    delays={"1": InputDelay.STRATUM},
    replays=True,
    holds=_JOIN.holds,
    rule=AggregatedJoin(aggregates=(("1", 0),)),
    explains=JoiningFused(aggregates={"1": 0}),
    facts=Facts(looks_up=LooksUp.KEY, loops=True),
    goes_on=GoingOn(resumes="*", in_order="*", spares="*", varies=True, again="every match"),
    cost="one call per item of input 1, O(1) per item of input 0, and for a `'static` input 0 all matches again in "
    "each tick, however much is held; keeps one accumulator per key of input 1 for its persistence, and a `'static` "
    "input 0, with the places of each key",
    check=check,
    first_inputs=_JOIN.first_inputs,
    gathers=("1",),
    receive=_JOIN.receive,
    receive_all=_JOIN.receive_all,
    produce=_JOIN.produce,
)
