"""Emits `(number, item)` for each item, with numbers from 0.

With `'tick`, the default, every tick begins at 0 again; with `'static` the numbers go on. Only the last number is
remembered.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Numbering
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.holding import Form, Holding
from hydroflow_nb.operators.record.operator import TICK_OR_STATIC, Category, Operator
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.operators.rules.folding import Numbered


def _receive(e: Emission, port: str, item: Item) -> Lines:
    # The number of the last item: it is advanced before the item goes on, so that no two items get the same one.
    number = e.state("number", "-1", static=e.is_static(), rebinds=True)
    return [f"{number} += 1", e.emit(f"({number}, {item.name})")]


ENUMERATE = Operator(
    name="enumerate",
    category=Category.ONE_TO_ONE,
    summary="The items, numbered from 0.",
    manual=__doc__,
    example='source_iter(["a", "b"]) -> enumerate() -> assert_eq([(0, "a"), (1, "b")]);',
    persistences=TICK_OR_STATIC,
    most_persistences=1,
    holds=(Holding(role="number", name="next number", form=Form.VALUE, read=lambda last: last + 1),),
    rust=InRust(
        text="enumerate{life}() -> map(|(number, item): (usize, {T})| (number as i64, item))",
        outputs=("(int, T)",),
    ),
    keyed_kin="enumerate_keyed",
    rule=Numbered(by_number=True),
    explains=Numbering(),
    cost="O(1) per item; keeps one number for its persistence",
    receive=_receive,
)
