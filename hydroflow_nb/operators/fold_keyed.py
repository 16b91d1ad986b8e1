"""Emits `(key, acc)` for each key, where `acc` is what all values of the key were folded into.

Items are pairs `(key, value)` with hashable keys. A key's accumulator begins as `init()`; for each value, in the order
of arrival, it becomes `f(acc, value)`. If `f` returns None, the accumulator stays, changed in place. With `'tick`, the
default, a tick emits the keys that came in it; with `'static` every tick emits all keys ever seen. What was emitted
stays as it was, at any depth: an accumulator that something still refers to is copied before `f` changes it again. Keys
come in the order in which they were first seen; do not rely on this order, only on each key coming once. One
accumulator for each key is kept.

With `'mutable` it works as with `'static`, but items are instructions, carried out in the order of arrival:
`hf.Persist(key, value)` folds in a value, `hf.Delete(key)` forgets a key.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Folding
from hydroflow_nb.operators.record.emission import Emission, Item, Lines, indented
from hydroflow_nb.operators.record.facts import Facts, Lends, LooksUp
from hydroflow_nb.operators.record.going_on import GoingOn
from hydroflow_nb.operators.record.holding import VALUES
from hydroflow_nb.operators.record.operator import (
    TICK_OR_STATIC,
    Category,
    InputDelay,
    Operator,
    Persistence,
    function,
)
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.operators.rules.folding import Fold
from hydroflow_nb.operators.shared.accumulating import (
    changing,
    groups_emitted,
    groups_of,
    made_own_by_key,
    noted_as_fresh,
    noted_as_touched,
)


def _receive(e: Emission, port: str, item: Item) -> Lines:
    if e.is_mutable():
        key, values, value = e.local("key"), e.local("values"), e.local("value")
        return [
            f"{key}, {values} = {e.runtime('keyed_instruction')}({item.once})",
            f"if not {values}:",
            f"    {groups_of(e)}.pop({key}, None)",
            f"for {value} in {values}:",
            *indented(_folded(e, key, value)),
        ]
    key, value = item.pair()
    return [*_folded(e, key, value), *noted_as_touched(e, key)]


def _folded(e: Emission, key: str, value: str) -> Lines:
    groups = groups_of(e)
    constant = e.constant(0)
    if constant is not None and e.returns_value(1):
        return [f"{groups}[{key}] = {e.call(1, f'{groups}.get({key}, {constant})', value)}"]
    accumulator = e.local("acc")
    # None is the accumulator of a new key, or what `init` returned and would return again.
    found = [f"{accumulator} = {groups}.get({key})", f"if {accumulator} is None:"]
    by = changing(e, 1, lasts=e.is_static() or e.is_mutable())
    fresh, own = noted_as_fresh(e, key, by), made_own_by_key(e, groups, key, accumulator, by)
    if e.returns_value(1):
        return [
            *found,
            f"    {accumulator} = {e.call(0)}",
            *indented(fresh),
            *own,
            f"{groups}[{key}] = {e.call(1, accumulator, value)}",
        ]
    result = e.local("result")
    return [
        *found,
        f"    {accumulator} = {groups}[{key}] = {e.call(0)}",
        *indented(fresh),
        *own,
        f"{result} = {e.call(1, accumulator, value)}",
        f"if {result} is not None:",
        f"    {groups}[{key}] = {result}",
    ]


def _produce(e: Emission) -> Lines:
    return groups_emitted(e)


FOLD_KEYED = Operator(
    name="fold_keyed",
    category=Category.AGGREGATION,
    summary="For each key, one value that all values of the key are folded into.",
    manual=__doc__,
    example='source_iter([("a", 1), ("b", 2), ("a", 3)]) -> fold_keyed(|| 0, |acc, n| acc + n) '
    '-> sort() -> assert_eq([("a", 4), ("b", 2)]);',
    arguments=(
        function("init", 0, "returns the accumulator that a key begins with"),
        function("f", 2, "gets the accumulator and a value, returns the new accumulator, or None if it changed it"),
    ),
    persistences=(*TICK_OR_STATIC, Persistence.MUTABLE),
    most_persistences=1,
    most_type_arguments=2,
    delays={"*": InputDelay.STRATUM},
    replays=True,
    holds=VALUES,
    rust=InRust(
        inputs=("(K, V)",),
        outputs=("(K, A)",),
        arguments=("-> begin[A]", "&mut A, V -> change"),
        hashed=("K",),
    ),
    rule=Fold(begins=True, keyed=True),
    explains=Folding(keyed=True),
    facts=Facts(looks_up=LooksUp.KEY, lends=Lends(argument=1, keyed=True)),
    goes_on=GoingOn(
        resumes="*", in_order="*", forgives="*", folds=1, spares="*", varies=True, again="the value of every key"
    ),
    cost="one call per item, O(1) per kept key in each tick, and a copy of an accumulator that something still refers "
    "to before it changes again; keeps one accumulator per key for its persistence",
    gathers=("*",),
    receive=_receive,
    produce=_produce,
    over_columns=lambda e, over, inputs: f"{over}.folded({inputs[0]}, {e.function(0)}, {e.function(1)})",
)
