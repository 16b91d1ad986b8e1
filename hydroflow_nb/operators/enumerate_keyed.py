"""Emits `(key, (number, value))` for each pair `(key, value)`, with numbers from 0 for each key.

Keys have to be hashable. With `'tick`, the default, every tick begins at 0 again; with `'static` the numbers go on. One
number is remembered for each key.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Numbering
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.facts import Facts, LooksUp
from hydroflow_nb.operators.record.holding import Form, Holding
from hydroflow_nb.operators.record.operator import TICK_OR_STATIC, Category, Operator
from hydroflow_nb.operators.rules.folding import Numbered


def _receive(e: Emission, port: str, item: Item) -> Lines:
    numbers = e.state("numbers", "{}", static=e.is_static())
    (key, value), number = item.pair(), e.local("number")
    return [
        f"{number} = {numbers}.get({key}, 0)",
        f"{numbers}[{key}] = {number} + 1",
        e.emit(f"({key}, ({number}, {value}))"),
    ]


ENUMERATE_KEYED = Operator(
    name="enumerate_keyed",
    category=Category.ONE_TO_ONE,
    summary="The values of each key, numbered from 0.",
    manual=__doc__,
    example='source_iter([("a", "x"), ("b", "y"), ("a", "z")]) -> enumerate_keyed() '
    '-> assert_eq([("a", (0, "x")), ("b", (0, "y")), ("a", (1, "z"))]);',
    persistences=TICK_OR_STATIC,
    most_persistences=1,
    holds=(Holding(role="numbers", name="next numbers", form=Form.KEYED),),
    rule=Numbered(by_number=True),
    explains=Numbering(keyed=True),
    facts=Facts(looks_up=LooksUp.KEY),
    cost="O(1) per item; keeps one number per key for its persistence",
    receive=_receive,
)
