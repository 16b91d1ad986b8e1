"""Emits `f(item)` for each item.

`f` is a closure, or any function of one parameter. The pattern of a closure takes the item apart: `|(key, value)| ...`.
`_` ignores a part, and `|(first, *rest)|` binds a list of the other parts to `rest`. `|Rect(w, h)|` or
`|shapes.Rect(w, h)|` takes the fields of an instance of that class, in order: of a dataclass, a named tuple, or a class
with `__match_args__`. `|(w, h)|` takes the fields of an instance of any such class; with the name of the class it is
faster. Patterns can contain patterns. All closures understand them alike. An item that does not fit is an error.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Making
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.facts import Emits, Facts
from hydroflow_nb.operators.record.operator import Category, Operator, function
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.operators.rules.functions import Mapped


def _receive(e: Emission, port: str, item: Item) -> Lines:
    return [e.emit(e.call(0, item))]


MAP = Operator(
    name="map",
    category=Category.ONE_TO_ONE,
    summary="The result of a function for each item.",
    manual=__doc__,
    example="source_iter([1, 2, 3]) -> map(|x| 10 * x) -> assert_eq([10, 20, 30]);",
    arguments=(function("f", 1, "gets an item, returns what is emitted in its place", takes_async=True),),
    rust=InRust(outputs=("U",), arguments=("T -> U",)),
    rule=Mapped(),
    explains=Making(),
    facts=Facts(emits=Emits.RESULTS, lets_go=True, stateless=True),
    cost="one call per item; keeps nothing",
    receive=_receive,
    over_columns=lambda e, over, inputs: f"{over}.mapped({inputs[0]}, {e.function(0)})",
)
