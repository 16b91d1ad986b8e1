from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.trace.ticks import Moved


def recorded(text: str, batches: list[list[Any]], **names: Any) -> hf.Flow:
    channel = hf.channel()
    flow = hf.compile(text, namespace={"input": channel, "f": lambda x: 1 / x, **names})
    flow.record()
    for batch in batches:
        channel.extend(batch)
        with contextlib.suppress(ZeroDivisionError):
            flow.run_tick()
    return flow


def moves(flow: hf.Flow, tick: int) -> list[tuple[str, int, dict[str, list[Any]]]]:
    """The steps of a tick: operator, run of its subgraph, items by edge."""
    return [
        (step.operator, step.run, {edge: moved.items for edge, moved in step.moves.items()})
        for step in flow.recording.tick(tick).steps
    ]


def test_each_operator_has_a_step_with_what_it_emitted() -> None:
    flow = recorded("source_stream(input) -> map(|x| x + 1) -> filter(|x| x > 1) -> for_each(f);", [[0, 1, 2]])

    assert moves(flow, 0) == [
        ("op-1", 1, {"edge-1": [0, 1, 2]}),
        ("op-2", 1, {"edge-2": [1, 2, 3]}),
        ("op-3", 1, {"edge-3": [2, 3]}),
        ("op-4", 1, {}),
    ]


def test_a_handoff_has_an_edge_on_either_side() -> None:
    flow = recorded("source_stream(input) -> defer_tick() -> for_each(f);", [[5], []])

    assert moves(flow, 0) == [("op-1", 1, {"edge-1": [5]})]
    assert moves(flow, 1) == [("op-2", 1, {"edge-2": [5], "edge-3": [5]}), ("op-3", 1, {})]


def test_each_run_of_a_cycle_is_told_apart() -> None:
    flow = recorded(
        "u = union() -> unique() -> tee(); source_stream(input) -> u; u -> null();"
        "u -> filter(|x| x < 2) -> map(|x| x + 1) -> u;",
        [[0]],
    )

    unique = [(run, items) for operator, run, items in moves(flow, 0) if operator == "op-2"]

    assert unique == [(1, {"edge-2": [0]}), (2, {"edge-2": [1]}), (3, {"edge-2": [2]})]


def test_a_tick_tells_why_it_happened_and_what_it_took_in() -> None:
    flow = recorded("source_stream(input) -> defer_tick() -> null();", [[], [1, 2], []])
    flow.run_tick()

    found = [(tick.tick, tick.why, tick.batch["input"].items, tick.complete) for tick in flow.recording.ticks]

    assert found == [
        (0, "first", [], True),
        (1, "input", [1, 2], True),
        (2, "deferred", [], True),
        (3, "hand", [], True),
    ]


def test_what_a_fault_broke_off_is_recorded_up_to_there() -> None:
    flow = recorded("source_stream(input) -> map(|x| x) -> map(f) -> null();", [[2, 0, 4], [8]])

    tick = flow.recording.tick(0)

    assert tick.fault == "ZeroDivisionError: division by zero"
    assert tick.complete
    assert moves(flow, 0) == [
        ("op-1", 1, {"edge-1": [2, 0]}),
        ("op-2", 1, {"edge-2": [2, 0]}),
        ("op-3", 1, {"edge-3": [0.5]}),
        ("op-4", 1, {}),
    ]
    assert moves(flow, 1)[2] == ("op-3", 1, {"edge-3": [0.125]})


def kept(text: str, items: list[Any], edge: str, *, budget: int = 1_000, **names: Any) -> Moved:
    """What was kept of an edge in the one tick of a flow."""
    channel = hf.channel(items)
    flow = hf.compile(text, namespace={"input": channel, "f": lambda x: 1 / x, **names})
    flow.record(budget=budget)
    with contextlib.suppress(ZeroDivisionError):
        flow.run_tick()
    (moved,) = [step.moves[edge] for step in flow.recording.tick(0).steps if edge in step.moves]
    assert moved.count == len(moved.items) + sum(missing for _, missing in moved.gaps)
    return moved


