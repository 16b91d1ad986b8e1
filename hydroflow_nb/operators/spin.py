"""Emits one unit `()` in every tick, and asks for a next tick each time.

With it `run_available` never ends. Run such a flow by `run_tick`, or by `run_async` and cancel that or close the flow.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Given
from hydroflow_nb.operators.record.emission import Emission, Lines
from hydroflow_nb.operators.record.operator import NONE, Category, Operator
from hydroflow_nb.operators.rules.sources import EveryTick


def _produce(e: Emission) -> Lines:
    return [e.emit("()")]


SPIN = Operator(
    name="spin",
    category=Category.SOURCE,
    summary="One unit `()` in every tick; there is always a next one.",
    manual=__doc__,
    example="spin() -> map(|_| context.current_tick()) -> assert_eq([0, 1, 2]);",
    inputs=NONE,
    schedules=True,
    rule=EveryTick(),
    explains=Given(origin="start", words="comes in every tick"),
    cost="O(1) per tick; keeps nothing",
    produce=_produce,
)
