"""What holds for the operators that make results of awaitables."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest

import hydroflow_nb as hf

NON_BLOCKING = ["resolve_futures", "resolve_futures_ordered"]
BLOCKING = ["resolve_futures_blocking", "resolve_futures_blocking_ordered"]
SHAPES = [
    "source_stream(items) -> map(later) -> {operator}() -> for_each(put);",
    "t = source_stream(items) -> tee(); t -> map(later) -> {operator}() -> for_each(put); t -> null();",
    "t = source_stream(items) -> map(later) -> {operator}() -> tee(); t -> for_each(put); t -> null();",
]
each_shape = pytest.mark.parametrize("shape", SHAPES)
each_recorded = pytest.mark.parametrize("recorded", [False, True])


class World:
    """A flow with awaitables that are done when they are told to be, or after so many milliseconds."""

    def __init__(self, text: str, *, recorded: bool = False, **names: Any) -> None:
        self.items = hf.channel()
        self.out: list[Any] = []
        self.gates: dict[Any, asyncio.Event] = {}
        self.flow = hf.compile(
            text, {"items": self.items, "put": self.put, "later": self.later, "gated": self.gated, **names}
        )
        if recorded:
            self.flow.record()

    def put(self, item: Any) -> None:
        self.out.append((self.flow.current_tick(), item))

    @property
    def results(self) -> list[Any]:
        return [item for _, item in self.out]

    async def later(self, milliseconds: int) -> int:
        await asyncio.sleep(milliseconds / 1000)
        return milliseconds

    async def gated(self, item: Any) -> Any:
        gate = self.gates.setdefault(item, asyncio.Event())
        await gate.wait()
        if isinstance(item, str):
            raise ValueError(item)
        return item

    async def open(self, *items: Any) -> None:
        for item in items:
            await asyncio.sleep(0)
            self.gates.setdefault(item, asyncio.Event()).set()
            for _ in range(3):
                await asyncio.sleep(0)


def in_loop(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(main(), 60))


async def run_until(flow: hf.Flow, condition: Callable[[], bool]) -> None:
    running = asyncio.ensure_future(flow.run_async())
    while not condition() and not running.done():
        await asyncio.sleep(0.002)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


# --- in whichever tick they are ready -----------------------------------------------------------------------------


@each_recorded
@each_shape
@pytest.mark.parametrize(
    ("operator", "expected"), [("resolve_futures", [1, 20, 40]), ("resolve_futures_ordered", [40, 1, 20])]
)
def test_results_come_as_they_are_completed_or_in_the_order_of_the_awaitables(
    operator: str, expected: list[int], shape: str, recorded: bool
) -> None:
    async def main() -> None:
        world = World(shape.format(operator=operator), recorded=recorded)
        world.items.extend([40, 1, 20])
        await run_until(world.flow, lambda: len(world.out) == 3)

        assert world.results == expected
        assert all(tick > 0 for tick, _ in world.out)

    in_loop(main)


@pytest.mark.parametrize("operator", NON_BLOCKING)
def test_what_is_done_already_comes_in_the_same_tick_also_without_an_event_loop(operator: str) -> None:
    loop = asyncio.new_event_loop()
    done = [loop.create_future() for _ in range(3)]
    for number, future in enumerate(done):
        future.set_result(number)
    world = World(f"source_stream(items) -> {operator}() -> for_each(put);")
    world.items.extend(done)

    world.flow.run_tick()
    loop.close()

    assert world.out == [(0, 0), (0, 1), (0, 2)]


@pytest.mark.parametrize("operator", NON_BLOCKING)
def test_state_outlives_ticks_and_other_items_are_not_held_up(operator: str) -> None:
    async def main() -> None:
        world = World(
            f"source_stream(items) -> map(gated) -> {operator}() -> for_each(put);"
            "source_stream(others) -> for_each(put);",
            others=hf.channel(["other"]),
        )
        world.items.extend([1, 2])
        world.flow.run_tick()
        world.flow.run_tick()
        due_before = world.flow.is_scheduled()
        await world.open(1)
        due = world.flow.is_scheduled()
        world.flow.run_tick()
        await world.open(2)
        world.flow.run_tick()

        assert (due_before, due) == (False, True)
        assert world.out == [(0, "other"), (2, 1), (3, 2)]

    in_loop(main)


def test_in_order_a_result_waits_for_those_before_it_and_asks_for_no_tick() -> None:
    async def main() -> None:
        world = World("source_stream(items) -> map(gated) -> resolve_futures_ordered() -> for_each(put);")
        world.items.extend([1, 2])
        world.flow.run_tick()
        await world.open(2)
        due_early = world.flow.is_scheduled()
        await world.open(1)
        due = world.flow.is_scheduled()
        world.flow.run_tick()

        assert (due_early, due) == (False, True)
        assert world.out == [(1, 1), (1, 2)]

    in_loop(main)


@pytest.mark.parametrize("operator", NON_BLOCKING)
def test_what_came_outside_of_an_event_loop_waits_for_one(operator: str) -> None:
    world = World(f"source_stream(items) -> map(later) -> {operator}() -> for_each(put);")
    world.items.extend([1, 2])
    world.flow.run_available()
    world.flow.run_available()
    before = world.out.copy()

    async def main() -> None:
        await run_until(world.flow, lambda: len(world.out) == 2)

    in_loop(main)

    assert before == []
    assert world.results == [1, 2]


@pytest.mark.parametrize("operator", NON_BLOCKING)
def test_in_a_cycle_every_result_goes_round(operator: str) -> None:
    async def main() -> None:
        world = World(
            f"n = union(); source_stream(items) -> n; n -> map(later) -> {operator}() -> tee() -> t;"
            "t = tee(); t -> for_each(put); t -> map(|n| n - 1) -> filter(|n| n > 0) -> n;"
        )
        world.items.extend([3])
        await run_until(world.flow, lambda: len(world.out) == 3)

        assert world.results == [3, 2, 1]

    in_loop(main)


@each_recorded
@pytest.mark.parametrize("operator", NON_BLOCKING)
def test_what_an_awaitable_raises_aborts_the_tick_it_would_come_out_in_and_the_others_survive(
    operator: str, recorded: bool
) -> None:
    async def main() -> None:
        text = f"source_stream(items) -> map(gated) -> {operator}() -> for_each(put);"
        world = World(text, recorded=recorded)
        world.items.extend([1, "bad", 2])
        world.flow.run_tick()
        await world.open(1, "bad", 2)

        with pytest.raises(ValueError, match="bad") as caught:
            world.flow.run_tick()
        due = world.flow.is_scheduled()
        world.flow.run_tick()

        assert world.out == [(1, 1), (2, 2)]
        assert due
        assert caught.value.__notes__ == [f"hydroflow: in `{operator}` at flow, line 1, tick 1, stratum 0"]
        (fault,) = world.flow.faults
        assert (fault.tick, fault.dropped) == (1, 1)

    in_loop(main)


@pytest.mark.parametrize("operator", NON_BLOCKING + BLOCKING)
def test_an_exception_without_a_frame_of_its_own_is_the_users_too(operator: str) -> None:
    async def main() -> None:
        future = asyncio.get_running_loop().create_future()
        future.set_exception(TypeError("mine"))
        world = World(f"source_stream(items) -> {operator}() -> for_each(put);")
        world.items.send(future)

        with pytest.raises(TypeError, match="mine"):
            await world.flow.run_available_async()

    in_loop(main)


@pytest.mark.parametrize("operator", NON_BLOCKING + BLOCKING)
def test_an_awaitable_that_was_cancelled_is_an_error_and_cancels_not_the_flow(operator: str) -> None:
    async def main() -> None:
        future = asyncio.get_running_loop().create_future()
        future.cancel()
        world = World(f"source_stream(items) -> {operator}() -> for_each(put);")
        world.items.send(future)

        with pytest.raises(hf.ItemError, match="was cancelled"):
            await world.flow.run_available_async()

    in_loop(main)


@pytest.mark.parametrize("operator", NON_BLOCKING + BLOCKING)
@pytest.mark.parametrize("item", [1, None, [asyncio.sleep]])
def test_an_item_that_cannot_be_awaited_is_refused(refused: Callable[..., Any], operator: str, item: Any) -> None:
    error = refused(f"source_iter([item]) -> {operator}() -> null();", item=item)

    assert f"`{operator}`: takes awaitables; this item is not awaitable: " in str(error)
    assert "async function" in str(error)


@pytest.mark.parametrize("operator", NON_BLOCKING)
@pytest.mark.parametrize("end", [hf.Flow.close, hf.Flow.reset])
@pytest.mark.filterwarnings("error")
def test_closing_and_starting_anew_cancel_what_is_not_done(operator: str, end: Callable[[hf.Flow], None]) -> None:
    async def main() -> None:
        ended: list[str] = []

        async def slow(_: Any) -> None:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                ended.append("cancelled")
                raise

        world = World(f"source_stream(items) -> map(slow) -> {operator}() -> for_each(put);", slow=slow)
        world.items.send(1)
        world.flow.run_tick()
        await asyncio.sleep(0)

        end(world.flow)
        await asyncio.sleep(0)
        await asyncio.sleep(0)

        assert ended == ["cancelled"]
        assert not world.flow.is_scheduled()

    in_loop(main)


@pytest.mark.filterwarnings("error")
def test_what_never_began_is_closed_with_the_flow() -> None:
    world = World("source_stream(items) -> map(later) -> resolve_futures() -> for_each(put);")
    world.items.send(1)
    world.flow.run_tick()

    world.flow.close()
    gc.collect()

    assert world.out == []


# --- in the tick that waits for them ------------------------------------------------------------------------------


@each_recorded
@each_shape
@pytest.mark.parametrize(
    ("operator", "expected"),
    [("resolve_futures_blocking", [1, 15, 30]), ("resolve_futures_blocking_ordered", [30, 1, 15])],
)
@pytest.mark.parametrize("way", ["run_tick", "run_stratum", "run_available_async", "run_tick_async", "run_async"])
def test_all_results_come_in_the_tick_of_their_awaitables(
    operator: str, expected: list[int], way: str, shape: str, recorded: bool
) -> None:
    world = World(shape.format(operator=operator), recorded=recorded)
    world.items.extend([30, 1, 15])

    if way == "run_tick":
        world.flow.run_tick()
    elif way == "run_stratum":
        while world.flow.current_tick() == 0:
            world.flow.run_stratum()
    elif way == "run_async":
        in_loop(lambda: run_until(world.flow, lambda: len(world.out) == 3))
    else:
        in_loop(getattr(world.flow, way))

    assert world.out == [(0, item) for item in expected]


def test_a_tick_that_waits_lets_other_tasks_go_on() -> None:
    async def main() -> None:
        world = World("source_stream(items) -> map(gated) -> resolve_futures_blocking() -> for_each(put);")
        world.items.extend([1, 2])
        running = asyncio.ensure_future(world.flow.run_available_async())
        await world.open(2)
        early = (world.out.copy(), world.flow.current_stratum())
        await world.open(1)
        await running

        assert early == ([], 1)
        assert world.out == [(0, 2), (0, 1)]

    in_loop(main)


@pytest.mark.parametrize("operator", BLOCKING)
@pytest.mark.filterwarnings("error")
def test_in_a_running_loop_a_run_that_cannot_wait_says_what_can(operator: str) -> None:
    async def main() -> None:
        world = World(f"source_stream(items) -> map(later) -> {operator}() -> for_each(put);")
        world.items.extend([1])
        with pytest.raises(hf.ItemError) as caught:
            world.flow.run_tick()
        world.items.extend([2])
        await world.flow.run_available_async()

        assert f"`{operator}`" in str(caught.value)
        assert "`await flow.run_available_async()`" in str(caught.value)
        assert world.out == [(1, 2)]

    in_loop(main)
    gc.collect()


@pytest.mark.parametrize("operator", BLOCKING)
def test_one_after_another_waits_in_the_same_tick(operator: str) -> None:
    world = World(
        f"source_stream(items) -> map(later) -> {operator}() -> map(|n| n + 1) -> map(later) -> {operator}()"
        "-> fold(|| 0, |a, b| a + b) -> for_each(put);"
    )
    world.items.extend([1, 2])

    in_loop(world.flow.run_available_async)

    assert world.out == [(0, 5)]


def test_what_waits_together_takes_the_time_of_the_longest() -> None:
    world = World("source_stream(items) -> map(later) -> resolve_futures_blocking() -> for_each(put);")
    world.items.extend([100] * 100)
    before = time.monotonic()

    world.flow.run_tick()

    assert time.monotonic() - before < 9  # one after the other they take 10
    assert len(world.out) == 100


@each_recorded
@pytest.mark.parametrize("run", [hf.Flow.run_tick, lambda flow: in_loop(flow.run_available_async)])
def test_what_an_awaitable_raises_aborts_the_tick_at_its_place(run: Callable[[hf.Flow], Any], recorded: bool) -> None:
    async def half(n: int) -> float:
        return 2 / n

    world = World(
        "source_stream(items) -> map(half) -> resolve_futures_blocking_ordered() -> for_each(put);",
        recorded=recorded,
        half=half,
    )
    world.items.extend([1, 0, 2, 4])

    with pytest.raises(ZeroDivisionError) as caught:
        run(world.flow)
    world.items.extend([2])
    world.flow.run_tick()

    assert world.out == [(0, 2), (1, 1)]
    assert caught.value.__notes__ == [
        "hydroflow: in `resolve_futures_blocking_ordered` at flow, line 1, tick 0, stratum 1"
    ]
    (fault,) = world.flow.faults
    assert (fault.tick, fault.stratum, fault.dropped) == (0, 1, 3)


def test_a_run_that_is_cancelled_while_it_waits_loses_nothing() -> None:
    async def main() -> None:
        world = World("source_stream(items) -> map(gated) -> resolve_futures_blocking() -> for_each(put);")
        world.items.extend([1, 2])
        running = asyncio.ensure_future(world.flow.run_async())
        await world.open(1)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        stopped = (world.flow.current_tick(), world.flow.current_stratum(), world.flow.faults.copy())
        await world.open(2)
        await world.flow.run_available_async()

        assert stopped == (0, 1, [])
        assert sorted(world.out) == [(0, 1), (0, 2)]

    in_loop(main)


@pytest.mark.parametrize("end", [hf.Flow.close, hf.Flow.reset])
def test_a_tick_that_waits_goes_on_no_more_when_the_flow_is_closed_or_starts_anew(
    end: Callable[[hf.Flow], None],
) -> None:
    async def main() -> None:
        world = World("source_stream(items) -> map(gated) -> resolve_futures_blocking() -> for_each(put);")
        world.items.extend([1])
        running = asyncio.ensure_future(world.flow.run_available_async())
        await asyncio.sleep(0.01)
        end(world.flow)
        await world.open(1)
        await running

        assert world.out == []

    in_loop(main)


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (hf.Flow.run_tick, "belongs to another event loop"),
        (lambda flow: in_loop(flow.run_available_async), "an event loop is running"),
    ],
)
def test_an_awaitable_of_another_loop_is_an_error_and_no_endless_waiting(
    run: Callable[[hf.Flow], Any], message: str
) -> None:
    loop = asyncio.new_event_loop()
    world = World("source_stream(items) -> resolve_futures_blocking() -> for_each(put);")
    world.items.send(loop.create_future())

    with pytest.raises(hf.ItemError, match=message):
        run(world.flow)
    loop.close()

    assert len(world.flow.faults) == 1


def test_it_cannot_stand_in_a_cycle_without_a_tick_delay() -> None:
    with pytest.raises(hf.GraphError, match="cycle"):
        hf.compile("u = union() -> resolve_futures_blocking() -> tee(); source_iter([]) -> u; u -> u; u -> null();")


def test_awaitables_need_not_be_coroutines() -> None:
    class Soon:
        def __init__(self, value: int) -> None:
            self.value = value

        def __await__(self) -> Any:
            yield from asyncio.sleep(0.001).__await__()
            return self.value

    made: list[Awaitable[int]] = [Soon(1), Soon(2)]
    world = World("source_stream(items) -> resolve_futures_blocking_ordered() -> for_each(put);")
    world.items.extend(made)

    world.flow.run_tick()

    assert world.results == [1, 2]
