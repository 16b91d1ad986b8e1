"""Emits what a bimorphism makes of the new items on either side and the whole state of the other side.

`f(left, right)` has to distribute over merge in both arguments. Input 0 and input 1 get the new items; the second and
third argument read the states of both sides: `lattice_bimorphism(f, $lhs, $rhs)`, where `lhs` and `rhs` end in `state`
and also flow into the inputs. All results of a tick are merged into one item; a tick without new items emits nothing.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Combining
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.operator import TWO, Category, Operator, expression, function
from hydroflow_nb.operators.rules.joining import Bimorphism


def _receive(e: Emission, port: str, item: Item) -> Lines:
    other, changed, result = e.local("other"), e.local("changed"), e.scratch("result", "None")
    merged = e.runtime("merged")
    name = item.name
    call = e.call(0, name, other) if port == "0" else e.call(0, other, name)
    return [
        f"{other} = {e.expression(2 if port == '0' else 1)}",
        f"if {other} is not None:",
        f"    {result}, {changed} = {merged}({result}, {call})",
    ]


def _produce(e: Emission) -> Lines:
    result = e.scratch("result", "None")
    return [f"if {result} is not None:", f"    {e.emit(result)}"]


LATTICE_BIMORPHISM = Operator(
    name="lattice_bimorphism",
    category=Category.LATTICE,
    summary="What a bimorphism makes of what is new on either side and the state of the other.",
    manual=__doc__,
    example="l = source_iter([1, 2]) -> map(|x| SetUnion({x})) -> state::<SetUnion>(); l -> [0]j;"
    " r = source_iter([3]) -> map(|x| SetUnion({x})) -> state::<SetUnion>(); r -> [1]j;"
    " j = lattice_bimorphism(CartesianProductBimorphism(), $l, $r) -> assert_eq([SetUnion({(1, 3), (2, 3)})]);",
    inputs=TWO,
    input_ports=("0", "1"),
    arguments=(
        function("f", 2, "a bimorphism: gets a value of each side, returns a lattice value"),
        expression("left", "`$name` of the state of input 0"),
        expression("right", "`$name` of the state of input 1"),
    ),
    rule=Bimorphism(),
    explains=Combining(),
    cost="one call and one merge per item; keeps the merged result until the end of the run",
    receive=_receive,
    produce=_produce,
)
