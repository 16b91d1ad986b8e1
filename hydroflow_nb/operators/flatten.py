"""Emits each element of each item; the items are iterables.

An empty item emits nothing. The elements of a string are its characters, those of a dict are its keys.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Making
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.facts import Facts
from hydroflow_nb.operators.record.operator import Category, Operator
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.operators.rules.functions import Gives, Mapped


def _receive(e: Emission, port: str, item: Item) -> Lines:
    return e.emit_each(item.once)


FLATTEN = Operator(
    name="flatten",
    category=Category.ONE_TO_ONE,
    summary="The elements of the items.",
    manual=__doc__,
    example="source_iter([[1, 2], [], (3,)]) -> flatten() -> assert_eq([1, 2, 3]);",
    rust=InRust(inputs=("list[T]",)),
    rule=Mapped(gives=Gives.MANY, has_function=False),
    explains=Making(gives="many", has_function=False),
    facts=Facts(iterates=True, stateless=True),
    cost="O(1) for each element; keeps nothing",
    receive=_receive,
)
