from __future__ import annotations

import asyncio
from typing import Any

import pytest

import hydroflow_nb as hf


async def total(acc: int, x: int) -> tuple[int, int]:
    await asyncio.sleep(0)
    return acc + x, acc + x


def ticks_of(text: str, batches: list[list[Any]], **names: Any) -> list[list[Any]]:
    inputs: hf.Channel[Any] = hf.channel()
    out: list[Any] = []
    found = []
    flow = hf.compile(
        f"source_stream(inputs) -> {text} -> for_each(out.append);", {"inputs": inputs, "out": out, **names}
    )
    for batch in batches:
        inputs.extend(batch)
        flow.run_tick()
        found.append(out.copy())
        out.clear()
    return found


@pytest.mark.parametrize(
    ("lifetime", "expected"),
    [("", [[1, 3], [], [3]]), ("::<'tick>", [[1, 3], [], [3]]), ("::<'static>", [[1, 3], [], [6]])],
)
def test_each_item_gets_the_accumulator_of_the_one_before(lifetime: str, expected: list[list[Any]]) -> None:
    found = ticks_of(f"scan_async_blocking{lifetime}(|| 0, total)", [[1, 2], [], [3]], total=total)

    assert found == expected


def test_no_item_is_emitted_for_none_and_the_stream_goes_on() -> None:
    async def odd(acc: int, x: int) -> Any:
        return None if x == 2 else (acc + x, acc + x if x % 2 else None)

    assert ticks_of("scan_async_blocking(|| 0, odd)", [[1, 2, 4, 3]], odd=odd) == [[1, 8]]


def test_an_accumulator_that_is_changed_in_place_lasts() -> None:
    async def seen(acc: list[int], x: int) -> Any:
        acc.append(x)
        return acc, len(acc)

    assert ticks_of("scan_async_blocking::<'static>(list, seen)", [[5], [6, 7]], seen=seen) == [[1], [2, 3]]


def test_in_an_event_loop_the_tick_is_awaited() -> None:
    out: list[Any] = []
    text = "source_iter([1, 2, 3]) -> scan_async_blocking::<'static>(|| 0, total) -> for_each(out.append);"
    flow = hf.compile(text, {"total": total, "out": out})

    asyncio.run(flow.run_tick_async())

    assert out == [1, 3, 6]


def test_going_back_brings_the_accumulator_back() -> None:
    inputs: hf.Channel[int] = hf.channel()
    out: list[Any] = []
    text = "source_stream(inputs) -> scan_async_blocking::<'static>(|| 0, total) -> for_each(out.append);"
    flow = hf.compile(text, {"total": total, "out": out, "inputs": inputs})
    flow.record()
    for number in (1, 2, 3):
        inputs.send(number)
        flow.run_tick()

    flow.rewind(1)
    flow.run_available()

    assert out == [1, 3, 6, 3, 6]


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda acc, x: (acc, x), "takes awaitables"),
        (lambda acc, x: asyncio.sleep(0, x), "not a pair `\\(acc, out\\)`: 1"),
    ],
)
def test_a_function_that_does_something_else_is_an_error(function: Any, words: str) -> None:
    with pytest.raises(hf.ItemError, match=words):
        ticks_of("scan_async_blocking(|| 0, f)", [[1]], f=function)


def test_what_was_done_before_a_failure_stays() -> None:
    async def failing(acc: int, x: int) -> tuple[int, int]:
        if x == 2:
            raise ValueError("mine")
        return acc + x, acc + x

    inputs: hf.Channel[int] = hf.channel()
    out: list[Any] = []
    text = "source_stream(inputs) -> scan_async_blocking::<'static>(|| 0, f) -> for_each(out.append);"
    flow = hf.compile(text, {"f": failing, "out": out, "inputs": inputs})
    inputs.extend([1, 2, 5])
    with pytest.raises(ValueError, match="mine"):
        flow.run_available()

    inputs.send(3)
    flow.run_available()

    assert out == [1, 4]
