"""A flow that goes back and runs on: branches of its run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from nightly import random_flows

import hydroflow_nb as hf
from hydroflow_nb.running import kept_lines as module

SUMS = "source_stream(items) -> map(f) -> fold::<'static>(|| 0, |acc, x| acc + x) -> for_each(out.append);"


class World:
    def __init__(self, text: str = SUMS) -> None:
        self.items, self.out = hf.channel(), []
        self.names: dict[str, Any] = {"items": self.items, "out": self.out, "f": lambda x: x}
        self.flow = hf.compile(text, self.names)
        self.flow.record()

    def ticks(self, *items: int) -> list[int]:
        """Run a tick for each item; what came out."""
        self.out.clear()
        for item in items:
            self.items.send(item)
            self.flow.run_tick()
        return self.out.copy()

    def on(self) -> list[int]:
        """Run on while something waits; what came out."""
        self.out.clear()
        self.flow.run_available()
        return self.out.copy()

    def numbers(self, name: str) -> list[int]:
        return [tick.tick for tick in self.flow.branches[name].recording.ticks]


@pytest.fixture
def world() -> World:
    return World()


def test_going_back_begins_a_branch_and_keeps_what_was_recorded(world: World) -> None:
    world.ticks(1, 2, 3, 4)

    world.flow.rewind(2, branch="what if")
    world.names["f"] = lambda x: 10 * x

    assert world.on() == [33, 73]
    assert list(world.flow.branches) == ["main", "what if"]
    found = world.flow.branches["what if"]
    assert (found.parent, found.begins, found.ticks, found.is_current) == ("main", 2, [2, 3], True)
    assert world.flow.branches["main"].ticks == [0, 1, 2, 3]
    assert world.numbers("main") == world.numbers("what if") == [0, 1, 2, 3]
    assert found.changed == ("f",)


def test_it_goes_to_the_end_of_a_branch_with_its_state_and_with_what_waited_there(world: World) -> None:
    world.ticks(1, 2, 3)
    world.items.send(4)
    world.flow.rewind(1)
    assert world.on() == [3, 6, 10]
    world.items.send(50)

    world.flow.switch("main")

    assert world.flow.current_tick() == 3
    assert world.flow.inputs["items"].waiting() == [4]
    assert world.on() == [10]
    world.flow.switch("main.1")
    assert world.flow.inputs["items"].waiting() == [50]
    assert world.on() == [60]


def test_branches_are_named_after_those_that_they_leave(world: World) -> None:
    world.ticks(1, 2, 3)
    world.flow.rewind(1)
    world.on()
    world.flow.rewind(1)
    world.on()
    world.flow.rewind(2)
    world.on()
    world.flow.rewind(0)

    found = {name: (one.parent, one.begins) for name, one in world.flow.branches.items()}
    assert found == {
        "main": (None, 0),
        "main.1": ("main", 1),
        "main.2": ("main", 1),
        "main.2.1": ("main.2", 2),
        "main.3": ("main", 0),
    }


def test_a_branch_on_which_nothing_ran_is_forgotten_but_not_one_with_a_name(world: World) -> None:
    world.ticks(1, 2, 3)
    world.flow.rewind(2)
    world.flow.rewind(1)
    assert list(world.flow.branches) == ["main", "main.1"]

    world.flow.rewind(0, branch="mine")
    world.flow.rewind(0, branch="other")
    assert list(world.flow.branches) == ["main", "mine", "other"]


def test_a_branch_may_begin_where_the_flow_is(world: World) -> None:
    world.ticks(1, 2)

    world.flow.rewind(2, branch="on")
    world.ticks(3)
    world.flow.switch("main")

    assert world.ticks(5) == [8]
    assert (world.numbers("main"), world.numbers("on")) == ([0, 1, 2], [0, 1, 2])


def test_a_tick_under_way_begins_again_when_the_flow_comes_back() -> None:
    world = World("source_stream(items) -> map(f) -> next_stratum() -> for_each(out.append);")
    world.ticks(1, 2)
    world.items.send(3)
    world.flow.run_stratum()
    world.flow.rewind(1)
    assert world.on() == [2, 3]

    world.flow.switch("main")

    assert (world.flow.current_tick(), world.flow.current_stratum()) == (2, 0)
    assert world.on() == [3]
    assert world.numbers("main") == [0, 1, 2]


def test_what_was_sent_before_is_told(world: World) -> None:
    world.ticks(1, 2, 3)

    world.flow.rewind(1)

    (items,) = world.flow.branches["main.1"].sent_before.values()
    assert items == [3, 6]
    assert world.flow.branches["main"].sent_before == {}
    assert "2 items sent before the rewind" in repr(world.flow.branches["main.1"])


def test_a_function_that_is_defined_again_as_it_was_has_not_changed(world: World) -> None:
    def define() -> Callable[[int], int]:
        return lambda x: x

    world.names["f"] = define()
    world.ticks(1, 2)
    world.names["f"] = define()
    world.flow.rewind(0)
    world.on()

    assert world.flow.branches["main.1"].changed == ()


def test_what_is_changed_before_going_back_is_told_as_well(world: World) -> None:
    world.ticks(1, 2)
    world.names["f"] = lambda x: -x
    world.flow.rewind(0)

    assert world.flow.branches["main.1"].changed == ("f",)
    world.on()
    assert world.flow.branches["main.1"].changed == ("f",)


def test_they_print_as_a_tree(world: World) -> None:
    world.ticks(1, 2, 3)
    world.flow.rewind(2, branch="a<b")
    world.on()
    world.flow.rewind(2)

    assert repr(world.flow.branches).splitlines() == [
        "main: ticks 0 to 2",
        "└ a<b: tick 2, from tick 2 of main, 1 item sent before the rewind",
        "└ main.1: no ticks, from tick 2 of main, 1 item sent before the rewind (the flow is here)",
    ]
    assert "a&lt;b" in world.flow.branches._repr_html_()


def test_a_branch_is_deleted_with_its_state(world: World) -> None:
    world.ticks(1, 2, 3)
    world.flow.rewind(2)
    world.on()
    size = world.flow.recording._size

    with pytest.raises(hf.HydroflowError, match=r"the flow is on the branch `main\.1`"):
        world.flow.branches["main.1"].delete()
    with pytest.raises(hf.HydroflowError, match=r"branch off `main\.1`: delete these first"):
        world.flow.branches["main"].delete()
    world.flow.switch("main")
    world.flow.branches["main.1"].delete()

    assert list(world.flow.branches) == ["main"]
    assert world.flow.recording._size < size
    with pytest.raises(KeyError, match=r"there is no branch `main\.1`: there is `main`"):
        world.flow.switch("main.1")


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 101, 3])
def test_a_name_that_cannot_be_printed_is_refused(world: World, name: Any) -> None:
    world.ticks(1, 2)
    with pytest.raises(hf.HydroflowError, match="a branch has a name of 1 to 100 characters"):
        world.flow.rewind(1, branch=name)
    assert world.flow.current_tick() == 2


def test_a_name_that_is_taken_is_refused(world: World) -> None:
    world.ticks(1, 2)
    with pytest.raises(hf.HydroflowError, match="there is a branch `main` already"):
        world.flow.rewind(1, branch="main")


def test_what_was_left_is_dropped_first_where_the_budget_is_used_up() -> None:
    world = World()
    world.flow.record(budget=60)
    world.ticks(*range(10))
    world.flow.rewind(5)
    world.on()
    world.ticks(*range(10))

    assert world.flow.recording.ticks[0].tick > 0
    assert not [tick for tick in world.flow.branches["main"].ticks if tick >= 5]
    assert world.flow.recording._size <= 60
    world.flow.switch("main")
    assert world.flow.current_tick() == 10


def test_states_that_are_not_kept_any_more_are_refused(world: World) -> None:
    world.ticks(1, 2, 3)
    world.flow.rewind(1)
    world.on()
    world.flow.branches.kept.clear()

    with pytest.raises(hf.HydroflowError, match="the branch `main` can be looked at, but not gone back to"):
        world.flow.switch("main")
    assert world.flow.branches["main.1"].is_current


def test_only_so_many_states_are_kept_of_what_was_left(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SNAPSHOTS", 5)
    for _ in range(4):
        world.ticks(1, 2, 3)
        world.flow.rewind(0)
        world.on()

    assert world.flow.branches.kept.count <= 5
    world.flow.switch("main")
    assert world.flow.current_tick() == 3


def test_the_start_forgets_all_branches(world: World) -> None:
    world.ticks(1, 2)
    world.flow.rewind(1)

    world.flow.reset()

    assert list(world.flow.branches) == ["main"]
    assert world.ticks(1) == [1]


def test_what_cannot_go_back_cannot_switch(world: World) -> None:
    plain = hf.compile("source_iter([1]) -> null();")
    with pytest.raises(hf.HydroflowError, match="is not recorded"):
        plain.switch("main")
    world.flow.close()
    with pytest.raises(hf.HydroflowError, match="is closed"):
        world.flow.switch("main")


def test_the_recording_tells_of_them_as_data(world: World) -> None:
    world.ticks(1, 2, 3)
    world.flow.rewind(1)

    main, branch = world.flow.recording.to_dict()["branches"]
    assert (main["name"], main["parent"], main["begins"], main["oldest"], main["newest"]) == ("main", None, 0, 0, 2)
    assert (main["current"], main["changed"], main["sent"]) == (False, [], {})
    assert (branch["name"], branch["parent"], branch["begins"], branch["newest"]) == ("main.1", "main", 1, None)
    assert (branch["current"], list(branch["sent"].values())) == (True, [2])


@random_flows(10)
@given(data=st.data())
def test_any_flow_goes_on_on_any_branch_as_it_was_left(data: st.DataObject, reference: Any) -> None:
    example = data.draw(reference.flows.examples(cyclic=data.draw(st.booleans())))
    sinks: dict[str, Any] = {name: [] for name in (*example.ordered, "seen")}
    inputs = {name: hf.channel() for name in example.inputs}
    slow = reference.interpreter.Interpreter(
        example.text, {**reference.flows.NAMES, **{name: [] for name in sinks}, **inputs}
    )
    try:
        for batches in example.ticks:
            slow.run_tick(batches)
    except reference.interpreter.TooMuch:
        assume(False)
    assume(example.text.count("cross_join") < 3)
    flow = hf.compile(example.text, {**reference.flows.NAMES, **sinks, **inputs})
    flow.record()

    def run(count: int) -> list[Any]:
        told = []
        for _ in range(count):
            tick = flow.current_tick()
            while flow.current_tick() == tick:
                flow.run_tick()
            told.append({name: sorted(map(repr, items)) for name, items in sinks.items()})
            for items in sinks.values():
                items.clear()
        return told

    wanted = []
    for batches in example.ticks:
        for name, items in batches.items():
            inputs[name].extend(items)
        wanted += run(1)
    count = len(wanted)
    assume(flow.kept_ticks == list(range(count)))

    back = data.draw(st.integers(0, count - 1))
    ran = data.draw(st.integers(0, count - back))
    flow.rewind(back, branch="one")
    assert run(ran) == wanted[back : back + ran]
    flow.switch("main")
    assert [tick.tick for tick in flow.recording.ticks] == list(range(count))
    again = data.draw(st.integers(0, count - 1))
    flow.rewind(again, branch="two")
    assert run(count - again) == wanted[again:]
    flow.switch("one")
    assert flow.current_tick() == back + ran
    assert run(count - back - ran) == wanted[back + ran :]
    flow.close()
