"""Merges its items into one lattice value, and emits the items that changed it.

The type argument names the lattice: `state::<'static, SetUnion>()`. `$name` reads the value; before the first item it
is the bottom of the lattice, or None for a lattice without a bottom. With `'tick`, the default, it begins anew in every
tick. There can be two outputs: `[items]`, or an output without a port, emits the items that changed the value, as they
came; `[state]` emits the value in every tick. Values that were emitted, or read by `$name`, stay as they were.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Stating
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.facts import Facts, Lends
from hydroflow_nb.operators.record.going_on import GoingOn
from hydroflow_nb.operators.record.holding import accumulator
from hydroflow_nb.operators.record.operator import TICK_OR_STATIC, Arity, Category, Operator
from hydroflow_nb.operators.rules.folding import State
from hydroflow_nb.operators.rules.rule import STATE as STATE_PORT
from hydroflow_nb.operators.shared.merging import merged, passed_on, read_by_name, state_emitted, state_ports


def _state(e: Emission) -> str:
    bottom = f"{e.runtime('bottom')}({e.type_argument(0)})"
    return e.state("state", bottom, static=e.is_static(), rebinds=True, accumulates=True)


def _receive(e: Emission, port: str, item: Item) -> Lines:
    item.keep()
    return merged(e, _state(e), item.name, passed_on(e, item))


def _produce(e: Emission) -> Lines:
    return [*read_by_name(e, _state(e)), *state_emitted(e, _state(e))]


STATE = Operator(
    name="state",
    category=Category.STATE,
    summary="A lattice value that items are merged into, for `$name` to read.",
    manual=__doc__,
    example="top = source_iter([3, 1, 4]) -> map(Max) -> state::<Max>(); top -> assert_eq([Max(3), Max(4)]);"
    " source_iter([2]) -> map(|x| x + $top.reveal()) -> assert_eq([6]);",
    outputs=Arity(least=0, most=2),
    persistences=TICK_OR_STATIC,
    most_persistences=1,
    least_type_arguments=1,
    most_type_arguments=1,
    publishes=True,
    holds=accumulator("state", none_is_nothing=True),
    rule=State(),
    explains=Stating(own=True),
    facts=Facts(lends=Lends(port=STATE_PORT)),
    goes_on=GoingOn(forgives="*"),
    cost="one merge per item, a copy of a value that something still refers to before it changes again; "
    "keeps one lattice value for its persistence",
    check=state_ports,
    receive=_receive,
    produce=_produce,
)