def test_the_first_and_the_last_items_are_kept_and_those_between_are_counted() -> None:
    items = list(range(50_000))

    moved = kept(
        "source_stream(input) -> map(|x| x + 1) -> filter(|x| x > 0) -> null();", items, "edge-2", budget=3_000
    )

    ((first, missing),) = moved.gaps
    assert moved.count == 50_000
    assert 100 < first < 3_000 - 100
    assert moved.items[:first] == list(range(1, 1 + first))
    assert moved.items[first:] == list(range(1 + first + missing, 50_001))


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("source_stream(input) -> filter(|x| x % 3 == 0) -> map(|x| [x]) -> null();", [9_000, 3_000, 3_000]),
        ("source_stream(input) -> filter(|x| x % 2) -> filter(|x| x % 3) -> null();", [9_000, 4_500, 3_000]),
        ("source_stream(input) -> flat_map(|x| [x] * (x % 3)) -> null();", [9_000, 9_000]),
        ("source_stream(input) -> flat_map(|x| (y for y in [x] * (x % 3))) -> null();", [9_000, 9_000]),
        (
            "t = source_stream(input) -> tee(); t -> null(); t -> filter(|x| x < 10) -> null();",
            [9_000, 9_000, 9_000, 10],
        ),
        ("source_stream(input) -> fold(|| 0, |n, x| n + x) -> null();", [9_000, 9_000, 1]),
        ("source_stream(input) -> unique() -> null();", [9_000, 9_000]),
        ("source_stream(input) -> sort() -> null();", [9_000, 9_000, 9_000]),
        ("source_iter(range(9_000)) -> null(); source_stream(input) -> null();", [9_000, 9_000]),
        ("source_iter(iter(range(9_000))) -> null(); source_stream(input) -> null();", [9_000, 9_000]),
        (
            "u = union() -> null(); source_stream(input) -> u; source_iter(range(5)) -> u;",
            [14_000 - 5_000 + 5, 9_000, 5],
        ),
        ("source_stream(input) -> defer_tick() -> null();", [9_000]),
    ],
)
@pytest.mark.parametrize("budget", [0, 100, 3_000])
def test_counts_are_exact_whatever_is_kept(text: str, counts: list[int], budget: int) -> None:
    channel = hf.channel(range(9_000))
    flow = hf.compile(text, namespace={"input": channel})
    flow.record(budget=budget)

    flow.run_tick()

    tick = flow.recording.tick(0)
    found = {edge: moved for step in tick.steps for edge, moved in step.moves.items()}
    assert sorted(moved.count for moved in found.values()) == sorted(counts)
    for moved in found.values():
        assert moved.count == len(moved.items) + sum(missing for _, missing in moved.gaps)
    assert tick.size <= 1.2 * budget + 10


def test_an_item_that_makes_a_million_is_recorded_within_the_budget() -> None:
    moved = kept("source_stream(input) -> flat_map(|n| range(n)) -> null();", [1_000_000], "edge-2")

    assert moved.count == 1_000_000
    assert moved.items == list(range(len(moved.items)))
    assert 100 < len(moved.items) <= 1_000


def test_what_passed_before_a_fault_in_the_counted_part_is_counted() -> None:
    items = [*range(1, 9_001), 0, *range(100)]

    moved = kept("source_stream(input) -> map(|x| x + 0) -> map(f) -> null();", items, "edge-1", budget=100)

    assert moved.count == 9_001


def test_an_item_that_changes_later_is_shown_as_it_was() -> None:
    flow = recorded("source_stream(input) -> map(|x| [x]) -> inspect(|x| x.append(0)) -> null();", [[1]])

    steps = flow.recording.tick_dict(0)["steps"]

    assert steps[1]["moves"]["edge-2"]["items"] == ["[1]"]
    assert steps[2]["moves"]["edge-3"]["items"] == ["[1, 0]"]


def test_a_recording_is_json_whatever_the_items_are() -> None:
    class Rude:
        def __repr__(self) -> str:
            raise RuntimeError

    flow = recorded(
        "source_stream(input) -> null();", [[Rude(), "x" * 1_000_000, b"\xff", {1: {2}}, "\ud800", float("nan")]]
    )

    text = json.dumps(flow.recording.to_dict())

    assert "repr raised RuntimeError" in text
    assert len(text) < 100_000


