from __future__ import annotations

import asyncio
import contextlib
import copy
import threading

import pytest

from hydroflow_nb.engine.channel import channel


def test_items_come_out_in_the_order_they_were_put_in() -> None:
    made = channel([1])
    made.send(2)
    made.extend(range(3, 5))

    assert (len(made), made.waiting(), made.drain(), made.drain()) == (4, [1, 2, 3, 4], [1, 2, 3, 4], [])


def test_a_waiting_item_can_be_taken_back() -> None:
    made = channel([1, 2, 3])

    assert made.discard(1) == 2
    assert made.waiting() == [1, 3]
    with pytest.raises(IndexError):
        made.discard(5)


def test_many_threads_may_send_while_one_drains() -> None:
    made = channel()
    threads = [
        threading.Thread(target=lambda start=start: [made.send((start, number)) for number in range(2_000)])
        for start in range(4)
    ]
    found: list[tuple[int, int]] = []

    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        found += made.drain()
    found += made.drain()

    assert len(found) == 8_000
    assert all([n for s, n in found if s == start] == list(range(2_000)) for start in range(4))


def test_many_threads_may_take_items_out_by_all_ways_and_each_comes_out_once() -> None:
    made, over = channel(), threading.Event()
    found: list[list[int]] = [[] for _ in range(3)]

    def drain() -> None:
        while not over.is_set():
            found[0].extend(made.drain())

    def discard() -> None:
        while not over.is_set():
            with contextlib.suppress(IndexError):
                found[1].append(made.discard(len(made) // 2))

    async def read() -> None:
        found[2].extend([item async for item in made])

    threads = [threading.Thread(target=work) for work in (drain, discard, lambda: asyncio.run(read()))]
    for thread in threads:
        thread.start()
    for begin in range(0, 40_000, 100):
        made.extend(range(begin, begin + 100))
    made.close()
    over.set()
    for thread in threads:
        thread.join()

    assert sorted([*found[0], *found[1], *found[2], *made.drain()]) == list(range(40_000))


def test_a_copy_has_copies_of_what_waits_and_listeners_of_its_own() -> None:
    made, told = channel([[1], [2]]), list[int]()
    made.listen(lambda: told.append(1))

    copied = copy.deepcopy(made)
    copied.send([3])
    copied.waiting()[0].append(0)

    assert (made.drain(), copied.drain(), told) == ([[1], [2]], [[1, 0], [2], [3]], [])


def test_listeners_are_told_until_they_unlisten() -> None:
    made = channel()
    told: list[int] = []
    unlisten = made.listen(lambda: told.append(len(made)))

    made.send(1)
    made.extend([2, 3])
    unlisten()
    unlisten()
    made.send(4)

    assert told == [1, 3]


def test_async_for_waits_for_items_and_ends_when_the_channel_is_closed() -> None:
    made = channel([1])

    async def read() -> list[int]:
        items = []
        async for item in made:
            items.append(item)
            if item == 1:
                asyncio.get_running_loop().call_later(0.01, made.send, 2)
            elif item == 2:
                threading.Timer(0.01, lambda: (made.send(3), made.close())).start()
        return items

    assert asyncio.run(asyncio.wait_for(read(), 60)) == [1, 2, 3]


def test_a_channel_shows_how_much_waits() -> None:
    assert repr(channel([1, 2])) == "<channel, 2 waiting>"
