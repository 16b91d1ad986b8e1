"""Emits the items of `pos` that are not among the items of `neg`.

All of `neg` is complete before an item of `pos` is looked at. `neg` is a set, so its items have to be hashable; `pos`
keeps its order and its duplicates. The first persistence is that of `pos`, the second that of `neg`; a single one holds
for both. With `'static` on `pos` all its items are kept and looked at again in each tick, so an item that was held back
in one tick can be emitted in a later one. With `'static` on `neg`, each item that came there once is held back for
ever.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Subtracting
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.facts import Emits, Facts, LooksUp
from hydroflow_nb.operators.record.going_on import GoingOn
from hydroflow_nb.operators.record.holding import Form, Holding, items
from hydroflow_nb.operators.record.operator import TICK_OR_STATIC, TWO, Category, InputDelay, Operator
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.operators.rules.joining import Subtract


def negative(e: Emission) -> str:
    """The set of what is held back. Ports are sorted by name: `neg` comes before `pos`, its persistence second."""
    return e.state("neg", f"{e.runtime('set')}()", static=e.is_static(1), port=1)


def _receive(e: Emission, port: str, item: Item) -> Lines:
    if port == "neg":
        return [f"{negative(e)}.add({item.once})"]
    if e.is_static(0):
        return [f"{e.scratch('new', '[]')}.append({item.once})"]
    name = item.name
    return [f"if {name} not in {negative(e)}:", f"    {e.forward(item)}"]


def receive_all(e: Emission, port: str, iterable: str) -> Lines | None:
    """Lines that take in many items of a port; None for a `pos` that is not kept."""
    if port == "neg":
        return [f"{e.runtime('put_all')}({negative(e)}, {iterable})"]
    return [f"{e.scratch('new', '[]')}.extend({iterable})"] if e.is_static(0) else None


def _produce(e: Emission) -> Lines:
    if not e.is_static(0):
        return []
    item = e.local("item")
    return [
        *replayed(e, "hashed"),
        f"for {item} in {e.batch()}:",
        f"    if {item} not in {negative(e)}:",
        f"        {e.emit(item)}",
    ]


def replayed(e: Emission, checked: str) -> Lines:
    """Lines that keep the new items of `pos` and bind `batch` to those to look at: all of them in a tick's first run.

    `checked` is the runtime's function that raises for an item which cannot be looked up: one that was kept would make
    every later tick fail.
    """
    new, pos, batch = e.scratch("new", "[]"), e.state("pos", "[]", static=True), e.batch()
    lines = [f"{pos}.extend({e.runtime(checked)}({new}))"]
    if e.first is None:
        return [*lines, f"{batch} = {pos}"]
    return [*lines, f"{batch} = {pos} if {e.first} else {new}"]


DIFFERENCE = Operator(
    name="difference",
    category=Category.BINARY,
    summary="The items of `pos` that are not among those of `neg`.",
    manual=__doc__,
    example='source_iter(["dog", "cat", "cow"]) -> [pos]rest; source_iter(["dog", "cat"]) -> [neg]rest; '
    'rest = difference() -> assert_eq(["cow"]);',
    inputs=TWO,
    input_ports=("pos", "neg"),
    persistences=TICK_OR_STATIC,
    most_persistences=2,
    delays={"neg": InputDelay.STRATUM},
    replays=True,
    multiset_kin="difference_multiset",
    holds=(items("pos", "pos"), Holding(role="neg", name="neg", form=Form.DISTINCT)),
    rust=InRust(text="difference_multiset{life}()", inputs=("T", "T"), hashed=("T",)),
    rule=Subtract(),
    explains=Subtracting(),
    facts=Facts(emits=Emits.ITEMS, looks_up=LooksUp.ITEM),
    goes_on=GoingOn(resumes=("neg",), forgives=("neg",)),
    cost="O(1) per item, and for a `'static` `pos` all of its items again in each tick; keeps the distinct items of "
    "`neg` for their persistence, and a `'static` `pos`",
    first_inputs=lambda e: ("neg",),
    gathers=("neg",),
    receive=_receive,
    receive_all=receive_all,
    produce=_produce,
)
