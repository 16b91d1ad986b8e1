from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hydroflow_nb.engine.futures import Futures, awaitable, result_of, settle, settled
from hydroflow_nb.engine.misfit import Misfit


async def later(milliseconds: int) -> int:
    await asyncio.sleep(milliseconds / 1000)
    return milliseconds


async def waiting(futures: Futures, count: int) -> list[int]:
    """The results that can be handed on when the listener has been called so many times."""
    told = asyncio.Semaphore(0)
    unlisten = futures.listen(told.release)
    futures.add_all([later(20), later(0), later(10)])
    assert futures.take() == []
    assert not futures.waits()
    for _ in range(count):
        await told.acquire()
    unlisten()
    assert futures.waits()
    return [result_of(future) for future in futures.take()]


@pytest.mark.parametrize(("in_order", "count", "results"), [(False, 3, [0, 10, 20]), (True, 1, [20, 0, 10])])
def test_a_listener_is_told_when_a_result_can_be_handed_on(in_order: bool, count: int, results: list[int]) -> None:
    assert asyncio.run(waiting(Futures(in_order), count)) == results


@pytest.mark.parametrize("in_order", [False, True])
def test_a_future_that_failed_is_the_last_that_is_taken_at_once(in_order: bool) -> None:
    async def main() -> list[int]:
        loop = asyncio.get_running_loop()
        good, bad, cancelled = loop.create_future(), loop.create_future(), loop.create_future()
        good.set_result(1)
        bad.set_exception(ValueError())
        cancelled.cancel()
        futures = Futures(in_order)
        futures.add_all([good, bad, good, cancelled, good, good])
        found = []
        while futures.waits() or not found:
            found.append(len(futures.take()))
        return found

    assert asyncio.run(main()) == [2, 2, 2]


@pytest.mark.parametrize(("in_order", "expected"), [(True, [20, 0, 10]), (False, [0, 10, 20])])
def test_what_a_tick_waits_for_is_done_when_it_is_settled(in_order: bool, expected: list[int]) -> None:
    items: list[Any] = [later(20), later(0), later(10)]

    found = settled(items, in_order)

    assert [result_of(future) for future in found] == expected


def test_what_is_done_already_comes_first_in_the_order_of_completion() -> None:
    async def main() -> list[int]:
        done = asyncio.ensure_future(later(0))
        await done
        items: list[Any] = [later(5), done]
        await settle(items, in_order=False)
        return [result_of(future) for future in settled(items, in_order=False)]

    assert asyncio.run(main()) == [0, 5]


def test_what_cannot_be_awaited_stays_in_its_place() -> None:
    async def main() -> list[Any]:
        items: list[Any] = [1, later(0), [2]]
        await settle(items, in_order=True)
        return items

    one, future, two = asyncio.run(main())

    assert (one, future.result(), two) == (1, 0, [2])


def test_a_list_that_was_emptied_while_it_was_waited_for_stays_empty() -> None:
    async def main() -> list[Any]:
        items: list[Any] = [later(5), later(1)]
        settling = asyncio.ensure_future(settle(items, in_order=False))
        await asyncio.sleep(0)
        items.clear()
        await settling
        return items

    assert asyncio.run(main()) == []


def test_what_cannot_be_awaited_is_told_with_what_could_be() -> None:
    with pytest.raises(Misfit, match="this item is not awaitable: 3") as caught:
        awaitable(3)

    assert "async function" in caught.value.hint
