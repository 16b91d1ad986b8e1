"""Emits each item of the iterable that `f(item)` returns.

It does the same as `map(f) -> flatten()`. An empty iterable emits nothing.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Making
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.facts import Facts, Result, Wanted
from hydroflow_nb.operators.record.operator import Category, Operator, function
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.operators.rules.functions import Gives, Mapped


def _receive(e: Emission, port: str, item: Item) -> Lines:
    return e.emit_each(e.call(0, item))


FLAT_MAP = Operator(
    name="flat_map",
    category=Category.ONE_TO_ONE,
    summary="All items of the iterables that a function returns.",
    manual=__doc__,
    example='source_iter(["ab", "c"]) -> flat_map(|word| list(word)) -> assert_eq(["a", "b", "c"]);',
    arguments=(
        function(
            "f",
            1,
            "gets an item, returns an iterable of items",
            result=Result(
                kind=Wanted.ITERABLE,
                words="an iterable",
                hint="let it return a list, an empty one for no item: `-> flat_map(|x| [x])`",
            ),
        ),
    ),
    rust=InRust(outputs=("U",), arguments=("T -> each[U]",)),
    rule=Mapped(gives=Gives.MANY),
    explains=Making(gives="many"),
    facts=Facts(lets_go=True, stateless=True),
    cost="one call per item and O(1) for each item that comes of it; keeps nothing",
    receive=_receive,
)
