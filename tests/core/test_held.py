"""The states of flows that were built by hand, as `flow.state` gives them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb import core
from hydroflow_nb.errors import HydroflowError


def counting(b: core.Builder) -> tuple[core.CoreFlow, hf.Channel]:
    """A flow that adds numbers up, and keeps those of the tick and all it has seen."""
    numbers = b.handoff("numbers")
    channel = b.input("in", into=numbers)
    total, seen = b.state(0), b.state(factory=set, name="known")
    latest = b.state(factory=list, persistence="tick")

    def note(context: Any, some: list[int]) -> None:
        context.state[seen].update(some)

    @b.subgraph(reads=[numbers])
    def add(context: Any, numbers: list[int]) -> None:
        context.state[total] += sum(numbers)
        context.state[latest].extend(numbers)
        note(context, numbers)

    return b.build(), channel


def test_the_states_that_a_function_uses_are_its_state_by_the_names_of_its_variables() -> None:
    flow, channel = counting(core.Builder())
    flow.record()
    for number in (1, 2):
        channel.send(number)
        flow.run_tick()

    state = flow.state("add")

    assert state.value == {"total": 3, "known": {1, 2}, "latest": None}
    assert [entry.value for entry in state.changes["known"].added] == [2]
    assert flow.state("add", tick=0)["total"] == 1
    assert flow.state("known").value == {1, 2}
    assert flow.state("total", tick=0).value == 1
    state["known"].clear()
    assert flow.state("known").value == {1, 2}
    with pytest.raises(HydroflowError, match=r"in this flow `total`, `known`, .*`add` do"):
        flow.state("input")


def test_a_file_gives_back_what_was_kept_in_declared_states(tmp_path: Path) -> None:
    flow, channel = counting(core.Builder())
    flow.record()
    for number in (1, 2):
        channel.send(number)
        flow.run_tick()
    flow.recording.save(tmp_path / "run.json")

    run = hf.Recording.load(tmp_path / "run.json")

    assert [str(run.state("total", tick).value) for tick in (0, 1)] == ["1", "3"]  # type: ignore[union-attr]
    assert str(run.state("add", 1)["total"]) == "3"
    with pytest.raises(HydroflowError, match="`value` remembers nothing in this recording"):
        run.state("value", 1)


def test_a_breakpoint_on_a_declared_state_stops_the_run() -> None:
    flow, channel = counting(core.Builder())
    flow.break_on("total", state=lambda state: state.value > 2)
    for number in (1, 2, 3):
        channel.send(number)
        flow.run_tick()

    assert [one.hits for one in flow.breakpoints] == [1]
    assert flow.state("total").value == 6


def test_a_state_that_no_function_names_is_that_of_every_function() -> None:
    b = core.Builder()
    numbers = b.handoff("numbers")
    channel = b.input("in", into=numbers)
    handles = [b.state(0)]

    @b.subgraph(reads=[numbers])
    def add(context: Any, numbers: list[int]) -> None:
        context.state[handles[0]] += sum(numbers)

    flow = b.build()
    channel.send(5)
    flow.run_tick()

    assert flow.state("add")["state 0"] == 5
    assert flow.state("state 0").value == 5