def test_the_oldest_ticks_go_where_the_budget_is_used_up() -> None:
    channel = hf.channel()
    flow = hf.compile("source_stream(input) -> null();", namespace={"input": channel})
    flow.record(budget=50)

    for _ in range(10):
        channel.extend(range(10))
        flow.run_tick()

    kept = [tick.tick for tick in flow.recording.ticks]
    assert kept == list(range(10 - len(kept), 10))
    assert 1 <= len(kept) < 10
    assert flow.recording.dropped == 10 - len(kept)
    with pytest.raises(KeyError):
        flow.recording.tick(0)


def test_an_endless_tick_stays_within_the_budget() -> None:
    flow = recorded(
        "u = union() -> unique() -> tee(); source_stream(input) -> u; u -> null();"
        "u -> filter(|x| x < 30_000) -> map(|x| x + 1) -> u;",
        [[0]],
    )

    tick = flow.recording.tick(0)

    assert len(tick.steps) <= 20_000
    assert tick.skipped_steps > 0
    assert tick.size <= flow.recording.budget


def test_items_can_be_paged_and_read_in_full() -> None:
    flow = recorded("source_stream(input) -> null();", [["x" * 5_000, *range(300)]])
    recording = flow.recording
    step = recording.tick(0).steps[0]
    where = (0, step.operator, step.subgraph, step.run, "edge-1")

    assert recording.page(*where, offset=250, limit=3) == ["249", "250", "251"]
    assert len(recording.text(*where, index=0)) > 5_000
    with pytest.raises(KeyError):
        recording.page(0, "op-9", step.subgraph, 1, "edge-1", 0)
    with pytest.raises(IndexError):
        recording.text(*where, index=5_000)


class Large:
    def __repr__(self) -> str:
        return "L" * 400_890


def test_a_page_tells_the_true_length_of_a_long_item_that_could_change() -> None:
    flow = recorded("source_stream(input) -> null();", [[Large(), {"k": "x" * 400_881}]])
    step = flow.recording.tick(0).steps[0]

    texts = flow.recording.page(0, step.operator, step.subgraph, step.run, "edge-1", offset=0)

    assert texts[0] == "L" * 200 + "… (400,890 characters)"
    assert texts[1] is not None
    assert texts[1].endswith("… (more than 10,000 characters)")


def test_both_variants_work_on_the_same_state() -> None:
    channel, out = hf.channel([1]), []
    flow = hf.compile(
        "source_stream(input) -> persist() -> tee() -> [0]j; source_iter([10]) -> persist() -> [1]j;"
        "j = cross_join_multiset() -> fold::<'static>(|| 0, |acc, (a, b)| acc + a * b) -> for_each(out.append);",
        namespace={"input": channel, "out": out},
    )
    flow.run_tick()

    flow.record()
    channel.send(2)
    flow.run_tick()

    assert out == [10, 40]


def test_the_recorded_variant_may_have_a_state_that_the_plain_one_needs_not() -> None:
    flow = recorded(
        "source_stream(input) -> [pos]d; source_iter([]) -> null() -> map(|x| x) -> [neg]d;"
        "d = difference::<'tick, 'static>() -> null(); source_iter([]) -> null() -> persist() -> map(f) -> null();",
        [[1], [2]],
    )

    assert [moved.items for step in flow.recording.tick(1).steps for moved in step.moves.values()][-1] == [2]


def test_a_recording_tells_how_much_it_holds() -> None:
    flow = recorded("source_stream(input) -> for_each(f);", [[1], [2]])

    assert repr(flow.recording) == "<recording of 2 ticks>"


def test_pages_and_items_are_named_by_their_place_among_all_items() -> None:
    moved = kept("source_stream(input) -> map(|x| x) -> null();", list(range(9_000)), "edge-2", budget=100)

    ((first, missing),) = moved.gaps
    assert moved.texts(first - 1, 3) == [str(first - 1), None, None]
    assert moved.texts(first + missing - 1, 2) == [None, str(first + missing)]
    assert moved.texts(8_999, 10) == ["8999"]
    assert moved.item(first + missing) == first + missing
    with pytest.raises(IndexError):
        moved.item(first)


