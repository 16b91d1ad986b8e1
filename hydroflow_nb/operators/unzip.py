"""Takes pairs apart: output 0 emits their first halves, output 1 their second halves."""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Making
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.facts import Facts
from hydroflow_nb.operators.record.operator import TWO, Category, Operator
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.operators.rules.functions import Gives, Mapped


def _receive(e: Emission, port: str, item: Item) -> Lines:
    return [e.emit(half, index) for index, half in enumerate(item.pair())]


UNZIP = Operator(
    name="unzip",
    category=Category.FAN,
    summary="The first halves of pairs to one output, the second halves to another.",
    manual=__doc__,
    example='u = source_iter([("a", 1), ("b", 2)]) -> unzip(); '
    'u[0] -> assert_eq(["a", "b"]); u[1] -> assert_eq([1, 2]);',
    outputs=TWO,
    output_ports=("0", "1"),
    rust=InRust(inputs=("(T, U)",), outputs=("T", "U")),
    rule=Mapped(gives=Gives.PARTS, has_function=False),
    explains=Making(gives="halves", has_function=False),
    facts=Facts(stateless=True),
    cost="O(1) per item; keeps nothing",
    receive=_receive,
)
