"""What a person looks at in a run: each way of looking takes a variant of the code, alone and with the others."""

from __future__ import annotations

import itertools

import pytest

import hydroflow_nb as hf
from hydroflow_nb.errors import HydroflowError

TEXT = "source_stream(numbers) -> fold::<'static>(|| 0, |total, x| total + x) -> for_each(out.append);"
EDGE = "source_stream -> fold"
WAYS = ("recorded", "stopped", "measured")


class Looked:
    """A flow that is looked at in some ways."""

    def __init__(self, *ways: str) -> None:
        self.out, self.numbers = [], hf.channel()
        self.flow = hf.compile(TEXT, namespace={"numbers": self.numbers, "out": self.out})
        if "recorded" in ways:
            self.flow.record()
        if "stopped" in ways:
            self.stop = self.flow.break_on(EDGE, lambda item: item == 3)
        if "measured" in ways:
            self.profile = self.flow.profile()

    def tick(self, *items: int) -> None:
        """A whole tick, whatever stops it."""
        self.numbers.extend(items)
        tick = self.flow.current_tick()
        while self.flow.current_tick() == tick:
            self.flow.run_tick()


COMBINATIONS = [ways for count in range(4) for ways in itertools.combinations(WAYS, count)]


@pytest.mark.parametrize("ways", COMBINATIONS, ids="+".join)
def test_every_combination_runs_alike_and_tells_its_part(ways):
    looked = Looked(*ways)

    looked.numbers.extend([1, 3])
    looked.flow.run_tick()
    stopped = looked.flow.stopped_at
    if stopped:
        looked.tick()
    looked.tick(5)

    assert looked.out == [4, 9]
    assert (stopped is not None) == ("stopped" in ways)
    assert looked.flow.is_recorded == ("recorded" in ways)
    assert looked.flow.is_profiled == ("measured" in ways)
    if "recorded" in ways:
        assert [list(looked.flow.channel(EDGE, tick)) for tick in (0, 1)] == [[1, 3], [5]]
    if "measured" in ways:
        (fold,) = [one for one in looked.profile if one.operator == "fold"]
        assert fold.items_in == 3


@pytest.mark.parametrize("ways", COMBINATIONS, ids="+".join)
def test_a_way_that_ends_leaves_the_others(ways):
    looked = Looked(*WAYS)
    if "stopped" not in ways:
        looked.stop.remove()
    if "measured" not in ways:
        looked.profile.stop()

    looked.numbers.extend([1, 3])
    looked.flow.run_tick()

    assert (looked.flow.stopped_at is not None) == ("stopped" in ways)
    assert looked.flow.is_profiled == ("measured" in ways)
    assert list(looked.flow.channel(EDGE, 0)) == [1, 3]


def test_a_recording_that_is_asked_for_again_is_the_same_with_the_new_budget():
    looked = Looked("recorded")
    looked.tick(1)

    again = looked.flow.record(budget=7)

    assert again is looked.flow.recording
    assert again.budget == 7
    assert len(again.ticks) == 1


def test_a_run_begun_anew_is_looked_at_in_the_same_ways():
    looked = Looked(*WAYS)
    looked.tick(1)

    looked.flow.reset()
    looked.numbers.send(3)
    looked.flow.run_tick()

    assert looked.flow.stopped_at is not None
    assert looked.flow.is_profiled
    assert list(looked.flow.channel(EDGE, 0)) == [3]


def test_the_state_and_the_profile_of_a_closed_flow_are_refused():
    looked = Looked()
    looked.flow.close()

    for ask in (lambda: looked.flow.state("fold"), looked.flow.profile):
        with pytest.raises(HydroflowError, match="closed"):
            ask()


def test_a_filter_on_a_place_that_is_not_there_is_refused():
    with pytest.raises(HydroflowError, match="nowhere"):
        Looked().flow.record(filter={"nowhere": bool})
