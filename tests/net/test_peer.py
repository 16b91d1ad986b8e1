from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from hydroflow_nb.net import peer as peers
from hydroflow_nb.net.frames import Frames, framed
from hydroflow_nb.net.peer import Peer
from hydroflow_nb.net.statistics import Statistics


class Wire:
    """A connection that takes what it is given while it is not paused, and keeps it."""

    def __init__(self, *, is_dialled: bool = False, is_paused: bool = False) -> None:
        self.is_dialled = is_dialled
        self.is_paused = is_paused
        self.is_farewell = False
        self.begins_anew = False
        self.is_broken = False
        self.is_cut = False
        self.writer: Peer | None = None
        self.wire = self
        self.writes: list[bytes] = []
        # Once so many writes were taken, the kernel takes no more.
        self.room = 1_000_000
        self.unsent = 0

    def write(self, data: bytes) -> None:
        assert not self.is_paused, "written to while paused"
        self.writes.append(data)
        self.room -= 1
        if self.room <= 0:
            self.is_paused, self.unsent = True, len(data)

    def cut(self) -> None:
        self.is_cut = True
        if self.writer is not None:
            self.writer.detach(self, "was cut")

    @property
    def takes(self) -> bool:
        return not (self.is_paused or self.is_broken)

    @property
    def bodies(self) -> list[bytes]:
        frames = Frames()
        return [body for data in self.writes for body in frames.feed(data)]


