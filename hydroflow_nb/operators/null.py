"""Emits nothing. As a source it never has an item; as a sink it drops its items.

The operators before it do their work all the same. A type, as Hydroflow allows it in `null::<int>()`, is accepted and
has no effect.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Dropping
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.facts import Emits, Facts
from hydroflow_nb.operators.record.operator import AT_MOST_ONE, Category, Operator
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.operators.rules.functions import Nothing


def _receive(e: Emission, port: str, item: Item) -> Lines:
    # The output does not exist: the item is made, and no one gets it.
    return [e.forward(item, len(e.outputs))]


def _receive_all(e: Emission, port: str, iterable: str) -> Lines | None:
    return [f"{e.runtime('deque')}({iterable}, 0)"]


NULL = Operator(
    name="null",
    category=Category.SINK,
    summary="Drops its items; never emits any.",
    manual=__doc__,
    example="t = source_iter([1, 2]) -> tee(); t -> null(); t -> assert_eq([1, 2]);",
    inputs=AT_MOST_ONE,
    outputs=AT_MOST_ONE,
    most_type_arguments=1,
    rust=InRust(text="null::<{T}>()"),
    rule=Nothing(),
    explains=Dropping(),
    facts=Facts(emits=Emits.NOTHING),
    cost="O(1) per item; keeps nothing",
    receive=_receive,
    receive_all=_receive_all,
)
