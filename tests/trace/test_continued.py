"""What a recording tells of items that a tick does not send again."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.trace.recording import Recording
from hydroflow_nb.trace.ticks import Moved

Batch = tuple[Sequence[Any], Sequence[Any]]
REPLAYING = ("incremental-persist", "unseen-replays")

# Each takes pairs of small numbers in, on the left and on the right. What is sent in order, and what in no order.
IN_ORDER = {
    "a join": "source_stream(left) -> persist() -> map(|(a, b)| (b, a)) -> [0]j; source_stream(right) -> [1]j; "
    "j = join() -> for_each(out);",
    "a fold": "source_stream(left) -> persist() -> flat_map(|(a, b)| [a] * b) -> fold(|| 0, |n, one| n + one) "
    "-> for_each(out); source_stream(right) -> null();",
    "two of them": "t = source_stream(left) -> persist() -> tee(); t -> filter(|(a, _)| a > 1) -> unique() -> [0]j; "
    "t -> [1]j; j = join() -> for_each(out); source_stream(right) -> null();",
}
WITHOUT_ORDER = {
    "a circle": "source_stream(left) -> map(|(a, _)| a) -> reached; source_stream(right) -> [1]hop; "
    "reached = union() -> unique::<'static>() -> tee(); reached -> map(|v| (v, ())) -> [0]hop; "
    "hop = join::<'static>() -> map(|(_, ((), to))| to) -> reached; reached -> for_each(out);",
    "a union": "source_stream(left) -> persist() -> u; source_stream(right) -> persist() -> u; "
    "u = union() -> map(|(a, b)| a + b) -> unique::<'static>() -> for_each(out);",
    "a union with others": "source_stream(left) -> persist() -> u; source_stream(right) -> u; "
    "u = union() -> tee() -> unique::<'static>() -> for_each(out);",
    "a join of joins": "source_stream(left) -> [0]j; source_stream(right) -> [1]j; j = join::<'static>() "
    "-> map(|(_, both)| both) -> [0]k; source_stream(left) -> [1]k; k = join::<'static>() -> unique::<'static>() "
    "-> for_each(out);",
}
# Nobody could tell which of the items behind the function were sent again.
MIXED = (
    "source_stream(left) -> persist() -> u; source_stream(right) -> u; u = union() -> filter(|(a, b)| a < b) "
    "-> unique::<'static>() -> for_each(out);"
)


def batches(seed: int, count: int = 8) -> list[Batch]:
    chance = random.Random(seed)
    return [
        ([pair(chance) for _ in range(chance.randrange(4))], [pair(chance) for _ in range(chance.randrange(4))])
        for _ in range(count)
    ]


def pair(chance: random.Random) -> tuple[int, int]:
    return chance.randrange(4), chance.randrange(4)


class Run:
    """A recorded flow that is fed tick by tick."""

    def __init__(self, text: str, without: Iterable[str] = (), budget: int = 100_000) -> None:
        self.names = {"left": hf.channel(), "right": hf.channel(), "out": lambda _: None}
        self.flow = hf.compile(text, self.names, without=without)
        self.recording = self.flow.record(budget)

    def ticks(self, given: Iterable[Batch]) -> Run:
        for left, right in given:
            self.names["left"].extend(left)
            self.names["right"].extend(right)
            self.flow.run_tick()
        return self


def edges_in(recording: Recording, number: int) -> dict[str, list[Moved]]:
    found: dict[str, list[Moved]] = {}
    for step in recording.tick(number).steps:
        for edge, moved in step.moves.items():
            found.setdefault(edge, []).append(moved)
    return found


def items_in(recording: Recording, number: int) -> dict[str, list[Any]]:
    return {edge: [item for one in moves for item in one.items] for edge, moves in edges_in(recording, number).items()}


def carried_in(recording: Recording, number: int) -> int:
    return recording.tick(number).moved[1]


@pytest.mark.parametrize("name", [*IN_ORDER, *WITHOUT_ORDER])
def test_each_edge_tells_in_each_tick_what_it_would_with_all_replays(name: str) -> None:
    in_order = name in IN_ORDER
    text = (IN_ORDER | WITHOUT_ORDER)[name]
    for seed in range(4):
        run, whole = Run(text).ticks(batches(seed)), Run(text, REPLAYING).ticks(batches(seed))

        for number in range(8):
            told, wanted = items_in(run.recording, number), items_in(whole.recording, number)
            for edge in {*told, *wanted}:
                items, all_items = told.get(edge, []), wanted.get(edge, [])
                assert Counter(items) == Counter(all_items), f"{edge} in tick {number}, seed {seed}"
                moves = edges_in(run.recording, number).get(edge, [])
                if in_order and any(moved.carried for moved in moves):
                    assert items == all_items, f"{edge} in tick {number}, seed {seed}"
                for moved in moves:
                    assert moved.count == len(moved.items)
                    assert moved.items[moved.carried :] == moved.sent.items
        assert carried_in(run.recording, 7) > 0


def test_what_nobody_could_tell_is_sent_again_in_a_recorded_tick_and_explained() -> None:
    run = Run(MIXED).ticks([([(1, 2)], []), ([], [(0, 3)]), ([], [])])

    assert [carried_in(run.recording, number) for number in range(3)] == [0, 0, 0]
    assert sum(map(len, items_in(run.recording, 2).values())) == 3
    assert "a recorded tick sends all of it, since `filter` (flow:1:" in str(run.flow.explain())


VARYING = {
    "fold_keyed": "source_stream(left) -> fold_keyed::<'static>(|| 0, |most, one| max(most, one)) "
    "-> map(|(key, _)| key) -> unique::<'static>() -> for_each(out); source_stream(right) -> null();",
    "difference": "source_stream(left) -> [pos]d; source_stream(right) -> [neg]d; d = difference::<'static>() "
    "-> unique::<'static>() -> for_each(out);",
}


@pytest.mark.parametrize("name", VARYING)
def test_what_would_not_be_what_was_sent_before_is_sent_again_in_a_recorded_tick(name: str) -> None:
    run, whole = Run(VARYING[name]).ticks(batches(1)), Run(VARYING[name], REPLAYING).ticks(batches(1))

    for number in range(8):
        told, wanted = items_in(run.recording, number), items_in(whole.recording, number)
        assert {edge: Counter(items) for edge, items in told.items()} == {
            edge: Counter(items) for edge, items in wanted.items()
        }
    words = str(run.flow.explain())
    assert f"a recorded tick sends all of it, since what `{name}` (" in words
    assert "would send is not what it sent" in words


def test_a_tick_is_told_in_short_with_what_it_carries_over() -> None:
    run = Run(IN_ORDER["a join"]).ticks([([(1, 2), (3, 2)], []), ([(5, 6)], [(2, 0)])])

    assert run.recording.tick(1).moved == (6, 4)
    assert "6 items moved, 4 carried over" in repr(run.recording.stepper())
    assert "tick 1: 6 items moved, 4 carried over, batch of 2" in run.recording.svg(1)


def test_pages_and_items_are_found_by_their_places_among_all() -> None:
    run = Run(IN_ORDER["a join"]).ticks([([(0, one), (one, 1)], []) for one in range(100)])
    step = next(one for one in run.recording.tick(99).steps if any(moved.carried for moved in one.moves.values()))
    (edge, moved), *_ = step.moves.items()
    where = (99, step.operator, step.subgraph, step.run, edge)

    assert (moved.count, moved.carried) == (200, 198)
    assert run.recording.page(*where, offset=197, limit=10) == ["(98, 1)", "(0, 99)", "(99, 1)"]
    assert run.recording.page(*where, offset=2, limit=2) == ["(0, 1)", "(1, 1)"]
    assert run.recording.text(*where, index=3) == "(1, 1)"
    assert dict(moved.numbered())[199] == (99, 1)
    with pytest.raises(IndexError):
        moved.item(200)


# --- where all begins anew -------------------------------------------------------------------------------------------


def test_a_tick_behind_one_that_was_not_recorded_sends_all_again() -> None:
    names = {"left": hf.channel(), "right": hf.channel(), "out": lambda _: None}
    flow = hf.compile(IN_ORDER["a join"], names)
    names["left"].extend([(1, 2), (3, 4)])
    flow.run_tick()

    recording = flow.record()
    flow.run_tick()
    flow.run_tick()

    assert [recording.tick(number).moved for number in (1, 2)] == [(4, 0), (0, 4)]
    assert items_in(recording, 2) == items_in(recording, 1)


def test_a_breakpoint_or_a_filter_on_an_edge_sees_every_item_of_a_replay() -> None:
    run = Run(IN_ORDER["a join"]).ticks([([(1, 2)], []), ([], [])])
    stop = run.flow.break_on("map -> j", "item == (2, 1)")
    run.ticks([([], [])])

    assert run.flow.stopped_at is not None
    stop.remove()
    run.ticks([([], []), ([], [])])
    assert [carried_in(run.recording, number) for number in range(1, 5)] == [2, 0, 2, 2]

    run.recording.filter("persist -> map", lambda item: item == (0, 0))
    run.ticks([([], [])])
    assert carried_in(run.recording, 5) == 0


def test_a_breakpoint_elsewhere_lets_ticks_go_on() -> None:
    run = Run(IN_ORDER["a join"])
    run.flow.break_on("join -> for_each", nth=1_000)
    run.ticks([([(1, 2)], []), ([], [])])

    assert carried_in(run.recording, 1) == 2


def test_a_tick_that_was_aborted_claims_nothing_and_the_next_one_sends_all_again() -> None:
    text = IN_ORDER["a fold"].replace("flat_map(|(a, b)| [a] * b)", "map(|(a, b)| a // b)")
    run = Run(text).ticks([([(4, 2)], [])])
    with pytest.raises(ZeroDivisionError):
        run.ticks([([(1, 0)], [])])

    assert run.recording.tick(1).fault is not None
    assert carried_in(run.recording, 1) == 0


# --- going back, and files -------------------------------------------------------------------------------------------


def test_a_branch_carries_over_what_came_before_it_began() -> None:
    run = Run(IN_ORDER["a join"]).ticks([([(1, 2)], []), ([(3, 4)], []), ([(5, 6)], [])])

    run.flow.rewind(2)
    run.ticks([([], []), ([(7, 8)], []), ([], [])])

    here, left = (list(run.recording.of_branch(name).ticks) for name in ("main.1", "main"))
    assert [tick.moved for tick in here] == [(3, 0), (3, 2), (3, 4), (3, 6), (0, 8)]
    assert [one.items for one in here[4].moves_on("edge-2")] == [[(1, 2), (3, 4), (5, 6), (7, 8)]]
    assert [one.items for one in left[2].moves_on("edge-2")] == [[(1, 2), (3, 4), (5, 6)]]
    assert not run.recording.diff("main", tick=1)


@pytest.mark.parametrize("name", ["a join", "a circle", "a union with others"])
def test_a_file_holds_what_was_sent_once_and_tells_the_same(name: str, tmp_path: Path) -> None:
    run = Run((IN_ORDER | WITHOUT_ORDER)[name]).ticks(batches(3))
    run.flow.rewind(5)
    run.ticks(batches(4, 3))

    run.recording.save(tmp_path / "run.json")
    again = Recording.load(tmp_path / "run.json")

    assert list(again.ticks) == list(run.recording.ticks)
    assert list(again.of_branch("main").ticks) == list(run.recording.of_branch("main").ticks)
    for number in range(8):
        assert items_in(again, number) == items_in(run.recording, number)
    again.save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "run.json").read_bytes()


def moves_of(data: Mapping[str, Any], tick: int) -> list[dict[str, Any]]:
    return [moved for step in data["ticks"][tick]["steps"] for moved in step["moves"].values()]


def test_a_file_marks_what_is_carried_over(tmp_path: Path) -> None:
    run = Run(IN_ORDER["a join"]).ticks([([(1, 2)], []), ([(3, 4)], [])])

    run.recording.save(tmp_path / "run.json")

    moves = moves_of(json.loads((tmp_path / "run.json").read_text()), 1)
    assert {"count": 2, "items": [[3, 4]], "carried": 1} in moves


@pytest.mark.parametrize(
    "change",
    [{"carried": -1}, {"carried": 7}, {"through": ["edge-99"], "carried": 1}],
    ids=["below nothing", "more than went", "through what is not there"],
)
def test_a_damaged_count_is_refused(change: dict[str, Any], tmp_path: Path) -> None:
    Run(IN_ORDER["a join"]).ticks([([(1, 2)], []), ([(3, 4)], [])]).recording.save(tmp_path / "run.json")
    data = json.loads((tmp_path / "run.json").read_text())
    next(moved for moved in moves_of(data, 1) if "carried" in moved).update(change)
    (tmp_path / "run.json").write_text(json.dumps(data))

    with pytest.raises(HydroflowError, match="cannot be read as a recording"):
        Recording.load(tmp_path / "run.json")


@pytest.mark.parametrize(
    "change",
    [{"count": 6, "carried": 5}, {"through": ["edge-2"]}, {"through": ["edge-1"]}],
    ids=["more than came before", "through itself", "through what carries nothing"],
)
def test_what_the_ticks_before_do_not_tell_is_not_kept(change: dict[str, Any], tmp_path: Path) -> None:
    Run(IN_ORDER["a join"]).ticks([([(1, 2)], []), ([(3, 4)], [])]).recording.save(tmp_path / "run.json")
    data = json.loads((tmp_path / "run.json").read_text())
    for step in data["ticks"][1]["steps"]:
        if "edge-2" in step["moves"]:
            step["moves"]["edge-2"].update(change)
    (tmp_path / "run.json").write_text(json.dumps(data))

    (moved,) = Recording.load(tmp_path / "run.json").tick(1).moves_on("edge-2")

    assert (moved.items, moved.missing) == ([(3, 4)], moved.carried)


# --- ticks that are forgotten ----------------------------------------------------------------------------------------


def test_what_is_carried_over_outlives_the_ticks_that_sent_it() -> None:
    run = Run(IN_ORDER["a join"], budget=400).ticks([([(number, 0)], [(0, number)]) for number in range(40)])

    assert run.recording.dropped > 0
    (moved,) = run.recording.tick(39).moves_on("edge-2")
    assert (moved.count, moved.carried) == (40, 39)
    assert moved.items == [(number, 0) for number in range(40)]
    assert sum(tick.size for tick in run.recording.ticks) <= 400


def test_of_what_is_carried_over_for_long_the_oldest_is_kept_and_the_rest_is_counted() -> None:
    run = Run(IN_ORDER["a join"], budget=200).ticks([([(number, 0)], []) for number in range(300)])

    (moved,) = run.recording.tick(299).moves_on("edge-2")

    assert (moved.count, moved.carried) == (300, 299)
    assert moved.items[:3] == [(0, 0), (1, 0), (2, 0)]
    assert moved.items[-1] == (299, 0)
    assert moved.missing == 300 - len(moved.items) > 0
    assert dict(moved.numbered())[298] == (298, 0)
    assert sum(tick.size for tick in run.recording.ticks) <= 200


def test_many_ticks_are_read_without_deep_recursion() -> None:
    run = Run(IN_ORDER["a join"]).ticks([([(number, 0)], []) for number in range(1_500)])

    assert run.recording.tick(1_499).moved == (3, 2_998)


# --- readers ---------------------------------------------------------------------------------------------------------


def test_ticks_differ_by_what_was_sent_between_them() -> None:
    run = Run(IN_ORDER["a join"]).ticks([([(1, 2)], []), ([(3, 4)], []), ([(5, 6)], [])])

    found = run.recording.diff(0, 2)

    persisted = next(one for one in found.edges if one.place == "persist -> map")
    assert (persisted.added, persisted.removed, persisted.is_whole) == (((3, 4), (5, 6)), (), True)


def test_a_channel_lists_what_is_carried_over_once() -> None:
    run = Run(IN_ORDER["a join"]).ticks([([(1, 2)], []), ([(3, 4)], []), ([], [])])

    all_ticks, last = run.flow.channel("persist -> map"), run.flow.channel("persist -> map", tick=2)

    assert (list(all_ticks), list(all_ticks.ticks), all_ticks.count) == ([(1, 2), (3, 4)], [0, 1], 2)
    assert repr(all_ticks).splitlines()[0] == "persist -> map: 2 items, and 3 carried over"
    assert (list(last), last.count) == ([(1, 2), (3, 4)], 2)


@pytest.mark.parametrize("name", ["a circle", "a fold"])
def test_a_run_with_all_replays_is_the_same_as_one_that_carries_over(name: str) -> None:
    text = (IN_ORDER | WITHOUT_ORDER)[name]
    run, whole = Run(text).ticks(batches(5)), Run(text, REPLAYING).ticks(batches(5))

    assert str(run.recording.replay(whole.flow)) == "the same in 8 ticks"
    assert str(whole.recording.replay(run.flow)) == "the same in 8 ticks"
    assert not run.recording.diff(whole.recording).first


def test_a_state_is_read_where_ticks_run_again() -> None:
    run = Run(WITHOUT_ORDER["a circle"]).ticks(batches(2, 60))

    for number in (10, 37, 58):
        assert run.flow.state("hop", number)


def test_a_watch_sees_what_is_carried_over() -> None:
    run = Run(IN_ORDER["a join"])
    watch = run.flow.watch("len(items)", on="persist -> map")
    run.ticks([([(1, 2)], []), ([(3, 4)], []), ([], [])])

    assert [watch.values[number] for number in range(3)] == [1, 2, 2]


def test_a_profile_counts_what_was_sent() -> None:
    run = Run(IN_ORDER["a join"])
    profile = run.flow.profile()
    run.ticks([([(1, 2)], []), ([(3, 4)], []), ([], [])])

    assert carried_in(run.recording, 2) == 4
    assert "persist" in str(profile)


Why = Callable[..., Any]


def test_why_finds_what_is_carried_over_where_it_was_sent() -> None:
    run = Run(IN_ORDER["a join"]).ticks([([(1, 2)], []), ([], []), ([], [(2, "x")])])

    found = run.flow.why((2, (1, "x")))
    carried = run.flow.why((2, 1), at="map -> j", tick=2)

    assert found.inputs == {"left": {0: [(1, 2)]}, "right": {2: [(2, "x")]}}
    assert found.is_exact
    assert carried.tick == 0
    assert "it is carried over in tick 2" in str(carried)


def test_why_of_a_recorded_place_is_that_of_where_the_item_was_sent() -> None:
    run = Run(WITHOUT_ORDER["a union with others"]).ticks([([(1, 2)], [(0, 0)]), ([(3, 4)], []), ([], [])])
    for number, step in enumerate(run.recording.tick(2).steps):
        for edge, moved in step.moves.items():
            for index, item in moved.numbered():
                assert run.flow.why_recorded(edge, 2, number, index).item == item


def test_of_what_is_carried_over_nobody_says_that_it_is_absent() -> None:
    run = Run(IN_ORDER["a join"]).ticks([([(1, 2)], []), ([], [])])

    with pytest.raises(HydroflowError, match="is carried over in tick 1, and did go over `persist -> map` in tick 0"):
        run.flow.why_not((1, 2), at="persist -> map", tick=1)
