"""Where the time of a flow goes, with a clock that only the test's functions move."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.core import Builder
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.flow import Flow
from hydroflow_nb.profiling import meter
from hydroflow_nb.profiling.meter import Meter
from hydroflow_nb.running import measuring
from hydroflow_nb.running.setting_aside import SettingAside

MS = 1_000_000
REACHED = """
arcs = source_stream(edges) -> tee();
reached = union() -> unique::<'static>() -> tee();
source_iter([0]) -> [0]reached;
reached -> map(|v| (v, ())) -> [0]hop;
arcs -> [1]hop;
hop = join::<'static>() -> map(|(_, (_, w))| w) -> [1]reached;
odd = reached -> filter(|v| test(v)) -> map(work) -> fold::<'static>(|| 0, |a, x| a + x) -> for_each(out);
"""


class Clock:
    """Stands still but where a function works."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now

    def takes(self, ms: int, result: Any = None) -> Any:
        """A function that takes so long."""

        def function(item: Any) -> Any:
            self.now += ms * MS
            return item if result is None else result(item)

        return function


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(measuring, "Meter", partial(Meter, clock=found))
    return found


@pytest.fixture
def flow(clock: Clock) -> Flow:
    edges = hf.channel()
    edges.extend((number, number + 1) for number in range(6))
    names = {
        "edges": edges,
        "test": clock.takes(1, lambda v: v % 2),
        "work": clock.takes(10),
        "out": clock.takes(100),
    }
    return hf.compile(REACHED, names)


def test_each_operator_has_the_time_of_its_own_code_and_functions(flow: Flow) -> None:
    profile = flow.profile()
    flow.run_tick()

    seconds = {row.element: round(row.seconds, 6) for row in profile if row.seconds}

    assert seconds == {
        profile["filter"].element: 0.007,
        profile["op-11"].element: 0.03,
        profile["for_each"].element: 0.1,
    }
    assert profile["for_each"].share == pytest.approx(100 / 137)
    assert [row.seconds for row in profile] == sorted((row.seconds for row in profile), reverse=True)


def test_items_selectivity_sizes_and_rounds_are_exact(flow: Flow) -> None:
    profile = flow.profile()
    flow.run_tick()

    odd, hop, unique = profile["filter"], profile["join"], profile["unique"]
    assert (odd.items_in, odd.items_out, odd.selectivity) == (7, 3, pytest.approx(3 / 7))
    assert (hop.items_in, hop.items_out, hop.state) == (13, 6, 13)
    assert (unique.state, profile["filter"].state) == (7, None)
    # Six steps from 0 to 6, and a round in which nothing is new.
    assert hop.rounds >= 7


def test_a_range_of_ticks_is_the_same_of_these_alone(flow: Flow) -> None:
    profile = flow.profile()
    for _ in range(3):
        flow.run_tick()

    assert [tick.tick for tick in profile.ticks] == [0, 1, 2]
    assert [tick.tick for tick in profile.between(1).ticks] == [1]
    assert profile.between(1, 2)["filter"].items_in == 0
    assert profile.between(0)["filter"].items_in == 7
    assert "ticks 1 to 2" in str(profile.between(1, 2))


def test_it_is_measured_in_code_of_its_own_and_the_flow_runs_its_plain_code_again(flow: Flow) -> None:
    plain = flow.generated_source
    with flow.profile() as profile:
        flow.run_tick()

    flow.run_tick()

    assert not profile.is_on
    assert [tick.tick for tick in profile.ticks] == [0]
    assert flow.generated_source == plain
    assert flow.profile() is profile
    flow.run_tick()
    assert [tick.tick for tick in profile.ticks] == [0, 2]


def test_a_recorded_flow_is_recorded_as_well(flow: Flow) -> None:
    recording = flow.record()
    profile = flow.profile()
    flow.run_tick()

    assert profile["for_each"].share == pytest.approx(100 / 137)
    assert [tick.tick for tick in recording.ticks] == [0]
    assert recording.ticks[0].complete
    profile.stop()
    flow.run_tick()
    assert [tick.tick for tick in recording.ticks] == [0, 1]


