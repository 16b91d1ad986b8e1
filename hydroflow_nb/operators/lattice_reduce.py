"""Emits the least upper bound of its items, in every tick in which there is one.

It works as `lattice_fold`, with the first item as the value to begin with: without an item it emits nothing. With
`'static` the value lasts, and every tick from the first item on emits it.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Merging
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.facts import Facts, Lends
from hydroflow_nb.operators.record.going_on import GoingOn
from hydroflow_nb.operators.record.holding import accumulator
from hydroflow_nb.operators.record.operator import AT_MOST_ONE, TICK_OR_STATIC, Category, InputDelay, Operator
from hydroflow_nb.operators.rules.folding import Merge
from hydroflow_nb.operators.shared.merging import emitted_when_grown, merged, read_by_name


def _accumulator(e: Emission) -> str:
    return e.state("acc", "None", static=e.is_static(), rebinds=True, accumulates=True)


def _grown(e: Emission) -> str:
    # What an earlier tick left is emitted in each later one.
    return e.state("grown", f"{_accumulator(e)} is not None", static=False, rebinds=True)


def _receive(e: Emission, port: str, item: Item) -> Lines:
    return merged(e, _accumulator(e), item.name, [f"{_grown(e)} = True"])


def _produce(e: Emission) -> Lines:
    return [*read_by_name(e, _accumulator(e)), *emitted_when_grown(e, _accumulator(e), _grown(e))]


LATTICE_REDUCE = Operator(
    name="lattice_reduce",
    category=Category.LATTICE,
    summary="The least upper bound of the items.",
    manual=__doc__,
    example="source_iter([1, 3, 2]) -> map(Max) -> lattice_reduce() -> assert_eq([Max(3)]);",
    outputs=AT_MOST_ONE,
    persistences=TICK_OR_STATIC,
    most_persistences=1,
    delays={"*": InputDelay.ACCUMULATING},
    replays=True,
    publishes=True,
    holds=accumulator(none_is_nothing=True),
    rule=Merge(),
    explains=Merging(),
    facts=Facts(lends=Lends()),
    goes_on=GoingOn(forgives="*"),
    cost="one merge per item, a copy of a value that something still refers to before it grows again; "
    "keeps one lattice value for its persistence",
    receive=_receive,
    produce=_produce,
)
