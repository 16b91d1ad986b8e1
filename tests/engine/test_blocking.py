"""Workers settle items one after the other."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.engine.blocking import Outcome, Scan, Streams
from hydroflow_nb.engine.misfit import Misfit


async def below(x: int) -> AsyncIterator[int]:
    for number in range(x):
        yield number


def items_of(outcomes: list[Outcome]) -> list[list[Any]]:
    return [outcome.items for outcome in outcomes]


def test_items_that_an_event_loop_was_done_with_are_taken_as_they_are() -> None:
    worker, items = Streams(below), [2, 1]

    asyncio.run(worker.settle(items))

    assert items_of(worker.settled(items)) == [[0, 1], [0]]


def test_nothing_begins_behind_a_failure() -> None:
    begun: list[int] = []

    async def failing(x: int) -> AsyncIterator[int]:
        begun.append(x)
        yield x
        raise ValueError(x)

    outcomes = Streams(failing).settled([1, 2])

    assert begun == [1]
    assert items_of(outcomes) == [[1]]
    with pytest.raises(ValueError, match="1"):
        outcomes[0].check()


def test_a_scan_begins_anew_with_each_batch_unless_its_accumulator_is_kept() -> None:
    async def add(acc: int, x: int) -> tuple[int, int]:
        return acc + x, acc + x

    kept = [0]
    passing, lasting = Scan(int, add), Scan(int, add, lambda: kept)

    assert [items_of(passing.settled([1, 2])), items_of(passing.settled([3]))] == [[[1], [3]], [[3]]]
    assert [items_of(lasting.settled([1, 2])), items_of(lasting.settled([3]))] == [[[1], [3]], [[6]]]
    assert kept == [6]


def test_items_that_were_taken_away_meanwhile_are_left_alone() -> None:
    async def main() -> list[Any]:
        event = asyncio.Event()

        async def waiting(x: int) -> AsyncIterator[int]:
            await event.wait()
            yield x

        items: list[Any] = [1, 2]
        settling = asyncio.ensure_future(Streams(waiting).settle(items))
        await asyncio.sleep(0)
        items.clear()
        event.set()
        await settling
        return items

    assert asyncio.run(main()) == []


def test_a_running_loop_is_not_waited_in() -> None:
    async def main() -> None:
        Streams(below).settled([1])

    with pytest.raises(Misfit, match="because an event loop is running"):
        asyncio.run(main())


# --- what ends an event loop ------------------------------------------------------------------------------------------

BLOCKING = {
    "flat_map_stream_blocking": "source_iter([1]) -> flat_map_stream_blocking(stream) -> null();",
    "scan_async_blocking": "source_iter([1]) -> scan_async_blocking(|| 0, step) -> null();",
    "resolve_futures_blocking": "source_iter([1]) -> map(|x| step(0, x)) -> resolve_futures_blocking() -> null();",
}


class Odd(BaseException):
    pass


def flow_that_raises(operator: str, exception: BaseException) -> hf.Flow:
    async def step(_: int, x: int) -> tuple[int, int]:
        await asyncio.sleep(0)
        raise exception

    async def stream(x: int) -> AsyncIterator[int]:
        yield (await step(0, x))[1]

    return hf.compile(BLOCKING[operator], {"stream": stream, "step": step})


@pytest.mark.parametrize("operator", BLOCKING)
@pytest.mark.parametrize(
    "exception", [SystemExit(3), Odd("odd"), GeneratorExit("gone")], ids=lambda one: type(one).__name__
)
@pytest.mark.parametrize("in_loop", [False, True])
def test_whatever_is_raised_comes_out_of_the_tick_once_with_its_place(
    operator: str, exception: BaseException, in_loop: bool
) -> None:
    flow = flow_that_raises(operator, exception)

    async def run() -> None:
        await flow.run_available_async()

    with pytest.raises(type(exception)) as raised:
        asyncio.run(run()) if in_loop else flow.run_available()

    assert raised.value is exception
    (note,) = exception.__notes__
    del exception.__notes__
    assert f"in `{operator}` at flow, line 1" in note
    assert [fault.tick for fault in flow.faults] == [0]
    flow.run_available()


@pytest.mark.parametrize("operator", BLOCKING)
def test_an_exit_in_the_background_ends_the_flow_and_not_the_event_loop(operator: str) -> None:
    flow = flow_that_raises(operator, SystemExit(3))

    async def main() -> BaseException | None:
        (found,) = await asyncio.gather(flow.start(), return_exceptions=True)
        return found

    found = asyncio.run(main())

    assert isinstance(found, RuntimeError)
    assert isinstance(found.__cause__, SystemExit)


@pytest.mark.parametrize("operator", BLOCKING)
def test_an_interrupt_in_an_item_ends_the_tick_and_not_the_event_loop(operator: str) -> None:
    flow = flow_that_raises(operator, KeyboardInterrupt())

    async def main() -> str:
        await asyncio.gather(flow.start(), return_exceptions=True)
        return "the loop goes on"

    assert asyncio.run(main()) == "the loop goes on"
    assert [fault.message for fault in flow.faults] == ["interrupted"]


def test_an_exception_that_nobody_waits_for_any_more_is_no_complaint(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        flow = flow_that_raises("scan_async_blocking", ValueError("late"))
        tick = asyncio.ensure_future(flow.run_tick_async())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        tick.cancel()
        await asyncio.sleep(0.01)
        flow.close()

    asyncio.run(main())
    gc.collect()

    assert not caplog.records
