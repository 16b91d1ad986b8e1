from __future__ import annotations

import asyncio
import queue
from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf


def test_a_tick_takes_what_was_sent_before_it_began(ticks: Callable[..., Any]) -> None:
    assert ticks("source_stream(items) -> for_each(out.append);", [1, 2], [], [3]) == [[1, 2], [], [3]]


def test_what_is_sent_while_a_tick_runs_waits_for_the_next_one() -> None:
    items, out = hf.channel([1]), list[int]()
    text = "t = source_stream(items) -> tee(); t -> filter(|n| n < 3) -> for_each(|n| items.send(n + 1)); "
    flow = hf.compile(text + "t -> for_each(out.append);", {"items": items, "out": out})

    flow.run_tick()
    assert out == [1]

    flow.run_available()
    assert out == [1, 2, 3]
    assert flow.current_tick() == 3


def test_a_queue_of_the_standard_library_is_a_source() -> None:
    items, out = queue.Queue[int](), list[int]()
    flow = hf.compile("source_stream(items) -> for_each(out.append);", {"items": items, "out": out})
    items.put(1)
    items.put(2)

    flow.run_available()

    assert out == [1, 2]


def test_a_queue_of_asyncio_is_a_source() -> None:
    async def main() -> list[int]:
        items, out = asyncio.Queue[int](), list[int]()
        flow = hf.compile("source_stream(items) -> for_each(out.append);", {"items": items, "out": out})
        items.put_nowait(1)
        await flow.run_available_async()
        return out

    assert asyncio.run(main()) == [1]


def test_an_ordinary_iterable_is_refused_with_the_operator_to_use() -> None:
    with pytest.raises(hf.ItemError, match="`source_iter` reads an ordinary iterable"):
        hf.compile("source_stream([1, 2]) -> null();")
