from __future__ import annotations

import dataclasses
import threading
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.net.inbound import Inbound
from hydroflow_nb.net.messages.codec import JSON, MSGPACK, encoded

HERE = ("127.0.0.1", 5000)


@dataclasses.dataclass(frozen=True)
class Greeting:
    text: str


def body(payload: Any) -> bytes:
    return encoded(MSGPACK, payload)


def flow_of(inbound: Inbound, seen: list[Any], kind: str = "") -> hf.Flow:
    text = f"source_stream_serde{kind}(inbound) -> for_each(seen.append);"
    return hf.compile(text, {"inbound": inbound, "seen": seen, "Greeting": Greeting})


def test_messages_come_to_the_flow_in_order_with_their_senders() -> None:
    inbound, seen = Inbound(), list[Any]()
    flow = flow_of(inbound, seen)

    inbound.accept(body("a"), HERE)
    inbound.accept_all([body(1), encoded(JSON, Greeting("hi"))], "there")
    flow.run_available()

    assert seen == [("a", HERE), (1, "there"), (Greeting("hi"), "there")]
    assert inbound.statistics.received == 3
    assert not flow.is_scheduled()


def test_what_cannot_be_decoded_is_counted_and_stops_nothing() -> None:
    inbound, seen = Inbound(), list[Any]()
    flow = flow_of(inbound, seen)

    for data in (b"", b"\x00", b"garbage", body("fine")[:-1], body("fine"), b"\xff" * 100):
        inbound.accept(data, HERE)
    flow.run_available()

    assert seen == [("fine", HERE)]
    assert inbound.statistics.undecodable == 5
    assert [one.data for one in inbound.statistics.rejected][:3] == [b"", b"\x00", b"garbage"]
    assert not flow.faults


def test_a_message_of_another_kind_than_asked_for_is_rejected() -> None:
    inbound, seen = Inbound(), list[Any]()
    flow = flow_of(inbound, seen, "::<Greeting>")

    inbound.accept_all([body("text"), body(Greeting("hi"))], HERE)
    flow.run_available()

    assert seen == [(Greeting("hi"), HERE)]
    assert inbound.statistics.undecodable == 1


def test_a_stepper_sees_sends_and_takes_back_what_waits() -> None:
    inbound, seen = Inbound(), list[Any]()
    flow = flow_of(inbound, seen)
    source = flow.inputs["inbound"]
    inbound.accept(body("a"), HERE)

    waited = source.waiting()
    source.send(("by hand", "me"))
    inbound.accept(body("b"), HERE)
    taken_back = source.discard(0)
    flow.run_available()

    assert waited == [("a", HERE)]
    assert taken_back == ("a", HERE)
    assert seen == [("by hand", "me"), ("b", HERE)]


def test_it_is_full_until_the_flow_has_taken_in_what_waits() -> None:
    inbound, seen, rooms = Inbound(limit_bytes=1000), list[Any](), list[str]()
    flow = flow_of(inbound, seen)
    inbound.listen_room(lambda: rooms.append("room"))

    while not inbound.is_full():
        assert inbound.accept(body("x" * 100), HERE)
    accepted = len(inbound)
    refused = inbound.accept(body("too much"), HERE)

    assert 5 <= accepted <= 10
    assert not refused
    assert inbound.statistics.dropped == 1
    flow.inputs["inbound"].waiting()
    assert inbound.is_full(), "looking at what waits makes no room"
    assert rooms == []
    flow.run_available()
    assert len(seen) == accepted
    assert not inbound.is_full()
    assert rooms == ["room"]


def test_what_is_forgotten_never_comes_and_leaves_its_room() -> None:
    inbound, seen = Inbound(limit_bytes=200), list[Any]()
    flow = flow_of(inbound, seen)
    while not inbound.is_full():
        inbound.accept(body("old"), HERE)

    inbound.forget()
    was_full = inbound.is_full()
    inbound.accept(body("new"), HERE)
    flow.run_available()

    assert (was_full, seen) == (False, [("new", HERE)])


