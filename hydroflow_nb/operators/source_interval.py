"""Emits the instant of each period: the first one in the first tick, from then on one whenever the period has passed.

An item is the instant at which it was due, a `datetime` in UTC. Under `run_async` a tick runs when one is due, and
waiting costs nothing; `run_available` runs for what is due already. Instants that were missed, because nothing ran or a
tick took long, come together in the next tick, so that none is left out.
"""

from __future__ import annotations

from hydroflow_nb.operators.record.emission import Emission, Lines, Part
from hydroflow_nb.operators.record.operator import NONE, Category, Operator, Promise, value
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
    promise=Promise(order="that of time", duplicates="-", monotone=True),
    cost="O(1) an instant; keeps nothing",
    produce=_produce,
)
