"""Emits, for each item, what a function makes of it and of all items before.

The accumulator begins as `init()`. For each item, `f(acc, item)` returns `(acc, out)`: the new accumulator and what is
emitted. If `f` returns None, the stream ends: neither this item nor a later one is emitted. With `'tick`, the default,
every tick begins anew. With `'static` the accumulator lasts, and an end is final.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Running
from hydroflow_nb.operators.record.emission import Emission, Item, Lines, indented
from hydroflow_nb.operators.record.facts import Result, Wanted
from hydroflow_nb.operators.record.holding import accumulator
from hydroflow_nb.operators.record.operator import TICK_OR_STATIC, Category, Operator, function
from hydroflow_nb.operators.rules.folding import Numbered
from hydroflow_nb.operators.shared.accumulating import Changing, lent_beside, made_own


def _receive(e: Emission, port: str, item: Item) -> Lines:
    accumulator = e.state("acc", e.call(0), static=e.is_static(), rebinds=True, accumulates=True)
    out, result, ended = e.local("out"), e.returned(), e.runtime("MISSING")
    by = Changing(e=e, argument=1)
    own, lent = made_own(e, accumulator, by), lent_beside(e, result, by)
    if e.returns_value(1) and not lent:
        return [f"{accumulator}, {out} = {e.call(1, accumulator, item)}", e.emit(out)]
    item.keep()
    return [
        f"if {accumulator} is not {ended}:",
        *indented(own),
        f"    {result} = {e.call(1, accumulator, item)}",
        f"    if {result} is None:",
        f"        {accumulator} = {ended}",
        "    else:",
        *indented(indented(lent)),
        f"        {accumulator}, {out} = {result}",
        # One that has the accumulator less.
        *([f"        {result} = None"] if lent else []),
        f"        {e.emit(out)}",
    ]


SCAN = Operator(
    name="scan",
    category=Category.ONE_TO_ONE,
    summary="What a function makes of each item and those before it, until it ends the stream.",
    manual=__doc__,
    example="source_iter([1, 2, 3]) -> scan(|| 0, |acc, x| (acc + x, acc + x)) -> assert_eq([1, 3, 6]);",
    arguments=(
        function("init", 0, "returns the accumulator to begin with", begins=True),
        function(
            "f",
            2,
            "gets the accumulator and an item, returns `(acc, out)`, or None to end the stream",
            result=Result(
                kind=Wanted.PAIR,
                words="a pair `(acc, out)`",
                hint="let it return the new accumulator and the item to emit, or None to end the stream",
            ),
        ),
    ),
    persistences=TICK_OR_STATIC,
    most_persistences=1,
    holds=accumulator(),
    rule=Numbered(by_number=False),
    explains=Running(),
    cost="one call per item; keeps one accumulator for its persistence",
    receive=_receive,
)
