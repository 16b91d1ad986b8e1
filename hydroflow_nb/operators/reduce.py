"""Emits one value that all items of a tick were combined into, once in every tick that has such a value.

The accumulator begins as the first item (or as a copy of it, if `f` may change it in place); for each further item, in
the order of arrival, it becomes `f(acc, item)`. If `f` returns None, the accumulator stays, changed in place. A tick
without items emits nothing. With `'static` the accumulator lasts, and every tick from the first item on emits its
newest value. What was emitted stays as it was, at any depth: an accumulator that something still refers to is copied
before `f` changes it again; `flow.explain()` names the operator that may keep it.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Folding
from hydroflow_nb.operators.record.emission import Emission, Item, Lines, indented
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
from hydroflow_nb.operators.shared.accumulating import begun_with, changing, handed_on, made_own
from hydroflow_nb.operators.shared.accumulating import published as read_by_name


def accumulator_of(e: Emission) -> str:
    """The variable that items are combined into; MISSING before the first one."""
    return e.state("acc", e.runtime("MISSING"), static=e.is_static(), rebinds=True, accumulates=True)


def receive(e: Emission, port: str, item: Item) -> Lines:
    """Lines that combine an item with the accumulator."""
    accumulator, missing, name = accumulator_of(e), e.runtime("MISSING"), item.name
    if e.returns_value(0):
        return [
            f"if {accumulator} is {missing}:",
            f"    {accumulator} = {begun_with(changing(e, 0, lasts=e.is_static()), name)}",
            "else:",
            *indented(made_own(e, accumulator, changing(e, 0, lasts=e.is_static()))),
            f"    {accumulator} = {e.call(0, accumulator, item)}",
        ]
    result = e.local("result")
    return [
        f"if {accumulator} is {missing}:",
        # The item may belong to others as well: what `f` changes is a copy.
        f"    {accumulator} = {begun_with(changing(e, 0, lasts=e.is_static()), name)}",
        "else:",
        *indented(made_own(e, accumulator, changing(e, 0, lasts=e.is_static()))),
        f"    {result} = {e.call(0, accumulator, item)}",
        f"    if {result} is not None:",
        f"        {accumulator} = {result}",
    ]


def published(e: Emission) -> Lines:
    """Lines that let `$name` read the accumulator."""
    accumulator = accumulator_of(e)
    value = f"None if {accumulator} is {e.runtime('MISSING')} else {accumulator}"
    return read_by_name(e, value, changing(e, 0, lasts=e.is_static()))


def emitted(e: Emission) -> Lines:
    """Lines that emit the accumulator, which there has to be."""
    return handed_on(e, accumulator_of(e), changing(e, 0, lasts=e.is_static()))


def _produce(e: Emission) -> Lines:
    return [*published(e), f"if {accumulator_of(e)} is not {e.runtime('MISSING')}:", *indented(emitted(e))]


REDUCE = Operator(
    name="reduce",
    category=Category.AGGREGATION,
    summary="One value that all items are combined into.",
    manual=__doc__,
    example="source_iter([1, 2, 3, 4]) -> reduce(|acc, x| acc * x) -> assert_eq([24]);",
    outputs=AT_MOST_ONE,
    arguments=(
        function("f", 2, "gets the accumulator and an item, returns the new accumulator, or None if it changed it"),
    ),
    persistences=TICK_OR_STATIC,
    most_persistences=1,
    delays={"*": InputDelay.STRATUM},
    replays=True,
    publishes=True,
    holds=accumulator(),
    rust=InRust(arguments=("&mut T, T -> change",)),
    keyed_kin="reduce_keyed",
    rule=Fold(begins=False),
    explains=Folding(begin=None, f=0),
    facts=Facts(lends=Lends(argument=0)),
    goes_on=GoingOn(resumes="*", in_order="*", forgives="*", folds=0),
    cost="one call per item, and a copy of a `'static` accumulator that something still refers to before it changes "
    "again; keeps one accumulator for its persistence",
    gathers=("*",),
    receive=receive,
    produce=_produce,
)