def test_a_breakpoint_stops_a_profiled_flow(flow: Flow) -> None:
    flow.break_on("filter -> op-11")
    flow.profile()
    flow.run_available()

    assert flow.stopped_at is not None


def test_a_tick_that_fails_is_measured_to_where_it_failed() -> None:
    flow = hf.compile("source_iter([1, 0]) -> map(|x| 1 // x) -> for_each(print);")
    profile = flow.profile()
    with pytest.raises(ZeroDivisionError):
        flow.run_tick()

    assert profile["map"].items_in == 2
    assert profile["map"].items_out == 1


def test_runs_of_a_tick_that_was_undone_take_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meter, "MOST_RUNS", 4)
    flow = hf.compile("source_stream(xs) -> sort() -> map(|x| 6 // x) -> null();", {"xs": hf.channel([3, 0, 2, 1])})
    flow.profile()
    driven = flow.drive()
    observer = driven.engine.observer
    SettingAside(driven).tick(driven.engine)

    assert isinstance(observer, Meter)
    assert [len(tick.runs) for tick in observer.ticks] == [2]
    assert observer.left_out_runs == 0


def test_a_flow_that_starts_anew_is_measured_on(flow: Flow) -> None:
    profile = flow.profile()
    flow.run_tick()
    flow.reset()
    flow.run_tick()

    assert [tick.tick for tick in profile.ticks] == [0]


def test_before_a_tick_the_profile_says_so(flow: Flow) -> None:
    assert str(flow.profile()) == "profile of the flow `flow`: no tick was measured yet; run some"
    assert "<table" not in flow.profile()._repr_html_()


def test_the_table_is_text_and_html(flow: Flow) -> None:
    profile = flow.profile()
    flow.run_tick()

    heading, heads, first, *_ = str(profile).splitlines()

    assert heading == "profile of the flow `flow`: tick 0, 137.0 ms"
    assert heads.split() == ["operator", "line", "in", "out", "out/in", "ms", "share", "holds", "rounds"]
    assert first.split() == ["for_each", "8", "1", "0", "0", "100.00", "73%", "1"]
    assert profile._repr_html_().count("<tr>") == 13


