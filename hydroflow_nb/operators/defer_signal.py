"""Holds the items of `input`, through any number of ticks, until an item comes from `signal`; then emits all of them,
in the order of arrival.

Items that come in the tick of the signal are emitted as well. All signals of a tick count as one, and are used up in
that tick: a signal does not wait for items that come later.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Gated
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.holding import items
from hydroflow_nb.operators.record.operator import TWO, Category, InputDelay, Operator
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.operators.rules.timing import UntilSignal


def _held(e: Emission) -> str:
    return e.state("held", "[]", static=True, rebinds=True)


def _receive(e: Emission, port: str, item: Item) -> Lines:
    if port == "input":
        return [f"{_held(e)}.append({item.once})"]
    return [f"{e.scratch('signal', 'False')} = True"]


def _receive_all(e: Emission, port: str, iterable: str) -> Lines | None:
    return [f"{_held(e)}.extend({iterable})"] if port == "input" else None


def _produce(e: Emission) -> Lines:
    held, released = _held(e), e.local("released")
    emitted = e.emit_each(released, stable=True)
    return [
        f"if {e.scratch('signal', 'False')}:",
        f"    {released} = {held}",
        f"    {held} = []",
        *[f"    {line}" for line in emitted],
    ]


DEFER_SIGNAL = Operator(
    name="defer_signal",
    category=Category.PERSISTENCE,
    summary="The items of `input`, held until there is a `signal`.",
    manual=__doc__,
    example="source_iter([1, 2]) -> [input]gate; initialize() -> [signal]gate; "
    "gate = defer_signal() -> assert_eq([1, 2]);",
    inputs=TWO,
    input_ports=("input", "signal"),
    delays={"*": InputDelay.STRATUM},
    holds=(items("held"),),
    rust=InRust(inputs=("T", "S")),
    rule=UntilSignal(),
    explains=Gated(),
    cost="O(1) per item; holds each item until the signal",
    receive=_receive,
    receive_all=_receive_all,
    produce=_produce,
)
