"""Emits, in every tick that happens, all pairs `(key, value)` that were persisted and whose key was not deleted since.

Its items are instructions, carried out in the order of arrival: `hf.Persist(key, value)` keeps a pair, `hf.Delete(key)`
removes all pairs of the key. Keys have to be hashable, values can be anything. After the last instruction of the tick
all kept pairs are emitted, key by key, those of a key in the order of persisting; a pair that was persisted twice comes
twice. The operator forgets nothing by itself, whatever its persistence: `'mutable` (Hydroflow's word), `'static`, or
none.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Keeping
from hydroflow_nb.operators.record.emission import Emission, Lines
from hydroflow_nb.operators.record.holding import Form, Holding, by_key
from hydroflow_nb.operators.record.operator import Category, InputDelay, Operator, Persistence
from hydroflow_nb.operators.rules.folding import KeptAndDeleted
from hydroflow_nb.operators.shared.gathering import held, receive, receive_all


def _produce(e: Emission) -> Lines:
    kept = e.state("kept", "{}", static=True)
    key, values, value = e.local("key"), e.local("values"), e.local("value")
    return [
        f"{e.runtime('persist_keyed_changes')}({kept}, {held(e)})",
        f"for {key}, {values} in {kept}.items():",
        f"    for {value} in {values}:",
        f"        {e.emit(f'({key}, {value})')}",
    ]


PERSIST_MUT_KEYED = Operator(
    name="persist_mut_keyed",
    category=Category.PERSISTENCE,
    summary="All pairs that were persisted and whose key was not deleted, again in every tick.",
    manual=__doc__,
    example='source_iter([hf.Persist("a", 1), hf.Persist("b", 2), hf.Delete("a")]) -> persist_mut_keyed() '
    '-> assert_eq([("b", 2)]);',
    persistences=(Persistence.MUTABLE, Persistence.STATIC),
    most_persistences=1,
    default_persistence=Persistence.MUTABLE,
    delays={"*": InputDelay.STRATUM},
    replays=True,
    holds=(Holding(role="kept", name="values", form=Form.GROUPS, read=by_key),),
    rule=KeptAndDeleted(keyed=True),
    explains=Keeping(keyed=True),
    cost="O(1) per instruction, and in each tick for each kept pair; keeps a pair until its key is deleted",
    gathers=("*",),
    receive=receive,
    receive_all=receive_all,
    produce=_produce,
)
