"""Emits every item of an iterable, in its order, once, in the first tick.

The iterable is evaluated when the flow is compiled, and read in tick 0; later ticks get nothing from it. A generator is
read item by item while the tick runs. If two sources read the same generator, each of them gets every item.
`flow.reset()` evaluates the argument anew.

A pandas, polars or Arrow table gives its rows, each a named tuple: `|row| row.price`, or `|(name, price)| ...`. A
column whose name is not a name of Python is called `_0`, `_1`, ... by its place; the index of a pandas table is left
out.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Given
from hydroflow_nb.operators.record.emission import Emission, Lines, Part, indented
from hydroflow_nb.operators.record.operator import NONE, Category, Operator, value
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.operators.rules.sources import Begins


def produce(e: Emission) -> Lines:
    """The lines of a source that goes once through its argument."""
    items = e.state("items", f"{e.runtime('iterable')}({e.value(0)})", static=True, rebinds=True, part=Part.ITEMS)
    batch = e.batch()
    # The items are let go before they are gone through, so that an aborted tick does not begin them again.
    return [f"if {items} is not None:", f"    {batch}, {items} = {items}, None", *indented(e.emit_each(batch))]


SOURCE_ITER = Operator(
    name="source_iter",
    category=Category.SOURCE,
    summary="The items of an iterable, once, in the first tick.",
    manual=__doc__,
    example="source_iter([1, 2, 3]) -> assert_eq([1, 2, 3]);",
    inputs=NONE,
    arguments=(value("iterable", "any iterable; evaluated when the flow is compiled"),),
    rust=InRust(inputs=(), arguments=("list[T]",)),
    rule=Begins(argument=0),
    explains=Given(),
    cost="O(1) per item; keeps the iterable until the first tick",
    produce=produce,
)