def test_a_data_frame_is_made_of_a_dict_for_each_operator(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    # Pandas itself is a heavy dependency: what it is given is what counts.
    monkeypatch.setitem(sys.modules, "pandas", SimpleNamespace(DataFrame=list))  # type: ignore[arg-type]
    profile = flow.profile()
    flow.run_tick()

    rows = profile.to_pandas()

    assert len(rows) == 12
    assert next(row for row in rows if row["element"] == "op-11")["items_in"] == 3


def test_a_flow_built_by_hand_is_refused() -> None:
    builder = Builder("hand")
    numbers = builder.handoff("numbers")
    builder.input("sent", into=numbers)
    builder.subgraph(reads=[numbers], name="shown")(lambda context, items: None)
    flow = builder.build()

    with pytest.raises(HydroflowError, match="was built by hand"):
        flow.profile()
    assert flow.run_tick()
    assert flow.is_scheduled() is False


# --- the trace ------------------------------------------------------------------------------------------------------


def spans(data: dict[str, Any], category: str) -> Iterator[dict[str, Any]]:
    return (event for event in data["traceEvents"] if event.get("cat") == category)


def test_the_trace_keeps_to_the_format(flow: Flow, tmp_path: Path) -> None:
    profile = flow.profile()
    for _ in range(2):
        flow.run_tick()
    profile.save(tmp_path / "run.trace.json")

    data = json.loads((tmp_path / "run.trace.json").read_text())

    for event in data["traceEvents"]:
        assert event["ph"] in "XCM"
        assert isinstance(event["name"], str)
        assert event["ts"] >= 0
        assert isinstance(event["args"], dict)
        assert (event["pid"], event["tid"]) == (1, 1)
        if event["ph"] == "X":
            assert event["dur"] >= 0
        if event["ph"] == "C":
            assert all(isinstance(value, int) for value in event["args"].values())
    assert [event["name"] for event in spans(data, "tick")] == ["tick 0", "tick 1"]
    assert next(spans(data, "tick"))["dur"] == 137_000
    assert {event["name"] for event in data["traceEvents"] if event["ph"] == "C"} == {"items", "state"}


def test_spans_stand_within_each_other_and_side_by_side(flow: Flow, tmp_path: Path) -> None:
    profile = flow.profile()
    flow.run_tick()
    profile.save(tmp_path / "run.trace.json")
    data = json.loads((tmp_path / "run.trace.json").read_text())

    (tick,) = spans(data, "tick")
    runs, operators = list(spans(data, "subgraph")), list(spans(data, "operator"))

    for event in (*runs, *operators):
        assert tick["ts"] <= event["ts"]
        assert event["ts"] + event["dur"] <= tick["ts"] + tick["dur"]
    for events in (runs, operators):
        assert all(one["ts"] + one["dur"] <= other["ts"] for one, other in pairwise(events))
    assert sum(event["args"]["in"] for event in operators if event["name"] == "filter") == 7


def read_as_a_viewer_does(path: Path) -> tuple[list[tuple[int, int, str]], dict[str, list[tuple[int, dict[str, int]]]]]:
    """The spans by depth, begin and name, and the counters by name, in ns; fails where spans only overlap, where a time
    goes back, or where an event has not the fields that the Trace Event Format asks of its phase.
    """
    found: list[tuple[int, int, str]] = []
    counters: dict[str, list[tuple[int, dict[str, int]]]] = {}
    open_until: list[int] = []
    for event in json.loads(path.read_text())["traceEvents"]:
        fields = {"M": {"name", "args"}, "C": {"ts", "args"}, "X": {"ts", "dur", "cat", "tid", "args"}}[event["ph"]]
        assert fields <= event.keys()
        begin = round(event.get("ts", 0) * 1_000)
        if event["ph"] == "C":
            known = counters.setdefault(event["name"], [])
            assert not known or known[-1][0] <= begin
            known.append((begin, event["args"]))
        if event["ph"] == "X":
            end = begin + round(event["dur"] * 1_000)
            assert not found or found[-1][1] <= begin <= end
            while open_until and open_until[-1] <= begin and not (open_until[-1] == begin == end):
                open_until.pop()
            assert not open_until or end <= open_until[-1]
            found.append((len(open_until), begin, event["name"]))
            open_until.append(end)
    return found, counters


def test_a_viewer_reads_a_run_with_rounds_and_an_aborted_tick(tmp_path: Path) -> None:
    def whole(number: int) -> int:
        if number == 3:
            raise ValueError("not this one")
        return number

    numbers = hf.channel()
    flow = hf.compile(
        "source_stream(numbers) -> map(|x| whole(x)) -> [0]all; all = union() -> unique::<'tick>() -> tee(); "
        "all -> filter(|x| x < 40) -> map(|x| x + 7) -> [1]all; "
        "all -> fold::<'static>(|| 0, |a, x| a + x) -> for_each(|_| None);",
        {"numbers": numbers, "whole": whole},
    )
    profile = flow.profile()
    for number in (1, 3, 4):
        numbers.send(number)
        with suppress(ValueError):
            flow.run_tick()
    profile.save(tmp_path / "run.trace.json")

    found, counters = read_as_a_viewer_does(tmp_path / "run.trace.json")

    assert [name for depth, _, name in found if depth == 0] == ["tick 0", "tick 1", "tick 2"]
    assert {name.split()[0] for depth, _, name in found if depth == 1} == {"subgraph"}
    assert {"map", "union", "unique", "fold"} <= {name for depth, _, name in found if depth == 2}
    assert max(depth for depth, *_ in found) == 2
    assert [args["moved"] > 0 for _, args in counters["items"]] == [True, False] * 3
    ticks = list(spans(json.loads((tmp_path / "run.trace.json").read_text()), "tick"))
    assert ["fault" in one["args"] for one in ticks] == [False, True, False]


def test_another_name_than_json_is_refused(flow: Flow, tmp_path: Path) -> None:
    with pytest.raises(HydroflowError, match=r"name it `run\.trace\.json`"):
        flow.profile().save(tmp_path / "run.txt")
