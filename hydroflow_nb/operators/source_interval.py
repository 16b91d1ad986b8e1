"""Emits the instant of each period: the first one in the first tick, and then one each time the period has passed.

An item is the instant at which it was due, a `datetime` in UTC. `run_async` runs a tick when an instant is due, and
waiting takes no processor time; `run_available` runs ticks for the instants that are already due. If nothing ran, or a
tick took long, the next tick emits all instants that were missed, so none is left out.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Given
from hydroflow_nb.operators.record.emission import Emission, Lines, Part
from hydroflow_nb.operators.record.operator import NONE, Category, Operator, value
from hydroflow_nb.operators.rules.sources import Pulses


def _produce(e: Emission) -> Lines:
    inbox = e.fixed("inbox", f"{e.runtime('Timer')}({e.value(0)})", Part.INBOX)
    batch = e.batch()
    return [f"{batch} = {inbox}.take()", *e.emit_each(batch, stable=True)]


SOURCE_INTERVAL = Operator(
    name="source_interval",
    category=Category.SOURCE,
    summary="An item whenever a period of time has passed.",
    manual=__doc__,
    example='source_interval(3600) -> map(|instant| "an hour begins") -> assert_eq(["an hour begins"]);',
    inputs=NONE,
    arguments=(value("period", "seconds as a number, or a `timedelta`"),),
    external=True,
    rule=Pulses(),
    explains=Given(origin="clock", words="is an instant of the clock"),
    cost="O(1) per instant; keeps nothing",
    produce=_produce,
)
