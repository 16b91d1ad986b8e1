"""Emits the pairs `(key, value)` of `pos` whose key is not among the items of `neg`.

All of `neg` is complete before an item of `pos` is looked at. `neg` is a set of keys, which have to be hashable; `pos`
keeps its order and its duplicates, and its values can be anything. The first persistence is that of `pos`, the second
that of `neg`; a single one holds for both. With `'static` on `pos` all its pairs are kept and looked at again in each
tick, so a pair that was held back in one tick can be emitted in a later one. With `'static` on `neg`, the pairs of each
key that came there once are held back for ever, and with `'static` on both a tick looks only at what was not held back
yet.
"""

from __future__ import annotations

from hydroflow_nb.operators.difference import GOES_ON, looked_at_anew, negative, receive_all
from hydroflow_nb.operators.explaining.families import Subtracting
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.facts import Emits, Facts, LooksUp
from hydroflow_nb.operators.record.holding import Form, Holding, of_pairs
from hydroflow_nb.operators.record.operator import TICK_OR_STATIC, TWO, Category, InputDelay, Operator
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.operators.rules.joining import Subtract


def _receive(e: Emission, port: str, item: Item) -> Lines:
    if port == "neg":
        return [f"{negative(e)}.add({item.once})"]
    if e.is_static(0):
        return [f"{e.scratch('new', '[]')}.append({item.once})"]
    key, _ = item.pair()
    return [f"if {key} not in {negative(e)}:", f"    {e.forward(item)}"]


def _produce(e: Emission) -> Lines:
    if not e.is_static(0):
        return []
    item, key = e.local("item"), e.local("key")
    each = [
        f"for {item} in {e.batch()}:",
        f"    {key}, {e.local('value')} = {item}",
        f"    if {key} not in {negative(e)}:",
        f"        {e.emit(item)}",
    ]
    return looked_at_anew(e, each, keyed=True)


ANTI_JOIN = Operator(
    name="anti_join",
    category=Category.BINARY,
    summary="The pairs of `pos` whose key is not among the items of `neg`.",
    manual=__doc__,
    example='source_iter([("dog", 1), ("cow", 2)]) -> [pos]rest; source_iter(["dog"]) -> [neg]rest; '
    'rest = anti_join() -> assert_eq([("cow", 2)]);',
    inputs=TWO,
    input_ports=("pos", "neg"),
    persistences=TICK_OR_STATIC,
    most_persistences=2,
    delays={"neg": InputDelay.STRATUM},
    replays=True,
    multiset_kin="anti_join_multiset",
    holds=(
        Holding(role="pos", name="pos", form=Form.GROUPS, read=of_pairs, grows=True),
        Holding(role="neg", name="neg", form=Form.DISTINCT),
    ),
    rust=InRust(text="anti_join_multiset{life}()", inputs=("(K, V)", "K"), outputs=("(K, V)",), hashed=("K",)),
    rule=Subtract(),
    explains=Subtracting(keyed=True),
    facts=Facts(emits=Emits.ITEMS, looks_up=LooksUp.KEY),
    goes_on=GOES_ON,
    cost="O(1) per item, and for a `'static` `pos` again in each tick for each of its items that comes out, and with a "
    "`'tick` `neg` for each that is held back; keeps the keys of `neg` for "
    "their persistence, and a `'static` `pos`",
    first_inputs=lambda e: ("neg",),
    gathers=("neg",),
    receive=_receive,
    receive_all=receive_all,
    produce=_produce,
)
