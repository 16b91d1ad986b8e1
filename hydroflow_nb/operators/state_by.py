"""Merges `f(item)` into one lattice value, and emits the items that changed it.

`state_by::<SetUnion>(|x| SetUnion({x}), SetUnion)` works as `state`, for items that are not lattice values: `f` makes a
lattice value of an item. `bottom` returns the value to begin with, which has to be the bottom of the lattice.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Stating
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.facts import Facts, Lends
from hydroflow_nb.operators.record.going_on import GoingOn
from hydroflow_nb.operators.record.holding import accumulator
from hydroflow_nb.operators.record.operator import TICK_OR_STATIC, Arity, Category, Operator, function
from hydroflow_nb.operators.rules.folding import State
from hydroflow_nb.operators.rules.rule import STATE as STATE_PORT
from hydroflow_nb.operators.shared.merging import merged, passed_on, read_by_name, state_emitted, state_ports


def _state(e: Emission) -> str:
    return e.state("state", e.call(1), static=e.is_static(), rebinds=True, accumulates=True)


def _receive(e: Emission, port: str, item: Item) -> Lines:
    item.keep()
    delta = e.local("delta")
    return [f"{delta} = {e.call(0, item)}", *merged(e, _state(e), delta, passed_on(e, item))]


def _produce(e: Emission) -> Lines:
    return [*read_by_name(e, _state(e)), *state_emitted(e, _state(e))]


STATE_BY = Operator(
    name="state_by",
    category=Category.STATE,
    summary="A lattice value that the results of a function are merged into.",
    manual=__doc__,
    example="seen = source_iter([1, 2, 1]) -> state_by::<SetUnion>(|x| SetUnion({x}), SetUnion);"
    " seen -> assert_eq([1, 2]); source_iter([()]) -> map(|_| len($seen.reveal())) -> assert_eq([2]);",
    outputs=Arity(least=0, most=2),
    arguments=(
        function("f", 1, "gets an item, returns a lattice value"),
        function("bottom", 0, "returns the lattice's bottom", begins=True),
    ),
    persistences=TICK_OR_STATIC,
    most_persistences=1,
    most_type_arguments=1,
    publishes=True,
    holds=accumulator("state", none_is_nothing=True),
    rule=State(own_class=False),
    explains=Stating(begin=1, f=0),
    facts=Facts(lends=Lends(port=STATE_PORT)),
    goes_on=GoingOn(forgives="*"),
    cost="one call and one merge per item, a copy of a value that something still refers to before it changes again; "
    "keeps one lattice value for its persistence",
    check=state_ports,
    receive=_receive,
    produce=_produce,
)
