"""What a connection with numbers believes of its peer."""

from __future__ import annotations

import socket

import hydroflow_nb as hf
from hydroflow_nb.net.control import Acknowledgement, Batch, Introduction, body_of
from hydroflow_nb.net.frames import frame, framed
from hydroflow_nb.net.greeting import Greeting
from hydroflow_nb.net.ledger import Ledger
from hydroflow_nb.net.messages.codec import MSGPACK, encoded
from hydroflow_nb.net.numbered import Numbered, batches_of


def said(*controls):
    return framed([body_of(one) for one in controls])


def test_a_member_acknowledges_what_is_sent_to_itself_alone(net, members, tmp_path):
    async def work():
        front = await members.node("tcp", "front")
        front.flow.durable(tmp_path / "front")
        members.where |= {"back": "127.0.0.1:1", "other": "127.0.0.1:2"}
        async with net.running(front.flow):
            front.send("for back", to="back")
            front.send("for other", to="other")
            ledger = front.ends.outbound.deliveries.ledger
            await net.eventually(lambda: len(ledger.unacknowledged) == 2)
            with socket.create_connection(members.where["front"]) as other:
                other.sendall(Greeting(name="other", calls="front").frame())
                other.sendall(said(Acknowledgement("back", 10**9), Acknowledgement("other", 1)))
                await net.eventually(lambda: not ledger.unacknowledged["other"])
        assert len(ledger.unacknowledged["back"]) == 1
        front.ends.outbound.close()

    net.run(work)


def test_an_identity_is_that_of_the_member_that_had_it_first(net, members, tmp_path):
    async def work():
        front = await members.node("tcp", "front")
        front.flow.durable(tmp_path / "front")
        members.where |= {"back": "127.0.0.1:1", "other": "127.0.0.1:2"}
        async with net.running(front.flow):
            said_so = ("back", "a"), ("other", "b"), ("other", "a"), ("back", "c")
            for heard, (name, identity) in enumerate(said_so, 1):
                with socket.create_connection(members.where["front"]) as member:
                    member.sendall(Greeting(name=name, calls="front").frame() + said(Introduction(identity)))
                    member.sendall(said(Batch("front", 1, 1)) + frame(encoded(MSGPACK, identity)))
                    await net.eventually(lambda heard=heard: len(front.seen) + front.statistics.undecodable == heard)
        # Who has lost a folder has another identity.
        assert front.seen == [("a", "back"), ("b", "other"), ("c", "back")]
        assert front.statistics.undecodable == 1
        front.ends.outbound.close()

    net.run(work)


def test_who_has_dialled_introduces_itself_once_and_as_whom_it_has_greeted(net, tmp_path):
    async def work():
        front = net.Node(await hf.net.bind_tcp(0))
        front.flow.durable(tmp_path / "front")
        async with net.running(front.flow):
            clients = (1, "a", ["a"]), (2, "", ["a"]), (3, "b", ["a"]), (4, "c", ["c", "c"])
            for heard, (port, greeted, introduced) in enumerate(clients, 1):
                with socket.create_connection(front.address) as client:
                    client.sendall(Greeting(port=port, identity=greeted).frame())
                    client.sendall(said(*map(Introduction, introduced), Batch("front", port, 1)))
                    client.sendall(frame(encoded(MSGPACK, greeted)))
                    await net.eventually(lambda heard=heard: len(front.seen) + front.statistics.undecodable == heard)
        assert front.payloads == ["a"]
        assert front.statistics.undecodable == 3
        front.ends.outbound.close()

    net.run(work)


class Heard:
    """A connection, and who is told of what comes over it."""

    is_open = is_used = True
    address = shown_address = "back"

    def __init__(self) -> None:
        self.wire, self.ledger = self, Ledger("front")
        self.rejected: list[str] = []
        self.batches: list[list[bytes]] = []
        self.way = Numbered(self, self, lambda identity: True)
        self.way.hear([body_of(Introduction("back"))])

    def write(self, frames):
        return

    def reject(self, cause, reason, data):
        self.rejected.append(reason)

    def came(self, way, stream, number, bodies):
        self.batches.append(bodies)


def test_a_batch_of_more_messages_than_any_end_sends_is_refused_at_once():
    heard = Heard()

    assert heard.way.hear([body_of(Batch("x", 1, 10**12)), b"", b""]) == []

    assert "more than" in heard.rejected[0]


def test_empty_messages_have_a_weight(monkeypatch):
    monkeypatch.setattr("hydroflow_nb.net.numbered.MOST_BYTES", 6_400)
    heard = Heard()
    heard.way.hear([body_of(Batch("x", 1, 100)), *[b""] * 100])
    assert (len(heard.batches), heard.rejected) == (1, [])

    heard.way.hear([body_of(Batch("x", 2, 100)), *[b"x"] * 100])

    assert (len(heard.batches), len(heard.rejected)) == (1, 1)


def test_behind_what_cannot_be_read_nothing_is_taken_and_later_batches_are(monkeypatch):
    monkeypatch.setattr("hydroflow_nb.net.numbered.MOST_BYTES", 1_000)
    heard = Heard()
    for unreadable in ([Batch("x", 1, 0)], [Introduction("other")], [Batch("x", 1, 1)]):
        assert heard.way.hear([b"before", *map(body_of, unreadable), b"x" * 2_000, b"behind"]) == [b"before"]

    heard.way.hear([body_of(Batch("x", 2, 1)), b"y" * 900])

    assert (len(heard.rejected), heard.batches) == (3, [[b"y" * 900]])


def test_what_a_tick_gives_is_split_into_batches_that_are_taken(monkeypatch):
    monkeypatch.setattr("hydroflow_nb.net.numbered.MOST_BYTES", 2_000)
    for bodies in ([b""] * 100, [b"x" * 1_900, b"", b"x" * 500], [b"y"]):
        batches = batches_of(bodies)
        heard = Heard()
        for number, batch in enumerate(batches, 1):
            heard.way.hear([body_of(Batch("x", number, len(batch))), *batch])

        assert (heard.batches, heard.rejected) == (batches, [])
        assert [body for batch in batches for body in batch] == bodies
