"""Emits the items of `pos` that are not among the items of `neg`.

All of `neg` is complete before an item of `pos` is looked at. `neg` is a set, so its items have to be hashable; `pos`
keeps its order and its duplicates. The first persistence is that of `pos`, the second that of `neg`; a single one holds
for both. With `'static` on `pos` all its items are kept and looked at again in each tick, so an item that was held back
in one tick can be emitted in a later one. With `'static` on `neg`, each item that came there once is held back for
ever, and with `'static` on both a tick looks only at what was not held back yet.
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
    return looked_at_anew(
        e,
        [f"for {item} in {e.batch()}:", f"    if {item} not in {negative(e)}:", f"        {e.emit(item)}"],
        keyed=False,
    )


def looked_at_anew(e: Emission, each: Lines, *, keyed: bool) -> Lines:
    """Lines that keep the new items of `pos` and look at items: in a tick's first run at all that may come out.

    `each` are the lines that look at each item of `batch`. `keyed`: `neg` has the keys of `pos`.
    """
    new, pos, batch, neg = e.scratch("new", "[]"), e.state("pos", "[]", static=True), e.batch(), negative(e)
    # One that was kept but cannot be looked up would make every later tick fail.
    lines = [f"{pos}.extend({e.runtime('keys_hashed' if keyed else 'hashed')}({new}))"]
    lasts = e.is_static(1)
    if e.spares() and not lasts:
        # What was held back may come out later; what came out before need not come again.
        held = e.state("held_back", "[]", static=True, rebinds=True)
        found = f"{pos} if {e.replay} else [*{held}, *{new}]"
        lines += [f"{held}, {batch} = {e.runtime('parted')}({found}, {neg}, keyed={keyed})"]
        return [*lines, *e.emit_each(batch, stable=True)]
    if e.spares():
        return [*lines, f"{batch} = {pos} if {e.replay} else {new}", *each]
    if not lasts:
        return [*lines, f"{batch} = {pos}" if e.first is None else f"{batch} = {pos} if {e.first} else {new}", *each]
    remaining = e.state_of_both("remaining", f"{e.runtime('Remaining')}()")
    found = f"{remaining}.of({pos}, {neg}, keyed={keyed})"
    if e.first is not None:
        found = f"{found} if {e.first} else {e.runtime('left')}({new}, {neg}, keyed={keyed})"
    return [*lines, f"{batch} = {found}", *e.emit_each(batch, stable=True)]


GOES_ON = GoingOn(
    resumes=("pos", "neg"),
    in_order=("pos",),
    forgives=("neg",),
    spares=("pos",),
    varies=True,
    again="what is not held back",
)


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
    holds=(items("pos", "pos", grows=True), Holding(role="neg", name="neg", form=Form.DISTINCT)),
    rust=InRust(text="difference_multiset{life}()", inputs=("T", "T"), hashed=("T",)),
    rule=Subtract(),
    explains=Subtracting(),
    facts=Facts(emits=Emits.ITEMS, looks_up=LooksUp.ITEM),
    goes_on=GOES_ON,
    cost="O(1) per item, and for a `'static` `pos` again in each tick for each of its items that comes out, and with a "
    "`'tick` `neg` for each that is held back; keeps the distinct items of "
    "`neg` for their persistence, and a `'static` `pos`",
    first_inputs=lambda e: ("neg",),
    gathers=("neg",),
    receive=_receive,
    receive_all=receive_all,
    produce=_produce,
)
