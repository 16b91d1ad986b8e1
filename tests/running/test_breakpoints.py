"""Breakpoints that are set on a flow from Python."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from nightly import random_flows

import hydroflow_nb as hf
from hydroflow_nb import core

REACH = """
    edges = source_stream(edges_in);
    start = source_iter([0]);
    reached = union() -> tee();
    start -> reached;
    reached -> map(|v| (v, ())) -> [0]hop;
    edges -> [1]hop;
    hop = join::<'static>() -> map(|(_, (_, v))| v) -> unique::<'static>() -> reached;
    reached -> unique::<'static>() -> next_stratum() -> for_each(out.append);
"""


class World:
    def __init__(self, text: str = REACH, *, record: bool = False, **names: Any) -> None:
        self.edges, self.out = hf.channel(), []
        self.names = {"edges_in": self.edges, "out": self.out, **names}
        self.flow = hf.compile(text, self.names)
        if record:
            self.flow.record()


@pytest.fixture(params=[False, True], ids=["plain", "recorded"])
def world(request: pytest.FixtureRequest) -> World:
    return World(record=request.param)


# --- on an edge -------------------------------------------------------------------------------------------------------


def test_any_item_on_an_edge_stops_the_run_before_the_next_stratum(world: World) -> None:
    found = world.flow.break_on("hop -> reached")
    world.edges.send((0, 5))

    world.flow.run_available()

    assert str(world.flow.stopped_at) == "stopped before stratum 1 of tick 0: `hop -> reached` carries 5"
    assert (world.flow.current_stratum(), world.out, found.hits) == (1, [], 1)
    world.flow.run_available()
    assert world.flow.stopped_at is None
    assert sorted(world.out) == [0, 5]


@pytest.mark.parametrize("predicate", [lambda item: item == 7, "item == 7", "lambda i: i == seven", "is_seven"])
def test_a_predicate_says_at_which_items(predicate: Any) -> None:
    world = World(seven=7, is_seven=lambda item: item == 7)
    world.flow.break_on("hop -> reached", predicate)
    world.edges.extend([(0, 5), (5, 6)])
    world.flow.run_available()
    assert world.flow.stopped_at is None

    world.edges.extend([(6, 7), (7, 8)])
    world.flow.run_available()

    assert world.flow.stopped_at is not None
    assert [hit.what for hit in world.flow.stopped_at.hits] == ["carries 7"]


def test_a_text_looks_its_names_up_when_it_is_asked(world: World) -> None:
    world.names["wanted"] = 9
    world.flow.break_on("hop -> reached", "item == wanted")
    world.names["wanted"] = 5
    world.edges.send((0, 5))

    world.flow.run_available()

    assert world.flow.stopped_at is not None
    assert "__builtins__" not in world.names


def test_the_nth_item_counts_over_ticks_and_goes_back_with_the_flow() -> None:
    world = World(record=True)
    found = world.flow.break_on("edges -> hop", nth=3)
    world.edges.extend([(1, 2), (2, 3)])
    world.flow.run_available()
    world.edges.extend([(3, 4), (4, 5)])

    world.flow.run_available()
    assert [hit.what for hit in world.flow.stopped_at.hits] == ["carries (3, 4), item 3"]  # type: ignore[union-attr]
    world.flow.run_available()
    assert world.flow.stopped_at is None

    world.flow.rewind(1)
    world.flow.run_available()
    assert world.flow.stopped_at is not None
    assert found.hits == 2
    world.flow.reset()
    world.edges.extend([(0, 1), (1, 2)])
    world.flow.run_available()
    assert world.flow.stopped_at is None


def test_growth_is_more_items_than_in_the_tick_before(world: World) -> None:
    world.flow.break_on("edges -> hop", grows=2)
    told = []
    for count in (3, 4, 4, 6):
        world.edges.extend((number, number) for number in range(count))
        world.flow.run_available()
        told.append(world.flow.stopped_at is not None)
        while world.flow.current_stratum():
            world.flow.run_tick()

    assert told == [False, False, False, True]


def test_what_a_predicate_raises_stops_the_run_and_is_told(world: World) -> None:
    world.flow.break_on("hop -> reached", lambda item: 1 // 0)
    world.edges.send((0, 5))

    world.flow.run_available()

    assert "on which its predicate raised ZeroDivisionError" in str(world.flow.stopped_at)
    assert not world.flow.faults


def test_many_hits_are_counted(world: World) -> None:
    world.flow.break_on("edges -> hop")
    world.edges.extend((number, number) for number in range(50))

    world.flow.run_available()

    assert str(world.flow.stopped_at).endswith("and 30 more")


def test_a_name_stands_for_all_edges_that_leave_it(world: World) -> None:
    world.flow.break_on("reached", nth=1)

    world.flow.run_tick()

    assert world.flow.stopped_at is not None
    assert world.flow.stopped_at.hits[0].place == "`reached`"


# --- on a state -------------------------------------------------------------------------------------------------------

SUMS = """
    total = source_stream(edges_in) -> fold::<'static>(|| 0, |acc, x| acc + x);
    total -> for_each(out.append);
