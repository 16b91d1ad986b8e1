from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from hydroflow_nb.net import turns as module
from hydroflow_nb.net.turns import Turns

ROOM = 1_000_000


class Connection:
    """A connection whose large message comes in as the test has it."""

    def __init__(self, turns: Turns, host: str = "a") -> None:
        self.turns = turns
        self.host = host
        self.pending = 0
        self.reads = False
        self.is_broken = False

    def ask(self, size: int) -> Connection:
        self.turns.ask(self, size)
        return self

    def read_on(self) -> None:
        self.reads = True

    def break_off(self) -> None:
        self.is_broken = True
        self.turns.leave(self)


def made(room: int = ROOM) -> Turns:
    return Turns(asyncio.get_running_loop(), room)


def test_messages_come_in_as_the_room_allows_and_in_the_order_in_which_they_asked(net: SimpleNamespace) -> None:
    async def go() -> None:
        turns = made()
        asked = [Connection(turns).ask(size) for size in (400_000, 400_000, 400_000, 100_000)]
        first = [one.reads for one in asked]

        turns.finish(asked[0])

        assert first == [True, True, False, False]
        assert [turns.waits(one) for one in asked] == [False] * 4
        assert asked[2].reads
        assert asked[3].reads

    net.run(go)


def test_a_message_larger_than_the_room_comes_in_alone(net: SimpleNamespace) -> None:
    async def go() -> None:
        turns = made()
        small, large, later = (Connection(turns).ask(size) for size in (100_000, 5 * ROOM, 100_000))
        before = large.reads

        turns.leave(small)

        assert not before
        assert large.reads
        assert not later.reads
        turns.leave(large)
        assert later.reads

    net.run(go)


def test_who_stops_within_a_message_is_broken_off_where_others_wait_and_who_goes_on_is_not(
    net: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PACE", 0.2)

    async def go() -> None:
        turns = made()
        idle, busy, waiting = (Connection(turns).ask(ROOM // 2) for _ in range(3))

        async def bring() -> None:
            while not idle.is_broken:
                busy.pending += 20_000
                await asyncio.sleep(0.001)

        await asyncio.wait_for(bring(), 60)

        assert waiting.reads
        assert not busy.is_broken

    net.run(go)


def test_nobody_is_broken_off_while_nobody_waits_or_nothing_is_read(
    net: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PACE", 0.01)

    async def go() -> None:
        alone, held_up, sentinel = made(), made(), made()
        held_up.pause()
        asked = [Connection(alone).ask(ROOM), Connection(held_up).ask(ROOM), Connection(held_up).ask(ROOM)]
        first, _ = Connection(sentinel).ask(ROOM), Connection(sentinel).ask(ROOM)

        await net.eventually(lambda: first.is_broken)

        assert not any(one.is_broken for one in asked)
        held_up.resume()
        await net.eventually(lambda: asked[1].is_broken)

    net.run(go)


def test_many_who_only_begin_hold_others_up_for_a_short_while(
    net: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PACE", 0.2)
    monkeypatch.setattr(module, "_SHORTEST", 0.02)

    async def go() -> None:
        turns, begin = made(), asyncio.get_running_loop().time()
        hostile = [Connection(turns).ask(ROOM) for _ in range(40)]
        honest = Connection(turns).ask(ROOM)

        await net.eventually(lambda: honest.reads)

        assert all(one.is_broken for one in hostile)
        assert asyncio.get_running_loop().time() - begin < 40 * 0.2 / 2

    net.run(go)


def test_hosts_take_turns_so_that_many_connections_of_one_hold_up_no_other(net: SimpleNamespace) -> None:
    async def go() -> None:
        turns = made()
        crowd = [Connection(turns).ask(ROOM // 2) for _ in range(20)]
        other = Connection(turns, "b").ask(ROOM // 2)

        turns.finish(crowd[0])

        assert other.reads
        assert not crowd[2].reads

    net.run(go)


def test_who_trickles_is_broken_off_where_others_wait(net: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PACE", 0.1)
    monkeypatch.setattr(module, "_LEAST", 10)

    async def go() -> None:
        turns = made()
        trickling, steady, waiting = (Connection(turns).ask(size) for size in (ROOM // 2, ROOM // 2, ROOM // 2))
        steps = 0

        async def come() -> None:
            nonlocal steps
            while True:
                trickling.pending += 5
                steady.pending += 20_000
                steps += 1
                await asyncio.sleep(0.005)

        coming = asyncio.ensure_future(come())
        await net.eventually(lambda: waiting.reads)
        coming.cancel()

        assert trickling.is_broken
        assert not steady.is_broken
        assert trickling.pending >= 10

    net.run(go)
