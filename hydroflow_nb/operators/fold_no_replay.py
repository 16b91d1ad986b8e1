"""Emits one value that all items were folded into, in every tick in which an item comes, and in the first one.

It is a `fold` that emits nothing in other ticks. The accumulator begins as `init()`; for each item, in the order of
arrival, it becomes `f(acc, item)`. If `f` returns None, the accumulator stays, changed in place. With `'static` the
accumulator lasts. If nothing comes in the first tick of the flow, that tick emits the initial value.
"""

from __future__ import annotations

from dataclasses import replace

from hydroflow_nb.operators import fold
from hydroflow_nb.operators.record.emission import Emission, Item, Lines, indented
from hydroflow_nb.operators.rules.folding import Fold


def _first(e: Emission) -> str:
    """True until there has been a tick."""
    return e.state("first", "True", static=True, rebinds=True)


def _due(e: Emission) -> str:
    return e.state("due", _first(e), static=False, rebinds=True)


def _receive(e: Emission, port: str, item: Item) -> Lines:
    return [*fold.receive(e, port, item), f"{_due(e)} = True"]


def _produce(e: Emission) -> Lines:
    return [
        *fold.checked(e),
        *fold.published(e),
        f"{_first(e)} = False",
        f"if {_due(e)}:",
        *indented(fold.emitted(e)),
    ]


FOLD_NO_REPLAY = replace(
    fold.FOLD,
    name="fold_no_replay",
    summary="One value that all items are folded into, in ticks in which an item comes.",
    rust=None,
    manual=__doc__,
    example="source_iter([1, 2, 3]) -> fold_no_replay::<'static>(|| 0, |acc, x| acc + x) -> assert_eq([6]);",
    replays=False,
    keyed_kin="fold_keyed",
    rule=Fold(begins=True, replays=False),
    receive=_receive,
    produce=_produce,
)
