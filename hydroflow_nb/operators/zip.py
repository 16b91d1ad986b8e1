"""Pairs the items of two inputs: the first with the first, the second with the second, `(left, right)`.

An item without a partner waits for it. With `'tick`, the default, it waits until the tick ends, through all rounds of a
cycle. With `'static` it waits as long as the flow lives; if one input always has more items, they pile up. The first
persistence is that of input 0, the second that of input 1; a single one holds for both.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Zipping
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.holding import items
from hydroflow_nb.operators.record.operator import TICK_OR_STATIC, TWO, Category, Operator
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.operators.rules.joining import Zip


def _ends_with_its_run(e: Emission) -> bool:
    """True where no item waits for a later run: the tick has one only, and nothing lasts."""
    return not any(e.is_static(side) or e.recurrent(port) for side, port in enumerate(e.inputs))


def _waiting(e: Emission, port: str) -> str:
    role = f"side_{port}"
    if _ends_with_its_run(e):
        return e.scratch(role, "[]")
    return e.state(role, f"{e.runtime('deque')}()", static=e.is_static(int(port)), port=int(port))


def _receive(e: Emission, port: str, item: Item) -> Lines:
    return [f"{_waiting(e, port)}.append({item.once})"]


def _receive_all(e: Emission, port: str, iterable: str) -> Lines:
    return [f"{_waiting(e, port)}.extend({iterable})"]


def _produce(e: Emission) -> Lines:
    lefts, rights = (_waiting(e, port) for port in ("0", "1"))
    left, right = e.local("left"), e.local("right")
    pair = e.emit(f"({left}, {right})")
    if _ends_with_its_run(e):
        return [f"for {left}, {right} in {e.runtime('zip')}({lefts}, {rights}):", f"    {pair}"]
    return [
        f"while {lefts} and {rights}:",
        f"    {left} = {lefts}.popleft()",
        f"    {right} = {rights}.popleft()",
        f"    {pair}",
    ]


ZIP = Operator(
    name="zip",
    category=Category.BINARY,
    summary="Pairs of the items of two inputs, in their order.",
    manual=__doc__,
    example='source_iter([1, 2, 3]) -> [0]z; source_iter(["a", "b"]) -> [1]z; '
    'z = zip() -> assert_eq([(1, "a"), (2, "b")]);',
    inputs=TWO,
    input_ports=("0", "1"),
    persistences=TICK_OR_STATIC,
    most_persistences=2,
    holds=(items("side_0", "0"), items("side_1", "1")),
    rust=InRust(lasts=False, inputs=("T", "U"), outputs=("(T, U)",)),
    rule=Zip(),
    explains=Zipping(),
    cost="O(1) per item; holds an item until its partner comes, at most for its persistence",
    receive=_receive,
    receive_all=_receive_all,
    produce=_produce,
)
