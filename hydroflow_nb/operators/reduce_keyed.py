"""Emits `(key, acc)` for each key, where `acc` is what all values of the key were combined into.

Items are pairs `(key, value)` with hashable keys. The first value of a key is the accumulator to begin with (a
shallow copy of it, where `f` may change it in place); for each further one it becomes `f(acc, value)`. Where `f`
returns None the accumulator that it was given, changed in place, stays. With `'tick`, the default, a tick emits the
keys that came in it; with `'static` every tick emits all keys ever seen, and an accumulator that `f` changes in place
is emitted as a shallow copy. Keys come in the order in which they were first seen; only that each comes once is
promised. One accumulator a key is kept.
"""

from __future__ import annotations

from hydroflow_nb.operators.accumulating import groups_emitted, groups_of
from hydroflow_nb.operators.emission import Emission, Item, Lines
from hydroflow_nb.operators.operator import TICK_OR_STATIC, Category, Delay, Operator, Promise, function


def _receive(e: Emission, port: str, item: Item) -> Lines:
    groups, missing = groups_of(e), e.runtime("MISSING")
    key, value = item.pair()
    accumulator = e.local("acc")
    found = [f"{accumulator} = {groups}.get({key}, {missing})", f"if {accumulator} is {missing}:"]
    if e.returns_value(0):
        return [
            *found,
            f"    {groups}[{key}] = {value}",
            "else:",
            f"    {groups}[{key}] = {e.call(0, accumulator, value)}",
        ]
    result = e.local("result")
    return [
        *found,
        # The value may belong to others as well: what `f` changes is a copy.
        f"    {groups}[{key}] = {e.runtime('copied')}({value})",
        "else:",
        f"    {result} = {e.call(0, accumulator, value)}",
        f"    if {result} is not None:",
        f"        {groups}[{key}] = {result}",
    ]


def _produce(e: Emission) -> Lines:
    return groups_emitted(e, 0)


REDUCE_KEYED = Operator(
    name="reduce_keyed",
    category=Category.AGGREGATION,
    summary="For each key one value that all values of the key are combined into.",
    manual=__doc__,
    example='source_iter([("a", 1), ("b", 2), ("a", 3)]) -> reduce_keyed(|acc, n| acc + n) '
    '-> sort() -> assert_eq([("a", 4), ("b", 2)]);',
    arguments=(
        function("f", 2, "gets the accumulator and a value, returns the new accumulator, or None if it changed it"),
    ),
    persistences=TICK_OR_STATIC,
    most_persistences=1,
    most_type_arguments=2,
    delays={"*": Delay.STRATUM},
    replays=True,
    promise=Promise(
        order="not promised; the values of a key are combined in the order of arrival",
        duplicates="each key once a tick",
        monotone=False,
    ),
    cost="one call an item and O(1) a kept key in each tick; "
    "keeps one accumulator a key for its persistence, and copies `'static` ones that are changed in place "
    "once a tick",
    gathers=("*",),
    receive=_receive,
    produce=_produce,
)
