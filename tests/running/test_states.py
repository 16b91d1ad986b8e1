"""What the operators of a flow hold, as `flow.state` gives it."""

from __future__ import annotations

import threading
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.flow import Flow
from hydroflow_nb.lattices import SetUnion
from hydroflow_nb.state.operator_state import StatesByOperator


def flow_of(text: str, **names: Any) -> Flow:
    return hf.compile(text, names)


def joined(lifetime: str = "'static") -> tuple[Flow, hf.Channel, hf.Channel]:
    left, right = hf.channel(), hf.channel()
    text = "source_stream(left) -> [0]hop; source_stream(right) -> [1]hop; hop = join::<%s>() -> for_each(print);"
    return flow_of(text % lifetime, left=left, right=right), left, right


def test_a_join_holds_the_values_of_each_side_by_key() -> None:
    flow, left, right = joined()
    left.extend([(1, "a"), (1, "b"), (2, "c")])
    right.send((3, "x"))
    flow.run_tick()

    state = flow.state("hop")

    assert state.value == {"0": {1: ["a", "b"], 2: ["c"]}, "1": {3: ["x"]}}
    assert state[0] == {1: ["a", "b"], 2: ["c"]}
    assert (state.size, state.operator, state.element, state.tick) == (4, "join", "op-3", 0)


def test_the_state_after_an_earlier_tick_is_that_of_then_with_what_changed() -> None:
    flow, left, _ = joined()
    flow.record()
    for number in range(3):
        left.send((number, "a"))
        flow.run_tick()

    state = flow.state("hop", tick=1)

    assert state[0] == {0: ["a"], 1: ["a"]}
    assert [entry.key for entry in state.changes["0"].added] == [1]
    assert flow.state("hop")[0] == {0: ["a"], 1: ["a"], 2: ["a"]}


def test_the_text_shows_first_what_the_tick_has_changed() -> None:
    flow, left, _ = joined()
    flow.record()
    for number in range(2):
        left.send((number, "a"))
        flow.run_tick()

    assert str(flow.state("hop")).splitlines() == [
        "hop, `join` (op-3) after tick 1: 2 items",
        "  0 (values by key): 2, +1",
        "    + 1: 'a'",
        "      0: 'a'",
        "  1 (values by key): 0",
    ]


def test_what_lasts_for_a_tick_is_said_to_be_forgotten() -> None:
    flow, left, right = joined("'tick, 'static")
    left.send((1, "a"))
    right.send((1, "x"))
    flow.run_tick()

    state = flow.state("hop")

    assert state["1"] == {1: ["x"]}
    assert [held.name for held in state.parts.values() if held.lasts] == ["1"]


def test_nothing_that_the_engine_holds_is_handed_out() -> None:
    items = hf.channel()
    flow = flow_of(
        "source_stream(items) -> kept; "
        "kept = persist::<'static>() -> fold::<'static>(|| [], |acc, x| acc + [x]) -> null();",
        items=items,
    )
    items.send([1])
    flow.run_tick()

    for state in flow.state("kept").values():
        state.value[0].append("not the engine's")
        state.value.clear()

    assert [state.value for state in flow.state("kept").values()] == [[[1]], [[1]]]


def test_what_has_no_copy_is_given_as_text() -> None:
    lock = threading.Lock()
    flow = flow_of("source_iter([lock]) -> kept; kept = persist::<'static>() -> null();", lock=lock)
    flow.run_tick()

    assert "lock" in flow.state("kept").value
    assert isinstance(flow.state("kept").value, str)


def test_the_operators_of_a_name_give_a_dict_by_operator() -> None:
    flow = flow_of("a = source_iter([1, 1]) -> unique::<'static>() -> map(|x| x) -> enumerate::<'static>() -> null();")
    flow.run_tick()

    states = flow.state("a")

    assert isinstance(states, StatesByOperator)
    assert {state.operator: state.value for state in states.values()} == {"unique": {1}, "enumerate": 1}


def test_a_place_that_remembers_nothing_says_what_does() -> None:
    flow = flow_of("a = source_iter([1]) -> map(|x| x); a -> unique::<'static>() -> null();")

    with pytest.raises(HydroflowError, match="`a` remembers nothing; in this flow `unique` does"):
        flow.state("a")


def test_an_edge_gives_what_waits_on_it_for_the_next_tick() -> None:
    flow = flow_of("a = source_iter([1, 2]) -> later; later = defer_tick() -> for_each(print);")
    flow.run_stratum()

    assert flow.state("later").value == [1, 2]
    assert flow.state("a -> later").value == [1, 2]
    with pytest.raises(HydroflowError, match="remembers nothing; in this flow `later` does"):
        flow.state("later -> for_each")


def test_a_lattice_shows_what_grew() -> None:
    items = hf.channel()
    flow = flow_of(
        "seen = source_stream(items) -> map(|x| SetUnion({x})) -> state::<'static, SetUnion>();",
        items=items,
        SetUnion=SetUnion,
    )
    flow.record()
    for item in (1, 2):
        items.send(item)
        flow.run_tick()

    state = flow.state("seen")

    assert state.value == SetUnion({1, 2})
    assert [entry.value for entry in state.changes["value"].added] == [2]


def test_state_within_a_tick_is_said_to_be() -> None:
    flow = flow_of(
        "source_iter([1]) -> unique::<'static>() -> sort() -> for_each(print);",
    )
    flow.run_stratum()

    state = flow.state("unique")

    assert (state.value, state.tick, state.is_within) == ({1}, 0, True)