class Switch:
    """Whose peer it is, in a test: counts, and refuses to dial."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.statistics = Statistics()
        self.backlog = 1_000_000
        self.patience = 60.0
        self.joined = framed
        self.owed = 0
        self.forgotten: list[Peer] = []
        self.weighings: list[bool] = []

    async def dial(self, peer: Peer) -> None:
        raise ConnectionRefusedError(111, "Connection refused")

    def waiting(self, peer: Peer) -> int:
        return peer.outbox.count

    def weighed(self, peer: Peer) -> None:
        self.weighings.append(peer.is_congested)

    def owe(self, size: int) -> None:
        self.owed += size

    def relieve(self) -> None:
        return

    def settled(self, peer: Peer) -> None:
        return

    def forget(self, peer: Peer) -> None:
        self.forgotten.append(peer)


def made(wire: Wire | None = None) -> tuple[Any, Switch]:
    switch = Switch()
    peer = Peer(switch, "a")
    if wire is not None:
        peer.attach(wire)
    return peer, switch


def test_what_a_tick_gives_leaves_in_one_write(net: SimpleNamespace) -> None:
    async def go() -> None:
        wire = Wire()
        peer, switch = made(wire)
        bodies = [b"message %d" % number for number in range(1000)]

        peer.post(bodies)

        assert len(wire.writes) == 1
        assert wire.bodies == bodies
        assert switch.statistics.sent == 1000

    net.run(go)


def test_much_at_once_is_written_in_parts_that_end_with_a_message(net: SimpleNamespace) -> None:
    async def go() -> None:
        wire = Wire()
        peer, _ = made(wire)
        bodies = [bytes(size) for size in (1, 100_000, 300_000, 1, 262_144, 262_145, 5)]

        peer.post(bodies)

        assert wire.bodies == bodies
        assert all(len(Frames().feed(data)) for data in wire.writes)
        assert max(map(len, wire.writes)) <= 300_004

    net.run(go)


def test_what_many_ticks_gave_to_a_slow_peer_leaves_together(net: SimpleNamespace) -> None:
    async def go() -> None:
        wire = Wire()
        wire.room = 1
        peer, switch = made(wire)
        for number in range(100):
            peer.post([b"%d" % number])
        before = switch.statistics.sent

        wire.is_paused, wire.room, wire.unsent = False, 10, 0
        peer.resumed()

        assert before == 0
        assert len(wire.writes) == 2
        assert wire.bodies == [b"%d" % number for number in range(100)]
        assert switch.statistics.sent == 100

    net.run(go)


def test_it_is_congested_until_half_of_what_waits_has_left(net: SimpleNamespace) -> None:
    async def go() -> None:
        wire = Wire()
        wire.room = 1
        peer, switch = made(wire)
        peer.post([b"first"])
        switch.backlog = 10 << 20
        for _ in range(9):
            peer.post([bytes(200_000)])
        congested = peer.is_congested
        marks = []
        while peer.outbox.size:
            wire.is_paused, wire.room = False, 1
            peer.resumed()
            marks.append((peer.outbox.size, peer.is_congested))

        assert congested
        assert all(is_congested == (waiting > 1 << 19) for waiting, is_congested in marks)
        assert switch.weighings == [True, False]

    net.run(go)


def test_who_takes_nothing_for_a_while_congests_no_more_and_who_goes_on_does(
    net: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "STALL", 0.02)

    async def go() -> None:
        wire = Wire()
        wire.room = 1
        peer, switch = made(wire)
        switch.backlog = 10 << 20
        peer.post([bytes(100_000)] * 20)
        assert peer.is_congested
        assert not peer.is_settled

        await net.eventually(lambda: not peer.is_congested)
        assert not peer.is_settled
        wire.unsent -= 1
        await net.eventually(lambda: peer.is_congested)
        assert not peer.is_settled
        peer.close()

    net.run(go)


def test_who_stays_behind_too_far_is_cut_off_and_all_of_it_is_lost(net: SimpleNamespace) -> None:
    async def go() -> None:
        wire = Wire()
        wire.room = 1
        peer, switch = made(wire)
        peer.post([bytes(1000)] * 5)
        peer.post([bytes(400_000)] * 4)
        assert not wire.is_cut

        peer.post([b"one too many"])

        assert wire.is_cut
        assert switch.statistics.lost == 10
        assert switch.forgotten == [peer]

    net.run(go)


def test_a_new_connection_of_who_dialled_before_is_written_to_and_the_old_one_after_it_again(
    net: SimpleNamespace,
) -> None:
    async def go() -> None:
        old, new = Wire(), Wire()
        peer, _ = made(old)

        peer.post([b"1"])
        peer.attach(new)
        peer.post([b"2"])
        peer.detach(new, "was lost")
        peer.post([b"3"])

        assert old.bodies == [b"1", b"3"]
        assert new.bodies == [b"2"]

    net.run(go)


def test_what_was_dialled_to_a_peer_stays_in_use_while_the_peer_dials_too(net: SimpleNamespace) -> None:
    async def go() -> None:
        dialled, accepted = Wire(is_dialled=True), Wire()
        peer, _ = made(dialled)

        peer.post([b"1"])
        peer.attach(accepted)
        peer.post([b"2"])
        peer.detach(dialled, "was lost")
        peer.post([b"3"])

        assert dialled.bodies == [b"1", b"2"]
        assert accepted.bodies == [b"3"]

    net.run(go)


def test_what_is_dialled_to_a_peer_that_dialled_meanwhile_waits_until_that_one_ends(net: SimpleNamespace) -> None:
    async def go() -> None:
        accepted, dialled = Wire(), Wire(is_dialled=True)
        peer, _ = made(accepted)
        peer.post([b"one"])

        peer.attach(dialled)
        peer.post([b"two"])
        assert (accepted.bodies, dialled.bodies) == ([b"one", b"two"], [])

        accepted.cut()
        peer.post([b"three"])
        assert dialled.bodies == [b"three"]

    net.run(go)


def test_what_waits_leaves_over_the_connection_that_the_peer_dials_meanwhile(net: SimpleNamespace) -> None:
    async def go() -> None:
        wire = Wire()
        peer, switch = made()
        peer.post([b"1", b"2"])
        await asyncio.sleep(0.05)
        assert not peer.is_settled

        peer.attach(wire)

        assert wire.bodies == [b"1", b"2"]
        assert switch.statistics.lost == 0

    net.run(go)


def test_a_connection_that_breaks_within_a_write_loses_that_write_only(net: SimpleNamespace) -> None:
    async def go() -> None:
        wire, again = Wire(), Wire()
        wire.room = 1
        peer, switch = made(wire)
        peer.post([b"under way", b"too"])
        peer.post([b"waiting"])

        peer.detach(wire, "was lost")
        peer.attach(again)

        assert switch.statistics.lost == 2
        assert again.bodies == [b"waiting"]

    net.run(go)


def test_what_is_sent_between_the_end_of_a_connection_and_the_news_of_it_leaves_over_the_next_one(
    net: SimpleNamespace,
) -> None:
    async def go() -> None:
        wire, again = Wire(), Wire()
        peer, switch = made(wire)
        peer.post([b"1"])
        wire.is_broken = True

        peer.post([b"2"])
        peer.post([b"3"])
        peer.detach(wire, "was lost")
        peer.attach(again)

        assert wire.bodies == [b"1"]
        assert again.bodies == [b"2", b"3"]
        assert switch.statistics.sent == 3
        assert switch.statistics.lost == 0
        peer.close()

    net.run(go)


def test_what_a_connection_breaks_at_is_lost_and_not_sent(net: SimpleNamespace) -> None:
    class Breaking(Wire):
        def write(self, data: bytes) -> None:
            self.is_broken = True

    async def go() -> None:
        peer, switch = made(Breaking())

        peer.post([b"1", b"2"])

        assert switch.statistics.sent == 0
        assert switch.statistics.lost == 2
        peer.close()

    net.run(go)


def test_flows_wait_for_a_peer_that_is_dialled_until_it_refuses_or_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "HIGH_WATER", 1000)
    monkeypatch.setattr(peers, "STALL", 0.01)

    async def go(answers: bool) -> None:
        peer, switch = made()
        answer = asyncio.Event()

        async def dial(peer: Peer) -> None:
            await answer.wait()
            raise ConnectionRefusedError(111, "Connection refused")

        switch.dial = dial
        if answers:
            answer.set()
        peer.post([b"x" * 2000])
        assert peer.is_congested
        assert not peer.is_settled

        async with asyncio.timeout(60):
            while peer.is_congested:
                await asyncio.sleep(0.001)

        assert not peer.is_settled
        assert switch.weighings == [True, False]
        peer.close()

    asyncio.run(go(True))
    asyncio.run(go(False))
