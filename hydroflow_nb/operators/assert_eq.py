"""Emits each item if it equals the expected one at its position; if not, aborts the tick with `AssertionFailed`.

Positions count on from tick to tick. An item after the last expected one is an error at once. Missing items are an
error when the flow is closed, by `flow.close()` or at the end of a `with flow:` block.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Passing
from hydroflow_nb.operators.record.emission import Emission, Item, Lines, Part
from hydroflow_nb.operators.record.facts import Emits, Facts
from hydroflow_nb.operators.record.operator import AT_MOST_ONE, Category, Operator, value
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.operators.rules.functions import Compared


def _expectation(e: Emission) -> str:
    return e.fixed("expectation", f"{e.runtime('Expectation')}({e.value(0)})", Part.EXPECTATION)


def _begin(e: Emission) -> Lines:
    # Named once where the flow runs, so that it is there to be asked even if no item can ever come this far.
    return [_expectation(e)]


def _receive(e: Emission, port: str, item: Item) -> Lines:
    return [f"{_expectation(e)}.check({item.name})", e.forward(item)]


ASSERT_EQ = Operator(
    name="assert_eq",
    category=Category.SINK,
    summary="The items, unchanged; they have to be the expected ones, in their order.",
    manual=__doc__,
    example="source_iter([1, 2]) -> assert_eq([1, 2]);",
    outputs=AT_MOST_ONE,
    arguments=(value("items", "any iterable; evaluated when the flow is compiled"),),
    rust=InRust(arguments=("list[T]",)),
    rule=Compared(),
    explains=Passing(),
    facts=Facts(emits=Emits.ITEMS, pure=False),
    cost="one comparison per item; keeps the expected items as long as the flow lives",
    begin=_begin,
    receive=_receive,
)
