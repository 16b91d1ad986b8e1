"""Every shape does by hand and as a flow what it says; other libraries and Rust are asked where they are installed."""

from __future__ import annotations

import pytest

from side_by_side.peers import PEERS, is_here
from side_by_side.runner import check
from side_by_side.shape import HAND, OURS, PythonWay, Run
from side_by_side.shapes import batches, growing, incremental

SHAPES = {shape.name: shape for shape in [*batches(0.001), *incremental(0.001)]}


@pytest.mark.parametrize("name", SHAPES)
def test_the_flow_gives_the_items_of_the_loop_by_hand(name):
    ways = {way: made for way, made in SHAPES[name].ways.items() if is_here(way)}

    check(name, ways)

    assert list(ways)[:2] == [HAND, OURS]
    assert bool(list(ways[HAND].run().items())) == ("no match" not in name)


def test_each_way_is_that_of_a_library_that_has_a_column():
    assert {way for shape in SHAPES.values() for way in shape.ways} == {HAND, OURS, *PEERS}


def test_only_what_is_done_is_timed_and_not_what_prepares_it(monkeypatch):
    noted = []

    def clock():
        noted.append("clock")
        return len(noted)

    monkeypatch.setattr("side_by_side.shape.time.process_time", clock)

    def prepare():
        noted.append("prepared")
        return Run(lambda: noted.append("done"), lambda: [("a", 1)])

    taken = PythonWay(prepare).run()

    assert noted == ["prepared", "clock", "done", "clock"]
    assert taken.seconds == 2
    assert list(taken.items()) == ['("a", 1)']


@pytest.mark.parametrize("build", growing.HELD)
def test_a_growing_shape_holds_what_it_says_and_gets_a_new_item_a_tick(build):
    shape = build(50)

    held = next(iter(shape.inputs.values()))

    assert (shape.held, len(held)) == (50, 50)
    assert len(shape.inputs["new"]) == growing.WARM + shape.ticks
    assert shape.title == f"{shape.name}, 50 held"


def test_where_all_comes_out_in_each_tick_a_million_items_come_out_at_most():
    assert growing.fold_keyed(500_000).ticks == 2
