"""What flows put out where that takes time: in event loops, and without one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest

from hydroflow_nb.engine.sinks import HIGH_WATER
from worlds import SENDING, Gate, World, in_loop, some_turns, until


@pytest.mark.parametrize("way", ["run_tick", "run_available"])
def test_without_an_event_loop_items_were_sent_when_the_run_returns(way: str) -> None:
    out: list[int] = []

    async def write(item: int) -> None:
        await asyncio.sleep(0)
        out.append(item)

    world = World(SENDING, sink=write)
    world.input.extend(range(5))

    getattr(world.flow, way)()

    assert out == [0, 1, 2, 3, 4]


def test_without_an_event_loop_a_tick_by_strata_sends_as_well() -> None:
    out: list[int] = []

    async def write(item: int) -> None:
        out.append(item)

    world = World("source_stream(input) -> next_stratum() -> dest_sink(sink);", sink=write)
    world.input.send(1)

    world.flow.run_stratum()
    world.flow.run_stratum()

    assert out == [1]


@pytest.mark.parametrize("way", ["run_tick", "run_available"])
def test_in_a_notebooks_cell_the_event_loop_sends_after_the_run(way: str) -> None:
    async def main() -> None:
        gate = Gate()
        world = World(SENDING, sink=gate)
        world.input.extend([1, 2])
        getattr(world.flow, way)()
        at_once = gate.sent.copy()
        gate.open()
        await until(lambda: len(gate.sent) == 2)

        assert (at_once, gate.sent) == ([], [1, 2])

    in_loop(main)


@pytest.mark.parametrize("way", ["run_tick_async", "run_available_async"])
def test_the_async_runs_return_when_all_was_sent(way: str) -> None:
    async def main() -> None:
        gate = Gate()
        world = World(SENDING, sink=gate)
        world.input.extend([1, 2])
        run = asyncio.ensure_future(getattr(world.flow, way)())
        await some_turns()
        waited = not run.done()
        gate.open()
        await run

        assert (waited, gate.sent) == (True, [1, 2])

    in_loop(main)


def test_run_sends_all_before_it_returns() -> None:
    out: list[int] = []

    async def write(item: int) -> None:
        await asyncio.sleep(0.01)
        out.append(item)

    stop: list[Callable[[], None]] = []
    text = "t = source_stream(input) -> tee(); t -> dest_sink(sink); t -> for_each(|_| stop[0]());"
    world = World(text, sink=write, stop=stop)
    stop.append(world.flow.stop)
    world.input.extend([1, 2, 3])

    world.flow.run()

    assert out == [1, 2, 3]


def test_a_cancelled_run_loses_nothing_that_was_put_in() -> None:
    async def main() -> None:
        gate = Gate()
        world = World(SENDING, sink=gate)
        world.input.extend(range(10))
        run = asyncio.ensure_future(world.flow.run_async())
        await some_turns()
        run.cancel()
        await asyncio.wait([run])
        gate.open()
        await until(lambda: len(gate.sent) == 10)

        assert gate.sent == list(range(10))

    in_loop(main)


def test_what_was_not_sent_when_the_event_loop_ended_is_sent_by_the_next_run() -> None:
    sent: list[int] = []
    is_open: list[bool] = []

    async def write(item: int) -> None:
        while not is_open:
            await asyncio.sleep(0.001)
        sent.append(item)

    world = World(SENDING, sink=write)
    world.input.extend([1, 2, 3])

    async def first() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(world.flow.run_async(), 0.02)

    in_loop(first)
    is_open.append(True)
    world.flow.run_tick()

    assert sent == [1, 2, 3]


def test_a_congested_sink_pauses_what_comes_from_outside_and_nothing_else() -> None:
    async def main() -> None:
        gate = Gate()
        text = """
            source_stream(input) -> dest_sink(sink);
            counted = union() -> defer_tick() -> map(|n| n + 1) -> tee();
            source_iter([0]) -> counted;
            counted -> counted;
            counted -> for_each(out.append);
        """
        world = World(text, sink=gate)
        world.input.extend(range(HIGH_WATER + 1))
        task = world.flow.start()
        await until(lambda: len(world.out) > 5)
        world.input.extend(range(5))
        ticks = len(world.out)
        await until(lambda: len(world.out) > ticks + 5)
        held_back = len(world.input)
        gate.open()
        await until(lambda: len(gate.sent) == HIGH_WATER + 6)

        assert held_back == 5
        assert not task.done()
        world.flow.close()

    in_loop(main)


def test_a_flow_that_is_congested_wakes_when_there_is_room_and_is_idle_until_then() -> None:
    async def main() -> None:
        gate = Gate()
        world = World(SENDING, sink=gate)
        world.input.extend(range(HIGH_WATER))
        world.flow.start()
        await some_turns()
        world.input.send("late")
        await some_turns()
        tick, due = world.flow.current_tick(), world.flow.is_scheduled()
        await some_turns()
        gate.open()
        await until(lambda: gate.sent and gate.sent[-1] == "late")

        assert (tick, due) == (1, False)
        assert world.flow.current_tick() == 2
        world.flow.close()

    in_loop(main)


def test_ticks_by_hand_are_never_held_back() -> None:
    async def main() -> None:
        gate = Gate()
        world = World(SENDING, sink=gate)
        world.input.extend(range(HIGH_WATER))
        world.flow.start()
        await some_turns()
        world.input.send("late")
        world.flow.run_tick()

        assert len(world.input) == 0
        gate.open()
        await until(lambda: len(gate.sent) == HIGH_WATER + 1)
        world.flow.close()

    in_loop(main)


@pytest.mark.parametrize("way", ["run_available_async", "run_async"])
def test_a_flow_that_reads_the_bounded_queue_it_fills_does_not_stand_still(way: str) -> None:
    async def main() -> None:
        between: asyncio.Queue[int] = asyncio.Queue(1)
        text = "source_iter(range(20)) -> dest_sink(between); source_stream(between) -> for_each(out.append);"
        world = World(text, between=between)
        run = asyncio.ensure_future(getattr(world.flow, way)())
        await until(lambda: len(world.out) == 20)
        world.flow.stop()
        await run

        assert world.out == list(range(20))

    in_loop(main)


@pytest.mark.parametrize("way", ["run_available_async", "run_async", "start"])
def test_what_a_sink_raises_comes_out_of_the_run_and_the_rest_is_sent(way: str) -> None:
    async def main() -> None:
        gate = Gate()
        gate.open()
        world = World("source_stream(input)\n -> dest_sink(sink);", sink=gate)
        world.input.extend([1, "bad", 2])
        with pytest.raises(ValueError, match="no bad items") as caught:
            await getattr(world.flow, way)()
        await until(lambda: len(gate.sent) == 2)

        assert caught.value.__notes__ == ["hydroflow: in `dest_sink` at tested, line 2, item 'bad'"]
        assert gate.sent == [1, 2]
        world.input.send(3)
        await world.flow.run_available_async()
        assert gate.sent == [1, 2, 3]

    in_loop(main)


def test_what_a_sink_raises_after_a_cell_comes_out_of_the_next_run() -> None:
    async def main() -> None:
        gate = Gate()
        gate.open()
        world = World(SENDING, sink=gate)
        world.input.extend([1, "bad", 2])
        world.flow.run_available()
        await until(lambda: len(gate.sent) == 2)

        with pytest.raises(ValueError, match="no bad items"):
            world.flow.run_tick()
        world.flow.run_tick()

    in_loop(main)


def test_without_an_event_loop_what_a_sink_raises_comes_out_of_the_same_run() -> None:
    sent: list[Any] = []

    async def write(item: Any) -> None:
        sent.append(10 // item)

    world = World(SENDING, sink=write)
    world.input.extend([1, 0, 2])

    with pytest.raises(ZeroDivisionError) as caught:
        world.flow.run_available()

    assert caught.value.__notes__[-1] == "hydroflow: in `dest_sink` at tested, line 1, item 0"
    assert sent == [10, 5]


def test_items_before_a_fault_are_sent() -> None:
    sent: list[Any] = []

    async def write(item: Any) -> None:
        sent.append(item)

    world = World("source_stream(input) -> map(|x| 10 // x) -> dest_sink(sink);", sink=write)
    world.input.extend([1, 0, 2])

    with pytest.raises(ZeroDivisionError):
        world.flow.run_tick()

    assert sent == [10]


@pytest.mark.parametrize("way", ["close", "reset"])
def test_close_and_reset_end_the_sending_and_the_log_tells_what_waited(
    way: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        gate = Gate()
        world = World(SENDING, sink=gate)
        world.input.extend([1, 2, 3])
        world.flow.run_tick()
        getattr(world.flow, way)()
        gate.open()
        await some_turns()

        assert gate.sent == []

    with caplog.at_level(logging.WARNING, logger="hydroflow_nb"):
        in_loop(main)

    assert "3 items had not been sent in `dest_sink` at tested, line 1" in caplog.text
