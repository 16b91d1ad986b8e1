"""Emits, in every tick, each item of the state that `$name` reads, in the order of the state. The items stay in the
state.

The argument is an expression with the `$name` of a `handoff()`, or of another state that can be iterated. It is
evaluated once in each tick, when the state is complete.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Listing
from hydroflow_nb.operators.record.emission import Emission, Lines, indented
from hydroflow_nb.operators.record.operator import NONE, Category, Operator, expression
from hydroflow_nb.operators.rules.functions import Listed


def _produce(e: Emission) -> Lines:
    items = e.local("read")
    return [f"{items} = {e.expression(0)}", f"if {items} is not None:", *indented(e.emit_each(items))]


ITER_REF = Operator(
    name="iter_ref",
    category=Category.SOURCE,
    summary="The items of a state that `$name` reads, in every tick.",
    manual=__doc__,
    example="h = source_iter([1, 2]) -> handoff(); iter_ref($h) -> assert_eq([1, 2]);",
    inputs=NONE,
    arguments=(expression("state", "`$name` of a `handoff()` or of another state that can be iterated"),),
    rule=Listed(),
    explains=Listing(),
    cost="one evaluation of the argument per tick and O(1) for each item of it; keeps nothing",
    produce=_produce,
)
