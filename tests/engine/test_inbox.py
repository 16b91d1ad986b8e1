from __future__ import annotations

import asyncio
import queue
from collections.abc import AsyncIterator
from typing import Any

import pytest

from hydroflow_nb.engine.channel import channel
from hydroflow_nb.engine.inbox import MOST_READ_AHEAD
from hydroflow_nb.engine.sources import inbox_of


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


def test_the_pump_pauses_while_enough_waits_and_goes_on_where_some_of_it_was_taken() -> None:
    async def endless() -> AsyncIterator[int]:
        number = 0
        while True:
            yield number
            number += 1

    async def main() -> list[int]:
        inbox = inbox_of(endless())
        pump = asyncio.ensure_future(inbox.pump(lambda: None))
        found = []
        for take in (lambda: inbox.discard(0), inbox.ingest, lambda: None):
            while len(inbox.waiting()) < MOST_READ_AHEAD:
                await asyncio.sleep(0)
            await asyncio.sleep(0.01)
            found.append(len(inbox.waiting()))
            take()
        pump.cancel()
        await asyncio.wait([pump])
        inbox.close()
        return found

    assert asyncio.run(asyncio.wait_for(main(), 60)) == [MOST_READ_AHEAD] * 3


def test_a_pump_that_is_cancelled_leaves_a_generator_for_the_next_one() -> None:
    async def main() -> list[int]:
        gate = asyncio.Event()

        async def numbers() -> AsyncIterator[int]:
            yield 1
            await gate.wait()
            yield 2

        inbox = inbox_of(numbers())
        pump = asyncio.ensure_future(inbox.pump(lambda: None))
        await asyncio.sleep(0.01)
        pump.cancel()
        await asyncio.wait([pump])
        gate.set()
        await inbox.pump(lambda: None)
        inbox.ingest()
        return inbox.take()

    assert asyncio.run(asyncio.wait_for(main(), 60)) == [1, 2]


def test_a_closed_inbox_asks_its_iterator_for_nothing_more() -> None:
    ended: list[str] = []

    async def numbers() -> AsyncIterator[int]:
        try:
            await asyncio.Event().wait()
            yield 1
        finally:
            ended.append("ended")

    async def main() -> None:
        inbox = inbox_of(numbers())
        pump = asyncio.ensure_future(inbox.pump(lambda: None))
        await asyncio.sleep(0.01)
        inbox.close()
        await pump

    asyncio.run(asyncio.wait_for(main(), 60))

    assert ended == ["ended"]


def test_an_iterator_that_raises_is_named() -> None:
    async def numbers() -> AsyncIterator[int]:
        yield 1
        raise ValueError("no more")

    inbox = inbox_of(numbers())
    inbox.place = "in `source_stream` at cell, line 1"

    with pytest.raises(ValueError, match="no more") as caught:
        asyncio.run(inbox.pump(lambda: None))

    assert caught.value.__notes__ == [
        "hydroflow: from the async iterator that is read in `source_stream` at cell, line 1"
    ]


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


def test_an_iterator_is_asked_for_items_only() -> None:
    class Counted:
        def __init__(self) -> None:
            self.count = 0

        async def __anext__(self) -> int:
            self.count += 1
            if self.count > 3:
                raise StopAsyncIteration
            return self.count

    class Source:
        def __aiter__(self) -> Any:
            return Counted()

    inbox = inbox_of(Source())

    asyncio.run(asyncio.wait_for(inbox.pump(lambda: None), 60))

    assert inbox.waiting() == [1, 2, 3]


def test_a_generator_that_had_ended_before_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    async def numbers() -> AsyncIterator[int]:
        yield 1

    async def go() -> list[list[Any]]:
        generator = numbers()
        first, second = inbox_of(generator), inbox_of(generator)
        for inbox in (first, first, second, second):
            await inbox.pump(lambda: None)
        return [first.waiting(), second.waiting()]

    assert asyncio.run(asyncio.wait_for(go(), 60)) == [[1], []]
    assert [record.message.partition(".")[0] for record in caplog.records] == [
        "the async generator that is read by the flow had ended before"
    ]
