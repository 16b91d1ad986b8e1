"""Emits one value that all items were combined into, in every tick in which an item comes.

It is a `reduce` that emits nothing in other ticks. The accumulator begins as the first item (or as a shallow copy of
it, if `f` may change it in place); for each further item, in the order of arrival, it becomes `f(acc, item)`. If `f`
returns None, the accumulator stays, changed in place. With `'static` the accumulator lasts.
"""

from __future__ import annotations

from dataclasses import replace

from hydroflow_nb.operators import reduce
from hydroflow_nb.operators.record.emission import Emission, Item, Lines, indented
from hydroflow_nb.operators.rules.folding import Fold


def _due(e: Emission) -> str:
    return e.state("due", "False", static=False, rebinds=True)


def _receive(e: Emission, port: str, item: Item) -> Lines:
    return [*reduce.receive(e, port, item), f"{_due(e)} = True"]


def _produce(e: Emission) -> Lines:
    return [*reduce.published(e), f"if {_due(e)}:", *indented(reduce.emitted(e))]


REDUCE_NO_REPLAY = replace(
    reduce.REDUCE,
    name="reduce_no_replay",
    summary="One value that all items are combined into, in ticks in which an item comes.",
    rust=None,
    manual=__doc__,
    example="source_iter([1, 2, 3]) -> reduce_no_replay::<'static>(|acc, x| acc + x) -> assert_eq([6]);",
    replays=False,
    keyed_kin="reduce_keyed",
    rule=Fold(begins=False, replays=False),
    receive=_receive,
    produce=_produce,
)
