"""Emits one unit `()`, in the first tick.

It starts things once: it can send a first message, or give the root of a search. `flow.reset()` makes the next tick the
first one again.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Given
from hydroflow_nb.operators.record.emission import Emission, Lines
from hydroflow_nb.operators.record.operator import NONE, Category, Operator
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.operators.rules.sources import Begins


def _produce(e: Emission) -> Lines:
    waits = e.state("waits", "True", static=True, rebinds=True)
    return [f"if {waits}:", f"    {waits} = False", f"    {e.emit('()')}"]


INITIALIZE = Operator(
    name="initialize",
    category=Category.SOURCE,
    summary="One unit `()`, in the first tick.",
    manual=__doc__,
    example='initialize() -> map(|_| "ready") -> assert_eq(["ready"]);',
    inputs=NONE,
    rust=InRust(inputs=(), outputs=("()",)),
    rule=Begins(),
    explains=Given(origin="start", words="comes in the first tick"),
    cost="O(1) per tick; keeps nothing",
    produce=_produce,
)
