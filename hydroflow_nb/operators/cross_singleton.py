"""Pairs each item of `input` with the one item of `single`: `(item, single)`.

`single` is complete before an item of `input` is looked at. If it has several items, the first one is taken. While it
has none, nothing is emitted, and the items of `input` are dropped. With `'tick`, the default, each tick needs a single
of its own; with `'static` the very first one holds for all later ticks.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import WithSingle
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.holding import Form, Holding
from hydroflow_nb.operators.record.operator import TICK_OR_STATIC, TWO, Category, InputDelay, Operator
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.operators.rules.joining import CrossSingleton


def _receive(e: Emission, port: str, item: Item) -> Lines:
    missing = e.runtime("MISSING")
    single = e.state("single", missing, static=e.is_static(), rebinds=True)
    if port == "single":
        return [f"if {single} is {missing}:", f"    {single} = {item.name}"]
    return [f"if {single} is not {missing}:", f"    {e.emit(f'({item.name}, {single})')}"]


CROSS_SINGLETON = Operator(
    name="cross_singleton",
    category=Category.BINARY,
    summary="Each item of `input`, paired with the one item of `single`.",
    manual=__doc__,
    example="source_iter([1, 2]) -> [input]c; source_iter([10]) -> [single]c; "
    "c = cross_singleton() -> assert_eq([(1, 10), (2, 10)]);",
    inputs=TWO,
    input_ports=("input", "single"),
    persistences=TICK_OR_STATIC,
    most_persistences=1,
    delays={"single": InputDelay.STRATUM},
    holds=(Holding(role="single", name="single", form=Form.VALUE),),
    rust=InRust(lasts=False, inputs=("T", "S"), outputs=("(T, S)",)),
    rule=CrossSingleton(),
    explains=WithSingle(),
    cost="O(1) per item; keeps the single for its persistence",
    first_inputs=lambda e: ("single",),
    receive=_receive,
)
