"""Emits `f(item)` for each item, unless that is None.

Any other value is emitted, even a false one such as `0` or `""`.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Making
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.facts import Facts
from hydroflow_nb.operators.record.operator import Category, Operator, function
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.operators.rules.functions import Gives, Mapped


def _receive(e: Emission, port: str, item: Item) -> Lines:
    if e.returns_value(0):
        return [e.emit(e.call(0, item))]
    result = e.local("result")
    return [f"{result} = {e.call(0, item)}", f"if {result} is not None:", f"    {e.emit(result)}"]


FILTER_MAP = Operator(
    name="filter_map",
    category=Category.ONE_TO_ONE,
    summary="The results of a function that are not None.",
    manual=__doc__,
    example='source_iter(["1", "two", "3"]) -> filter_map(|s| int(s) if s.isdigit() else None) -> assert_eq([1, 3]);',
    arguments=(
        function("f", 1, "gets an item, returns what is emitted in its place, or None to drop it", takes_async=True),
    ),
    rust=InRust(outputs=("U",), arguments=("T -> option[U]",)),
    rule=Mapped(gives=Gives.MAYBE),
    explains=Making(gives="maybe"),
    facts=Facts(lets_go=True, stateless=True),
    cost="one call per item; keeps nothing",
    receive=_receive,
)