def test_a_function_of_a_tick_cannot_read_the_state() -> None:
    found: list[str] = []

    def look(item: int) -> None:
        try:
            flow.state("unique")
        except HydroflowError as refused:
            found.append(str(refused))

    flow = flow_of("source_iter([1]) -> unique::<'static>() -> for_each(look);", look=look)
    flow.run_tick()

    assert found == [
        "the state of the flow `flow` cannot be read while a tick calls a function: do it when the tick is over"
    ]


def test_a_tick_whose_state_is_not_kept_is_refused_with_those_that_are() -> None:
    flow, left, _ = joined()
    left.send((1, "a"))
    flow.run_tick()
    flow.record()
    flow.run_tick()
    flow.run_tick()

    with pytest.raises(HydroflowError, match="is not kept, but that after tick 0 to 2"):
        flow.state("hop", tick=-4)
    with pytest.raises(HydroflowError, match="tick 3 of the flow `flow` has not ended"):
        flow.state("hop", tick=3)


def test_a_flow_that_is_not_recorded_gives_its_state_of_now_alone() -> None:
    flow, left, _ = joined()
    left.send((1, "a"))
    flow.run_tick()
    flow.run_tick()

    assert flow.state("hop", tick=1)[0] == {1: ["a"]}
    assert flow.state("hop").changes == {}
    with pytest.raises(HydroflowError, match="is not recorded"):
        flow.state("hop", tick=0)


def test_hostile_items_are_escaped() -> None:
    flow = flow_of("source_iter(['<script>', '\\x1b[31m']) -> kept; kept = persist::<'static>() -> null();")
    flow.run_tick()

    assert "<script>" not in flow.state("kept")._repr_html_()
    assert "\x1b" not in str(flow.state("kept"))


def test_after_going_back_the_state_is_that_of_then() -> None:
    flow, left, _ = joined()
    flow.record()
    for number in range(3):
        left.send((number, "a"))
        flow.run_tick()
    flow.rewind(1)

    assert flow.state("hop")[0] == {0: ["a"]}


def test_the_recording_gives_the_state_of_then() -> None:
    flow, left, _ = joined()
    recording = flow.record()
    for number in range(2):
        left.send((number, "a"))
        flow.run_tick()

    assert recording.state("hop", 0)[0] == {0: ["a"]}  # type: ignore[index]
    flow.close()
    with pytest.raises(HydroflowError, match="its state is gone"):
        recording.state("hop", 0)


def without_snapshots(flow: Flow, *but: int) -> None:
    """As if there had been no time for most snapshots."""
    snapshots = flow.drive().engine.snapshots
    assert snapshots is not None
    snapshots.replace({tick: one for tick, one in snapshots.kept.items() if tick in but}, snapshots.batches)


def test_the_state_of_a_tick_for_whose_snapshot_there_was_no_time_is_found() -> None:
    flow, left, _ = joined()
    flow.record()
    for number in range(120):
        left.send((number, "a"))
        flow.run_tick()
    then = str(flow.state("hop", tick=97))
    without_snapshots(flow, 3)

    assert str(flow.state("hop", tick=97)) == then
    assert flow.state("hop", tick=60)[0] == {number: ["a"] for number in range(61)}
    assert flow.current_tick() == 120
    assert flow.states().pages(50, ["op-3"])["states"]["op-3"]["parts"][0]["changes"] == "+1"
    with pytest.raises(HydroflowError, match="no snapshot is kept of an earlier tick"):
        flow.state("hop", tick=1)


def test_finding_a_state_changes_nothing_outside_and_sees_other_functions(capsys: pytest.CaptureFixture[str]) -> None:
    found: list[int] = []
    names: dict[str, Any] = {"items": hf.channel(), "found": found, "f": lambda x: x}
    flow = hf.compile(
        "source_stream(items) -> map(|x| f(x)) -> inspect(|x| print(x)) -> fold::<'static>(|| 0, |a, x| a + x) "
        "-> for_each(|x| found.append(x));",
        names,
    )
    flow.record()
    for number in range(4):
        names["items"].send(number)
        flow.run_tick()
    without_snapshots(flow, 0)
    capsys.readouterr()

    assert flow.state("fold", tick=1).value == 1
    assert found == [0, 1, 3, 6]
    assert capsys.readouterr().out == ""

    names["f"] = lambda x: 10 * x
    with pytest.raises(HydroflowError, match="give something else when they run again: tick 1, map to"):
        flow.state("fold", tick=2)


def test_after_a_rewind_the_state_found_is_that_of_the_branch() -> None:
    flow, left, _ = joined()
    flow.record()
    for name in "abc":
        left.send((1, name))
        flow.run_tick()
    without_snapshots(flow, 0, 1)
    assert flow.state("hop", tick=1)[0] == {1: ["a", "b"]}
    flow.rewind(1)
    for _ in range(2):
        flow.inputs["left"].discard(0)
    left.send((1, "x"))
    flow.run_tick()
    flow.run_tick()
    without_snapshots(flow, 0)

    assert flow.state("hop", tick=1)[0] == {1: ["a", "x"]}


def test_a_tick_that_stopped_at_a_breakpoint_of_the_text_is_run_again_to_its_end() -> None:
    items = hf.channel()
    flow = hf.compile(
        "source_stream(items) -> breakpoint(|x| x == 2) -> fold::<'static>(|| 0, |a, x| a + x) -> null();",
        {"items": items},
    )
    recording = flow.record()
    for number in range(4):
        items.send(number)
        while flow.current_tick() == number:
            flow.run_tick()
    without_snapshots(flow, 0)

    assert [flow.state("fold", tick=number).value for number in range(4)] == [0, 1, 3, 6]
    assert not recording.replay(flow).difference
