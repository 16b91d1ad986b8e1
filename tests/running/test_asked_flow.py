"""A flow answers from its recording: why an item is there, why another is not, and what an edge carried."""

from __future__ import annotations

import pytest

import hydroflow_nb as hf
from hydroflow_nb.errors import HydroflowError

TEXT = "source_stream(numbers) -> map(|x| x * 10) -> filter(|x| x > 10) -> for_each(out.append);"


def flow_of(numbers):
    return hf.compile(TEXT, namespace={"numbers": numbers, "out": []})


@pytest.fixture
def flow():
    """A flow that got 1 and 2 in its first tick, 3 in its second, and has a 9 waiting."""
    numbers = hf.channel()
    flow = flow_of(numbers)
    flow.record()
    numbers.extend([1, 2])
    flow.run_tick()
    numbers.send(3)
    flow.run_tick()
    numbers.send(9)
    return flow


@pytest.mark.parametrize(
    "ask",
    [
        lambda flow: flow.why(20),
        lambda flow: flow.why_not(20),
        lambda flow: flow.why_recorded("edge-1", 0, 0, 0),
        lambda flow: flow.channel("map -> filter"),
    ],
    ids=["why", "why_not", "why_recorded", "channel"],
)
def test_a_flow_that_is_not_recorded_says_how_to_record_it(ask):
    with pytest.raises(HydroflowError, match=r"not recorded.*`flow\.record\(\)`"):
        ask(flow_of(hf.channel()))


def test_an_item_is_led_back_to_the_inputs_that_made_it(flow):
    assert flow.why(30).inputs == {"numbers": {1: [3]}}
    assert flow.why(20, at="map -> filter", tick=0).inputs == {"numbers": {0: [2]}}


def test_an_item_by_its_place_in_the_recording_has_the_same_derivation(flow):
    edge = flow.graph.partitioned.wires[1].element
    ((step, _),) = [(n, one) for n, one in enumerate(flow.recording.tick(0).steps) if edge in one.moves]

    assert str(flow.why_recorded(edge, 0, step, 1)) == str(flow.why(20, at="map -> filter"))
    with pytest.raises(KeyError):
        flow.why_recorded(edge, 0, step, 2)


def test_an_item_that_was_dropped_names_the_place_and_one_that_waits_says_so(flow):
    dropped, waits = flow.why_not(10).first, flow.why_not(90).first

    assert (dropped.stop, dropped.place, dropped.tick) == ("filtered", "map -> filter", 0)
    assert waits.stop == "waits"


def test_each_question_hands_an_item_that_it_is_not_about_to_the_other(flow):
    with pytest.raises(HydroflowError, match=r"`flow\.why_not\(77\)`"):
        flow.why(77)
    with pytest.raises(HydroflowError, match=r"`flow\.why\(20, "):
        flow.why_not(20)


def test_an_edge_s_items_are_given_with_their_ticks(flow):
    whole, second = flow.channel("map -> filter"), flow.channel("map -> filter", tick=1)

    assert (list(whole), list(whole.ticks), whole.count) == ([10, 20, 30], [0, 0, 1], 3)
    assert (list(second), list(second.ticks)) == ([30], [1])
    with pytest.raises(KeyError, match="tick 2 is not recorded"):
        flow.channel("map -> filter", tick=2)


@pytest.mark.parametrize("ask", ["why", "why_not", "channel"])
def test_a_place_that_is_not_there_is_told_with_those_that_are(flow, ask):
    arguments = ("nowhere",) if ask == "channel" else (20, "nowhere")

    with pytest.raises(HydroflowError, match=r"`nowhere` is no name.*`filter`"):
        getattr(flow, ask)(*arguments)


def test_after_going_back_what_is_asked_is_about_the_run_that_goes_on(flow):
    flow.rewind(1)
    flow.run_tick()
    flow.run_tick()

    assert flow.why(90).inputs == {"numbers": {2: [9]}}
    assert list(flow.channel("map -> filter")) == [10, 20, 30, 90]
