"""Flows in an event loop: in the background, interrupted, reading what comes when it comes, and idle."""

from __future__ import annotations

import asyncio
import logging
import queue
import selectors
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from types import FrameType
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.engine.inbox import MOST_READ_AHEAD
from hydroflow_nb.engine.interruptible import interrupt
from hydroflow_nb.engine.sinks import HIGH_WATER
from worlds import SENDING, Gate, World, in_loop, some_turns, until

# --- started and stopped ------------------------------------------------------------------------------------------


def test_a_started_flow_runs_beside_other_code_until_it_is_stopped() -> None:
    async def main() -> None:
        world = World()
        before = world.flow.is_running
        task = world.flow.start()
        at_once = world.flow.is_running
        world.input.extend([1, 2])
        await until(lambda: len(world.out) == 2)
        world.flow.stop()
        await task
        world.input.send(3)
        await some_turns()

        assert (before, at_once, world.flow.is_running) == (False, True, False)
        assert (world.out, world.flow.trouble, task.get_name()) == ([1, 2], None, "flow tested")

    in_loop(main)


def test_a_stopped_flow_is_started_again_and_takes_what_came_meanwhile() -> None:
    async def main() -> None:
        world = World()
        for number in range(3):
            world.input.send(number)
            task = world.flow.start()
            await until(lambda: len(world.out) == number + 1)  # noqa: B023 - awaited in its own round
            world.flow.stop()
            await task

        assert world.out == [0, 1, 2]

    in_loop(main)


def test_a_second_start_returns_the_task_that_runs_also_one_that_is_about_to_stop() -> None:
    async def main() -> None:
        world = World()
        task = world.flow.start()
        again = world.flow.start()
        await some_turns()
        world.flow.stop()
        after_stop = world.flow.start()
        world.input.send(1)
        await until(lambda: world.out)

        assert task is again is after_stop
        assert not task.done()
        world.flow.close()
        await task

    in_loop(main)


def test_stop_is_for_any_thread_and_for_a_run_that_is_awaited() -> None:
    async def main() -> None:
        world = World()
        world.flow.subscribe(lambda: threading.Timer(0.02, world.flow.stop).start())
        await world.flow.run_async()

        assert not world.flow.is_running
        assert not world.flow.is_closed

    in_loop(main)


def test_stop_without_a_run_does_nothing() -> None:
    World().flow.stop()


def test_stop_ends_a_run_that_always_has_something_to_do_between_two_ticks() -> None:
    async def main() -> None:
        world = World("source_stream(input) -> null(); spin() -> next_stratum() -> for_each(out.append);")
        task = world.flow.start()
        await until(lambda: len(world.out) > 3)
        world.flow.stop()
        await task

        assert world.flow.current_stratum() == 0
        assert world.flow.current_tick() == len(world.out)

    in_loop(main)


def test_stop_leaves_a_tick_that_waits_and_the_next_run_goes_on_with_it() -> None:
    async def main() -> None:
        gate = asyncio.Event()

        async def waiting(item: int) -> int:
            await gate.wait()
            return item

        text = "source_stream(input) -> map(waiting) -> resolve_futures_blocking() -> for_each(out.append);"
        world = World(text, waiting=waiting)
        world.input.send(5)
        task = world.flow.start()
        await until(lambda: world.flow.current_stratum() == 1)
        world.flow.stop()
        await task
        gate.set()
        await world.flow.run_available_async()

        assert world.out == [5]
        assert world.flow.faults == []

    in_loop(main)


def test_two_runs_at_once_are_refused() -> None:
    async def main() -> None:
        world = World()
        task = world.flow.start()
        with pytest.raises(hf.HydroflowError, match=r"`tested` is running already: `flow\.stop\(\)`"):
            await world.flow.run_async()
        world.flow.stop()
        await task
        awaited = asyncio.ensure_future(world.flow.run_async())
        await some_turns()
        with pytest.raises(hf.HydroflowError, match="is running already"):
            world.flow.start()
        awaited.cancel()

    in_loop(main)


