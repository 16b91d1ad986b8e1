"""Nodes whose ticks fail: they stop the run, go on, or run without the item at fault."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.simulation import State
from hydroflow_nb.simulation.model.history import Ticked

DIVIDES = """
    source_stream_serde(inbound) -> map(|(n, _)| 6 // n) -> fold::<'static>(|| 0, |sum, n| sum + n)
        -> for_each(|sum| seen.append(sum));
"""

ADDS = "source_iter([1]) -> for_each(seen.append);"


def network(*numbers: int, **settings: Any) -> hf.Network:
    """A node `a` that sends some numbers to a node `b`, which divides by each, and sums up."""
    net = hf.Network(**settings)
    net.node("a", "source_iter(numbers) -> map(|n| (n, 'b')) -> dest_sink_serde(outbound);", numbers=list(numbers))
    net.node("b", DIVIDES, seen=[])
    return net


def all_at_once(net: hf.Network) -> None:
    """One tick of `b` takes in all that `a` has sent."""
    net.tick("a")
    while net.in_flight:
        net.deliver(net.in_flight[0].id)
    net.tick("b")


def ticks(net: hf.Network, node: str = "b") -> list[Ticked]:
    return [one for one in net.history.events if isinstance(one, Ticked) and one.node == node]


def test_a_tick_runs_without_the_item_at_fault_and_nothing_else_is_lost() -> None:
    net = network(3, 0, 2, on_fault="set-aside")

    all_at_once(net)

    assert net["b"]["seen"] == [5]
    (one,) = net["b"].set_aside
    assert (one.item, one.input, one.sender, one.tick) == ((0, "a"), "inbound", "a", 0)
    assert net["b"].faults == []


def test_what_was_set_aside_is_told_by_the_history_the_diagram_and_the_recording_and_is_the_same_in_a_replay() -> None:
    net = network(3, 0, 2, on_fault="set-aside")
    all_at_once(net)

    told = (net["b"].set_aside[0].words,)
    assert [one.set_aside for one in ticks(net)] == [told]
    assert "set aside: (0, 'a') from 'a' by `inbound`: ZeroDivisionError" in net.diagram().svg()
    assert "tick 0, 3 in, 0 out, set aside: (0, 'a')" in str(net.diagram())
    (tick,) = net["b"].flow.recording.ticks
    assert tick.set_aside == list(told)

    net.replay(net.decisions)

    assert [one.set_aside for one in ticks(net)] == [told]
    assert (net["b"]["seen"], len(net["b"].set_aside)) == ([5], 1)


def test_a_node_that_continues_loses_the_rest_of_its_tick_and_the_run_goes_on() -> None:
    net = network(3, 0, 2, on_fault="continue")

    all_at_once(net)
    net.run()

    assert [one.error for one in ticks(net)] == ["ZeroDivisionError: integer division or modulo by zero"]
    assert (net["b"]["seen"], net["b"].faults.total, list(net["b"].set_aside)) == ([], 1, [])


def test_a_node_that_stops_raises_what_its_code_has_raised() -> None:
    net = network(3, 0, 2)

    with pytest.raises(ZeroDivisionError):
        all_at_once(net)

    assert [one.error for one in ticks(net)] == ["ZeroDivisionError: integer division or modulo by zero"]


@pytest.mark.parametrize(
    ("of_network", "of_node", "durable", "stops"),
    [
        (None, None, False, True),
        (None, None, True, False),
        (None, "stop", True, True),
        ("set-aside", None, False, False),
        ("set-aside", "stop", False, True),
        ("stop", None, True, True),
        ("stop", "set-aside", False, False),
    ],
)
def test_what_a_node_is_told_goes_before_what_the_network_is_told(
    of_network: str | None, of_node: str | None, durable: bool, stops: bool
) -> None:
    net = hf.Network(on_fault=of_network)
    net.node("a", "source_iter([0]) -> map(|n| 1 // n) -> null();", on_fault=of_node, durable=durable)
    net.node(
        "b", "source_stream(xs) -> map(|n| 1 // n) -> null();", xs=hf.channel([0]), on_fault=of_node, durable=durable
    )

    if stops:
        with pytest.raises(ZeroDivisionError):
            net.tick("b")
    else:
        net.tick("b")
        assert [one.item for one in net["b"].set_aside] == [0]


@pytest.mark.parametrize(
    "make", [lambda: hf.Network(on_fault="skip"), lambda: hf.Network().node("a", ADDS, on_fault="skip")]
)
def test_another_word_is_refused(make: Any) -> None:
    with pytest.raises(ValueError, match='`on_fault` is "stop", "continue" or "set-aside", not \'skip\''):
        make()


def test_a_durable_node_has_what_it_set_aside_again_after_a_restart() -> None:
    def aside(state: State) -> list[Any]:
        net = hf.Network()
        net.node("a", "source_stream(xs) -> map(|n| 6 // n) -> null();", xs=hf.channel(), durable=True)
        net.send("a", "xs", 0)
        net.tick("a")
        net.crash("a")
        net.restart("a", state.value)
        net.send("a", "xs", False)
        net.tick("a")
        return [(one.tick, one.item) for one in net["a"].set_aside]

    assert aside(State.KEPT) == aside(State.DURABLE) == [(0, 0), (1, False)]
    assert aside(State.LOST) == [(0, False)]


def test_nodes_of_one_flow_at_any_port_are_each_durable() -> None:
    net = hf.Network()
    outbound, inbound, _ = net.bind(0)
    names = {"outbound": outbound, "inbound": inbound, "xs": hf.channel([0])}
    flow = hf.compile(
        "source_stream_serde(inbound) -> null(); source_stream(xs) -> map(|n| 1 // n) -> map(|n| (n, 'a')) "
        "-> dest_sink_serde(outbound);",
        names,
    )

    for name in "ab":
        net.node(name, flow, durable=True)
    for name in "ab":
        net.tick(name)

    assert [net[name].has_durable_state for name in "ab"] == [True, True]
    assert [net[name].set_aside.total for name in "ab"] == [1, 1]


def test_where_no_item_is_at_fault_the_tick_is_undone_and_what_it_took_in_waits() -> None:
    text = "source_stream(xs) -> defer_tick() -> map(|n| 1 // n) -> null(); source_stream(xs) -> for_each(seen.append);"
    net = hf.Network()
    net.node("a", text, xs=hf.channel([0]), seen=[], on_fault="set-aside")
    net.tick("a")
    net.send("a", "xs", 5)

    for _ in range(2):
        with pytest.raises(ZeroDivisionError) as raised:
            net.tick("a")
        assert any("the tick fails without any input" in note for note in raised.value.__notes__)

    assert (net["a"].current_tick(), net["a"].is_due()) == (1, True)
    assert [(one.tick, bool(one.error)) for one in ticks(net, "a")] == [(0, False), (1, True), (1, True)]
    net.crash("a")
    assert list(net["a"].flow.drive().engine.again) == []


def test_a_tick_stops_at_no_breakpoint_also_where_it_runs_again() -> None:
    net = network(3, 0, 2, on_fault="set-aside")
    net["b"].flow.breakpoints.add("fold")

    all_at_once(net)

    assert (net["b"]["seen"], net["b"].current_tick()) == ([5], 1)


@pytest.mark.parametrize(
    "checks", ["map(|n| 6 // n) -> null()", "fold(list, list.append) -> map(|all| 6 // (0 not in all)) -> null()"]
)
def test_sinks_get_the_same_whether_the_node_is_recorded_or_not(checks: str) -> None:
    """A search records nothing, and a replay of what it has found does."""

    def seen(recording: int) -> list[int]:
        net = hf.Network(recording=recording, on_fault="set-aside")
        text = f"all = source_stream(xs) -> tee(); all -> for_each(seen.append); all -> {checks};"
        net.node("a", text, xs=hf.channel([5, 0, 4, 0, 3]), seen=[])
        net.tick("a")
        assert [one.item for one in net["a"].set_aside] == [0, 0]
        found: list[int] = net["a"]["seen"]
        return found

    assert seen(0) == seen(1_000)


# --- in a search ------------------------------------------------------------------------------------------------------


def test_a_search_goes_on_behind_a_tick_that_runs_without_an_item() -> None:
    def found(**settings: Any) -> Any:
        net = network(3, 0, 2, **settings)
        net.eventually(lambda net: net["b"]["seen"][-1] == 5, "sums up")
        return net.explore()

    assert found().violation.property == "b raises ZeroDivisionError"
    assert found(on_fault="set-aside").holds


@pytest.mark.parametrize("states", [False, True])
def test_a_property_may_ask_what_was_set_aside(states: bool) -> None:
    net = network(0, 1, on_fault="set-aside")
    net.always(lambda net: not net["b"].set_aside, "nothing is set aside")

    found = net.explore(states=states)

    assert found.violation.property == "nothing is set aside"
    found.replay()
    assert [one.item for one in net["b"].set_aside] == [(0, "a")]


def test_what_was_set_aside_is_part_of_a_state_where_a_property_asks_for_it() -> None:
    def states(*, asks: bool) -> tuple[int | None, set[tuple[Any, ...]]]:
        met: set[tuple[Any, ...]] = set()
        net = hf.Network(fifo=False, on_fault="set-aside")
        for name in ("a", "c"):
            net.node(name, f"source_iter([('{name}', 'b')]) -> dest_sink_serde(outbound);")
        net.node("b", "source_stream_serde(inbound) -> map(|(n, _)| 1 // (n > 'c')) -> null();")
        if asks:
            net.eventually(lambda net: met.add(tuple(one.sender for one in net["b"].set_aside)) or True, "asks")
        return net.explore(states=True).states, met

    without, nothing = states(asks=False)
    asked, met = states(asks=True)

    assert nothing == set()
    assert met == set(permutations("ac"))
    assert without is not None
    assert asked is not None
    assert without < asked


def test_by_which_input_came_what_waits_for_a_tick_that_runs_again_is_part_of_a_state() -> None:
    text = "source_stream(xs) -> map(|x| x) -> null(); source_stream(ys) -> null();"

    def remembered(name: str) -> list[Any]:
        net = hf.Network()
        net.node("a", text, xs=hf.channel(), ys=hf.channel(), durable=True)
        net.send("a", name, 1)
        net.crash("a", at="journal")
        return [repr(one) for one in net["a"].remembers(bytes)]

    assert remembered("xs") != remembered("ys")


@pytest.mark.parametrize("at", ["journal", "acknowledge", "tick", "send"])
def test_a_durable_node_that_goes_down_in_a_tick_sets_the_item_aside_once(at: str) -> None:
    net = hf.Network()
    net.node("a", "source_iter([3, 0, 2]) -> map(|n| (n, 'b')) -> dest_sink_serde(outbound);", durable=True)
    net.node("b", DIVIDES, seen=[], durable=True)
    net.tick("a")
    while net.in_flight:
        net.deliver(net.in_flight[0].id)

    net.crash("b", at=at)
    net.restart("b", "durable")
    net.run()

    assert net["b"]["seen"][-1] == 5
    assert [one.item for one in net["b"].set_aside] == [(0, "a")]
