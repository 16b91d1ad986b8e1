"""The types of edges are true of runs: whatever runs of a class differ in, each edge carries what its type promises.

Every operator alone with every choice of persistences, behind an input of some type, and in random flows; with the
nightly profile (`make nightly`) each of its flows with each choice, behind inputs of every type, and many more runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from contract import RUN, Watched, refutations, runs
from hypothesis import given
from hypothesis import strategies as st
from nightly import IS_NIGHTLY, random_flows
from situations import alone, situations, tried_operators, watched

import hydroflow_nb as hf
from hydroflow_nb import lattices
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.operators import OPERATORS
from hydroflow_nb.operators.record.operator import Operator
from hydroflow_nb.operators.rules.content import Content, Copies, ItemOrder, Loss, Time

# Runs of a flow in a class: as it is given, all in one tick, and by chance.
COUNT = 20 if IS_NIGHTLY else 3
# Of a flow whose level is said.
COUNT_OF_KNOWN = 30 if IS_NIGHTLY else 6
SITUATIONS = 50 if IS_NIGHTLY else 1


def told(found: Iterator[Any]) -> str:
    return "".join(map(str, islice(found, 1)))


def paired(rows: list[list[Any]]) -> list[Any]:
    """Of a table, so few fields that each row has one, and each column."""
    apart = min(len(rows), *map(len, rows))
    return [one for number, row in enumerate(rows) for place, one in enumerate(row) if (place - number) % apart == 0]


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.name)
def test_an_operator_alone_keeps_what_its_rule_promises(operator: Operator, reference: SimpleNamespace) -> None:
    flows, random = reference.flows, Random(1)
    by_lifetimes = [list(alone(flows, operator, lifetimes)) for lifetimes in flows.LIFETIMES[operator.name]]
    examples = [one for row in by_lifetimes for one in row] if IS_NIGHTLY else paired(by_lifetimes)
    assert examples
    # A loop may hold each operator in several ways.
    for example in examples if IS_NIGHTLY or operator.window is None else random.sample(examples, 8):
        found = refutations(watched(flows, example.text, example), example.ticks, COUNT, random)
        assert not (why := told(found)), why


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.name)
def test_an_operator_keeps_what_its_rule_promises_behind_inputs_of_other_types(
    operator: Operator, reference: SimpleNamespace
) -> None:
    random = Random(operator.name)
    for flow, ticks in islice(situations(reference.flows, operator, random), SITUATIONS):
        try:
            found = told(refutations(flow, ticks, COUNT, random))
        except (HydroflowError, TypeError):  # its functions do not take what comes
            continue
        assert not found, found


@pytest.mark.timeout(36_000)
@random_flows(12, by_night=5_000)
@given(data=st.data())
def test_the_rules_of_a_random_flow_keep_what_they_promise(data: st.DataObject, reference: SimpleNamespace) -> None:
    example = data.draw(reference.flows.examples(), label="flow")
    flow = watched(reference.flows, example.text, example)
    found = told(refutations(flow, example.ticks, COUNT + 1, Random(data.draw(st.integers(0, 99), label="schedules"))))
    assert not found, found


# --- what was refuted once -------------------------------------------------------------------------------------------

NAMES = {**{name: getattr(lattices, name) for name in lattices.__all__}, "Persist": hf.Persist, "Delete": hf.Delete}
NUMBERS = ({"a": [3, 1, 3]}, {"a": [2, 6]}, {"a": []}, {"a": [0, 5]})
PAIRS = ({"a": [(1, 5), (1, 5), (2, 5)]}, {"a": [(2, 1), (5, 4)]}, {"a": [(1, 3), (3, 3)]})
# By name: the text, what comes, and the level of its output in batching and under loss.
REFUTED = {
    "a join of multisets, by its type argument, keeps equal pairs": (
        "t = source_stream(a) -> tee(); t -> [0]j; t -> [1]j; j = join::<'static, HalfMultisetJoinState>() -> S;",
        PAIRS,
        "set part",
    ),
    "what a table's pairs are mapped to bears no key": (
        "source_stream(a) -> reduce_keyed::<'static>(max) -> map(|(k, v)| v) -> S;",
        PAIRS,
        "final differs",
    ),
    "the second part of the greatest pair is revised": (
        "source_stream(a) -> reduce::<'static>(max) -> map(|(k, v)| v) -> S;",
        PAIRS,
        "final differs",
    ),
    "a bound on the second part of the greatest pair is no threshold": (
        "source_stream(a) -> reduce::<'static>(max) -> filter(|(k, v)| v >= 5) -> S;",
        PAIRS,
        "final differs",
    ),
    "a list of a set has the order in which its items came": (
        "source_stream(a) -> fold::<'static>(set, |s, x| s.add(x * 8)) -> map(|s| tuple(s)) -> S;",
        NUMBERS,
        "differs differs",
    ),
    "the Min of a count falls": (
        "source_stream(a) -> fold::<'static>(|| 0, |n, _| n + 1) -> map(|n| Min(n)) -> S;",
        NUMBERS,
        "final unknown",
    ),
    "what a Min reveals falls": (
        "source_stream(a) -> map(Min) -> lattice_reduce::<'static>() -> map(|m| m.reveal())"
        " -> filter(|v| v >= 2) -> S;",
        NUMBERS,
        "final differs",
    ),
    "what is made of the last of some values is wrong where some are lost": (
        "source_stream(a) -> reduce_no_replay::<'static>(max) -> map(|x| -x) -> S;",
        NUMBERS,
        "final differs",
    ),
    "what is left out of the last of some values leaves the one before": (
        "source_stream(a) -> reduce_no_replay::<'static>(max) -> filter_map(|x| x if x % 2 else None) -> S;",
        NUMBERS,
        "differs differs",
    ),
    "the parts of a table's pairs are not a table": (
        "source_stream(a) -> reduce_keyed::<'static>(max) -> flat_map(|(k, v)| [(k, v), (v, 1)]) -> S;",
        PAIRS,
        "final differs",
    ),
    "a view that is sorted gives its news in the order in which they came": (
        "source_stream(a) -> persist() -> sort() -> multiset_delta() -> S;",
        NUMBERS,
        "bag part",
    ),
    "the first of a sorted view is not that of an earlier tick": (
        "source_stream(a) -> persist() -> sort() -> reduce::<'static>(|x, _| x) -> S;",
        NUMBERS,
        "differs differs",
    ),
    "the first copy of an item may be the lost one": (
        "source_stream(a) -> persist() -> unique() -> multiset_delta() -> S;",
        PAIRS,
        "sequence part",
    ),
    "what waits for another tick is lost in the last one": (
        "source_iter([1, 2]) -> persist() -> defer_tick_lazy() -> S; source_stream(a) -> null();",
        NUMBERS,
        "part part",
    ),
    "a state of the tick is not the same in the last tick": (
        "r = source_stream(a) -> map(|x| SetUnion({x})) -> state::<SetUnion>(); r -> null();"
        "source_iter([1, 2]) -> persist() -> filter(|x| x in $r) -> S;",
        NUMBERS,
        "differs differs",
    ),
    "an answer that is there no more is not taken back": (
        "t = source_stream(a) -> tee(); t -> [pos]d; t -> defer_tick() -> [neg]d;"
        "d = difference::<'static>() -> reduce_no_replay::<'tick>(max) -> S;",
        NUMBERS,
        "differs differs",
    ),
    "a value that comes once is no view": (
        "source_iter([3, 1]) -> reduce(max) -> map(|x| x + 1) -> defer_tick() -> S; source_stream(a) -> null();",
        NUMBERS,
        "final final",
    ),
    "the first item of a view differs with their order": (
        "t = source_stream(a) -> persist() -> tee(); t -> [input]c; t -> [single]c; c = cross_singleton() -> S;",
        NUMBERS,
        "final differs",
    ),
    "what reads a state of many items sees their order": (
        "h = source_stream(a) -> persist() -> handoff(); h -> map(|x| (x, tuple($h))) -> S;",
        NUMBERS,
        "final differs",
    ),
    "what reads a state of many items may count them": (
        "h = source_stream(a) -> persist() -> sort() -> handoff(); h -> map(|x| (x, len($h))) -> S;",
        NUMBERS,
        "final differs",
    ),
    "what reads the pairs of a table sees their order": (
        "h = source_stream(a) -> reduce_keyed::<'static>(max) -> handoff(); h -> map(|x| (x, tuple($h))) -> S;",
        PAIRS,
        "differs differs",
    ),
    "what passes a threshold leaves the other output": (
        "p = source_stream(a) -> fold::<'static>(|| 0, |n, _| n + 1) -> partition(|n| n >= 4); p[0] -> S;"
        "p[1] -> null();",
        NUMBERS,
        "final differs",
    ),
    "of the last of some values that of a kind may be an older one": (
        "source_stream(a) -> fold_no_replay::<'static>(|| 0, |n, _| n + 1) -> map(|n| str(n) if n % 2 else n)"
        " -> filter(|n| isinstance(n, int)) -> S;",
        NUMBERS,
        "differs differs",
    ),
    "a value that rises may be of another kind": (
        "source_stream(a) -> reduce::<'static>(max) -> filter(|n| isinstance(n, bool)) -> S;",
        ({"a": [False]}, {"a": [True]}, {"a": [0, 5]}),
        "final differs",
    ),
    "an answer that was given before is not given again as the last one": (
        "source_stream(a) -> fold_no_replay::<'static>(|| 0, |n, x| n + x - 3) -> unique::<'static>() -> S;",
        NUMBERS,
        "differs differs",
    ),
    "no tick follows a revised answer that is no more there": (
        "source_stream(a) -> fold::<'static>(|| 0, |n, _| n + 1) -> filter(|n| n % 2) -> defer_tick() -> S;",
        NUMBERS,
        "differs differs",
    ),
    "no tick follows revised items that are no more there": (
        "t = source_stream(a) -> tee(); t -> [pos]d; t -> defer_tick() -> [neg]d; d = difference::<'static>()"
        " -> defer_tick() -> S;",
        NUMBERS,
        "differs differs",
    ),
    "a list that a state holds may hold equal items": (
        "r = source_stream(a) -> fold::<'static>(|| [], |held, x| held.append(x)); r -> null(); iter_ref($r) -> S;",
        NUMBERS,
        "final differs",
    ),
    "lattice values that are made anew of others need not rise": (
        "t = source_stream(a) -> reduce_keyed::<'static>(max) -> map(|(k, v)| (k, Min(v))) -> tee();"
        "t -> [0]j; t -> [1]j; j = _lattice_join_fused_join::<Min, Min>() -> S;",
        PAIRS,
        "differs differs",
    ),
}

_TOMBSTONES = (
    "source_stream(a) -> map(|x| SetUnionWithTombstones([x] if x != 6 else (), [3] if x == 6 else ()))"
    " -> lattice_reduce::<'static>()"
)
SETS = "source_stream(a) -> map(|x| SetUnion([x * 8])) -> lattice_reduce::<'static>()"
MAPS = "source_stream(a) -> map(|(k, v)| MapUnion({k: Max(v)})) -> lattice_reduce::<'static>()"
_HALVES = (
    "t = source_stream(a) -> tee(); left = t -> map(|(k, v)| (k % 2, v)) -> tee(); right = t -> defer_tick() -> tee();"
    "left -> [0]one; right -> [1]one; left {} -> [0]two; right {} -> [1]two;"
    "one = join::<'tick, 'static>() -> u; two = join::<'static, 'tick>() -> u; u = union() -> S;"
)
REFUTED |= {
    "the other half of a join misses what was put off twice": (
        _HALVES.format("-> defer_tick() -> defer_tick()", ""),
        PAIRS,
        "part part",
    ),
    "the other half of a join misses what was kept back in the last tick": (
        _HALVES.format("", "-> defer_tick_lazy()"),
        PAIRS,
        "part part",
    ),
    "what a method of `Min` reveals falls": (
        "source_stream(a) -> map(Min) -> lattice_reduce::<'static>() -> map(Min.reveal) -> filter(|v| v >= 2) -> S;",
        NUMBERS,
        "final differs",
    ),
    "of a set with tombstones items are taken back": (
        f"{_TOMBSTONES} -> filter(|m| 3 in m) -> S;",
        NUMBERS,
        "final differs",
    ),
    "so it is with what it reveals": (
        f"{_TOMBSTONES} -> map(|m| m.reveal()) -> filter(|m| 3 in m) -> S;",
        NUMBERS,
        "final differs",
    ),
    "the greatest text does not have what a lesser one has": (
        "source_stream(a) -> map(|x| Max(str(x))) -> lattice_reduce::<'static>() -> map(|m| m.reveal())"
        " -> filter(|v| '3' in v) -> S;",
        NUMBERS,
        "final differs",
    ),
    "the value that a greater key comes with may be less": (
        "source_stream(a) -> map(|(k, v)| DomPair(Max(k), Max(v))) -> lattice_reduce::<'static>() -> map(|p| p.value)"
        " -> S;",
        PAIRS,
        "final differs",
    ),
    "equal sets are gone through in different orders": (
        f"{SETS} -> map(|m| tuple(m)) -> S;",
        NUMBERS,
        "differs differs",
    ),
    "a folded set is one, too": (
        "source_stream(a) -> fold::<'static>(|| set(), |s, x| s | {x * 8}) -> map(|s| list(s)[:1]) -> S;",
        NUMBERS,
        "differs differs",
    ),
    "the least of a value that grows falls": (
        "source_stream(a) -> map(Max) -> lattice_reduce::<'static>() -> map(|m| (Min(m), 1)) -> S;",
        NUMBERS,
        "final differs",
    ),
    "a set of a value that grows holds another item": (
        f"{SETS} -> map(|m| SetUnion([m])) -> S;",
        NUMBERS,
        "final differs",
    ),
}
# What grows with a value that grows, with its level under loss: it is never taken back.
GROWING = {
    "what a set holds at any depth": f"{SETS} -> map(|m| m.deep_reveal()) -> S;",
    "by a function": f"{SETS} -> map(deep_reveal) -> S;",
    "by a method": f"{SETS} -> map(SetUnion.deep_reveal) -> filter(|v| 24 in v) -> S;",
    "how much that is": f"{SETS} -> map(|m| deep_reveal(m)) -> filter(|v| len(v) >= 3) -> S;",
    "what a map holds at any depth": f"{MAPS} -> map(|m| m.deep_reveal()) -> filter(|v| 5 in v) -> S;",
    "a dict of a value": f"{SETS} -> map(|m| {{'held': m, 'too': (m, 1)}}) -> S;",
    "a dict of a number": "source_stream(a) -> reduce::<'static>(max) -> map(|x| {'greatest': x}) -> S;",
    "a dict at a key": "source_stream(a) -> reduce_keyed::<'static>(max) -> map(|(k, v)| (k, {'v': v})) -> S;",
    "a dict by key": f"{MAPS} -> map(|m| {{k: v.reveal() for k, v in m.items() if k != 2}}) -> S;",
    "a set of what is made of each": f"{SETS} -> map(|m| {{x % 3 for x in m}}) -> filter(|v| 2 in v) -> S;",
    "a plain set": f"{SETS} -> map(set) -> S;",
}


@pytest.mark.parametrize("name", GROWING)
def test_what_wraps_or_gathers_what_grows_is_never_taken_back(name: str) -> None:
    text = GROWING[name]
    ticks = NUMBERS if "(k, v)" not in text else PAIRS
    flow = Watched(text=text.replace("S;", "for_each(out.append);"), inputs=("a",), sinks=("out",), names=NAMES)
    report = flow.flow.check()["out"]
    assert (report.level, report.early, report.loss) == ("final", True, "part")
    assert not (why := told(refutations(flow, ticks, COUNT_OF_KNOWN, Random(1)))), why


@pytest.mark.parametrize("name", REFUTED)
def test_a_rule_that_was_refuted_once_is_mended(name: str) -> None:
    text, ticks, levels = REFUTED[name]
    flow = Watched(text=text.replace("S;", "for_each(out.append);"), inputs=("a",), sinks=("out",), names=NAMES)
    report = flow.flow.check()["out"]
    assert f"{report.batching} {report.loss}" == levels
    assert not (why := told(refutations(flow, ticks, COUNT_OF_KNOWN, Random(1)))), why


# --- timers ----------------------------------------------------------------------------------------------------------

# Beside a timer `t`: the text, the level in batching and under loss, and whether it comes again and again.
TIMED = {
    "a join with what is held": (
        "source_stream(t) -> map(|_| 0) -> [0]j; source_stream(a) -> [1]j; j = cross_join::<'tick, 'static>() -> S;",
        "set part again",
    ),
    "a join that counts, with a view": (
        "source_stream(t) -> map(|_| 0) -> [0]j; source_stream(a) -> persist() -> [1]j;j = cross_join_multiset() -> S;",
        "set part again",
    ),
    "a probe of what is held": (
        "source_stream(t) -> map(|_| (1, 0)) -> [probe]j; source_stream(a) -> [build]j;"
        "j = join_multiset_half::<'static, 'tick>() -> S;",
        "set part again",
    ),
    "both are forgotten": (
        "source_stream(t) -> map(|_| 0) -> [0]j; source_stream(a) -> [1]j; j = cross_join() -> S;",
        "part part",
    ),
    "a join with another timer": (
        "source_stream(t) -> map(|_| 0) -> [0]j; source_stream(u) -> map(|_| 1) -> [1]j; j = cross_join() -> S;",
        "part part again",
    ),
    "with what is revised": (
        "source_stream(t) -> map(|_| 0) -> [0]j; source_stream(a) -> fold::<'static>(|| 0, |n, _| (n + 1) % 3) -> [1]j;"
        "j = cross_join() -> S;",
        "differs differs again",
    ),
    "what is not held by then": (
        "source_stream(t) -> map(|_| (1, 0)) -> [pos]d; source_stream(a) -> map(|(k, _)| k) -> [neg]d;"
        "d = anti_join::<'tick, 'static>() -> S;",
        "differs differs again",
    ),
    "the first item beside it": (
        "source_stream(t) -> map(|_| 0) -> [input]c; source_stream(a) -> [single]c;"
        "c = cross_singleton::<'static>() -> S;",
        "set differs again",
    ),
    "lattices by key": (
        "source_stream(t) -> map(|_| (1, Max(0))) -> [0]j; source_stream(a) -> map(|(k, v)| (k, Max(v))) -> [1]j;"
        "j = _lattice_join_fused_join::<'tick, 'static, Max, Max>() -> S;",
        "final part again",
    ),
    "a view until a signal": (
        "source_stream(a) -> persist() -> [input]d; source_stream(t) -> [signal]d; d = defer_signal() -> S;",
        "set part again",
    ),
    "items until a signal": (
        "source_stream(a) -> [input]d; source_stream(t) -> [signal]d; d = defer_signal() -> S;",
        "sequence part",
    ),
    "a lattice until a signal": (
        "source_stream(a) -> map(lambda p: SetUnion([p])) -> lattice_reduce::<'static>() -> [input]d;"
        "source_stream(t) -> [signal]d; d = defer_signal() -> S;",
        "final part again",
    ),
    "a view until what a join with a timer gives": (
        "source_stream(t) -> map(|_| 0) -> [0]j; source_stream(a) -> h; h = tee(); h -> [1]j;"
        "j = cross_join::<'tick, 'static>() -> [signal]d; h -> persist() -> [input]d; d = defer_signal() -> S;",
        "set part again",
    ),
    "a batch merged at a signal": (
        "source_stream(a) -> map(lambda p: SetUnion([p])) -> [input]d; source_stream(t) -> [signal]d;"
        "d = _lattice_fold_batch::<SetUnion>() -> S;",
        "final part",
    ),
}


@pytest.mark.parametrize("name", TIMED)
def test_beside_a_timer_runs_keep_what_is_promised(name: str) -> None:
    text, expected = TIMED[name]
    for timer in ("t", "u"):
        text = text.replace(f"source_stream({timer})", "source_interval(1)")
    inputs = ("a",) if "source_stream(a)" in text else ()
    flow = Watched(text=text.replace("S;", "for_each(out.append);"), inputs=inputs, sinks=("out",), names=NAMES)
    report = flow.flow.check()["out"]
    again = " again" * report.content_of("batching").again
    assert f"{report.batching} {report.loss}{again}" == expected
    ticks = [{one: batch[one] for one in inputs} for batch in PAIRS]
    assert not (why := told(refutations(flow, ticks, COUNT_OF_KNOWN, Random(1)))), why


# --- mutants ---------------------------------------------------------------------------------------------------------

STRONGER: dict[str, dict[Any, Any]] = {
    "order": {ItemOrder.ANY: ItemOrder.ORDERED},
    "copies": {Copies.REPEATS: Copies.COUNTED, Copies.COUNTED: Copies.DISTINCT},
    "loss": {Loss.PART: Loss.WHOLE},
    "time": {
        Time.STREAM: Time.ONCE,
        Time.GROWING: Time.CONST,
        Time.SETTLING: Time.GROWING,
        Time.RISING: Time.GROWING,
        Time.LATEST: Time.SETTLING,
    },
}


def mutants(content: Content) -> Iterator[tuple[str, Content]]:
    """A type strengthened by one word, in each way."""
    if content.varies:
        yield "varies: stream", Content(time=Time.STREAM, order=ItemOrder.ANY, copies=Copies.REPEATS)
        yield "varies: settling", Content(time=Time.SETTLING, order=ItemOrder.ANY, copies=Copies.REPEATS)
        return
    for field, words in STRONGER.items():
        word = getattr(content, field)
        if word in words:
            yield f"{word}: {words[word]}", content.but(**{field: words[word]})


# Flows for mutants that are rare in situations.
RARE = (
    ("source_stream(a) -> fold::<'static>(|| 0, |n, _| (n + 1) % 3) -> sort() -> S;", NUMBERS),
    ("source_stream(a) -> fold::<'static>(|| 0, |n, _| (n + 1) % 3) -> defer_tick() -> S;", NUMBERS),
    ("t = source_stream(a) -> persist() -> sort() -> tee(); t -> c; t -> c; c = chain_first_n(2) -> S;", NUMBERS),
    (
        "source_iter([(1, 2), (5, 1)]) -> persist() -> [build]j; source_stream(a) -> [probe]j;"
        "j = join_multiset_half() -> S;",
        PAIRS,
    ),
    (
        "t = source_stream(a) -> map(Max) -> tee(); t -> lattice_reduce() -> u;"
        "t -> lattice_reduce() -> u; u = union() -> S;",
        NUMBERS,
    ),
    ("r = source_stream(a) -> fold::<'static>(|| [0], |_, x| [x]); r -> null(); iter_ref($r) -> S;", NUMBERS),
    ("source_stream(a) -> fold::<'static>(|| 0, |n, _| (n + 1) % 3) -> filter(|x| x < 2) -> S;", NUMBERS),
    (
        "source_stream(a) -> fold::<'static>(|| 0, |n, _| (n + 1) % 3) -> map(later)"
        " -> resolve_futures_blocking_ordered() -> S;",
        NUMBERS,
    ),
    ("source_stream(a) -> map(|x| Delete(x - 1) if x == 3 else Persist(x)) -> persist_mut() -> S;", NUMBERS),
    ("t = source_stream(a) -> tee(); t -> [0]z; t -> [1]z; z = zip::<'static>() -> S;", NUMBERS),
)
_BOUND = "of rising lattice values the least upper bound counts, not their order or number"
_LATE = "with delays there is no run in which everything comes at once to compare a part with"
SURVIVORS = {
    "DeferredLazily any: ordered": _LATE,
    "DeferredLazily repeats: counted": _LATE,
    "Fold counted: distinct": "a table has each key once; the rule could promise it",
    "KeptAndDeleted any: ordered": "keys come in the order in which they were first kept; the rule could promise it",
    "LatticeJoin any: ordered": _BOUND,
    "LatticeJoin repeats: counted": _BOUND,
    "Merge any: ordered": _BOUND,
    "Merge repeats: counted": _BOUND,
    "MergeBatch any: ordered": _BOUND,
    "MergeBatch repeats: counted": _BOUND,
    "Pulses counted: distinct": "no two instants of a timer are equal; the rule could promise it",
    "State any: ordered": _BOUND,
    "State repeats: counted": _BOUND,
    "State counted: distinct": "an item that comes again changes nothing; the rule could promise it",
}


@pytest.mark.skipif(not IS_NIGHTLY, reason="takes most of a minute: `make nightly` runs it")
@pytest.mark.timeout(600)
def test_what_a_rule_promises_cannot_be_strengthened_by_a_word(reference: SimpleNamespace) -> None:
    assert survivors(reference.flows, 16) == set(SURVIVORS)


def survivors(flows: Any, count: int) -> set[str]:
    """The mutants of rules, as `Rule weaker: stronger`, that no run refutes."""
    alive: dict[str, bool] = {}
    for text, ticks in RARE:
        flow = Watched(text=text.replace("S;", "for_each(out.append);"), inputs=("a",), sinks=("out",), names=NAMES)
        _try_mutants(flow, ticks, Random(1), alive)
    for operator in tried_operators(flows):
        random = Random(operator.name)
        for flow, ticks in islice(situations(flows, operator, random), count):
            try:
                _try_mutants(flow, ticks, random, alive)
            except (HydroflowError, TypeError):  # its functions do not take what comes
                continue
    return {name for name, lives in alive.items() if lives}


def _try_mutants(flow: Watched, ticks: Any, random: Random, alive: dict[str, bool]) -> None:
    for kind in ("batching", "order", "duplication", "loss"):
        recorded = None
        for edge, content in flow.typing(RUN[kind]).edges.items():
            rule = type(flow.graph.nodes[flow.graph.edges[edge].source].operator.rule).__name__
            for change, mutant in mutants(content):
                name = f"{rule} {change}"
                if not alive.setdefault(name, True):
                    continue
                recorded = recorded or runs(flow, ticks, kind, 6, random)
                if recorded.refutation(edge, mutant) is not None:
                    alive[name] = False