def test_start_says_what_to_use_outside_of_an_event_loop() -> None:
    with pytest.raises(RuntimeError, match=r"flow\.run\(\)"):
        World().flow.start()


def test_a_closed_flow_ends_its_task_and_cannot_be_started() -> None:
    async def main() -> None:
        world = World()
        task = world.flow.start()
        await some_turns()
        world.flow.close()
        await task

        with pytest.raises(hf.HydroflowError, match="is closed"):
            world.flow.start()
        with pytest.raises(hf.HydroflowError, match="is closed"):
            await world.flow.run_async()

    in_loop(main)


@pytest.mark.parametrize("turns", [0, 20])
def test_a_task_that_is_cancelled_leaves_the_flow_to_be_started_again(turns: int) -> None:
    async def main() -> None:
        world = World()
        task = world.flow.start()
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        await some_turns()
        stopped = world.flow.is_running
        world.input.send(1)
        world.flow.start()
        await until(lambda: world.out)

        assert (stopped, world.flow.trouble) == (False, None)
        world.flow.close()

    in_loop(main)


def test_a_reset_flow_goes_on_with_its_new_engine() -> None:
    async def main() -> None:
        world = World()
        world.flow.start()
        await some_turns()
        world.flow.reset()
        world.input.send(1)
        await until(lambda: world.out)

        assert world.flow.is_running
        world.flow.close()

    in_loop(main)


