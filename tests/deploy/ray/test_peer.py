"""Messages from life to life: once and in order, whatever becomes of calls; what a life has not kept comes again."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from town import Town, in_loop, taken, until

from hydroflow_nb.deploy.ray.parcels import Parcel
from hydroflow_nb.deploy.ray.peer import HIGH_WATER
from hydroflow_nb.net.control import HEAD
from hydroflow_nb.net.frames import framed


def numbers(count, first=0):
    return [b"%d" % number for number in range(first, first + count)]


def kept(town, member, held=None):
    """A life of a member whose messages are numbered, which goes on from what an earlier one held."""
    ends = town.begin(member)
    deliveries = ends.keep(f"folder of {member}")
    if held is not None:
        deliveries.hold(held)
    deliveries.begin(holds=False)
    ends.return_to(town.members if held is not None else ())
    return ends


def tick(ends):
    """Take in what waits and keep it, as a durable flow does. Returns what was taken."""
    found = taken(ends)
    ends.deliveries.entry()
    ends.deliveries.kept()
    return found


@pytest.mark.parametrize("seed", range(3))
@in_loop
async def test_messages_arrive_once_and_in_order_though_calls_fail_before_and_after_they_are_carried_out(seed):
    town = Town("a", "b", fails=0.3, seed=seed)
    a, b = town.begin("a"), town.begin("b")
    for first in range(0, 60, 3):
        a.post("b", numbers(3, first))
        b.post("a", numbers(3, first))
        await asyncio.sleep(0)
    await asyncio.gather(a.drain(), b.drain())
    assert taken(b) == [(body, "a") for body in numbers(60)]
    assert taken(a) == [(body, "b") for body in numbers(60)]
    assert a.statistics.sent == b.statistics.received == 60
    assert not a.statistics.lost


@in_loop
async def test_a_member_sends_to_itself():
    town = Town("a")
    a = town.begin("a")
    a.post("a", numbers(3))
    await a.drain()
    assert taken(a) == [(body, "a") for body in numbers(3)]


@in_loop
async def test_what_was_on_its_way_to_a_life_that_ended_is_lost_and_counted_and_what_waits_goes_to_the_next_one():
    town = Town("a", "b")
    a, b = town.begin("a"), town.begin("b")
    a.post("b", [b"first"])
    await a.drain()
    assert taken(b) == [(b"first", "a")]
    town.fails = 1.0
    a.post("b", [b"on its way"])
    await asyncio.sleep(0.01)
    a.post("b", [b"waits"])
    town.end("b")
    town.fails = 0.0
    again = town.begin("b")
    a.post("b", [b"next"])
    await a.drain()
    assert taken(again) == [(b"waits", "a"), (b"next", "a")]
    assert a.statistics.lost == 1
    assert a.statistics.reconnects == 1


@in_loop
async def test_what_is_sent_to_a_life_that_has_ended_goes_to_the_next_one_which_says_that_it_has_not_taken_it():
    town = Town("a", "b")
    a = town.begin("a")
    town.begin("b")
    a.post("b", [b"first"])
    await a.drain()
    again = town.begin("b")
    a.post("b", [b"second"])
    a.post("b", [b"third"])
    await a.drain()
    assert taken(again) == [(b"second", "a"), (b"third", "a")]
    assert not a.statistics.lost


@in_loop
async def test_what_came_while_the_next_life_was_not_ready_yet_is_taken_by_it():
    town = Town("a", "b")
    a = town.begin("a")
    town.begin("b")
    a.post("b", [b"first"])
    await a.drain()
    again = town.begin("b")
    # Its actor answers so until its flow is ready.
    again.is_closed = True
    carried = town.carried
    a.post("b", [b"second"])
    await until(lambda: town.carried > carried)
    again.is_closed = False
    await a.drain()
    assert taken(again) == [(b"second", "a")]
    assert not a.statistics.lost


@in_loop
async def test_what_was_sent_before_a_member_is_there_waits_for_it():
    town = Town("a", "b")
    a = town.begin("a")
    a.post("b", numbers(3))
    await asyncio.sleep(0.01)
    b = town.begin("b")
    await a.drain()
    assert taken(b) == [(body, "a") for body in numbers(3)]


@in_loop
async def test_what_a_life_had_not_kept_comes_again_to_the_next_one_and_what_it_had_kept_does_not():
    town = Town("a", "b")
    a, b = kept(town, "a"), kept(town, "b")
    a.post("b", [b"kept"])
    await until(lambda: len(b.inbound))
    assert tick(b) == [(b"kept", "a")]
    held = b.deliveries.held()
    a.post("b", [b"not kept"])
    await until(lambda: len(b.inbound))
    # Nothing is on its way when it is killed: only its next life can tell the sender.
    await asyncio.sleep(0.05)
    again = kept(town, "b", held)
    await until(lambda: len(again.inbound))
    assert tick(again) == [(b"not kept", "a")]
    await a.drain()
    assert not a.deliveries.ledger.owed


@in_loop
async def test_what_was_not_acknowledged_to_a_life_goes_on_with_the_next_one_without_what_was_seen():
    town = Town("a", "b")
    a, b = kept(town, "a"), kept(town, "b")
    a.post("b", [b"said"])
    await until(lambda: len(b.inbound))
    assert tick(b) == [(b"said", "a")]
    held = a.deliveries.held()
    held["waiting"] = [("b", [(1, [b"said"])])]
    again = kept(town, "a", held)
    again.post("b", [b"then"])
    await until(lambda: len(b.inbound))
    assert tick(b) == [(b"then", "a")]


@pytest.mark.parametrize("seed", range(5))
@in_loop
async def test_kept_messages_arrive_exactly_once_though_lives_end_and_calls_fail(seed):
    town = Town("a", "b", fails=0.2, seed=seed)
    a, b = kept(town, "a"), kept(town, "b")
    came = []
    for step in range(40):
        a.post("b", numbers(2, 2 * step))
        await asyncio.sleep(0.001)
        came += tick(b)
        if step % 8 == 3:
            b = kept(town, "b", b.deliveries.held())
        if step % 8 == 7:
            a = kept(town, "a", a.deliveries.held())
    while len(came) < 80:
        await asyncio.sleep(0.001)
        came += tick(b)
    await a.drain()
    assert came == [(body, "a") for body in numbers(80)]
    assert not len(b.inbound)


@in_loop
async def test_a_parcel_of_a_life_that_has_ended_is_not_taken():
    town = Town("a", "b")
    town.begin("a")
    a, b = town.begin("a"), town.begin("b")
    a.post("b", [b"new"])
    await a.drain()
    late = b.arrived(Parcel(sender="a", life=1, to=1, number=1, room=0, frames=b"\x00\x00\x00\x03old"))
    assert not late.is_taken
    assert taken(b) == [(b"new", "a")]


@in_loop
async def test_an_end_without_room_is_sent_nothing_more_until_it_has_room_again():
    town = Town("a", "b")
    a, b = town.begin("a"), town.begin("b")
    b.inbound.limit_bytes = 10_000
    piece = bytes(2_000)
    for _ in range(10):
        a.post("b", [piece])
        await asyncio.sleep(0.001)
    await until(b.inbound.is_full)
    held = len(b.inbound)
    a.post("b", [piece] * 10)
    await asyncio.sleep(0.01)
    assert len(b.inbound) == held
    came = 0
    while came < 20:
        came += len(taken(b))
        await asyncio.sleep(0)
    await a.drain()
    assert not a.statistics.lost


async def behind(town):
    """A member that sends to one whose end is full, more than may wait."""
    a, b = town.begin("a"), town.begin("b")
    b.inbound.limit_bytes = 1_000
    a.post("b", [bytes(1_000)])
    await until(b.inbound.is_full)
    a.post("b", [bytes(HIGH_WATER // 4)] * 8)
    return a, b


@in_loop
async def test_flows_wait_for_a_member_that_is_behind(monkeypatch):
    monkeypatch.setattr("hydroflow_nb.deploy.ray.peer.STALL", 3_600)
    a, b = await behind(Town("a", "b"))
    told = []
    a.listen_room(lambda: told.append(a.is_congested()))
    assert a.is_congested()
    while a.statistics.sent < 9:
        taken(b)
        await asyncio.sleep(0)
    assert told == [False]


@in_loop
async def test_flows_do_not_wait_for_a_member_that_takes_nothing(monkeypatch):
    monkeypatch.setattr("hydroflow_nb.deploy.ray.peer.STALL", 0.01)
    a, _ = await behind(Town("a", "b"))
    await until(lambda: not a.is_congested())
    assert not a.statistics.lost


@in_loop
async def test_what_waits_too_long_for_a_member_is_given_up(monkeypatch):
    monkeypatch.setattr("hydroflow_nb.deploy.ray.peer.PATIENCE", 0.02)
    town = Town("a", "b")
    a = town.begin("a")
    a.post("b", numbers(3))
    await a.drain()
    assert a.statistics.lost == 3


@in_loop
async def test_who_is_kept_sends_once_to_a_member_that_is_not():
    town = Town("a", "b")
    a, b = kept(town, "a"), town.begin("b")
    a.post("b", numbers(2))
    await until(lambda: len(b.inbound) == 2)
    b.post("a", numbers(2))
    await until(lambda: len(a.inbound) == 2)
    assert taken(b) == [(body, "a") for body in numbers(2)]
    assert taken(a) == [(body, "b") for body in numbers(2)]
    assert not a.deliveries.ledger.owed


@in_loop
async def test_what_a_member_without_numbers_has_certainly_not_taken_of_a_durable_one_goes_to_its_next_life():
    town = Town("a", "b")
    a, b = kept(town, "a"), town.begin("b")
    a.post("b", [b"first"])
    await until(lambda: len(b.inbound))
    await a.drain()
    town.fails = 1.0
    a.post("b", [b"on its way"])
    await asyncio.sleep(0.01)
    a.post("b", [b"waits"])
    town.end("b")
    town.fails = 0.0
    again = town.begin("b")
    a.post("b", [b"next"])
    await a.drain()
    assert taken(again) == [(b"waits", "a"), (b"next", "a")]
    assert a.statistics.lost == 1


@in_loop
async def test_what_a_member_without_numbers_refuses_of_a_durable_one_goes_to_its_next_life():
    town = Town("a", "b")
    a, b = kept(town, "a"), town.begin("b")
    a.post("b", [b"first"])
    await until(lambda: len(b.inbound))
    await a.drain()
    again = town.begin("b")
    a.post("b", numbers(2))
    await a.drain()
    assert taken(again) == [(body, "a") for body in numbers(2)]
    assert not a.statistics.lost


class Spoiling(Town):
    """Spoils the next parcel with frames to a member that is named by `spoils`."""

    spoils = ""

    async def bring(self, member, parcel):
        if parcel.frames and member == self.spoils:
            self.spoils = ""
            parcel = msgspec.structs.replace(parcel, frames=framed([HEAD + b"\x9f"]) + parcel.frames)
        return await super().bring(member, parcel)


@pytest.mark.parametrize("seed", range(3))
@in_loop
async def test_what_came_with_something_that_cannot_be_read_comes_again_where_it_has_numbers(seed):
    town = Spoiling("a", "b", fails=0.2 * bool(seed), seed=seed)
    a, b = kept(town, "a"), kept(town, "b")
    a.post("b", [b"first"])
    await until(lambda: len(b.inbound))
    came = tick(b)
    town.spoils = "b"
    for body in numbers(3):
        a.post("b", [body])
        await asyncio.sleep(0)
    while len(came) < 4:
        await asyncio.sleep(0.001)
        came += tick(b)
    b.post("a", [b"back"])
    await until(lambda: len(a.inbound))
    assert tick(a) == [(b"back", "b")]
    await asyncio.gather(a.drain(), b.drain())
    assert came == [(body, "a") for body in (b"first", *numbers(3))]
    assert b.statistics.undecodable == 1
    assert not a.deliveries.ledger.owed


@in_loop
async def test_a_message_that_is_too_long_is_lost_and_counted_and_those_behind_it_arrive(monkeypatch):
    monkeypatch.setattr("hydroflow_nb.deploy.ray.peer.MOST_BYTES", 500)
    town = Town("a", "b")
    a, b = town.begin("a"), town.begin("b")
    a.post("b", [b"first"])
    await a.drain()
    a.post("b", [bytes(1_001)])
    await a.drain()
    a.post("b", [b"next"])
    await a.drain()
    assert taken(b) == [(b"first", "a"), (b"next", "a")]
    assert a.statistics.lost == b.statistics.oversized == 1
