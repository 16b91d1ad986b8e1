from __future__ import annotations

import asyncio
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
        asyncio.get_running_loop().call_later(0.01, made.send, 2)
        threading.Timer(0.03, lambda: (made.send(3), made.close())).start()
        return [item async for item in made]

    assert asyncio.run(asyncio.wait_for(read(), 10)) == [1, 2, 3]


def test_a_channel_shows_how_much_waits() -> None:
    assert repr(channel([1, 2])) == "<channel, 2 waiting>"
