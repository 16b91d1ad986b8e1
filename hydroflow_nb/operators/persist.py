"""Emits, in every tick that happens, all items it ever got: those of earlier ticks first, then the new ones.

Items come in the order of arrival, each as often as it came. A stream of events becomes the collection of all events so
far, which every tick emits again. Two `persist` in a row emit an item n times in its n-th tick. All items are kept for
ever and emitted in each tick; `unique` in front of it keeps each of them once. `'static` is the only persistence, and
need not be written. In a cycle, later runs of a tick emit only what is new. Where all that it emits leads, through
operators that keep nothing and functions that are pure, to operators that can go on from where they stand (joins,
`fold`, `reduce`, `unique`, `sort`, `multiset_delta`) or that know it already, only what is new goes there, and a tick
costs what is new; `flow.explain()` says whether it does.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Lasting
from hydroflow_nb.operators.record.emission import Emission, Item, Lines, indented
from hydroflow_nb.operators.record.going_on import GoingOn
from hydroflow_nb.operators.record.holding import items
from hydroflow_nb.operators.record.operator import Category, Operator, Persistence
from hydroflow_nb.operators.record.rust import SAME
from hydroflow_nb.operators.rules.folding import Persisted


def _kept(e: Emission) -> str:
    return e.state("kept", "[]", static=True)


def _tells_new(e: Emission) -> bool:
    """True where what is new is sent alone: in a later run of a tick, or where nobody has a use for the rest."""
    return e.spares() or any(e.recurrent(port) for port in e.inputs)


def _collection(e: Emission) -> str:
    """Where an item is put."""
    return e.scratch("new", "[]") if _tells_new(e) else _kept(e)


def _receive(e: Emission, port: str, item: Item) -> Lines:
    return [f"{_collection(e)}.append({item.once})"]


def _receive_all(e: Emission, port: str, iterable: str) -> Lines:
    return [f"{_collection(e)}.extend({iterable})"]


def _produce(e: Emission) -> Lines:
    kept = _kept(e)
    if not _tells_new(e):
        return e.emit_each(kept, stable=True)
    new, batch = e.scratch("new", "[]"), e.batch()
    return [
        f"{kept}.extend({new})",
        f"{batch} = {kept} if {e.replay} else {new}",
        *_carried(e),
        *e.emit_each(batch, stable=True),
    ]


def _carried(e: Emission) -> Lines:
    carried = e.carried() if e.spares() else []
    return [f"if {e.carries}:", *indented(carried)] if carried else []


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
    holds=(items("kept", grows=True),),
    rust=SAME,
    rule=Persisted(),
    explains=Lasting(),
    goes_on=GoingOn(spares="*", keeps_order=True),
    cost="O(1) in each tick for each item that ever came; keeps every item as long as the flow lives",
    receive=_receive,
    receive_all=_receive_all,
    produce=_produce,
)
