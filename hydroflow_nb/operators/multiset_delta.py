"""Emits the items by which this tick has more than the tick before.

If an item came three times in the tick before, its first three occurrences in this tick are dropped and the further
ones are emitted. The tick before is the last one that happened, even if no item came in it.
`persist() -> multiset_delta()` emits what is new. Items have to be hashable; one count is kept for each distinct item
of the last tick.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import More
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.facts import Emits, Facts, LooksUp
from hydroflow_nb.operators.record.going_on import GoingOn, Resumed
from hydroflow_nb.operators.record.holding import Form, Holding
from hydroflow_nb.operators.record.operator import Category, Operator
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.operators.rules.folding import News


def _counts(e: Emission) -> tuple[str, str]:
    """The counts of the tick before, and those of this one."""
    before, now = (e.state(role, "{}", static=True, rebinds=True, port=None) for role in ("before", "now"))
    return before, now


def _begin(e: Emission) -> Lines:
    before, now = _counts(e)
    return [f"{before} = {now}", f"{now} = {{}}"]


def _receive(e: Emission, port: str, item: Item) -> Lines:
    (before, now), count, name = _counts(e), e.local("count"), item.name
    return [
        f"{count} = {now}.get({name}, 0) + 1",
        f"{now}[{name}] = {count}",
        f"if {count} > {before}.get({name}, 0):",
        f"    {e.forward(item)}",
    ]


def _carried(e: Emission) -> Lines:
    # All that came before has come again: what comes now is beyond it.
    before, now = _counts(e)
    return [f"{before}, {now} = {{}}, {before}"]


MULTISET_DELTA = Operator(
    name="multiset_delta",
    category=Category.PERSISTENCE,
    summary="The items by which a tick has more than the one before.",
    manual=__doc__,
    example="source_iter([1, 1, 2]) -> persist() -> multiset_delta() -> assert_eq([1, 1, 2]);",
    holds=(Holding(role="now", name="counts", form=Form.COUNTS),),
    rust=InRust(hashed=("T",)),
    rule=News(),
    explains=More(),
    facts=Facts(emits=Emits.ITEMS, looks_up=LooksUp.ITEM),
    goes_on=GoingOn(resumes="*", in_order="*", resumed=Resumed(carried=_carried)),
    cost="O(1) per item; keeps one count for each distinct item of this tick and of the one before",
    begin=_begin,
    receive=_receive,
)