"""


@pytest.mark.parametrize("record", [False, True])
def test_a_state_stops_the_run_when_its_predicate_becomes_true(record: bool) -> None:
    world = World(SUMS, record=record)
    found = world.flow.break_on("total", state=lambda state: state.value > 5)
    told = []
    for number in (3, 3, 3):
        world.edges.send(number)
        world.flow.run_available()
        told.append(None if world.flow.stopped_at is None else str(world.flow.stopped_at))
        while world.flow.current_stratum():
            world.flow.run_tick()

    assert [one is not None for one in told] == [False, True, False]
    assert told[1].endswith("the state of `total` is 6")  # type: ignore[union-attr]
    assert found.hits == 1


def test_what_a_predicate_of_a_state_raises_is_told() -> None:
    world = World(SUMS)
    world.flow.break_on("total", state=lambda state: 1 // 0)
    world.edges.send(1)

    world.flow.run_available()

    assert "made its predicate raise ZeroDivisionError" in str(world.flow.stopped_at)


# --- on a stratum -----------------------------------------------------------------------------------------------------


def test_before_a_stratum_every_tick_stops(world: World) -> None:
    world.flow.break_on(stratum=1)
    world.edges.send((0, 5))

    world.flow.run_available()
    assert str(world.flow.stopped_at) == "stopped before stratum 1 of tick 0: stratum 1 is next"
    world.flow.run_available()
    assert (world.flow.stopped_at, sorted(world.out)) == (None, [0, 5])


def test_before_stratum_0_the_tick_has_not_begun_and_the_next_run_passes_it(world: World) -> None:
    world.flow.break_on(stratum=0)
    world.edges.send((0, 5))

    world.flow.run_available()
    assert str(world.flow.stopped_at) == "stopped before tick 0: stratum 0 is next"
    assert (world.flow.current_tick(), world.flow.inputs["edges_in"].waiting()) == (0, [(0, 5)])
    world.flow.run_available()
    assert (world.flow.current_tick(), world.flow.stopped_at) == (1, None)


# --- set, listed and removed ------------------------------------------------------------------------------------------


def test_they_print_what_they_are(world: World) -> None:
    flow = world.flow
    assert repr(flow.breakpoints) == "<no breakpoints>"
    flow.break_on("hop -> reached", "item > 3", nth=2)
    flow.break_on("edges -> hop", grows=10)
    flow.break_on(stratum=1)

    assert repr(flow.breakpoints).splitlines() == [
        "<breakpoint 1: `hop -> reached`, item 2 of those for which `item > 3` holds; never hit>",
        "<breakpoint 2: `edges -> hop`, a tick with 10 more items than the tick before; never hit>",
        "<breakpoint 3: stratum 1, before it runs; never hit>",
    ]
    assert "item &gt; 3" in flow.breakpoints._repr_html_()


def test_a_removed_one_stops_nothing_and_the_plain_code_runs_again() -> None:
    world = World()
    found = world.flow.break_on("hop -> reached")
    other = world.flow.break_on(stratum=1)
    world.edges.send((0, 5))
    world.flow.run_available()

    found.remove()
    found.remove()
    other.remove()
    world.edges.send((5, 6))
    world.flow.run_available()
    world.flow.run_available()

    assert (world.flow.stopped_at, list(world.flow.breakpoints)) == (None, [])
    assert world.flow._engine.breaks is None
    assert world.flow._engine._strata is world.flow._engine.program.strata


def test_another_predicate_on_the_same_edge_holds_at_once_within_a_tick(world: World) -> None:
    first = world.flow.break_on("hop -> reached")
    world.edges.send((0, 5))
    world.flow.run_tick()
    first.remove()
    again = world.flow.break_on("hop -> reached", "item == 6")
    world.edges.send((5, 6))

    world.flow.run_available()

    assert (again.hits, world.flow.current_tick()) == (1, 1)


def test_a_flow_that_was_reset_keeps_them(world: World) -> None:
    world.flow.break_on("hop -> reached")
    world.flow.reset()
    world.edges.send((0, 5))

    world.flow.run_available()

    assert world.flow.stopped_at is not None


def test_recording_may_begin_later() -> None:
    world = World()
    world.flow.break_on("hop -> reached", "item == 6")
    world.edges.send((0, 5))
    world.flow.run_available()
    world.flow.record()
    world.edges.send((5, 6))

    world.flow.run_available()

    assert world.flow.stopped_at is not None
    assert world.flow.recording.tick(1).stops == ["stopped before stratum 1 of tick 1: `hop -> reached` carries 6"]


@pytest.mark.parametrize(
    ("arguments", "named", "error", "words"),
    [
        (["hop -> nowhere"], {}, hf.HydroflowError, "nowhere"),
        ([], {}, TypeError, "break on a place or before a stratum"),
        (["hop -> reached"], {"stratum": 1}, TypeError, "break on a place or before a stratum"),
        ([], {"stratum": 9}, hf.HydroflowError, "its strata are 0 to 1"),
        (["out"], {"state": lambda s: True}, hf.HydroflowError, "out"),
        (["hop"], {"state": 3}, TypeError, "a function of what `flow.state` gives"),
        (["hop"], {"state": lambda s: True, "nth": 2}, TypeError, "a state has no items"),
        (["hop -> reached"], {"nth": 0}, ValueError, "`nth` is a number from 1 on, not 0"),
        (["hop -> reached", 3], {}, TypeError, "a predicate is a function of an item"),
        (["hop -> reached", "item =="], {}, SyntaxError, "invalid syntax"),
        (["hop -> reached", " "], {}, TypeError, "an expression over `item`"),
    ],
)
def test_what_cannot_be_set_says_why_and_leaves_nothing(
    world: World, arguments: list[Any], named: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        world.flow.break_on(*arguments, **named)

    assert len(world.flow.breakpoints) == 0
    assert world.flow._engine.breaks is None


def test_a_flow_made_of_functions_stops_before_strata_alone() -> None:
    b = core.Builder("echo")
    numbers = b.handoff("numbers")
    b.input("numbers", into=numbers).extend([1])
    out: list[int] = []

    @b.subgraph(reads=[numbers])
    def see(context: Any, numbers: list[int]) -> None:
        out.extend(numbers)

    flow = b.build()
    flow.break_on(stratum=0)
    flow.run_available()
    assert (str(flow.stopped_at), out) == ("stopped before tick 0: stratum 0 is next", [])
    flow.run_available()
    assert out == [1]
    with pytest.raises(hf.HydroflowError, match="is made of functions, between which no item is seen"):
        flow.break_on(flow.graph.partitioned.wires[0].element)


async def _live(world: World) -> None:
    world.edges.send((0, 5))
    await world.flow.start()


def test_a_live_run_ends_at_it(world: World) -> None:
    world.flow.break_on("hop -> reached")

    asyncio.run(_live(world))

    assert (world.flow.is_running, world.flow.current_stratum()) == (False, 1)


# --- any flow ---------------------------------------------------------------------------------------------------------


def names_of(example: Any) -> dict[str, Any]:
    sinks: dict[str, Any] = {name: [] for name in (*example.ordered, "seen")}
    return {**sinks, **{name: hf.channel() for name in example.inputs}}


@random_flows(8)
@given(data=st.data())
def test_stopping_and_going_on_is_the_run_without_it(data: st.DataObject, reference: Any) -> None:
    example = data.draw(reference.flows.examples(cyclic=data.draw(st.booleans())))
    names = reference.flows.NAMES

    def run(set_up: Callable[[hf.Flow], None], *, recorded: bool) -> list[Any]:
        own = names_of(example)
        sinks = {name: own[name] for name in (*example.ordered, "seen")}
        flow = hf.compile(example.text, {**names, **own})
        if recorded:
            flow.record()
        set_up(flow)
        told = []
        for batches in example.ticks:
            for name, items in batches.items():
                own[name].extend(items)
            tick = flow.current_tick()
            for _ in range(100):
                if flow.current_tick() != tick:
                    break
                flow.run_tick()
            told.append({name: sorted(map(repr, items)) for name, items in sinks.items()})
        flow.close()
        return told

    def everywhere(flow: hf.Flow) -> None:
        graph = flow.graph.partitioned
        for number, wire in enumerate(graph.wires):
            if number % every == 0:
                flow.break_on(wire.element, nth=1 + number % 3)
        for stratum in range(len(graph.strata)):
            if stratum % every == 0:
                flow.break_on(stratum=stratum)

    every, recorded = data.draw(st.integers(1, 4)), data.draw(st.booleans())
    slow = reference.interpreter.Interpreter(example.text, {**names, **names_of(example)})
    try:
        for batches in example.ticks:
            slow.run_tick(batches)
    except reference.interpreter.TooMuch:
        assume(False)
    assert run(everywhere, recorded=recorded) == run(lambda flow: None, recorded=False)
