"""Emits one value that all items of a tick were folded into, once in every tick that happens.

The accumulator begins as `init()`; for each item, in the order of arrival, it becomes `f(acc, item)`. If `f` returns
None, the accumulator stays, changed in place. A tick without items emits the initial value. With `'static` the
accumulator lasts, and every tick emits its newest value. What was emitted stays as it was, at any depth: an accumulator
that something still refers to is copied before `f` changes it again. If the accumulator is a dict or a list, and `f`
changes a few lists, sets or dicts in it, as `|acc, (k, v)| acc.setdefault(k, []).append(v)` does, only those and the
dict or list itself are copied.

A copy of a large accumulator in every tick costs more than all else. What only reads it, such as `map(|acc| len(acc))`
or `$name` in a closure, keeps nothing, and it changes in place. So emit what is needed of it, rather than the
accumulator itself, to what keeps its items. `flow.explain()` names the operator that may keep it.
"""

from __future__ import annotations

from hydroflow_nb.expressions import Closure
from hydroflow_nb.operators.explaining.families import Folding
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.facts import Facts, Lends
from hydroflow_nb.operators.record.going_on import GoingOn
from hydroflow_nb.operators.record.holding import accumulator
from hydroflow_nb.operators.record.operator import (
    AT_MOST_ONE,
    TICK_OR_STATIC,
    Category,
    InputDelay,
    Operator,
    function,
)
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.operators.rules.folding import Fold
from hydroflow_nb.operators.shared.accumulating import Changing, called, changing, handed_on
from hydroflow_nb.operators.shared.accumulating import published as read_by_name


def accumulator_of(e: Emission) -> str:
    """The variable that items are folded into."""
    return e.state("acc", e.call(0), static=e.is_static(), rebinds=True, accumulates=True)


def receive(e: Emission, port: str, item: Item) -> Lines:
    """Lines that fold an item into the accumulator."""
    accumulator = accumulator_of(e)
    own, call = called(e, accumulator, _changing(e), item)
    if e.returns_value(1):
        return [*own, f"{accumulator} = {call}"]
    result = e.local("result")
    return [
        *own,
        f"{result} = {call}",
        f"if {result} is not None:",
        f"    {accumulator} = {result}",
    ]


def _changing(e: Emission) -> Changing:
    return changing(e, 1, lasts=e.is_static(), in_parts=True)


def published(e: Emission) -> Lines:
    """Lines that let `$name` read the accumulator."""
    return read_by_name(e, accumulator_of(e), _changing(e))


def emitted(e: Emission) -> Lines:
    """Lines that emit the accumulator."""
    return handed_on(e, accumulator_of(e), _changing(e))


def checked(e: Emission) -> Lines:
    """Lines that refuse a bool that a lattice value has become; none where that can be seen not to happen."""
    f = e.written(1)
    if e.constant(0) is not None or (isinstance(f, Closure) and "merge" not in f.span.text):
        return []
    accumulator = accumulator_of(e)
    return [f"if {accumulator} is True or {accumulator} is False:", f"    {e.runtime('not_merged')}({e.function(0)})"]


def _produce(e: Emission) -> Lines:
    return [*checked(e), *published(e), *emitted(e)]


FOLD = Operator(
    name="fold",
    category=Category.AGGREGATION,
    summary="One value that all items are folded into.",
    manual=__doc__,
    example="source_iter([1, 2, 3]) -> fold(|| 0, |acc, x| acc + x) -> assert_eq([6]);",
    outputs=AT_MOST_ONE,
    arguments=(
        function("init", 0, "returns the accumulator to begin with", begins=True),
        function("f", 2, "gets the accumulator and an item, returns the new accumulator, or None if it changed it"),
    ),
    persistences=TICK_OR_STATIC,
    most_persistences=1,
    delays={"*": InputDelay.STRATUM},
    replays=True,
    publishes=True,
    holds=accumulator(),
    rust=InRust(outputs=("A",), arguments=("-> begin[A]", "&mut A, T -> change")),
    keyed_kin="fold_keyed",
    rule=Fold(begins=True),
    explains=Folding(),
    facts=Facts(lends=Lends(argument=1)),
    goes_on=GoingOn(resumes="*", in_order="*", forgives="*", folds=1),
    cost="one call per item, and a copy of a `'static` accumulator that something still refers to before it changes "
    "again; keeps one accumulator for its persistence",
    gathers=("*",),
    receive=receive,
    produce=_produce,
)
