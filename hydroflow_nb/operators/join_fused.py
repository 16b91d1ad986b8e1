"""Emits `(key, (left, right))` for each key of both sides, where `left` and `right` are aggregates of the key's values.

Each side has an aggregation. `Fold(init, f)` begins with `init()`, `Reduce(f)` with a key's first value, and
`FoldFrom(f0, f)` with `f0(value)` of the first value. For each further value (with `Fold`, for every value) the
accumulator becomes `f(acc, value)`; if `f` returns None, it stays, changed in place. The values of a key are aggregated
in the order of arrival, and each key is emitted once a tick. In these arguments closures are written as lambdas. Both
sides are complete before anything is emitted. The first persistence is that of input 0, the second that of input 1; a
single one holds for both. With `'static`, a side's accumulators last, and every tick emits all keys that both sides
have. One accumulator for each key is kept, and no items.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import JoiningFused
from hydroflow_nb.operators.record.facts import Facts, LooksUp
from hydroflow_nb.operators.record.going_on import GoingOn
from hydroflow_nb.operators.record.operator import TICK_OR_STATIC, TWO, Category, InputDelay, Operator
from hydroflow_nb.operators.rules.joining import AggregatedJoin
from hydroflow_nb.operators.shared.fused_join import FusedJoin, aggregation, check

_JOIN = FusedJoin(fused=(0, 1))


JOIN_FUSED = Operator(
    name="join_fused",
    category=Category.BINARY,
    summary="For each key of both sides, the aggregates of its values.",
    manual=__doc__,
    example='source_iter([("a", 1), ("a", 2)]) -> [0]j; source_iter([("a", 3), ("b", 4)]) -> [1]j; '
    "j = join_fused(Reduce(lambda acc, n: acc + n), Fold(list, lambda acc, n: acc.append(n))) "
    '-> assert_eq([("a", (3, [3]))]);',
    inputs=TWO,
    input_ports=("0", "1"),
    arguments=(aggregation("lhs", "input 0"), aggregation("rhs", "input 1")),
    persistences=TICK_OR_STATIC,
    most_persistences=2,
    delays={"0": InputDelay.STRATUM, "1": InputDelay.STRATUM},
    replays=True,
    holds=_JOIN.holds,
    rule=AggregatedJoin(aggregates=(("0", 0), ("1", 1))),
    explains=JoiningFused(aggregates={"0": 0, "1": 1}),
    facts=Facts(looks_up=LooksUp.KEY, loops=True),
    goes_on=GoingOn(
        resumes="*", in_order="*", spares="*", varies=True, again="what it holds of every key that both sides have"
    ),
    cost="one call per item and O(1) per kept key in each tick; "
    "keeps one accumulator per key of either side for its persistence",
    check=check,
    gathers=("0", "1"),
    receive=_JOIN.receive,
    produce=_JOIN.produce,
)
