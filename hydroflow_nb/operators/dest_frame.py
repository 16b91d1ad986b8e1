"""Calls `f(frame)` in each tick in which items came, with all of them as one table of polars.

`columns` are the table's columns, by name, with the types of their values: `{"name": str, "count": int}`. The types are
`int` (int64), `float`, `str` and `bool`; a value can also be None. An item is a tuple with a value for each column, or
the value itself where there is but one column. Another value is an error. The rows are in the order of arrival.
polars comes with `pip install "hydroflow-nb[columns]"`.

Where all that comes here from tables of `source_frame` can be computed over whole columns, with the same result, it is:
one query of polars in place of all rows, often ten times as fast for 100,000 rows or more. That is so where

- between them there are only `map`, `filter`, `unique`, `join`, `join_multiset`, `fold_keyed` and `tee`, each with
  `'tick`, and all that takes their items leads to a `dest_frame` in this way: several of them are one query;
- their functions are closures that only compute: `+`, `-`, `*`, divisions by a constant, comparisons, `and`, `or`,
  `not`, `if`, `min`, `max`, tuples and their parts, and names of constants; `fold_keyed` adds up ints;
- the values are ints that stay within int64, floats that are finite, texts and bools, never None;
- there are at least 5,000 rows.

In all other cases, and where the flow is recorded or stepped, the rows are gone through. `flow.explain()` says which it
is, as far as the text tells, and after the tick in which it was tried, what came of it and why. Ticks, items, errors
and promised orders are the same either way.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Dropping
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.facts import Emits, Facts
from hydroflow_nb.operators.record.operator import NONE, Category, InputDelay, Operator, function, value
from hydroflow_nb.operators.rules.functions import Same


def _columns(e: Emission) -> str:
    return e.fixed("columns", f"{e.runtime('frame_columns')}({e.value(0)})")


def _rows(e: Emission) -> str:
    return e.state("rows", "[]", static=False)


def _receive(e: Emission, port: str, item: Item) -> Lines:
    return [f"{_rows(e)}.append({item.once})"]


def _produce(e: Emission) -> Lines:
    frame, answer = e.local("frame"), e.column_answer()
    items = _rows(e) if answer is None else f"{_rows(e)}, {answer}"
    return [
        f"{frame} = {_columns(e)}.frame({items})",
        f"if {frame} is not None:",
        f"    {e.call(1, frame)}",
    ]


DEST_FRAME = Operator(
    name="dest_frame",
    category=Category.SINK,
    summary="Calls a function with all items of a tick, as one table of polars.",
    manual=__doc__,
    example='null() -> dest_frame({"name": str, "count": int}, seen.append);',
    outputs=NONE,
    arguments=(
        value("columns", "a dict of the columns' names with their types: int, float, str or bool"),
        function("f", 1, "gets a `polars.DataFrame`; what it returns is dropped"),
    ),
    delays={"*": InputDelay.STRATUM},
    rule=Same(),
    explains=Dropping(),
    facts=Facts(emits=Emits.NOTHING, pure=False),
    cost="O(1) per item; holds a tick's items until its end",
    gathers=("*",),
    receive=_receive,
    produce=_produce,
    over_columns=lambda e, over, inputs: f"{over}.framed({inputs[0]}, {_columns(e)}.kinds)",
)
