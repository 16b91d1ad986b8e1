from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import hydroflow_nb as hf

TWO_STRATA = "source_stream(items) -> breakpoint(|x| x > 2) -> next_stratum() -> for_each(out.append);"


def started(text: str, **names: Any) -> tuple[hf.Flow, Any, list[Any]]:
    items, out = hf.channel(), []
    return hf.compile(text, {"items": items, "out": out, **names}), items, out


def test_the_items_come_unchanged_while_the_predicate_is_false(through: Callable[..., Any]) -> None:
    assert through("breakpoint(|x| x > 9)", [1, 2], [3]) == [[1, 2], [3]]


def test_behind_the_last_stratum_the_tick_has_ended(through: Callable[..., Any]) -> None:
    assert through("breakpoint(|x| x > 1)", [1, 2], [3]) == [[1, 2], [3]]


def test_it_may_end_a_pipeline() -> None:
    flow, items, _ = started("source_stream(items) -> breakpoint(|x| x == 1);")
    items.extend([0, 1])

    flow.run_available()

    assert flow.stopped_at is not None
    assert str(flow.stopped_at) == "stopped before tick 1: `breakpoint` at flow, line 1 has 1"


def test_a_run_stops_before_the_next_stratum_and_goes_on_from_there() -> None:
    flow, items, out = started(TWO_STRATA)
    items.extend([1, 3, 4])

    flow.run_available()

    stop = flow.stopped_at
    assert stop is not None
    assert (stop.tick, stop.stratum, stop.is_within_tick) == (0, 1, True)
    assert [hit.what for hit in stop.hits] == ["has 3", "has 4"]
    assert (flow.current_tick(), flow.current_stratum(), out) == (0, 1, [])

    flow.run_available()

    assert flow.stopped_at is None
    assert (flow.current_tick(), out) == (1, [1, 3, 4])


def test_a_loop_of_ticks_sees_that_there_is_more() -> None:
    flow, items, out = started(TWO_STRATA)
    flow.run_tick()
    items.send(5)

    assert flow.run_tick()
    assert out == []
    assert flow.run_tick()
    assert out == [5]


def test_a_stratum_that_is_run_by_hand_tells_of_the_hit() -> None:
    flow, items, _ = started(TWO_STRATA)
    items.send(5)

    flow.run_stratum()

    assert flow.stopped_at is not None
    assert flow.stopped_at.stratum == 1


def test_an_exception_forgets_the_hits() -> None:
    flow, items, out = started(
        "source_stream(items) -> breakpoint(|x| x > 0) -> map(|x| 1 // (x - 2)) -> for_each(out.append);"
    )
    items.extend([1, 2])
    with suppress(ZeroDivisionError):
        flow.run_available()

    assert flow.stopped_at is None
    flow.run_available()
    assert (flow.stopped_at, out) == (None, [-1])


def test_a_flow_in_the_background_ends_at_it_and_can_be_started_again() -> None:
    async def story() -> None:
        flow, items, out = started(TWO_STRATA)
        items.send(3)

        await flow.start()

        assert not flow.is_running
        assert flow.stopped_at is not None
        assert (flow.current_stratum(), out) == (1, [])

        task = flow.start()
        while not out:
            await asyncio.sleep(0)
        flow.stop()
        await task
        assert out == [3]

    asyncio.run(story())


def test_an_awaited_run_stops_at_it() -> None:
    async def story() -> None:
        flow, items, out = started(TWO_STRATA)
        items.send(3)

        await flow.run_available_async()
        assert (flow.current_stratum(), out) == (1, [])

        assert await flow.run_tick_async()
        assert (flow.current_stratum(), out) == (0, [3])

    asyncio.run(story())


def test_where_a_tick_waits_for_the_event_loop_it_stops_as_well() -> None:
    async def late(x: int) -> int:
        await asyncio.sleep(0)
        return x

    async def story() -> None:
        text = """
            source_stream(items) -> breakpoint(|x| x > 2) -> map(late) -> resolve_futures_blocking()
            -> for_each(out.append);
        """
        flow, items, out = started(text, late=late)
        items.send(3)

        await flow.run_available_async()
        assert (flow.current_stratum(), out) == (1, [])

        await flow.run_available_async()
        assert (flow.stopped_at, out) == (None, [3])

    asyncio.run(story())


def test_in_a_simulated_network_ticks_are_whole() -> None:
    out: list[int] = []
    net = hf.Network()
    node = net.node("server", TWO_STRATA, items=hf.channel(), see=out.append)
    node.inputs["items"].send(3)

    net.tick("server")

    assert node.flow.current_tick() == 1
    assert node.flow.stopped_at is None


def test_a_breakpoint_that_is_set_on_a_node_s_flow_does_not_cut_its_ticks() -> None:
    out: list[int] = []
    net = hf.Network()
    node = net.node("server", TWO_STRATA, items=hf.channel(), out=out)
    found = node.flow.break_on("source_stream -> breakpoint")
    node.inputs["items"].send(3)

    net.tick("server")

    assert (node.flow.current_tick(), node.flow.current_stratum(), found.hits) == (1, 0, 1)