def test_a_filter_keeps_the_items_that_one_looks_for_and_counts_the_others() -> None:
    channel = hf.channel(range(9_000))
    flow = hf.compile("doubled = source_stream(input) -> map(|x| x * 2); doubled -> null();", {"input": channel})
    flow.record(budget=100, filter={"doubled -> null": lambda item: item in (6, 9_000, 17_998)})

    flow.run_tick()

    step = flow.recording.tick(0).steps[1]
    (moved,) = step.moves.values()
    assert moved.items == [6, 9_000, 17_998]
    assert moved.count == 9_000
    assert moved.item(4_500) == 9_000
    assert moved.texts(2, 3) == [None, "6", None]


def test_a_filter_may_be_set_and_ended_while_the_flow_is_recorded() -> None:
    channel = hf.channel()
    flow = hf.compile("doubled = source_stream(input) -> map(|x| x * 2); doubled -> null();", {"input": channel})
    flow.record()
    for predicate in (None, lambda item: 1 / (item - 2) < 0, None):
        flow.recording.filter("doubled -> null", predicate)
        channel.extend([0, 1, 2])
        flow.run_tick()

    assert [next(iter(tick.steps[1].moves.values())).items for tick in flow.recording.ticks] == [
        [0, 2, 4],
        [0, 2],
        [0, 2, 4],
    ]


def test_a_filter_of_a_place_that_there_is_not_changes_nothing() -> None:
    flow = recorded("source_stream(input) -> null();", [[1]])

    with pytest.raises(hf.HydroflowError):
        flow.recording.filter("nobody -> null", bool)

    assert flow.recording.filters == {}


def test_a_run_of_a_million_items_keeps_no_more_than_its_budget() -> None:
    channel = hf.channel(range(1_000_000))
    flow = hf.compile("source_stream(input) -> map(|x| x + 1) -> filter(|x| x % 2 == 0) -> null();", {"input": channel})
    flow.record(budget=20_000)

    flow.run_available()

    moves = [moved for step in flow.recording.tick(0).steps for moved in step.moves.values()]
    assert sum(len(moved.items) for moved in moves) <= 1.2 * 20_000
    assert sum(moved.count for moved in moves) == 2_500_000


def test_no_more_than_two_thousand_ticks_are_kept() -> None:
    flow = recorded("source_stream(input) -> null();", [])

    for _ in range(2_010):
        flow.run_tick()

    assert (len(flow.recording.ticks), flow.recording.dropped) == (2_000, 10)


CHAINS = [
    ("source_stream(input) -> map(|x| x * 2) -> filter(|x| x) -> null();", lambda x: [x * 2]),
    ("source_stream(input) -> map(|x| (x, 1)) -> map(|(x, n)| (n, x)) -> null();", lambda x: [(x, 1), (1, x)]),
    ("source_stream(input) -> inspect(|x| g(x)) -> identity() -> null();", lambda x: [x, x]),
    ("source_stream(input) -> flat_map(|x| (x, x)) -> map(|x| (x,)) -> null();", lambda x: [x, (x,)]),
]


@pytest.mark.parametrize(("text", "made"), CHAINS)
@pytest.mark.parametrize("item", [3, "ab", (1, 2), [1, 2], (1, [2])])
def test_the_same_is_kept_of_items_that_can_change_and_of_others(text: str, made: Any, item: Any) -> None:
    flow = recorded(text, [[item, item]], g=lambda x: None)

    found = {edge: moved for step in flow.recording.tick_dict(0)["steps"] for edge, moved in step["moves"].items()}

    for number, value in enumerate([item, *made(item)], start=1):
        assert set(found[f"edge-{number}"]["items"]) == {repr(value)}
        assert found[f"edge-{number}"]["count"] in (2, 4)


