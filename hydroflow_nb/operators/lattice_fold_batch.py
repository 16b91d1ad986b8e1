"""Merges the items of `input` into one lattice value, and emits it when a `signal` comes; then it begins anew.

The type argument names the lattice. The value waits for the signal, through any number of ticks. If several signals
come in a run, the value is emitted once. A signal without any item emits the bottom of the lattice, or nothing if the
lattice has no bottom.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import MergingBatch
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.holding import accumulator
from hydroflow_nb.operators.record.operator import TWO, Category, InputDelay, Operator
from hydroflow_nb.operators.rules.folding import MergeBatch


def _batch(e: Emission) -> str:
    bottom = f"{e.runtime('bottom')}({e.fixed('lattice', e.type_argument(0))})"
    return e.state("batch", bottom, static=True, rebinds=True, accumulates=True)


def _receive(e: Emission, port: str, item: Item) -> Lines:
    if port == "signal":
        return [f"{e.scratch('signalled', 'False')} = True"]
    changed = e.local("changed")
    return [f"{_batch(e)}, {changed} = {e.runtime('merged')}({_batch(e)}, {item.once})"]


def _produce(e: Emission) -> Lines:
    emitted = e.local("emitted")
    lattice = e.fixed("lattice", e.type_argument(0))
    return [
        f"if {e.scratch('signalled', 'False')}:",
        f"    {emitted}, {_batch(e)} = {_batch(e)}, {e.runtime('bottom')}({lattice})",
        f"    if {emitted} is not None:",
        f"        {e.emit(emitted)}",
    ]


LATTICE_FOLD_BATCH = Operator(
    name="_lattice_fold_batch",
    category=Category.LATTICE,
    summary="The least upper bound of the items since the last signal, when a signal comes.",
    manual=__doc__,
    example="source_iter([1, 3]) -> map(Max) -> [input]b; source_iter([()]) -> [signal]b;"
    " b = _lattice_fold_batch::<Max>() -> assert_eq([Max(3)]);",
    inputs=TWO,
    input_ports=("input", "signal"),
    least_type_arguments=1,
    most_type_arguments=1,
    delays={"*": InputDelay.ACCUMULATING},
    holds=accumulator("batch", none_is_nothing=True),
    rule=MergeBatch(),
    explains=MergingBatch(),
    cost="one merge per item; keeps one lattice value until the signal",
    receive=_receive,
    produce=_produce,
)
