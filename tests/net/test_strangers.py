"""Programs that say no name, beside members that do."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from contextlib import closing

import pytest

import hydroflow_nb as hf
from hydroflow_nb.net.control import Acknowledgement, Batch, Introduction, Plain, body_of, control_of
from hydroflow_nb.net.frames import Frames, frame, framed
from hydroflow_nb.net.greeting import Greeting, greeting_of
from hydroflow_nb.net.messages.codec import MSGPACK, encoded

KEY = "a key of sixteen bytes"
UNIX = pytest.param("unix", marks=pytest.mark.skipif(sys.platform == "win32", reason="no paths"))


async def one_frame(program):
    """The body that comes next to a program of any make."""
    program.setblocking(False)
    heard = Frames()
    while True:
        for body in heard.feed(await asyncio.get_running_loop().sock_recv(program, 1 << 16)):
            return body


@pytest.mark.parametrize("transport", ["tcp", UNIX, "udp"])
def test_a_program_without_a_name_and_members_talk_to_one_of_them(net, members, transport, tmp_path):
    key = {} if transport == "udp" else {"key": KEY}

    async def work():
        front = await members.node(transport, "front", strangers=True, **key)
        back = await members.node(transport, "back", **key)
        bind = hf.net.TRANSPORTS[transport].bind
        stranger = net.Node(await bind(str(tmp_path / "stranger.sock") if transport == "unix" else 0))
        async with front.ends, back.ends, stranger.ends, net.running(front.flow, back.flow, stranger.flow):
            stranger.send("asked", to=members.where["front"])
            back.send("told", to="front")
            await net.eventually(lambda: len(front.seen) == 2)
            assert set(front.seen) == {("asked", stranger.address), ("told", "back")}
            # Answers go there and come back, whoever dials.
            front.send("answered", to=stranger.address)
            front.send("heard", to="back")
            await net.eventually(lambda: stranger.seen and back.seen)
            assert (stranger.seen, back.seen) == ([("answered", members.where["front"])], [("heard", "front")])
            # Another member lets in nobody.
            stranger.send("asked", to=members.where["back"])
            if transport != "udp":
                await net.eventually(lambda: back.statistics.refused)
        assert len(back.seen) == 1

    net.run(work)


@pytest.mark.parametrize("transport", ["tcp", UNIX])
def test_one_that_has_not_come_yet_is_dialled_at_its_address(net, members, transport, tmp_path):
    async def work():
        where = str(tmp_path / "late.sock") if transport == "unix" else f"127.0.0.1:{net.free_port()}"
        front = await members.node(transport, "front", strangers=True, key=KEY)
        async with front.ends, net.running(front.flow):
            front.send("for the late one", to=where)
            late = net.Node(await hf.net.TRANSPORTS[transport].bind(where))
            async with late.ends, net.running(late.flow):
                await net.eventually(lambda: late.seen)
        assert late.payloads == ["for the late one"]

    net.run(work)


@pytest.mark.parametrize("transport", ["tcp", UNIX])
def test_a_name_that_comes_into_the_directory_later_is_that_of_a_member(net, members, transport):
    async def work():
        front = await members.node(transport, "front", strangers=True, key=KEY)
        async with front.ends, net.running(front.flow):
            front.send("for the late one", to="late")
            late = await members.node(transport, "late", key=KEY)
            async with late.ends, net.running(late.flow):
                await net.eventually(lambda: late.seen)
        assert late.seen == [("for the late one", "front")]

    net.run(work)


@pytest.mark.parametrize("sent", [b"", Greeting(port=5000).frame()], ids=["ungreeted", "greeted"])
def test_a_long_first_message_of_a_program_of_any_make_comes_in(net, members, sent):
    async def work():
        front = await members.node("tcp", "front", strangers=True, key=KEY)
        async with front.ends, net.running(front.flow):
            with socket.create_connection(members.where["front"]) as program:
                program.sendall(sent + frame(encoded(MSGPACK, "x" * 300_000)))
                await net.eventually(lambda: front.seen)
                host, port = program.getsockname()
        assert front.seen == [("x" * 300_000, (host, 5000 if sent else port))]

    net.run(work)


def test_one_that_is_silent_at_first_is_waited_for(net, members, monkeypatch):
    monkeypatch.setattr("hydroflow_nb.net.connection.ANSWER", 0.01)

    async def work():
        front = await members.node("tcp", "front", strangers=True, key=KEY)
        other = await members.node("tcp", "other", key=KEY)
        async with front.ends, other.ends, net.running(front.flow):
            with (
                socket.create_connection(members.where["front"]) as program,
                socket.create_connection(members.where["other"]),
            ):
                # By then the time is over in which a member has to say its name.
                await net.eventually(lambda: other.statistics.refused)
                program.sendall(frame(encoded(MSGPACK, "at last")))
                await net.eventually(lambda: front.seen)
        assert front.payloads == ["at last"]

    net.run(work)


def test_who_claims_the_name_of_a_member_has_to_prove_it(net, members, caplog):
    async def work():
        front = await members.node("tcp", "front", strangers=True, key=KEY)
        members.where["back"] = "127.0.0.1:1"
        async with front.ends, net.running(front.flow):
            with socket.create_connection(members.where["front"]) as claimant:
                claimant.sendall(Greeting(name="back", calls="front", nonce=os.urandom(16)).frame())
                assert greeting_of(await one_frame(claimant)).name == "front"
                # No proof follows, but a message, and then a greeting without a name.
                claimant.sendall(Greeting(port=5000).frame() + frame(encoded(MSGPACK, "let me in")))
                await net.eventually(lambda: front.statistics.refused)
        assert front.seen == []

    net.run(work)
    assert "it does not prove that it is 'back'" in caplog.text


@pytest.mark.parametrize("then", [b"", (1 << 19).to_bytes(4, "big") + b"x"], ids=["nothing", "a long message"])
def test_who_claims_the_name_of_a_member_and_sends_no_proof_is_not_waited_for(net, members, monkeypatch, then):
    if not then:
        monkeypatch.setattr("hydroflow_nb.net.connection.ANSWER", 0.01)

    async def work():
        front = await members.node("tcp", "front", strangers=True, key=KEY)
        members.where["back"] = "127.0.0.1:1"
        async with front.ends, net.running(front.flow):
            with socket.create_connection(members.where["front"]) as claimant:
                claimant.sendall(Greeting(name="back", calls="front", nonce=os.urandom(16)).frame())
                await one_frame(claimant)
                claimant.sendall(then)
                await net.eventually(lambda: front.statistics.refused)

    net.run(work)


@pytest.mark.skipif(sys.platform == "win32", reason="no paths")
def test_an_address_that_is_the_name_of_a_member_is_nobody_s(net, members, caplog):
    async def work():
        front = await members.node("unix", "front", strangers=True, key=KEY)
        members.where["back"] = "/nowhere"
        async with front.ends, net.running(front.flow):
            with closing(socket.socket(socket.AF_UNIX)) as claimant:
                claimant.connect(members.where["front"])
                claimant.sendall(Greeting(path="back", listens=True).frame() + frame(encoded(MSGPACK, "let me in")))
                await net.eventually(lambda: front.statistics.undecodable)
        assert front.seen == []

    net.run(work)
    assert "its address is the name of a member" in caplog.text


def test_a_stranger_has_no_part_in_what_members_number(net, members, tmp_path):
    """It could say that it keeps what waits for a member, or send numbers as that member."""

    async def work():
        front = await members.node("tcp", "front", strangers=True, key=KEY)
        front.flow.durable(tmp_path / "front")
        back = await members.node("tcp", "back", key=KEY)
        back.flow.durable(tmp_path / "back")
        identity = back.ends.outbound.identity
        async with front.ends, back.ends, net.running(front.flow):
            front.send("for back", to="back")
            ledger = front.ends.outbound.deliveries.ledger
            await net.eventually(lambda: ledger.owed)
            with socket.create_connection(members.where["front"]) as stranger:
                stranger.sendall(Greeting(port=5).frame() + frame(body_of(Introduction(identity))))
                heard = [control_of(await one_frame(stranger))]
                stranger.sendall(
                    frame(body_of(Batch("front", 10**9, 1)))
                    + framed([encoded(MSGPACK, "of nobody"), body_of(Acknowledgement("back", 10**9))])
                )
                await net.eventually(lambda: front.statistics.undecodable == 2)
            # It is told that nothing is acknowledged, and not who this end is.
            assert heard == [Plain()]
            assert ledger.owed
            back.send("to front", to="front")
            async with net.running(back.flow):
                await net.eventually(lambda: back.seen and len(front.seen) == 2 and not ledger.owed)
        assert back.seen == [("for back", "front")]
        assert [payload for payload, address in front.seen if address == "back"] == ["to front"]

    net.run(work)


def test_a_durable_flow_and_a_stranger_that_is_one_send_once_to_each_other(net, members, tmp_path):
    async def work():
        front = await members.node("tcp", "front", strangers=True, key=KEY)
        stranger = net.Node(await hf.net.bind_tcp(0))
        for name, node in (("front", front), ("stranger", stranger)):
            node.flow.durable(tmp_path / name)
        async with front.ends, stranger.ends, net.running(front.flow, stranger.flow):
            # Whichever of them dials.
            front.send("first", to=stranger.address)
            await net.eventually(lambda: stranger.seen)
            stranger.send("asked", to=members.where["front"])
            await net.eventually(lambda: front.seen)
            front.send("answered", to=stranger.address)
            await net.eventually(lambda: len(stranger.seen) == 2)
            for node in (front, stranger):
                await net.eventually(lambda node=node: not node.ends.outbound.deliveries.ledger.owed)
        assert stranger.payloads == ["first", "answered"]
        assert front.payloads == ["asked"]

    net.run(work)