def test_an_exception_in_the_background_is_kept_logged_once_and_raised_to_who_awaits(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def main() -> None:
        world = World("source_stream(input) -> map(|x| 1 / x) -> for_each(out.append);")
        told: list[bool] = []
        world.flow.subscribe(lambda: told.append(world.flow.is_running))
        task = world.flow.start()
        world.input.send(0)
        await until(task.done)
        await some_turns()
        trouble = world.flow.trouble

        with pytest.raises(ZeroDivisionError):
            await task
        assert isinstance(trouble, ZeroDivisionError)
        assert any("in `map`" in note for note in trouble.__notes__)
        assert (told[0], told[-1]) == (True, False)
        world.input.send(1)
        world.flow.start()
        await until(lambda: world.out)
        assert world.flow.trouble is None
        world.flow.close()

    with caplog.at_level(logging.ERROR):
        in_loop(main)

    assert [(record.name, record.getMessage()) for record in caplog.records] == [
        ("hydroflow_nb", "the flow `tested` has stopped")
    ]
    assert [line.strip() for line in caplog.text.splitlines()[1:4]] == [
        "Traceback (most recent call last):",
        'File "<hydroflow tested>", line 1, in <module>',
        "source_stream(input) -> map(|x| 1 / x) -> for_each(out.append);",
    ]


def test_an_exit_in_the_background_ends_the_flow_and_not_the_event_loop() -> None:
    async def main() -> None:
        world = World("source_stream(input) -> for_each(sys.exit);", sys=sys)
        world.input.send(3)
        task = world.flow.start()

        with pytest.raises(RuntimeError, match=r"`sys\.exit\(\)` ends only the flow") as raised:
            await task

        assert isinstance(raised.value.__cause__, SystemExit)
        assert world.flow.trouble is raised.value
        assert not world.flow.is_running

    in_loop(main)


def test_a_listener_that_fails_is_logged_and_hides_nothing(caplog: pytest.LogCaptureFixture) -> None:
    world = World("source_stream(input) -> map(|x| 1 / x) -> for_each(out.append);")
    world.flow.subscribe(lambda: 1 / len(world.out))  # type: ignore[arg-type]
    told: list[int] = []
    world.flow.subscribe(lambda: told.append(1))

    with caplog.at_level(logging.ERROR, logger="hydroflow_nb"):
        world.flow.run_tick()
        world.input.send(0)
        with pytest.raises(ZeroDivisionError) as caught:
            world.flow.run_tick()

    assert "in `map`" in caught.value.__notes__[0]
    assert told == [1, 1]
    assert [record.getMessage() for record in caplog.records] == ["a listener of the flow `tested` failed"] * 2


def test_a_run_whose_event_loop_was_closed_is_over() -> None:
    world = World()
    lost: list[asyncio.Task[None]] = []

    async def begin() -> None:
        lost.append(world.flow.start())
        await some_turns()

    loop = asyncio.new_event_loop()
    loop.run_until_complete(begin())
    running = world.flow.is_running
    loop.close()
    lost[0]._log_destroy_pending = False  # type: ignore[attr-defined]
    world.input.send(1)
    world.flow.run_tick()

    async def begin_again() -> None:
        world.flow.start()
        world.input.send(2)
        await until(lambda: world.out == [1, 2])
        world.flow.stop()

    assert (running, world.flow.is_running) == (True, False)
    in_loop(begin_again)


def test_a_queue_that_cannot_be_read_ends_the_run_and_is_named() -> None:
    queue: asyncio.Queue[int] = asyncio.Queue()
    world = World("source_stream(items) -> for_each(out.append);", items=queue)

    async def wait_for_an_item() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(queue.get(), 0.01)

    # The queue belongs to this event loop from now on.
    asyncio.run(wait_for_an_item())

    with pytest.raises(RuntimeError, match="different event loop") as caught:
        in_loop(world.flow.run_async)

    assert caught.value.__notes__ == ["hydroflow: from the queue that is read in `source_stream` at tested, line 1"]


# --- interrupted --------------------------------------------------------------------------------------------------

ENDLESS = """
source_stream(input) -> map(begun) -> flat_map(|_| range(10 ** 12)) -> filter(|number| number < 0) -> for_each(print);
"""
ENDLESS_BEHIND_AN_AWAIT = """
source_stream(input) -> map(|item| asyncio.sleep(0.01, item)) -> resolve_futures_blocking()
    -> map(begun) -> flat_map(|_| range(10 ** 12)) -> filter(|number| number < 0) -> for_each(print);
"""


class Unending(World):
    """A flow whose tick never ends, once it has an item, unless a process is interrupted that ignores interrupts."""

    def __init__(self, text: str) -> None:
        super().__init__(text, begun=self.begun, asyncio=asyncio)
        self.input.send(1)

    def begun(self, item: Any) -> Any:
        threading.Timer(0.05, interrupt).start()
        return item


@pytest.fixture
def ignored() -> Iterator[None]:
    """Interrupts are ignored, as in a notebook's kernel between cells."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("text", [ENDLESS, ENDLESS_BEHIND_AN_AWAIT])
@pytest.mark.parametrize("way", ["run_tick_async", "run_available_async", "run_async"])
@pytest.mark.usefixtures("ignored")
def test_an_interrupt_ends_an_endless_tick_that_a_task_awaits_and_the_event_loop_goes_on(text: str, way: str) -> None:
    async def main() -> None:
        world = Unending(text)
        task = asyncio.ensure_future(getattr(world.flow, way)())
        await asyncio.wait([task])

        assert task.cancelled()
        assert [fault.message for fault in world.flow.faults] == ["interrupted"]
        assert not world.flow.is_running

    in_loop(main)


@pytest.mark.parametrize("text", [ENDLESS, ENDLESS_BEHIND_AN_AWAIT])
@pytest.mark.usefixtures("ignored")
def test_an_interrupt_ends_an_endless_tick_in_the_background_and_the_flow_can_be_started_again(text: str) -> None:
    async def main() -> None:
        world = Unending(text)
        await world.flow.start()
        faults = [fault.message for fault in world.flow.faults]
        world.flow.start()
        await some_turns()

        assert faults == ["interrupted"]
        assert (world.flow.is_running, world.flow.trouble) == (True, None)
        world.flow.stop()

    in_loop(main)


def test_an_interrupt_of_run_in_a_script_comes_out_as_one() -> None:
    world = Unending(ENDLESS)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            world.flow.run()
    finally:
        signal.signal(signal.SIGINT, before)

    assert [fault.message for fault in world.flow.faults] == ["interrupted"]


# --- sources ------------------------------------------------------------------------------------------------------


class Endless:
    """A source that never waits, and counts how many items were asked of it."""

    def __init__(self) -> None:
        self.count = 0

    def __aiter__(self) -> Endless:
        return self

    async def __anext__(self) -> int:
        self.count += 1
        return self.count


def test_an_iterator_that_never_waits_is_read_no_faster_than_the_flow_takes_its_items() -> None:
    async def main() -> None:
        gate, source = Gate(), Endless()
        world = World(SENDING, input=source, sink=gate)
        world.flow.start()
        await until(lambda: source.count > HIGH_WATER)
        await asyncio.sleep(0.01)
        held_back = source.count
        gate.open()
        await until(lambda: len(gate.sent) > 3 * HIGH_WATER)
        world.flow.stop()
        await some_turns()

        assert held_back <= HIGH_WATER + 2 * MOST_READ_AHEAD
        assert gate.sent == list(range(1, len(gate.sent) + 1))
        world.flow.close()

    in_loop(main)


def test_an_iterator_that_raises_ends_the_run_behind_its_items_with_a_note() -> None:
    async def numbers() -> AsyncIterator[int]:
        yield 1
        yield 2
        raise ConnectionError("gone")

    async def main() -> None:
        world = World("source_stream(input)\n -> for_each(out.append);", input=numbers())
        with pytest.raises(ConnectionError, match="gone") as caught:
            await world.flow.run_async()

        assert world.out == [1, 2]
        assert "read in `source_stream` at tested, line 1" in caught.value.__notes__[0]

    in_loop(main)


def test_a_generator_is_gone_on_with_after_a_run_was_stopped_or_cancelled() -> None:
    async def main() -> None:
        asked: asyncio.Queue[int] = asyncio.Queue()

        async def numbers() -> AsyncIterator[int]:
            while True:
                yield await asked.get()

        world = World(input=numbers())
        for number, end in enumerate(["stop", "cancel", "stop"]):
            task = world.flow.start()
            asked.put_nowait(number)
            await until(lambda: len(world.out) == number + 1)  # noqa: B023 - awaited in its own round
            world.flow.stop() if end == "stop" else task.cancel()
            await asyncio.wait([task])

        assert world.out == [0, 1, 2]
        world.flow.close()

    in_loop(main)


def test_an_iterator_ends_and_the_flow_goes_on() -> None:
    async def numbers() -> AsyncIterator[int]:
        yield 1

    async def main() -> None:
        more = hf.channel()
        text = "source_stream(input) -> u; source_stream(more) -> u; u = union() -> for_each(out.append);"
        world = World(text, input=numbers(), more=more)
        task = world.flow.start()
        await until(lambda: world.out)
        more.send(2)
        await until(lambda: len(world.out) == 2)

        assert not task.done()
        world.flow.close()

    in_loop(main)


def test_a_bounded_queue_holds_back_who_fills_it_while_the_flow_is_congested() -> None:
    async def main() -> None:
        source: asyncio.Queue[int] = asyncio.Queue(10)
        gate = Gate()
        world = World(SENDING, input=source, sink=gate)
        world.flow.start()
        count = 0

        async def fill() -> None:
            nonlocal count
            while True:
                await source.put(count)
                count += 1

        filling = asyncio.ensure_future(fill())
        await until(lambda: count >= HIGH_WATER)
        await asyncio.sleep(0.01)
        held_back = count
        gate.open()
        await until(lambda: len(gate.sent) > HIGH_WATER + 100)
        filling.cancel()

        assert held_back <= HIGH_WATER + 40
        assert gate.sent == list(range(len(gate.sent)))
        world.flow.close()

    in_loop(main)


def test_two_flows_and_threads_share_a_channel_without_losing_or_doubling_items() -> None:
    shared, found = hf.channel(), [list[int](), list[int]()]
    flows = [World(input=shared, out=out).flow for out in found]
    over = threading.Event()
    errors: list[BaseException] = []

    def run(flow: hf.Flow) -> None:
        try:
            while not over.is_set() or len(shared):
                flow.run_tick()
        except BaseException as exception:
            errors.append(exception)

    threads = [threading.Thread(target=run, args=[flow]) for flow in flows]
    for thread in threads:
        thread.start()
    for number in range(20_000):
        shared.send(number)
    over.set()
    for thread in threads:
        thread.join()

    assert errors == []
    assert sorted(found[0] + found[1]) == list(range(20_000))
    assert all(out == sorted(out) for out in found)


def test_two_flows_that_run_in_one_loop_share_a_queue() -> None:
    async def main() -> None:
        shared: queue.Queue[int] = queue.Queue()
        worlds = [World(input=shared), World(input=shared)]
        for world in worlds:
            world.flow.start()
        thread = threading.Thread(target=lambda: [shared.put(number) for number in range(2_000)])
        thread.start()
        await until(lambda: len(worlds[0].out) + len(worlds[1].out) == 2_000)
        thread.join()
        for world in worlds:
            world.flow.close()
        shared.put(-1)

        assert sorted(worlds[0].out + worlds[1].out) == list(range(2_000))
        assert shared.get(timeout=60) == -1

    in_loop(main)


# --- idle ---------------------------------------------------------------------------------------------------------


class CountingSelector(selectors.DefaultSelector):
    """Counts how often an event loop looks for something to do."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def select(self, timeout: float | None = None) -> Any:
        self.count += 1
        return super().select(timeout)


async def _endless_wait() -> AsyncIterator[int]:
    await asyncio.Event().wait()
    yield 1


@pytest.mark.parametrize("kind", [hf.channel, queue.Queue, asyncio.Queue, _endless_wait])
def test_an_idle_flow_leaves_the_event_loop_alone(kind: Callable[[], Any]) -> None:
    selector = CountingSelector()
    world = World(input=kind())

    async def main() -> tuple[int, float, int]:
        task = world.flow.start()
        await asyncio.sleep(0.05)
        turns, cpu, ticks = selector.count, time.process_time(), world.flow.current_tick()
        await asyncio.sleep(0.3)
        used = (selector.count - turns, time.process_time() - cpu, world.flow.current_tick() - ticks)
        world.flow.stop()
        await task
        return used

    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector)) as runner:
        turns, cpu, ticks = runner.run(main())
    world.flow.close()

    # The sleep itself takes a turn or two.
    assert turns <= 4
    assert cpu < 0.1
    assert ticks == 0