def test_many_small_messages_fill_it_too() -> None:
    inbound = Inbound(limit_bytes=100_000)

    accepted = sum(inbound.accept(b"", HERE) for _ in range(10_000))

    assert accepted < 2_000


@pytest.mark.parametrize("end", ["reset", "close"])
def test_what_was_looked_at_in_a_flow_that_ends_waits_for_the_next_one(end: str) -> None:
    inbound, seen = Inbound(limit_bytes=1000), list[Any]()
    flow = flow_of(inbound, seen)
    inbound.accept_all([body("taken back"), body("a"), b"garbage", body("x" * 500)], HERE)
    source = flow.inputs["inbound"]
    source.discard(0)
    inbound.accept_all([body("y" * 500)], HERE)
    assert inbound.is_full()

    getattr(flow, end)()
    source.waiting()
    flow = flow_of(inbound, seen)
    inbound.accept_all([body("b")], HERE)
    assert inbound.is_full()
    flow.run_available()

    assert seen == [("a", HERE), ("x" * 500, HERE), ("y" * 500, HERE), ("b", HERE)]
    assert inbound.statistics.undecodable == 1
    assert not inbound.is_full()


def test_what_was_taken_back_gives_its_room_back_when_the_flow_starts_anew() -> None:
    inbound = Inbound(limit_bytes=1000)
    flow = flow_of(inbound, [])
    inbound.accept(body("x" * 1000), HERE)
    flow.inputs["inbound"].discard(0)

    flow.reset()

    assert not inbound.is_full()


def test_an_interrupt_while_messages_are_decoded_leaves_room_for_more() -> None:
    @dataclasses.dataclass(frozen=True)
    class Slow:
        text: str

        def __post_init__(self) -> None:
            if interrupts:
                raise interrupts.pop()

    interrupts = list[BaseException]()
    inbound, seen = Inbound(limit_bytes=1000), list[Any]()
    names = {"inbound": inbound, "seen": seen, "Slow": Slow}
    flow = hf.compile("source_stream_serde(inbound) -> for_each(seen.append);", names)
    inbound.accept(body(Slow("x" * 1000)), HERE)
    interrupts.append(KeyboardInterrupt())

    with pytest.raises(KeyboardInterrupt):
        flow.run_tick()

    assert not inbound.is_full()


def test_without_a_limit_what_was_looked_at_comes_once_to_this_flow_or_to_the_next_one() -> None:
    inbound, seen = Inbound(limit_bytes=None), list[Any]()
    flow = flow_of(inbound, seen)
    inbound.accept_all([body("a"), b"garbage"], HERE)
    flow.inputs["inbound"].waiting()
    flow.run_tick()
    inbound.accept_all([body("b")], HERE)
    flow.inputs["inbound"].waiting()

    flow.reset()
    flow.run_available()

    assert seen == [("a", HERE), ("b", HERE)]


def test_without_a_limit_it_is_never_full() -> None:
    inbound = Inbound(limit_bytes=None)

    inbound.accept_all([b"x" * 1_000_000] * 20, HERE)

    assert not inbound.is_full()


def test_threads_may_put_in_while_the_flow_takes() -> None:
    inbound, seen = Inbound(), list[Any]()
    flow = flow_of(inbound, seen)

    def put(start: int) -> None:
        for number in range(start, start + 1000):
            inbound.accept(body(number), start)

    threads = [threading.Thread(target=put, args=[start]) for start in (0, 1000, 2000)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        flow.run_tick()
    flow.run_available()

    assert sorted(number for number, _ in seen) == list(range(3000))
    assert all([n for n, start in seen if start == one] == list(range(one, one + 1000)) for one in (0, 1000, 2000))
    assert inbound._bytes == 0


def test_a_closed_end_gives_no_inbox_and_says_what_to_do() -> None:
    inbound, closings = Inbound(address=HERE), list[str]()
    inbound.listen_close(lambda: closings.append("closed"))

    inbound.close()
    inbound.close()

    assert closings == ["closed"]
    assert not inbound.accept(body("late"), HERE)
    with pytest.raises(Misfit, match="receives no more messages"):
        inbound.inbox(None, {})
