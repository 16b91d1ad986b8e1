"""Emits the least upper bound of its items, merged into a value that `init` returns.

Items have to be lattice values: objects with `merge(other)`. It emits once in every tick that happens. A cycle may lead
through it, because its value only grows; there it emits again after each run that changed the value. It emits copies.
With `'static` the value lasts; with `'tick`, the default, it begins anew in every tick.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Merging
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
from hydroflow_nb.operators.rules.folding import Merge
from hydroflow_nb.operators.shared.merging import emitted_when_grown, merged, read_by_name


def _accumulator(e: Emission) -> str:
    return e.state("acc", e.call(0), static=e.is_static(), rebinds=True, accumulates=True)


def _grown(e: Emission) -> str:
    return e.state("grown", "True", static=False, rebinds=True)


def _receive(e: Emission, port: str, item: Item) -> Lines:
    return merged(e, _accumulator(e), item.name, [f"{_grown(e)} = True"])


def _produce(e: Emission) -> Lines:
    return [*read_by_name(e, _accumulator(e)), *emitted_when_grown(e, _accumulator(e), _grown(e))]


LATTICE_FOLD = Operator(
    name="lattice_fold",
    category=Category.LATTICE,
    summary="The least upper bound of the items and an initial value.",
    manual=__doc__,
    example="source_iter([1, 3, 2]) -> map(Max) -> lattice_fold(|| Max(0)) -> assert_eq([Max(3)]);",
    outputs=AT_MOST_ONE,
    arguments=(function("init", 0, "returns the value to begin with", begins=True),),
    persistences=TICK_OR_STATIC,
    most_persistences=1,
    delays={"*": InputDelay.ACCUMULATING},
    replays=True,
    publishes=True,
    holds=accumulator(),
    rule=Merge(),
    explains=Merging(begin=0),
    facts=Facts(lends=Lends()),
    goes_on=GoingOn(forgives="*"),
    cost="one merge per item, a copy of a value that something still refers to before it grows again; "
    "keeps one lattice value for its persistence",
    receive=_receive,
    produce=_produce,
)
