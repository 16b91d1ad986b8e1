"""What a flow that was built by hand shows of itself: its recording, its picture, the stepper."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb import core
from hydroflow_nb.widgets import Stepper


@pytest.fixture
def flow() -> core.CoreFlow:
    """Counts down from what comes in, in a cycle, and adds all of it up in the stratum after."""
    b = core.Builder("countdown")
    numbers, again, seen = b.handoff("numbers"), b.handoff("again"), b.handoff("seen")
    b.input("numbers", into=numbers)

    @b.subgraph(reads=[numbers, again], writes=[again, seen])
    def down(context: Any, numbers: list[int], last: list[int], again: core.Output, seen: core.Output) -> None:
        seen.extend(numbers + last)
        again.extend(x - 1 for x in numbers + last if 10 // (x + 1) < 10)

    @b.subgraph(reads=[seen.complete])
    def add(context: Any, seen: list[int]) -> None:
        sum(seen)

    return b.build()


def test_a_recording_counts_what_went_over_each_edge_in_each_run(flow: core.CoreFlow) -> None:
    recording = flow.recording
    flow.inputs["numbers"].send(2)

    flow.run_available()

    (tick,) = recording.ticks
    moved = [
        (step.operator, step.run, {edge: (one.count, one.items) for edge, one in step.moves.items()})
        for step in tick.steps
    ]
    assert moved == [
        ("op-1", 1, {"edge-1": (1, [2])}),
        ("op-2", 1, {"edge-2": (1, [2]), "edge-3": (1, [1]), "edge-5": (1, [2])}),
        ("op-2", 2, {"edge-3": (1, [0]), "edge-4": (1, [1]), "edge-5": (1, [1])}),
        ("op-2", 3, {"edge-4": (1, [0]), "edge-5": (1, [0])}),
        ("op-3", 1, {"edge-6": (3, [2, 1, 0])}),
    ]
    assert tick.batch["numbers"].items == [2]


def test_a_recording_may_begin_later_and_shows_where_a_tick_was_aborted(flow: core.CoreFlow) -> None:
    flow.run_tick()
    flow.record()
    flow.inputs["numbers"].send(-1)

    with pytest.raises(ZeroDivisionError):
        flow.run_tick()

    (tick,) = flow.recording.ticks
    assert (tick.tick, tick.fault) == (1, "ZeroDivisionError: integer division or modulo by zero")
    assert [step.operator for step in tick.steps] == ["op-1", "op-2"]


def test_a_reset_flow_is_recorded_from_its_beginning(flow: core.CoreFlow) -> None:
    flow.record()
    flow.run_tick()
    flow.run_tick()

    flow.reset()
    flow.run_tick()

    assert [tick.tick for tick in flow.recording.ticks] == [0]


def test_it_is_drawn_with_the_words_of_its_functions(flow: core.CoreFlow) -> None:
    svg = flow.graph.svg()

    ids = {element.get("id") for element in ElementTree.fromstring(svg).iter()}
    assert {"op-1", "op-2", "op-3", "handoff-1", "edge-1", "sg-2", "stratum-1"} <= ids
    assert "down" in svg
    assert "down(context: Any" in flow.graph.text()
    assert "again" in flow.graph.mermaid()
    assert "digraph" in flow.graph.dot()


def test_it_tells_what_it_is(flow: core.CoreFlow) -> None:
    assert repr(flow) == "<flow countdown, 3 subgraphs, at tick 0>"
    flow.close()
    assert repr(flow) == "<flow countdown, 3 subgraphs, closed>"
    assert not isinstance(flow, hf.Flow)


def test_it_is_stepped_by_the_widget(flow: core.CoreFlow) -> None:
    stepper = flow.stepper()
    messages: list[dict[str, Any]] = []
    stepper.send = lambda content, buffers=None: messages.append(content)

    def ask(kind: str, **content: Any) -> None:
        stepper._handle_custom_msg({"kind": kind, "request": "1", **content}, [])

    ask("hello")
    ask("send", input="numbers", text="1", each=False)
    ask("step", grain="stratum")
    ask("step", grain="tick")
    ask("step", grain="tick")

    assert isinstance(stepper, Stepper)
    assert stepper.graph["inputs"] == {"numbers": "op-1"}
    assert [message for message in messages if "error" in message] == []
    news = [message for message in messages if message["kind"] == "news"]
    assert news[-1]["tick"] == 2
    record = next(record for one in reversed(news) for record in one["records"] if record["tick"] == 0)
    assert [(step["op"], step["run"]) for step in record["steps"]] == [
        ("op-1", 1),
        ("op-2", 1),
        ("op-2", 2),
        ("op-3", 1),
    ]
    stepper.close()
