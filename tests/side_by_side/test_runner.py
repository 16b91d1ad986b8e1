"""Rounds that are interleaved, after all ways have given the same items."""

from __future__ import annotations

import pytest

from side_by_side.runner import ItemsDiffer, Measured, measure, quartiles
from side_by_side.shape import HAND, OURS, RustText, Shape, Taken


class Way:
    """A way that notes when it was run, and takes as long as it is told."""

    def __init__(self, name, items, noted, seconds=1.0):
        self.name = name
        self.given = items
        self.noted = noted
        self.seconds = seconds

    def run(self):
        self.noted.append(self.name)
        return Taken(self.seconds, lambda: list(self.given))


def shape(ways, ticks=1):
    return Shape("a shape", {}, ways, RustText(""), ticks=ticks)


def test_all_ways_are_asked_for_their_items_then_take_turns_each_round_in_the_reverse_order():
    noted = []
    ways = {name: Way(name, ["1"], noted) for name in (HAND, OURS)}

    measure(shape(ways), {"more": Way("more", ["1"], noted)}, rounds=2)

    once = [HAND, OURS, "more"]
    assert noted == once + once + once[::-1]


def test_items_may_come_in_any_order_but_each_as_often_as_by_hand():
    ways = {HAND: Way(HAND, ["1", "2", "2"], []), OURS: Way(OURS, ["2", "1", "2"], [])}
    assert measure(shape(ways), rounds=1).seconds == {HAND: [1.0], OURS: [1.0]}

    ways["other"] = Way("other", ["1", "2", "3"], [])
    with pytest.raises(ItemsDiffer) as raised:
        measure(shape(ways), rounds=1)

    assert str(raised.value) == (
        "a shape: other does not give the items that hand gives; 1 are missing, such as 2; 1 are too many, such as 3"
    )


def test_a_library_that_is_not_installed_is_left_out(monkeypatch):
    monkeypatch.setattr("side_by_side.peers.find_spec", lambda name: None)
    ways = {name: Way(name, [], []) for name in (HAND, OURS, "streamz")}

    assert list(measure(shape(ways), rounds=1).seconds) == [HAND, OURS]


def test_ratios_are_those_of_each_round_and_times_those_of_a_tick():
    found = Measured(shape({}, ticks=10), {OURS: [1.0, 2.0, 4.0], HAND: [0.5, 2.0, 8.0]})

    assert found.ratio(HAND) == (0.75, 1.0, 1.5)
    assert found.each(OURS) == 0.2


def test_one_number_is_its_own_median_and_quartiles():
    assert quartiles([3.0]) == (3.0, 3.0, 3.0)