def test_an_interval_wakes_the_event_loop_once_a_period() -> None:
    selector = CountingSelector()
    world = World("source_interval(0.1) -> for_each(out.append);")

    async def main() -> int:
        task = world.flow.start()
        await asyncio.sleep(0.05)
        before, count = selector.count, len(world.out)
        await until_count(world, count + 3)
        turns = selector.count - before
        world.flow.stop()
        await task
        return turns

    async def until_count(world: World, count: int) -> None:
        arrived = asyncio.Event()
        unsubscribe = world.flow.subscribe(lambda: arrived.set() if len(world.out) >= count else None)
        await arrived.wait()
        unsubscribe()

    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector)) as runner:
        turns = runner.run(asyncio.wait_for(main(), 60))

    assert turns < 30


def test_a_message_that_comes_alone_wakes_the_run_once() -> None:
    """Each time that the run goes on is a turn of the event loop."""
    turns = 0

    def count(frame: FrameType, event: str, _: Any) -> None:
        nonlocal turns
        turns += event == "call" and frame.f_code.co_name == "_run_engine"

    async def main() -> None:
        items, seen = hf.channel(), asyncio.Event()
        flow = hf.compile("source_stream(items) -> for_each(see);", {"items": items, "see": lambda _: seen.set()})
        flow.start()
        await asyncio.sleep(0.01)
        sys.setprofile(count)
        try:
            for item in range(20):
                seen.clear()
                items.send(item)
                await seen.wait()
                await some_turns()
        finally:
            sys.setprofile(None)
        flow.stop()

    asyncio.run(main())

    assert turns <= 22
