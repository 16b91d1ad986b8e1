"""What the check says of flows, by output and class of runs."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

import hydroflow_nb as hf
from hydroflow_nb import lattices
from hydroflow_nb.correctness.levels import CLASSES

LATTICES = {name: getattr(lattices, name) for name in lattices.__all__}


def checked(text, **names):
    around = {"a": hf.channel(), "b": hf.channel(), "out": [], "seen": [], "hf": hf, **LATTICES, **names}
    return hf.compile(text, namespace=around).check()


def levels(text, output="out", **names):
    report = checked(text, **names)[output]
    return " ".join(getattr(report, kind) for kind in CLASSES)


SINK = "-> for_each(out.append);"
FINAL = "final final final part final"
# By text: the level for batching, order, duplication, loss and replication.
LEVELS = {
    "source_stream(a) -> filter(|x| x > 1)": "sequence bag set part bag",
    "source_stream(a) -> flat_map(|x| {x, -x})": "bag bag set part bag",
    "source_stream(a) -> flat_map(|x| [x, -x])": "sequence bag set part bag",
    "source_iter([1, 2])": "sequence sequence sequence sequence sequence",
    "source_iter([2, 1]) -> defer_tick()": "sequence sequence sequence sequence sequence",
    "source_stream(a) -> defer_tick()": "sequence bag set part bag",
    "source_stream(a) -> sort()": "bag bag set part bag",
    "source_stream(a) -> unique()": "set set set part set",
    "source_stream(a) -> persist()": "set set set part set",
    "source_stream(a) -> reduce::<'static>(max)": "final final final part final",
    "source_stream(a) -> reduce::<'static>(|x, y| x)": "final differs final differs differs",
    "source_stream(a) -> reduce(max)": "differs differs differs differs differs",
    "source_stream(a) -> fold::<'static>(|| 0, |n, _| n + 1) -> map(|n| -n)": "final final differs differs final",
    "source_stream(a) -> map(Max) -> lattice_reduce::<'static>()": "final final final part final",
    "source_stream(a) -> map(Max) -> lattice_reduce() ": "final final final part final",
    "source_stream(a) -> map(Max) -> lattice_reduce::<'static>() -> map(|m| m.reveal())": FINAL,
    "source_stream(a) -> map(Max) -> lattice_reduce() -> map(|m| m.reveal())": " ".join(["differs"] * 5),
    "source_stream(a) -> scan::<'static>(|| 0, |n, x| (n + x, n + x))": "sequence differs differs differs differs",
    "source_stream(a) -> multiset_delta()": "part part part part part",
    "source_stream(a) -> persist_mut()": "final differs differs differs differs",
    "source_interval(1)": "differs differs differs differs differs",
    "source_interval(1) -> map(|_| 'alive')": "set set set set set",
    "spin()": "set set set set set",
    "source_stream(a) -> map(|x| (x, id(x)))": "differs differs differs differs differs",
    "source_stdin()": "sequence bag set part differs",
}


@pytest.mark.parametrize(("text", "expected"), LEVELS.items())
def test_a_chain_has_its_level_in_each_class(text, expected):
    assert levels(f"{text} {SINK}") == expected


BOTH = f"source_stream(a) -> [0]j; source_stream(b) -> [1]j; j = {{}} {SINK}"
JOINS = {
    "join::<'static>()": "set set set part set",
    "join::<'static>() -> unique::<'static>()": "bag bag bag part bag",
    "join()": "part part part part part",
    "cross_join_multiset::<'static>() -> multiset_delta()": "bag bag set part bag",
    "zip::<'static>()": "sequence differs differs differs differs",
    "zip()": "differs differs differs differs differs",
    "chain()": "bag bag set part bag",
    "join_fused::<'static>(hf.Reduce(max), hf.Reduce(min))": "final final final differs final",
}


@pytest.mark.parametrize(("operator", "expected"), JOINS.items())
def test_two_inputs_that_are_matched_have_their_level_in_each_class(operator, expected):
    assert levels(BOTH.format(operator)) == expected


def test_both_halves_of_a_join_together_are_whole():
    text = """
        left = source_stream(a) -> tee(); right = source_stream(b) -> tee();
        left -> [0]one; right -> [1]one; left -> [0]other; right -> [1]other;
        one = join::<'tick, 'static>() -> both; other = join::<'static, 'tick>() -> both;
        both = union() -> for_each(out.append);
    """

    assert levels(text) == "set set set part set"


def test_a_state_that_is_told_again_and_again_arrives_in_the_end():
    text = """
        source_stream(a) -> map(Max) -> top; top = state::<'static, Max>();
        source_interval(1) -> map(|_| ($top, 'peer')) -> for_each(out.append);
    """

    assert levels(text) == "final final final part final"


def test_a_state_that_is_read_while_it_changes_makes_differ_what_reads_it():
    text = """
        source_stream(a) -> map(Max) -> top; top = state::<'static, Max>();
        source_stream(b) -> map(|x| (x, $top.reveal())) -> for_each(out.append);
    """

    assert levels(text) == "differs differs differs differs differs"
    assert [cause.code for cause in checked(text)["out"].because] == ["HF306"]


@pytest.mark.parametrize(
    "function",
    [
        pytest.param(partial(max, 1), id="a call that Python keeps"),
        pytest.param(lambda x: x, id="a lambda that has a name"),
    ],
)
def test_what_cannot_be_read_of_a_map_costs_nothing_for_items(function):
    assert levels(f"source_stream(a) -> map(f) {SINK}", f=function) == "sequence bag set part bag"


def test_a_clock_in_a_function_that_a_function_calls_is_found():
    assert levels(f"source_stream(a) -> map(stamped) {SINK}", stamped=stamped) == " ".join(["differs"] * 5)


def stamped(x):
    return now(), x


def now():
    import time as clock

    return clock.time() if clock else CLOCK.time()


import time as CLOCK  # noqa: E402, N812 - what `now` finds among its globals


def test_the_levels_of_surroundings_take_all_differences_at_once():
    flow = hf.compile(f"source_stream(a) -> enumerate::<'static>() {SINK}", namespace={"a": hf.channel(), "out": []})

    assert flow.check()["out"].level == "sequence"
    assert flow.check(network="tcp")["out"].level == "differs"
    assert flow.check(replicas=2)["out"].level == "differs"


def test_outputs_are_sinks_and_what_has_no_reader():
    report = checked("source_stream(a) -> tee() -> inspect(print); source_stream(b) -> null();")

    assert list(report) == ["inspect_3"]


def test_what_items_are_compared_with_names_an_output():
    text = "t = source_stream(a) -> tee(); t -> assert_eq(out); t -> assert_eq([1]) -> for_each(seen.append);"

    assert list(checked(text)) == ["out", "seen"]
    assert list(checked("source_stream(a) -> assert_eq([1]);")) == ["assert_eq_2"]


def test_a_check_runs_no_function_but_those_that_begin_an_accumulator():
    called = Counter()

    def begin():
        called["begin"] += 1
        return 0

    def fold(held, item):
        called["fold"] += 1
        return held

    checked(f"source_stream(a) -> fold::<'static>(begin, fold) {SINK}", begin=begin, fold=fold)["out"].level

    assert called["fold"] == 0


def test_a_flow_in_a_loop_that_does_not_fire_shows_nothing():
    text = """
        source_stream(a) -> inside;
        loop { inside = batch() -> fold::<'static>(|| 0, |n, _| n + 1) -> all; all = all_iterations(); };
        all -> for_each(out.append);
    """

    assert levels(text).split()[0] in ("final", "differs")


def test_what_is_kept_again_in_every_tick_is_more_in_each():
    report = checked("spin() -> persist() -> multiset_delta() -> for_each(out.append);")["out"]

    assert report.content_of("batching").time == "stream"
    assert report.batching == "set"


def test_the_first_item_is_the_same_where_items_come_again():
    text = "source_stream(a) -> [input]c; source_stream(b) -> [single]c; c = cross_singleton::<'static>() " + SINK

    assert levels(text) == "part differs part differs differs"


def test_when_a_timer_fires_is_never_the_same():
    assert levels("source_interval(1) -> unique::<'static>() " + SINK) == "differs differs differs differs differs"


@pytest.mark.parametrize(
    "asks", ["x in $h", "x not in set($h)", "any(x == y for y in $h)", "max($h, default=0)", "{y for y in $h}"]
)
def test_which_items_a_state_has_is_the_same_whatever_their_order(asks):
    state = "h = source_stream(b) -> persist() -> handoff(); h -> null(); source_stream(a) -> persist()"

    assert levels(f"{state} -> map(|x| ({asks})) {SINK}") == "final final final differs final"
    assert levels(f"{state} -> map(|x| $h[:1]) {SINK}") == "final differs differs differs differs"


def test_a_table_that_is_read_may_be_made_a_dict():
    text = """
        prices = source_stream(b) -> reduce_keyed::<'static>(max) -> handoff(); prices -> null();
        source_stream(a) -> persist() -> map(|x| (x, dict($prices).get(x)))
    """

    assert levels(text + SINK) == "final final final differs final"


def test_pairs_of_a_table_may_be_told_apart_by_their_keys():
    table = "p = source_stream(a) -> fold_keyed::<'static>(|| 0, |n, _| n + 1) -> partition"

    assert levels(f"{table}(|(k, n), [x, y]| x if k else y); p[x] {SINK} p[y] -> null();") == (
        "final final differs part final"
    )
    assert levels(f"{table}(|(k, n), [x, y]| x if n else y); p[x] {SINK} p[y] -> null();") == (
        "final final differs differs final"
    )


def test_a_revised_value_that_is_always_there_may_come_a_tick_later():
    summed = "source_stream(a) -> fold::<'static>(|| 0, |n, x| n - x)"

    assert levels(f"{summed} -> map(|n| (n, 1)) -> defer_tick() {SINK}") == "final final differs differs final"
    assert levels(f"{summed} -> filter_map(|n| n or None) -> defer_tick() {SINK}").split()[0] == "differs"
