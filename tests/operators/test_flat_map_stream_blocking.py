from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

import hydroflow_nb as hf


async def doubled(x: int) -> AsyncIterator[int]:
    yield x
    await asyncio.sleep(0.001)
    yield x * 10


def flow_of(function: Any, items: str = "[1, 2, 3]", **names: Any) -> tuple[hf.Flow, list[Any]]:
    out: list[Any] = []
    text = f"""
        source_iter({items}) -> flat_map_stream_blocking(f)
            -> for_each(|x| out.append((context.current_tick(), x)));
    """
    return hf.compile(text, {"f": function, "out": out, **names}), out


@pytest.mark.parametrize("recorded", [False, True])
@pytest.mark.parametrize("in_loop", [False, True])
def test_all_that_the_streams_give_comes_in_order_and_in_the_tick(in_loop: bool, recorded: bool) -> None:
    flow, out = flow_of(doubled)
    if recorded:
        flow.record()

    if in_loop:
        asyncio.run(flow.run_available_async())
    else:
        flow.run_tick()

    assert out == [(0, item) for item in [1, 10, 2, 20, 3, 30]]


def test_a_stream_begins_when_the_one_before_has_ended() -> None:
    order: list[str] = []

    async def noted(x: int) -> AsyncIterator[int]:
        order.append(f"begin {x}")
        await asyncio.sleep(0.002 / x)
        order.append(f"end {x}")
        yield x

    flow, _ = flow_of(noted, "[1, 2]")
    flow.run_tick()

    assert order == ["begin 1", "end 1", "begin 2", "end 2"]


def test_other_tasks_go_on_while_a_tick_waits() -> None:
    ready: list[str] = []

    async def main() -> list[Any]:
        event = asyncio.Event()

        async def waiting(x: int) -> AsyncIterator[int]:
            ready.append("waits")
            await event.wait()
            yield x

        flow, out = flow_of(waiting, "[1]")
        run = asyncio.ensure_future(flow.run_tick_async())
        await asyncio.sleep(0)
        while not ready:
            await asyncio.sleep(0)
        event.set()
        await run
        return out

    assert asyncio.run(main()) == [(0, 1)]


def test_in_an_event_loop_a_synchronous_run_is_refused() -> None:
    flow, _ = flow_of(doubled)

    async def main() -> None:
        flow.run_tick()

    with pytest.raises(hf.ItemError, match="because an event loop is running") as caught:
        asyncio.run(main())
    assert "run_tick_async" in caught.value.diagnostics[0].hint


def test_a_run_that_is_cancelled_while_it_waits_goes_on_where_it_was() -> None:
    begun: list[int] = []

    async def main() -> list[Any]:
        event = asyncio.Event()

        async def waiting(x: int) -> AsyncIterator[int]:
            begun.append(x)
            if x == 2:
                await event.wait()
            yield x

        flow, out = flow_of(waiting)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(flow.run_tick_async(), 0.01)
        event.set()
        await flow.run_tick_async()
        return out

    assert asyncio.run(main()) == [(0, 1), (0, 2), (0, 3)]
    assert begun == [1, 2, 3]


@pytest.mark.parametrize("in_loop", [False, True])
def test_what_a_stream_raises_comes_out_behind_what_it_gave(in_loop: bool) -> None:
    async def failing(x: int) -> AsyncIterator[int]:
        yield x
        if x == 2:
            raise TypeError("mine")

    flow, out = flow_of(failing)
    run = (lambda: asyncio.run(flow.run_available_async())) if in_loop else flow.run_available
    with pytest.raises(TypeError, match="mine") as caught:
        run()

    assert out == [(0, 1), (0, 2)]
    (note,) = caught.value.__notes__
    assert "in `flat_map_stream_blocking` at flow, line 2, item 2, tick 0" in note
    assert len(flow.faults) == 1


@pytest.mark.parametrize("made", [lambda x: [x], lambda x: asyncio.sleep(0, x)])
def test_what_is_no_asynchronous_iterator_is_named(made: Any) -> None:
    flow, _ = flow_of(made)

    with pytest.raises(hf.ItemError, match="takes asynchronous iterators; this item is not an asynchronous iterator"):
        flow.run_tick()


def test_a_stream_that_was_cancelled_does_not_end_the_run_without_a_word() -> None:
    async def cancelled(x: int) -> AsyncIterator[int]:
        raise asyncio.CancelledError
        yield x

    flow, _ = flow_of(cancelled)

    with pytest.raises(hf.ItemError, match="was cancelled"):
        flow.run_tick()


def test_closures_with_patterns_and_states_make_streams() -> None:
    out: list[Any] = []
    names = {"doubled": doubled, "out": out}
    text = """
        total = source_iter([5]) -> fold(|| 0, |acc, x| acc + x) -> null();
        source_iter([(1, 2)]) -> flat_map_stream_blocking(|(a, b)| doubled(a + b + $total)) -> for_each(out.append);
    """
    hf.compile(text.replace("-> null()", ""), names).run_tick()

    assert out == [8, 80]
