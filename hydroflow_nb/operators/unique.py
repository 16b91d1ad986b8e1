"""Emits each item the first time it comes.

Items that are equal are the same item; they have to be hashable. With `'tick`, the default, every tick forgets what
came before. With `'static` an item is emitted once in the life of the flow; every distinct item is kept for that.
Nothing is emitted again in later ticks.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import First
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.facts import Emits, Facts, LooksUp
from hydroflow_nb.operators.record.going_on import GoingOn, Resumed
from hydroflow_nb.operators.record.holding import SEEN
from hydroflow_nb.operators.record.operator import TICK_OR_STATIC, Category, Operator
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.operators.rules.folding import Unique


def _receive(e: Emission, port: str, item: Item) -> Lines:
    seen, name = e.state("seen", f"{e.runtime('set')}()", static=e.is_static()), item.name
    return [f"if {name} not in {seen}:", f"    {seen}.add({name})", f"    {e.forward(item)}"]


def _resumed(e: Emission, port: str, item: Item) -> Lines:
    lines = _receive(e, port, item)
    # The set has no order.
    return lines if e.spares() else [*lines[:-1], f"    {_kept(e)}.append({item.name})", lines[-1]]


def _kept(e: Emission) -> str:
    return e.state("kept", "[]", static=True)


def _carried(e: Emission) -> Lines:
    return [] if e.spares() else e.emit_each(_kept(e), stable=True)


UNIQUE = Operator(
    name="unique",
    category=Category.ONE_TO_ONE,
    summary="Each item once, when it first comes.",
    manual=__doc__,
    example="source_iter([3, 1, 3, 2, 1]) -> unique() -> assert_eq([3, 1, 2]);",
    persistences=TICK_OR_STATIC,
    most_persistences=1,
    holds=SEEN,
    rust=InRust(hashed=("T",)),
    rule=Unique(),
    explains=First(),
    facts=Facts(emits=Emits.ITEMS, looks_up=LooksUp.ITEM),
    goes_on=GoingOn(
        resumes="*",
        in_order="*",
        resumed=Resumed(receive=_resumed, carried=_carried, spares=True, keeps_order=True),
        forgives="*",
    ),
    cost="O(1) per item; keeps each distinct item for its persistence",
    receive=_receive,
    over_columns=lambda e, over, inputs: f"{over}.unique({inputs[0]})",
)
