"""Flows with loops, as users run them: plain and recorded, as both have to come to the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import pytest

import hydroflow_nb as hf
from hydroflow_nb.ir.verify import violations

Run: TypeAlias = Callable[..., list[list[Any]]]

ENDS = "s = source_stream(items); o = for_each(out.append);\n"
NESTED = (
    "loop a { s -> batch() -> e; e = identity();\n"
    "loop b { e -> batch() -> n; n = union() -> tee(); n -> map(|x| 10 * x) -> filter(|x| x <= 100) -> %s() -> n;\n"
    "n -> all_iterations() -> d; };\n"
    "d = all_iterations() -> o; };"
)
ROOT = (
    "loop { s -> batch() -> n; n = union() -> tee(); n -> map(|x| 10 * x) -> filter(|x| x <= 100) -> %s() -> n;\n"
    "n -> all_iterations() -> o; };"
)
# Items `x` enter by the window, and `go` by a batch that makes the loop fire.
GATED = (
    "d = s -> demux(|v, (x, go)| go.give(v) if v == 'go' else x.give(v));\n"
    "loop { d[x] -> %s() -> i; d[go] -> batch() -> null(); i = identity() -> all_iterations() -> o; };"
)


def loaded(text: str, names: dict[str, Any] | None = None) -> tuple[hf.Flow, Any, list[Any]]:
    items, out = hf.channel(), []
    flow = hf.compile(ENDS + text, {**(names or {}), "items": items, "out": out})
    assert violations(flow._compiled.graph) == []
    return flow, items, out


@pytest.fixture(params=["plain", "recorded"])
def run(request: pytest.FixtureRequest) -> Run:
    """`run(text, batch, ...)`: what comes out in each tick."""

    def found(text: str, *batches: Sequence[Any], **names: Any) -> list[list[Any]]:
        flow, items, out = loaded(text, names)
        if request.param == "recorded":
            flow.record()
        ticks = []
        for batch in batches:
            items.extend(batch)
            flow.run_tick()
            ticks.append(out[:])
            out.clear()
        return ticks

    return found


# --- when a root loop fires -------------------------------------------------------------------------------------------


def test_an_eager_batch_has_the_loop_fire_in_every_tick(run: Run) -> None:
    count = "loop { s -> batch_eager() -> fold(|| 0, |n, _| n + 1) -> all_iterations() -> o; };"

    assert run(count, [], [1, 2], []) == [[0], [2], [0]]


def test_a_batch_has_the_loop_fire_where_something_came(run: Run) -> None:
    count = "loop { s -> batch() -> fold(|| 0, |n, _| n + 1) -> all_iterations() -> o; };"

    assert run(count, [], [1, 2], [], [3]) == [[], [2], [], [1]]


def test_what_waits_at_a_lazy_batch_is_dropped_with_the_tick(run: Run) -> None:
    assert run(GATED % "batch_lazy", [1], [2, "go", 3], [4], ["go"]) == [[], [2, 3], [], []]


def test_what_waits_at_a_snapshot_is_kept_until_the_loop_fires(run: Run) -> None:
    assert run(GATED % "snapshot", [1], [2], ["go", 3], [4], ["go"], ["go"]) == [[], [], [1, 2, 3], [], [4], []]


def test_what_goes_round_in_a_root_loop_comes_once_a_tick_and_asks_for_it(run: Run) -> None:
    assert run(ROOT % "defer_tick", [1], [], [], []) == [[1], [10], [100], []]


def test_what_goes_round_lazily_waits_until_the_loop_fires(run: Run) -> None:
    assert run(ROOT % "defer_tick_lazy", [1], [], [2], []) == [[1], [], [2, 10], []]


def test_run_available_goes_on_while_something_is_deferred() -> None:
    flow, items, out = loaded(ROOT % "defer_tick")
    items.send(1)

    flow.run_available()

    assert out == [1, 10, 100]
    assert flow.current_tick() == 3


def test_run_available_does_not_go_on_for_what_is_deferred_lazily_or_kept() -> None:
    for text in (ROOT % "defer_tick_lazy", GATED % "snapshot"):
        flow, items, _ = loaded(text)
        items.send(1)

        flow.run_available()

        assert flow.current_tick() == 1


def test_the_producers_of_all_entries_run_before_the_loop_wherever_they_are_declared(run: Run) -> None:
    text = (
        "loop { t -> batch() -> [0]j; late -> batch() -> [1]j; j = cross_join() -> all_iterations() -> o; };\n"
        "t = s -> tee(); late = t -> fold(|| 0, |a, x| a + x) -> sort() -> map(|x| x * 100);"
    )

    assert run(text, [1, 2]) == [[(1, 300), (2, 300)]]


# --- nested loops -----------------------------------------------------------------------------------------------------


def test_a_nested_loop_fires_again_within_the_tick(run: Run) -> None:
    assert run(NESTED % "defer_tick", [1], [], [2]) == [[1, 10, 100], [], [2, 20]]


def test_what_is_deferred_lazily_in_a_nested_loop_waits_until_it_fires_again(run: Run) -> None:
    assert run(NESTED % "defer_tick_lazy", [1], [], [2]) == [[1], [], [2, 10]]


def test_what_waits_at_a_lazy_batch_of_a_nested_loop_is_dropped_with_the_outer_iteration(run: Run) -> None:
    text = (
        "loop { m = s -> batch() -> tee(); m -> filter(|x| x > 5) -> big; big = identity();\n"
        "loop { m -> batch_lazy() -> [0]j; big -> batch() -> [1]j; j = cross_join() -> all_iterations() -> n; };\n"
        "n = all_iterations() -> o; };"
    )

    assert run(text, [1], [2, 7], [3]) == [[], [(2, 7), (7, 7)], []]


def test_three_loops_in_each_other_count_like_a_clock(run: Run) -> None:
    text = (
        "loop { s -> batch() -> h; h = identity();\n"
        "loop { h -> batch() -> h2; h2 = union() -> tee(); h2 -> filter(|x| x > 1) -> map(|x| x - 1)\n"
        "-> defer_tick() -> h2;\n"
        "loop { h2 -> batch() -> map(|h| (h, 2)) -> m; m = union() -> tee();\n"
        "m -> filter(|(h, m)| m > 1) -> map(|(h, m)| (h, m - 1)) -> defer_tick() -> m; m -> all_iterations() -> x; };\n"
        "x = all_iterations() -> y; }; y = all_iterations() -> o; };"
    )

    assert run(text, [2]) == [[(2, 2), (2, 1), (1, 2), (1, 1)]]


# --- state and strata -------------------------------------------------------------------------------------------------


def test_a_tick_state_lasts_for_an_iteration_and_a_static_one_for_ever(run: Run) -> None:
    text = (
        "loop { s -> batch() -> e; e = identity();\n"
        "loop { e -> batch() -> n; n = union() -> tee(); n -> filter(|x| x > 1) -> map(|x| x - 1)\n"
        "-> defer_tick() -> n;\n"
        "n -> fold::<%s>(|| 0, |a, x| a + x) -> all_iterations() -> d; };\n"
        "d = all_iterations() -> o; };"
    )

    assert run(text % "'tick", [3], [2]) == [[3, 2, 1], [2, 1]]
    assert run(text % "'static", [3], [2]) == [[3, 5, 6], [8, 9]]


def test_blocking_operators_are_strata_of_each_iteration(run: Run) -> None:
    text = (
        "loop { s -> batch() -> e; e = identity();\n"
        "loop { e -> batch() -> n; n = union() -> tee(); n -> filter(|x| x > 1) -> map(|x| x - 2)\n"
        "-> defer_tick() -> n;\n"
        "n -> [pos]d; n -> filter(|x| x % 3 == 0) -> [neg]d;\n"
        "d = difference() -> sort() -> fold(list, |a, x| a + [x]) -> all_iterations() -> r; };\n"
        "r = all_iterations() -> o; };"
    )

    assert run(text, [5, 3, 4]) == [[[4, 5], [1, 2], [1]]]


def test_a_fold_behind_a_loop_sees_what_came_out_of_all_iterations_and_fires_without_any(run: Run) -> None:
    text = NESTED.replace("-> o;", "-> sums;") + "sums = fold(|| 0, |a, x| a + x) -> o;"

    assert run(text % "defer_tick", [1], []) == [[111], [0]]


def test_a_state_outside_is_read_in_every_iteration_and_one_inside_in_its_own(run: Run) -> None:
    text = (
        "all = s -> tee(); top = all -> fold(|| 0, |a, x| max(a, x));\n"
        "loop { all -> batch() -> e; e = identity();\n"
        "loop { e -> batch() -> n; n = union() -> tee(); n -> map(|x| x + 1) -> filter(|x| x < $top)\n"
        "-> defer_tick() -> n;\n"
        "sum = n -> fold(|| 0, |a, x| a + x); n -> map(|x| (x, $sum)) -> all_iterations() -> r; };\n"
        "r = all_iterations() -> o; };"
    )

    assert run(text, [1, 4]) == [[(1, 5), (4, 5), (2, 2), (3, 3)]]


# --- modules ----------------------------------------------------------------------------------------------------------


def test_a_module_can_be_a_part_of_a_loop_and_hold_one(run: Run, tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "double.hf").write_text("mod -> map(|x| 2 * x) -> mod;", encoding="utf-8")
    (tmp_path / "sum.hf").write_text(
        "loop { mod -> batch() -> fold(|| 0, |a, x| a + x) -> all_iterations() -> mod; };", encoding="utf-8"
    )

    inside = 'loop { s -> batch() -> import!("double.hf") -> all_iterations() -> o; };'

    assert run(inside, [1, 2]) == [[2, 4]]
    assert run('s -> import!("sum.hf") -> o;', [1, 2], [], [3]) == [[3], [], [3]]


def test_loops_follow_each_other(run: Run) -> None:
    text = (
        "loop one { s -> batch() -> map(|x| x + 1) -> all_iterations() -> m; };\n"
        "loop two { m -> batch() -> map(|x| x * 10) -> all_iterations() -> o; }; m = identity();"
    )

    assert run(text, [1, 2]) == [[20, 30]]


# --- what else there is -----------------------------------------------------------------------------------------------


def test_an_exception_in_an_iteration_names_it_and_drops_what_was_on_its_way() -> None:
    def picky(x: int) -> int:
        if x == 100:
            raise ValueError(x)
        return x

    flow, items, out = loaded(
        NESTED.replace("map(|x| 10 * x)", "map(picky) -> map(|x| 10 * x)") % "defer_tick", {"picky": picky}
    )
    items.extend([1, 2])

    with pytest.raises(ValueError, match="100") as raised:
        flow.run_tick()

    (note,) = raised.value.__notes__
    assert note.startswith("hydroflow: in `map`")
    assert note.endswith("item 100, tick 0, stratum 1, iteration 2")
    (fault,) = flow.faults
    assert fault.dropped > 0
    items.send(5)
    flow.run_tick()
    assert out == [5, 50]


def test_an_endless_nested_loop_is_interrupted() -> None:
    def stop_at(x: int) -> int:
        if x == 1_000:
            raise KeyboardInterrupt
        return x + 1

    text = NESTED.replace("map(|x| 10 * x) -> filter(|x| x <= 100)", "map(stop_at)") % "defer_tick"
    flow, items, _ = loaded(text, {"stop_at": stop_at})
    items.send(0)

    with pytest.raises(KeyboardInterrupt):
        flow.run_tick()

    assert flow.faults[0].message == "interrupted"
    flow.run_available()
    assert flow.current_tick() == 2


@pytest.mark.parametrize(
    ("text", "batches", "expected"),
    [
        (GATED % "snapshot", [[1], [2], ["go"]], [1, 2]),
        (ROOT % "defer_tick_lazy", [[1], [], [2]], [2, 10]),
        (NESTED % "defer_tick_lazy", [[1], [], [2]], [2, 10]),
    ],
)
def test_going_back_brings_back_what_waited(text: str, batches: list[list[Any]], expected: list[Any]) -> None:
    flow, items, out = loaded(text)
    flow.record()
    for batch in batches:
        items.extend(batch)
        flow.run_tick()

    out.clear()
    flow.rewind(2)
    flow.run_tick()

    assert out == expected


def test_reset_forgets_what_waited() -> None:
    flow, items, out = loaded(GATED % "snapshot")
    items.send(1)
    flow.run_tick()

    flow.reset()
    items.send("go")
    flow.run_tick()

    assert out == []


def test_a_recording_tells_the_iterations_of_nested_loops() -> None:
    flow, items, _ = loaded(NESTED % "defer_tick")
    recording = flow.record()
    items.send(1)
    flow.run_tick()

    node = next(node for node in flow._compiled.graph.nodes.values() if node.operator.name == "map")
    steps = [step for step in recording.tick(0).steps if step.operator == node.element]
    moved = [[item for move in step.moves.values() for item in move.items] for step in steps]
    assert [step.iteration for step in steps] == [(0,), (1,), (2,)]
    assert moved == [[10], [100], [1000]]
    assert steps[1].to_dict()["iteration"] == [1]


def test_a_flow_without_loops_has_none_in_its_data() -> None:
    flow = hf.compile("source_iter([1]) -> null();", {})

    assert flow.graph.to_dict()["loops"] == {}
