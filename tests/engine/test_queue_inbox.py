from __future__ import annotations

import asyncio
import queue
import threading
from typing import Any

import pytest

from hydroflow_nb.engine.sources import inbox_of


async def woken(kind: type[Any]) -> list[int]:
    """What is in the inbox of a queue when a listener was told of an item."""
    source, told = kind(), asyncio.Event()
    inbox = inbox_of(source)
    unlisten = inbox.listen(told.set)
    await asyncio.sleep(0)
    source.put_nowait(1)
    await asyncio.wait_for(told.wait(), 60)
    unlisten()
    inbox.ingest()
    return inbox.take()


@pytest.mark.parametrize("kind", [queue.Queue, asyncio.Queue, queue.PriorityQueue, asyncio.LifoQueue])
def test_listeners_are_told_of_what_comes_into_a_queue(kind: type[Any]) -> None:
    assert asyncio.run(woken(kind)) == [1]


def test_listening_leaves_a_queues_other_readers_their_items_and_the_queue_as_it_was() -> None:
    source: queue.Queue[int] = queue.Queue()
    got: list[int] = []
    reader = threading.Thread(target=lambda: got.append(source.get(timeout=60)))
    reader.start()
    inbox, told = inbox_of(source), list[str]()
    first, second = inbox.listen(lambda: told.append("first")), inbox.listen(lambda: told.append("second"))

    source.put(1)
    reader.join()
    first()
    source.put(2)
    second()
    second()
    source.put(3)

    assert (got, told, source.qsize()) == ([1], ["first", "second", "second"], 2)
    assert "notify" not in vars(source.not_empty)


def test_an_asyncio_queue_keeps_all_but_the_item_that_told_of_it() -> None:
    async def main() -> None:
        source: asyncio.Queue[int] = asyncio.Queue(3)
        inbox = inbox_of(source)
        unlisten = inbox.listen(lambda: None)
        for number in range(4):
            await source.put(number)
            await asyncio.sleep(0)
        full = source.full()
        inbox.ingest()
        unlisten()

        assert full
        assert inbox.take() == [0, 1, 2, 3]

    asyncio.run(asyncio.wait_for(main(), 60))
