"""Emits, for each key on both sides, the least upper bounds of the values on either side.

Items are pairs `(key, lattice value)`; the two type arguments name the lattices of input 0 and input 1. It emits a
`MapUnion` of one entry for each key: the key with a `Pair` of both values. Both sides are complete before anything is
emitted. The first persistence is that of input 0, the second that of input 1. With `'static` the values of a side last,
and every tick emits all keys.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import JoiningFused
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.facts import Facts, LooksUp
from hydroflow_nb.operators.record.going_on import GoingOn
from hydroflow_nb.operators.record.holding import Form, Holding
from hydroflow_nb.operators.record.operator import TICK_OR_STATIC, TWO, Category, InputDelay, Operator
from hydroflow_nb.operators.rules.joining import LatticeJoin
from hydroflow_nb.operators.shared.keys_of_both import each_match


def _values(e: Emission, side: int) -> str:
    return e.state("lhs" if side == 0 else "rhs", "{}", static=e.is_static(side), accumulates=True, port=side)


def _touched(e: Emission) -> str | None:
    """The keys that something has come to in this tick, where the others need not be emitted again."""
    return e.state("touched", "{}", static=False) if e.spares() else None


def _receive(e: Emission, port: str, item: Item) -> Lines:
    key, value = item.pair()
    values, changed = _values(e, int(port)), e.local("changed")
    merged = f"{values}[{key}], {changed} = {e.runtime('merged')}({values}.get({key}), {value})"
    touched = _touched(e)
    return [merged, *([f"{touched}[{key}] = None"] if touched else [])]


def _produce(e: Emission) -> Lines:
    pair = f"{e.runtime('keyed_pair')}({e.local('key')}, {e.local('left')}, {e.local('right')})"
    return each_match(e, _values(e, 0), _values(e, 1), [e.emit(pair)], _touched(e))


LATTICE_JOIN_FUSED_JOIN = Operator(
    name="_lattice_join_fused_join",
    category=Category.LATTICE,
    summary="For each key on both sides, the least upper bounds of both.",
    manual=__doc__,
    example='source_iter([("k", Max(1)), ("k", Max(2))]) -> [0]j; source_iter([("k", Min(5))]) -> [1]j;'
    ' j = _lattice_join_fused_join::<Max, Min>() -> assert_eq([MapUnion({"k": Pair(Max(2), Min(5))})]);',
    inputs=TWO,
    input_ports=("0", "1"),
    persistences=TICK_OR_STATIC,
    most_persistences=2,
    least_type_arguments=2,
    most_type_arguments=2,
    delays={"*": InputDelay.STRATUM},
    replays=True,
    holds=tuple(Holding(role=role, name=port, form=Form.KEYED) for role, port in (("lhs", "0"), ("rhs", "1"))),
    rule=LatticeJoin(),
    explains=JoiningFused(aggregates={"0": -1, "1": -1}, packs=True),
    facts=Facts(looks_up=LooksUp.KEY),
    goes_on=GoingOn(resumes="*", spares="*", varies=True, again="what it holds of every key that both sides have"),
    cost="one merge per item, one copy of both values for each key that matches in each tick; "
    "keeps one lattice value per key of either side for its persistence",
    receive=_receive,
    produce=_produce,
)
