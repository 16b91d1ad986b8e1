"""Emits `(key, (probe, build))` for each `(key, probe)` from `probe` and each `(key, build)` from `build`.

All of `build` is complete before an item of `probe` is looked at. Both sides keep their duplicates, so only keys have
to be hashable. Matches come in the order of `probe`; those of one item come in the order of `build`. The first
persistence is that of `build`, the second that of `probe`; a single one holds for both. A `'static` side keeps all its
items; with `'static` on `probe`, all of them are matched again in each tick, found by their keys.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Joining
from hydroflow_nb.operators.record.emission import Emission, Item, Lines, indented
from hydroflow_nb.operators.record.facts import Facts, LooksUp
from hydroflow_nb.operators.record.going_on import GoingOn
from hydroflow_nb.operators.record.holding import Form, Holding, by_key, of_pairs
from hydroflow_nb.operators.record.operator import TICK_OR_STATIC, TWO, Category, InputDelay, Operator
from hydroflow_nb.operators.rules.joining import HalfJoin
from hydroflow_nb.operators.shared.streaming import kept, looked_at_anew, matching_again, newly_kept, places
from hydroflow_nb.operators.shared.symmetric_join import each_value, named, put_behind

BUILD, PROBE = 0, 1


def _index(e: Emission) -> str:
    return e.state("build", f"{e.runtime('MultisetSide')}()", static=e.is_static(BUILD), port=BUILD)


def _matched(e: Emission, key: str, value: str) -> Lines:
    matches, missing = e.local("matches"), e.runtime("MISSING")
    return [
        f"{matches} = {_index(e)}.get({key}, {missing})",
        f"if {matches} is not {missing}:",
        *indented(_each_match(e, key, value, matches)),
    ]


def _each_match(e: Emission, key: str, value: str, matches: str) -> Lines:
    match = e.local("match")
    return [
        f"for {match} in {each_value(e, matches, None, distinct=False)}:",
        f"    {e.emit(f'({key}, ({value}, {match}))')}",
    ]


def _values_of_tick(e: Emission) -> str:
    """The values of each key that have come to `build` in this tick."""
    return e.state("values_of_tick", "{}", static=False)


def _receive(e: Emission, port: str, item: Item) -> Lines:
    if port == "probe" and e.is_static(PROBE):
        return [f"{e.scratch('new', '[]')}.append({item.once})"]
    key, value = item.pair()
    if port == "probe":
        return _matched(e, key, value)
    lines = put_behind(e, _index(e), key, value, None)
    if e.spares():
        arrived, _ = named(e, value)
        lines = [*lines, f"{_values_of_tick(e)}.setdefault({key}, []).append({arrived})"]
    return lines


def _receive_all(e: Emission, port: str, iterable: str) -> Lines | None:
    if port == "build" or not e.is_static(PROBE):
        return None
    return [f"{e.scratch('new', '[]')}.extend({iterable})"]


def _produce(e: Emission) -> Lines:
    if not e.is_static(PROBE):
        return []
    key, value = e.local("key"), e.local("value")
    if not e.spares():
        return looked_at_anew(e, PROBE, matching_again(e, PROBE, _index(e)), _matched(e, key, value))
    (new, lines), probes, matches = newly_kept(e, PROBE), kept(e, PROBE), e.local("matches")
    arrived = _values_of_tick(e)
    if e.first is not None:
        arrived = f"{arrived} if {e.first} else {{}}"
    found = f"{places(e, PROBE)}.news({probes}, {e.runtime('len')}({new}), {_index(e)}, {arrived})"
    groups = f"{e.runtime('all_groups')}({probes}, {_index(e)}) if {e.replay} else {found}"
    return [
        *lines,
        f"for {key}, {value}, {matches} in {groups}:",
        *indented(_each_match(e, key, value, matches)),
    ]


JOIN_MULTISET_HALF = Operator(
    name="join_multiset_half",
    category=Category.BINARY,
    summary="The pairs of values that have the same key on both sides, in the order of `probe`.",
    manual=__doc__,
    example='source_iter([(1, "a"), (1, "b")]) -> [build]j; source_iter([(2, "x"), (1, "y")]) -> [probe]j; '
    'j = join_multiset_half() -> assert_eq([(1, ("y", "a")), (1, ("y", "b"))]);',
    inputs=TWO,
    input_ports=("build", "probe"),
    persistences=TICK_OR_STATIC,
    most_persistences=2,
    delays={"build": InputDelay.STRATUM},
    replays=True,
    holds=(
        Holding(role="build", name="build", form=Form.GROUPS, read=by_key),
        Holding(role="kept", name="probe", form=Form.GROUPS, read=of_pairs, grows=True),
    ),
    rule=HalfJoin(),
    explains=Joining(keyed=True, ports=("probe", "build")),
    facts=Facts(looks_up=LooksUp.KEY, loops=True),
    goes_on=GoingOn(resumes="*", in_order="*", spares="*", again="every match"),
    cost="O(1) per item and per match, and for a `'static` `probe` all matches again in each tick, however much is "
    "held; keeps the items of `build` for their persistence, and a `'static` `probe`, with the places of each key",
    first_inputs=lambda e: ("build",),
    gathers=("build",),
    receive=_receive,
    receive_all=_receive_all,
    produce=_produce,
)
