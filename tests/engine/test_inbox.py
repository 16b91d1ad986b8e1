from __future__ import annotations

import asyncio
import queue
from collections.abc import AsyncIterator
from typing import Any

import pytest

from hydroflow_nb.engine.channel import channel
from hydroflow_nb.engine.inbox import inbox_of
from hydroflow_nb.engine.misfit import Misfit


async def numbers() -> AsyncIterator[int]:
    for number in range(3):
        yield number


@pytest.mark.parametrize("kind", ["channel", "queue", "simple queue", "asyncio queue"])
def test_a_tick_takes_in_what_waits_when_it_begins(kind: str) -> None:
    source: Any = {
        "channel": channel,
        "queue": queue.Queue,
        "simple queue": queue.LifoQueue,
        "asyncio queue": asyncio.Queue,
    }[kind]()
    send = source.send if kind == "channel" else source.put_nowait
    inbox = inbox_of(source)
    send(1)

    waited = (inbox.waits(), inbox.waiting())
    inbox.ingest()
    send(2)

    assert waited == (True, [1])
    assert inbox.batch == [1]
    assert inbox.take() == [1]
    assert inbox.take() == []
    assert inbox.waits()


def test_what_is_injected_keeps_its_place_among_what_was_sent() -> None:
    source: queue.Queue[int] = queue.Queue()
    inbox = inbox_of(source)
    source.put(1)
    inbox.waiting()
    inbox.channel.send(2)
    source.put(3)

    inbox.ingest()

    assert inbox.take() == [1, 2, 3]


def test_an_async_iterator_is_read_by_the_pump() -> None:
    inbox = inbox_of(numbers())

    asyncio.run(inbox.pump(lambda: None))
    inbox.ingest()

    assert inbox.take() == [0, 1, 2]


async def woken(kind: type[Any]) -> list[int]:
    """What is in the inbox of a queue when its pump has told of an item."""
    source, told = kind(), asyncio.Event()
    inbox = inbox_of(source)
    inbox.listen(told.set)
    pump = asyncio.ensure_future(inbox.pump(told.set))
    await asyncio.sleep(0)
    source.put_nowait(1)
    await asyncio.wait_for(told.wait(), 5)
    pump.cancel()
    inbox.ingest()
    return inbox.take()


@pytest.mark.parametrize("kind", [queue.Queue, asyncio.Queue])
def test_the_pump_tells_of_what_comes_into_a_queue(kind: type[Any]) -> None:
    assert asyncio.run(woken(kind)) == [1]


def test_batches_that_were_not_taken_are_put_together() -> None:
    source = channel([1])
    inbox = inbox_of(source)
    inbox.ingest()
    source.send(2)
    inbox.ingest()

    assert inbox.take() == [1, 2]


def test_an_aborted_ticks_batch_is_forgotten_and_counted() -> None:
    inbox = inbox_of(channel([1, 2]))
    inbox.ingest()

    assert inbox.drop() == 2
    assert inbox.take() == []


@pytest.mark.parametrize("source", [3, [1, 2], iter([1]), "text", None, print])
def test_what_is_no_channel_is_told_with_what_would_be_one(source: Any) -> None:
    with pytest.raises(Misfit, match=f"cannot read from {type(source).__name__}") as caught:
        inbox_of(source)

    assert "channel()" in caught.value.hint