@pytest.mark.parametrize("items", [[1, 2, 0, 4], [(1, 1), (2, 1), (0, 1), (4, 1)], [[1], [2], [0], [4]]])
def test_what_passed_before_a_fault_is_kept_whatever_the_items_are(items: list[Any]) -> None:
    flow = recorded(
        "source_stream(input) -> inspect(|x| 1 // first(x)) -> identity() -> map(|x| (x, 1 // first(x))) -> null();",
        [items],
        first=lambda x: x if isinstance(x, int) else x[0],
    )

    found = {edge: moved.count for step in flow.recording.tick(0).steps for edge, moved in step.moves.items()}

    assert found == {"edge-1": 3, "edge-2": 2, "edge-3": 2, "edge-4": 2}


@pytest.mark.parametrize("budget", [0, 4, 8, 1_000])
def test_a_fault_behind_a_loop_tells_how_many_items_were_dropped(budget: int) -> None:
    channel = hf.channel([1, 0, 2, 4])
    flow = hf.compile("source_stream(input) -> sort() -> map(|x| 1 / x) -> null();", namespace={"input": channel})
    flow.record(budget=budget)

    with pytest.raises(ZeroDivisionError):
        flow.run_tick()

    assert flow.faults[0].dropped == 4


def test_what_is_taken_in_without_a_handoff_has_gone_through_it() -> None:
    flow = recorded("source_stream(input) -> map(|x| x * 2) -> fold(|| 0, |n, x| n + x) -> null();", [[1, 2], [3]])

    assert "handoff" not in _code(flow)
    assert moves(flow, 0) == [
        ("op-1", 1, {"edge-1": [1, 2]}),
        ("op-2", 1, {"edge-2": [2, 4]}),
        ("op-3", 1, {"edge-3": [2, 4], "edge-4": [6]}),
        ("op-4", 1, {}),
    ]
    assert [step.stratum for step in flow.recording.tick(0).steps] == [0, 0, 1, 1]
    assert moves(flow, 1)[2] == ("op-3", 1, {"edge-3": [6], "edge-4": [6]})


def _code(flow: hf.Flow) -> str:
    return "".join(name for stratum in flow._engine._strata for name in stratum.__code__.co_freevars)


def test_what_several_runs_hand_over_is_taken_in_at_once() -> None:
    text = """
        source_stream(input) -> c; c = union() -> unique() -> tee();
        c -> map(|x| x + 1) -> filter(|x| x < 5) -> c;
        c -> fold(|| 0, |n, x| n + x) -> null();
    """
    flow = recorded(text, [[1, 3]])

    (taken,) = [step for step in flow.recording.tick(0).steps if step.stratum == 1 and len(step.moves) == 2]

    assert [moved.items for moved in taken.moves.values()] == [[1, 3, 2, 4], [10]]


@pytest.mark.parametrize("budget", [0, 10, 100])
def test_what_is_only_counted_before_a_handoff_is_counted_behind_it(budget: int) -> None:
    moved = kept(
        "source_stream(input) -> fold(|| 0, |n, x| n + x) -> null();", list(range(500)), "edge-2", budget=budget
    )

    assert moved.count == 500
    assert moved.missing >= 500 - budget


def test_a_fault_while_items_are_gathered_is_in_the_stratum_where_they_come_from() -> None:
    flow = recorded("source_stream(input) -> fold(|| 0, |n, x| n + f(x)) -> null();", [[2, 0, 4]])

    assert moves(flow, 0) == [("op-1", 1, {"edge-1": [2, 0]})]
    assert [fault.stratum for fault in flow.faults] == [0]


def test_a_filter_chooses_on_either_side_of_a_handoff_that_is_left_out() -> None:
    flow = recorded("source_stream(input) -> fold(|| 0, |n, x| n + x) -> null();", [])
    flow.recording.filter("source_stream -> fold", lambda x: x == 2)
    flow.inputs["input"].extend([1, 2, 3])
    flow.run_tick()

    found = {edge: moved for step in flow.recording.tick(0).steps for edge, moved in step.moves.items()}

    assert [(found[edge].items, found[edge].count) for edge in ("edge-1", "edge-2")] == [([2], 3), ([2], 3)]
