"""Emits `(key, acc)` for each key, where `acc` is what all values of the key were combined into.

Items are pairs `(key, value)` with hashable keys. A key's accumulator begins as its first value (or as a copy of it, if
`f` may change it in place); for each further value, in the order of arrival, it becomes `f(acc, value)`. If `f` returns
None, the accumulator stays, changed in place. With `'tick`, the default, a tick emits the keys that came in it; with
`'static` every tick emits all keys ever seen. What was emitted stays as it was, at any depth: an accumulator that
something still refers to is copied before `f` changes it again. Keys come in the order in which they were first seen;
do not rely on this order, only on each key coming once. One accumulator for each key is kept.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Folding
from hydroflow_nb.operators.record.emission import Emission, Item, Lines, indented
from hydroflow_nb.operators.record.facts import Facts, Lends, LooksUp
from hydroflow_nb.operators.record.going_on import GoingOn
from hydroflow_nb.operators.record.holding import VALUES
from hydroflow_nb.operators.record.operator import TICK_OR_STATIC, Category, InputDelay, Operator, function
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.operators.rules.folding import Fold
from hydroflow_nb.operators.shared.accumulating import (
    begun_with,
    changing,
    groups_emitted,
    groups_of,
    made_own_by_key,
    noted_as_fresh,
    noted_as_touched,
)


def _receive(e: Emission, port: str, item: Item) -> Lines:
    groups, missing = groups_of(e), e.runtime("MISSING")
    key, value = item.pair()
    accumulator = e.local("acc")
    found = [f"{accumulator} = {groups}.get({key}, {missing})", f"if {accumulator} is {missing}:"]
    by = changing(e, 0, lasts=e.is_static() or e.is_mutable())
    found += [
        # The item may belong to others as well: what `f` changes is a copy.
        f"    {groups}[{key}] = {begun_with(by, value)}",
        *indented(noted_as_fresh(e, key, by)),
        "else:",
    ]
    own = made_own_by_key(e, groups, key, accumulator, by)
    if e.returns_value(0):
        changed = [f"{groups}[{key}] = {e.call(0, accumulator, value)}"]
    else:
        result = e.local("result")
        changed = [
            f"{result} = {e.call(0, accumulator, value)}",
            f"if {result} is not None:",
            f"    {groups}[{key}] = {result}",
        ]
    return [*found, *indented([*own, *changed]), *noted_as_touched(e, key)]


def _produce(e: Emission) -> Lines:
    return groups_emitted(e)


REDUCE_KEYED = Operator(
    name="reduce_keyed",
    category=Category.AGGREGATION,
    summary="For each key, one value that all values of the key are combined into.",
    manual=__doc__,
    example='source_iter([("a", 1), ("b", 2), ("a", 3)]) -> reduce_keyed(|acc, n| acc + n) '
    '-> sort() -> assert_eq([("a", 4), ("b", 2)]);',
    arguments=(
        function("f", 2, "gets the accumulator and a value, returns the new accumulator, or None if it changed it"),
    ),
    persistences=TICK_OR_STATIC,
    most_persistences=1,
    most_type_arguments=2,
    delays={"*": InputDelay.STRATUM},
    replays=True,
    holds=VALUES,
    rust=InRust(inputs=("(K, V)",), outputs=("(K, V)",), arguments=("&mut V, V -> change",), hashed=("K",)),
    rule=Fold(begins=False, keyed=True),
    explains=Folding(begin=None, f=0, keyed=True),
    facts=Facts(looks_up=LooksUp.KEY, lends=Lends(argument=0, keyed=True)),
    goes_on=GoingOn(
        resumes="*", in_order="*", forgives="*", folds=0, spares="*", varies=True, again="the value of every key"
    ),
    cost="one call per item, O(1) per kept key in each tick, and a copy of an accumulator that something still refers "
    "to before it changes again; keeps one accumulator per key for its persistence",
    gathers=("*",),
    receive=_receive,
    produce=_produce,
)
