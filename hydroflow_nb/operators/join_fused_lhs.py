"""Emits `(key, (left, right))` for each `(key, right)` from input 1.

`left` is the aggregate of all values of the key on input 0. Items whose key is not there are dropped.

The aggregation is `Fold(init, f)`, `Reduce(f)` or `FoldFrom(f0, f)`, as in `join_fused`. Input 0 is complete before an
item of input 1 is looked at; the items of input 1 keep their order and their duplicates. The first persistence is that
of input 0, the second that of input 1; a single one holds for both. With `'static` on input 0 its accumulators last;
with `'static` on input 1 all its items are kept, and matched again in each tick, found by their keys.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import JoiningFused
from hydroflow_nb.operators.record.facts import Facts, LooksUp
from hydroflow_nb.operators.record.going_on import GoingOn
from hydroflow_nb.operators.record.operator import TICK_OR_STATIC, TWO, Category, InputDelay, Operator
from hydroflow_nb.operators.rules.joining import AggregatedJoin
from hydroflow_nb.operators.shared.fused_join import FusedJoin, aggregation, check

_JOIN = FusedJoin(fused=(0,))


JOIN_FUSED_LHS = Operator(
    name="join_fused_lhs",
    category=Category.BINARY,
    summary="The items of input 1, each with the aggregate of its key's values on input 0.",
    manual=__doc__,
    example='source_iter([("a", 1), ("a", 2)]) -> [0]j; source_iter([("a", 5), ("b", 6), ("a", 7)]) -> [1]j; '
    'j = join_fused_lhs(Reduce(lambda acc, n: acc + n)) -> assert_eq([("a", (3, 5)), ("a", (3, 7))]);',
    inputs=TWO,
    input_ports=("0", "1"),
    arguments=(aggregation("lhs", "input 0"),),
    persistences=TICK_OR_STATIC,
    most_persistences=2,
    delays={"0": InputDelay.STRATUM},
    replays=True,
    holds=_JOIN.holds,
    rule=AggregatedJoin(aggregates=(("0", 0),)),
    explains=JoiningFused(aggregates={"0": 0}),
    facts=Facts(looks_up=LooksUp.KEY, loops=True),
    goes_on=GoingOn(resumes="*", in_order="*", spares="*", varies=True, again="every match"),
    cost="one call per item of input 0, O(1) per item of input 1, and for a `'static` input 1 all matches again in "
    "each tick, however much is held; keeps one accumulator per key of input 0 for its persistence, and a `'static` "
    "input 1, with the places of each key",
    check=check,
    first_inputs=_JOIN.first_inputs,
    gathers=("0",),
    receive=_JOIN.receive,
    receive_all=_JOIN.receive_all,
    produce=_JOIN.produce,
)
