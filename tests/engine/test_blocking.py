"""Workers settle items one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

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

    with pytest.raises(Misfit, match="where an event loop is running"):
        asyncio.run(main())
