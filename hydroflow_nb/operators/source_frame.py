"""Emits every row of a table of polars, Arrow or pandas, in its order, once, in the first tick.

A row is a named tuple, as with `source_iter`: `|row| row.price`, or `|(name, price)| ...`. The table is evaluated when
the flow is compiled; `flow.reset()` evaluates it anew.

Where all that lies between tables of polars or Arrow and a `dest_frame` can be computed over whole columns, with the
same result, one query of polars does so in place of all rows: see `dest_frame`.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Given
from hydroflow_nb.operators.record.emission import Emission, Lines, indented
from hydroflow_nb.operators.record.operator import NONE, Category, Operator, value
from hydroflow_nb.operators.rules.sources import Begins


def _table(e: Emission) -> str:
    return e.fixed("table", f"{e.runtime('table')}({e.value(0)})")


def _produce(e: Emission) -> Lines:
    table, batch, query = _table(e), e.batch(), e.columns()
    waits = e.state("waits", "True", static=True, rebinds=True)
    read = table if query is None else f"{query}.rows({table})"
    # An aborted tick does not begin the rows again.
    return [
        f"if {waits}:",
        f"    {waits} = False",
        f"    {batch} = {e.runtime('iterable')}({read})",
        *indented(e.emit_each(batch)),
    ]


SOURCE_FRAME = Operator(
    name="source_frame",
    category=Category.SOURCE,
    summary="The rows of a table, once, in the first tick.",
    manual=__doc__,
    example="source_frame(frame_of(n=[1, 2])) -> map(|row| row.n) -> assert_eq([1, 2]);",
    inputs=NONE,
    arguments=(value("table", "a table of polars, Arrow or pandas; evaluated when the flow is compiled"),),
    rule=Begins(argument=0),
    explains=Given(),
    cost="O(1) per row; keeps the table",
    produce=_produce,
    over_columns=lambda e, over, inputs: f"{over}.read({_table(e)})",
)
