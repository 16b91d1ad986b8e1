from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

import hydroflow_nb as hf


async def below(x: int) -> AsyncIterator[int]:
    for number in range(x):
        await asyncio.sleep(0)
        yield number


@pytest.mark.parametrize("in_loop", [False, True])
def test_the_elements_of_asynchronous_iterators_come_in_the_tick(in_loop: bool) -> None:
    out: list[Any] = []
    flow = hf.compile(
        "source_iter([3, 0, 2]) -> map(below) -> flatten_stream_blocking() -> for_each(out.append);",
        {"below": below, "out": out},
    )

    if in_loop:
        asyncio.run(flow.run_tick_async())
    else:
        flow.run_tick()

    assert out == [0, 1, 2, 0, 1]
    assert flow.current_tick() == 1


def test_an_item_that_is_no_asynchronous_iterator_is_an_error() -> None:
    flow = hf.compile("source_iter([[1]]) -> flatten_stream_blocking() -> for_each(print);", {})

    with pytest.raises(hf.ItemError, match=r"this item is not an asynchronous iterator: \[1\]"):
        flow.run_tick()
