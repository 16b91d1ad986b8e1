"""Emits, in every tick that happens, all items that were persisted and not deleted since.

Its items are instructions, carried out in the order of arrival: `hf.Persist(x)` keeps an item, `hf.Delete(x)` removes
all kept items that are equal to it. After the last instruction of the tick all kept items are emitted, the oldest
first; an item that was persisted twice comes twice. The operator forgets nothing by itself, whatever its persistence:
`'mutable` (Hydroflow's word), `'static`, or none. All deletions of hashable items take one pass together; other items
are compared one by one.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Keeping
from hydroflow_nb.operators.record.emission import Emission, Lines
from hydroflow_nb.operators.record.holding import items
from hydroflow_nb.operators.record.operator import Category, InputDelay, Operator, Persistence
from hydroflow_nb.operators.rules.folding import KeptAndDeleted
from hydroflow_nb.operators.shared.gathering import held, receive, receive_all


def _produce(e: Emission) -> Lines:
    kept = e.state("kept", "[]", static=True)
    return [f"{e.runtime('persist_changes')}({kept}, {held(e)})", *e.emit_each(kept, stable=True)]


PERSIST_MUT = Operator(
    name="persist_mut",
    category=Category.PERSISTENCE,
    summary="All items that were persisted and not deleted, again in every tick.",
    manual=__doc__,
    example="source_iter([hf.Persist(1), hf.Persist(2), hf.Delete(1)]) -> persist_mut() -> assert_eq([2]);",
    persistences=(Persistence.MUTABLE, Persistence.STATIC),
    most_persistences=1,
    default_persistence=Persistence.MUTABLE,
    delays={"*": InputDelay.STRATUM},
    replays=True,
    holds=(items("kept"),),
    rule=KeptAndDeleted(keyed=False),
    explains=Keeping(),
    cost="O(1) per instruction, and in each tick for each kept item, and a pass over all of them for each deletion if "
    "there are items that cannot be hashed; keeps an item until it is deleted",
    gathers=("*",),
    receive=receive,
    receive_all=receive_all,
    produce=_produce,
)
