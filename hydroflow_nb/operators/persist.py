"""Emits, in every tick that happens, all items it ever got: those of earlier ticks first, then the new ones.

Items come in the order of arrival, each as often as it came. A stream of events becomes the collection of all events so
far, which every tick emits again. Two `persist` in a row emit an item n times in its n-th tick. All items are kept for
ever and emitted in each tick; `unique` in front of it keeps each of them once. `'static` is the only persistence, and
need not be written. In a cycle, later runs of a tick emit only what is new.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Lasting
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.holding import items
from hydroflow_nb.operators.record.operator import Category, Operator, Persistence
from hydroflow_nb.operators.rules.folding import Persisted


def _kept(e: Emission) -> str:
    return e.state("kept", "[]", static=True)


def _has_later_runs(e: Emission) -> bool:
    return any(e.recurrent(port) for port in e.inputs)


def _collection(e: Emission) -> str:
    """Where an item is put: what is new is told apart only where a later run of the tick emits that alone."""
    return e.scratch("new", "[]") if _has_later_runs(e) else _kept(e)


def _receive(e: Emission, port: str, item: Item) -> Lines:
    return [f"{_collection(e)}.append({item.once})"]


def _receive_all(e: Emission, port: str, iterable: str) -> Lines:
    return [f"{_collection(e)}.extend({iterable})"]


def _produce(e: Emission) -> Lines:
    kept = _kept(e)
    if not _has_later_runs(e):
        return e.emit_each(kept, stable=True)
    new, batch = e.scratch("new", "[]"), e.batch()
    return [
        f"{kept}.extend({new})",
        f"{batch} = {kept} if {e.first} else {new}",
        *e.emit_each(batch, stable=True),
    ]


PERSIST = Operator(
    name="persist",
    category=Category.PERSISTENCE,
    summary="All items ever, again in every tick.",
    manual=__doc__,
    example="source_iter([7]) -> persist() -> map(|x| (context.current_tick(), x)) -> assert_eq([(0, 7), (1, 7)]); "
    "initialize() -> defer_tick() -> null();",
    persistences=(Persistence.STATIC,),
    most_persistences=1,
    default_persistence=Persistence.STATIC,
    replays=True,
    holds=(items("kept"),),
    rule=Persisted(),
    explains=Lasting(),
    cost="O(1) in each tick for each item that ever came; keeps every item as long as the flow lives",
    receive=_receive,
    receive_all=_receive_all,
    produce=_produce,
)
