"""Pairs the items of two inputs; an item without a partner is paired with None: `(a, b)`, `(a, None)`, `(None, b)`.

Both inputs are complete before the first pair is emitted.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Zipping
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.operator import TWO, Category, InputDelay, Operator, Persistence
from hydroflow_nb.operators.rules.joining import Zip


def _side(e: Emission, port: str) -> str:
    return e.scratch(f"side_{port}", "[]")


def _receive(e: Emission, port: str, item: Item) -> Lines:
    return [f"{_side(e, port)}.append({item.once})"]


def _receive_all(e: Emission, port: str, iterable: str) -> Lines:
    return [f"{_side(e, port)}.extend({iterable})"]


def _produce(e: Emission) -> Lines:
    left, right = e.local("left"), e.local("right")
    pairs = f"{e.runtime('zip_longest')}({_side(e, '0')}, {_side(e, '1')})"
    return [f"for {left}, {right} in {pairs}:", f"    {e.emit(f'({left}, {right})')}"]


ZIP_LONGEST = Operator(
    name="zip_longest",
    category=Category.BINARY,
    summary="Pairs of the items of two inputs, with None for a missing partner.",
    manual=__doc__,
    example='source_iter([1, 2]) -> [0]z; source_iter(["a"]) -> [1]z; '
    'z = zip_longest() -> assert_eq([(1, "a"), (2, None)]);',
    inputs=TWO,
    input_ports=("0", "1"),
    persistences=(Persistence.TICK,),
    most_persistences=2,
    delays={"*": InputDelay.STRATUM},
    rule=Zip(longest=True),
    explains=Zipping(longest=True),
    cost="O(1) per item; holds the tick's items",
    receive=_receive,
    receive_all=_receive_all,
    produce=_produce,
)
