"""Names of members over sockets: how they are said, and found again."""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import Any

import msgspec
import pytest

import hydroflow_nb as hf
from hydroflow_nb.net.frames import Frames, frame
from hydroflow_nb.net.greeting import Greeting, greeting_of
from hydroflow_nb.net.messages.codec import MSGPACK, encoded
from hydroflow_nb.net.naming import Handshake, Refused, naming_of

HOST = "127.0.0.1"
STREAMS = ["tcp", pytest.param("unix", marks=pytest.mark.skipif(sys.platform == "win32", reason="no paths"))]
each_transport = pytest.mark.parametrize("transport", [*STREAMS, "udp"])
each_stream = pytest.mark.parametrize("transport", STREAMS)


@each_transport
def test_senders_and_receivers_are_names(net, members, transport):
    async def work():
        a, b = [await members.node(transport, name) for name in "ab"]
        assert (a.address, a.ends.inbound.address, a.ends.outbound.address) == ("a", "a", "a")
        assert a.ends.inbound.bound == members.where["a"]
        async with a.ends, b.ends, net.running(a.flow, b.flow):
            a.send("hello", to="b")
            await net.eventually(lambda: b.seen)
            b.send("good", "bye", to="a")
            await net.eventually(lambda: len(a.seen) == 2)
        assert (b.seen, sorted(a.seen)) == ([("hello", "a")], [("bye", "b"), ("good", "b")])

    net.run(work)


@each_transport
def test_a_member_is_its_own_peer(net, members, transport):
    async def work():
        a = await members.node(transport, "a")
        async with a.ends, net.running(a.flow):
            a.send("hello", to="a")
            await net.eventually(lambda: a.seen)
        assert a.seen == [("hello", "a")]

    net.run(work)


@each_stream
def test_both_sides_may_dial_at_once_and_nothing_is_lost(net, members, transport):
    async def work():
        a, b = [await members.node(transport, name) for name in "ab"]
        a.send(*range(500), to="b")
        b.send(*range(500), to="a")
        async with a.ends, b.ends, net.running(a.flow, b.flow):
            await net.eventually(lambda: len(a.seen) == len(b.seen) == 500)
            a.send(*range(500, 1000), to="b")
            b.send(*range(500, 1000), to="a")
            await net.eventually(lambda: len(a.seen) == len(b.seen) == 1000)
        assert a.seen == [(number, "b") for number in range(1000)]
        assert b.seen == [(number, "a") for number in range(1000)]

    net.run(work)


@each_transport
def test_a_member_that_comes_back_at_another_address_keeps_its_name(net, members, transport, tmp_path):
    async def work():
        a, b = [await members.node(transport, name) for name in "ab"]
        async with a.ends, net.running(a.flow):
            async with b.ends, net.running(b.flow):
                a.send("one", to="b")
                await net.eventually(lambda: b.seen)
                b.send("one", to="a")
                await net.eventually(lambda: a.seen)
            before = members.where["b"]
            again = await members.node(transport, "b", at=str(tmp_path / "again.sock") if transport == "unix" else None)
            assert members.where["b"] != before
            async with again.ends, net.running(again.flow):
                a.send("two", to="b")
                await net.eventually(lambda: again.seen)
                again.send("two", to="a")
                await net.eventually(lambda: len(a.seen) == 2)
        assert again.seen == [("two", "a")]
        assert a.seen == [("one", "b"), ("two", "b")]

    net.run(work)


@pytest.mark.skipif(sys.platform != "linux", reason="the loopback has one address there")
def test_a_member_whose_host_the_dns_finds_at_another_number_keeps_its_name(net, members, monkeypatch):
    numbers = {"b": HOST}

    async def getaddrinfo(host, port, **_):
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (numbers[host.partition(".")[0]], port))]

    async def work():
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
        b = await members.node("tcp", "b")
        port = members.where["b"][1]
        a = net.Node(await hf.net.bind_tcp(0, name="a", directory=hf.net.Directory.dns(f"{{name}}.example:{port}")))
        members.where["a"] = a.ends.inbound.bound
        # As a pod that is started again: the port is the same, the address another.
        again = await members.node("tcp", "b", at=("127.0.0.2", port))
        async with a.ends, net.running(a.flow):
            async with b.ends, net.running(b.flow):
                a.send("one", to="b")
                await net.eventually(lambda: b.seen)
            numbers["b"] = "127.0.0.2"
            async with again.ends, net.running(again.flow):
                a.send("two", to="b")
                await net.eventually(lambda: again.seen)
                again.send("two", to="a")
                await net.eventually(lambda: a.seen)
        assert (b.seen, again.seen, a.seen) == ([("one", "a")], [("two", "a")], [("two", "b")])

    net.run(work)


@each_transport
def test_a_name_that_comes_into_the_directory_later_is_found(net, members, transport):
    async def work():
        a = await members.node(transport, "a")
        async with a.ends, net.running(a.flow):
            b = await members.node(transport, "b")
            async with b.ends, net.running(b.flow):
                b.send("hello", to="a")
                await net.eventually(lambda: a.seen)
        assert a.seen == [("hello", "b")]

    net.run(work)


@each_stream
def test_messages_wait_for_a_name_that_the_directory_does_not_have_and_are_counted_as_lost(
    net, members, transport, caplog
):
    async def work():
        a = await members.node(transport, "a", patience=0.05)
        async with a.ends, net.running(a.flow):
            a.send("hello", to="nobody")
            await net.eventually(lambda: a.statistics.lost)

    net.run(work)
    assert "no member 'nobody'" in caplog.text


def test_datagrams_to_a_name_that_the_directory_does_not_have_are_lost_and_told(net, members, caplog):
    async def work():
        a = await members.node("udp", "a")
        async with a.ends, net.running(a.flow):
            a.send("hello", to="nobody")
            await net.eventually(lambda: a.statistics.lost)

    net.run(work)
    assert "no member 'nobody'" in caplog.text


def test_hosts_of_a_directory_may_be_names_over_udp(net, members):
    async def work():
        a, b = [await members.open("udp", name) for name in "ab"]
        for ends in (a, b):
            ends.close()
        await asyncio.sleep(0.01)
        ports = {name: members.where[name][1] for name in "ab"}
        members.where.update({name: f"localhost:{port}" for name, port in ports.items()})
        a, b = [
            net.Node(await hf.net.bind_udp(port, name=name, directory=members.where)) for name, port in ports.items()
        ]
        async with a.ends, b.ends, net.running(a.flow, b.flow):
            a.send("hello", to="b")
            await net.eventually(lambda: b.seen)
        assert b.seen == [("hello", "a")]

    net.run(work)


@each_transport
def test_addresses_of_sockets_are_no_names(net, members, transport):
    async def work():
        a = await members.node(transport, "a")
        async with a.ends:
            a.send("hello", to=(HOST, 5000))
            with pytest.raises(hf.HydroflowError, match="is not a name"):
                a.flow.run_available()

    net.run(work)


# --- strangers -------------------------------------------------------------------------------------------------------


def raw(where: Any) -> socket.socket:
    """A plain socket that is connected to a member."""
    return socket.create_connection(where)


MESSAGE = frame(encoded(MSGPACK, "hello"))


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (
            Greeting(name="stranger", calls="a").frame(),
            "it says that it is 'stranger', and the directory has no member",
        ),
        (Greeting(name="b", calls="c").frame(), "it calls 'c', and this is 'a'"),
        (Greeting(port=5000, listens=True).frame(), "it does not say its name"),
        (MESSAGE, "it sends messages before it has said its name"),
        (frame(b"x" * 2000), "it sends messages before it has said its name"),
        (Greeting(name="b\x1b[2J", calls="a").frame(), "is not a name"),
        (frame(b"\x00garbage"), "it sends messages before it has said its name"),
    ],
)
def test_who_is_not_in_the_directory_is_refused_counted_and_told(net, members, caplog, sent, why):
    async def work():
        members.where["b"] = f"{HOST}:1"
        a = await members.node("tcp", "a")
        async with a.ends, net.running(a.flow):
            with raw(members.where["a"]) as stranger:
                stranger.sendall(sent + MESSAGE)
                await net.eventually(lambda: a.statistics.refused)
                assert not a.ends.outbound._connections
        assert a.statistics.refused == 1
        assert a.seen == []

    net.run(work)
    assert why in caplog.text
    assert "\x1b" not in caplog.text


def test_who_says_nothing_is_refused_in_the_end(net, members, monkeypatch, caplog):
    monkeypatch.setattr("hydroflow_nb.net.connection.ANSWER", 0.05)

    async def work():
        a = await members.node("tcp", "a")
        async with a.ends, net.running(a.flow):
            with raw(members.where["a"]):
                await net.eventually(lambda: a.statistics.refused)

    net.run(work)
    assert "has not said and proved its name within" in caplog.text


def test_datagrams_of_strangers_are_refused_counted_and_told(net, members, caplog):
    async def work():
        a = await members.node("udp", "a")
        async with a.ends, net.running(a.flow):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
                stranger.sendto(encoded(MSGPACK, "hello"), members.where["a"])
                await net.eventually(lambda: a.statistics.refused)
        assert a.seen == []

    net.run(work)
    assert "no member at the address" in caplog.text


def test_a_member_at_the_place_of_another_gets_no_messages_for_it(net, members, caplog):
    async def work():
        a, b = [await members.node("tcp", name, patience=0.2) for name in "ab"]
        members.where["c"] = members.where["b"]
        async with a.ends, b.ends, net.running(a.flow, b.flow):
            a.send("for c", to="c")
            await net.eventually(lambda: a.statistics.lost)
        assert b.seen == []
        assert b.statistics.refused

    net.run(work)
    assert "it calls 'c', and this is 'b'" in caplog.text


def test_an_end_without_names_does_not_serve_for_a_member(net, members, monkeypatch, caplog):
    monkeypatch.setattr("hydroflow_nb.net.connection.ANSWER", 0.05)

    async def work():
        a = await members.node("tcp", "a", patience=0.3)
        b = net.Node(await hf.net.bind_tcp(0))
        members.where["b"] = b.address
        async with a.ends, b.ends, net.running(a.flow, b.flow):
            a.send("hello", to="b")
            await net.eventually(lambda: a.statistics.lost)
        assert b.seen == []

    net.run(work)


def test_who_has_said_its_name_is_heard_even_while_there_is_no_room(net, members):
    async def work():
        a, b, c = [await members.node("tcp", name, room=1000) for name in "abc"]
        members.where["d"] = f"{HOST}:1"
        async with a.ends, b.ends, c.ends, net.running(b.flow, c.flow):
            with raw(members.where["a"]) as early:
                await net.eventually(lambda: len(a.ends.outbound._connections) == 1)
                b.send("x" * 2000, to="a")
                await net.eventually(a.ends.inbound.is_full)
                early.sendall(Greeting(name="d", calls="a").frame())
                await net.eventually(lambda: "d" in a.ends.outbound._peers)
            c.send("hello", to="a")
            await net.eventually(lambda: "c" in a.ends.outbound._peers)
            async with net.running(a.flow):
                await net.eventually(lambda: ("hello", "c") in a.seen)

    net.run(work)


# --- keys ------------------------------------------------------------------------------------------------------------

KEY = "correct horse battery staple"


@each_stream
def test_members_with_the_same_key_reach_each_other(net, members, transport):
    async def work():
        a, b = [await members.node(transport, name, key=key) for name, key in (("a", KEY), ("b", KEY.encode()))]
        a.send(*range(200), to="b")
        b.send(*range(200), to="a")
        async with a.ends, b.ends, net.running(a.flow, b.flow):
            await net.eventually(lambda: len(a.seen) == len(b.seen) == 200)
            a.send("oneself", to="a")
            await net.eventually(lambda: len(a.seen) == 201)
        assert a.seen == [*((number, "b") for number in range(200)), ("oneself", "a")]
        assert a.statistics.refused == b.statistics.refused == 0

    net.run(work)


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ((KEY, "another key, of the same length"), "its key is another one"),
        ((None, KEY), "it has no key"),
        ((KEY, None), "it has no key"),
    ],
)
@each_stream
def test_another_key_and_no_key_are_refused_counted_and_told(net, members, transport, keys, why, caplog):
    async def work():
        a, b = [
            await members.node(transport, name, key=key, patience=0.2) for name, key in zip("ab", keys, strict=True)
        ]
        async with a.ends, b.ends, net.running(a.flow, b.flow):
            a.send("hello", to="b")
            await net.eventually(lambda: a.statistics.lost)
        assert a.statistics.refused + b.statistics.refused
        assert b.seen == []

    net.run(work)
    assert why in caplog.text
    assert not any(key in caplog.text for key in keys if key)


def test_a_greeting_that_was_recorded_is_refused_when_it_comes_again(net, members, caplog):
    async def work():
        a, b = [await members.node("tcp", name, key=KEY) for name in "ab"]
        where, recorded = members.where["b"], []

        async def relay(reader, writer):
            # Who listens on the way hears all that a says to b, and b to a.
            far, near = await asyncio.open_connection(*where)

            async def copy(source, sink, kept):
                while data := await source.read(1000):
                    kept.append(data)
                    sink.write(data)
                sink.close()

            await asyncio.gather(copy(reader, near, recorded), copy(far, writer, []))

        server = await asyncio.start_server(relay, HOST, 0)
        members.where["b"] = server.sockets[0].getsockname()
        async with a.ends, b.ends, net.running(a.flow, b.flow):
            a.send("hello", to="b")
            await net.eventually(lambda: b.seen)
            first, said = b.statistics.refused, b"".join(recorded)
            with raw(where) as stranger:
                stranger.sendall(said)
                await net.eventually(lambda: b.statistics.refused)
            assert (first, b.statistics.refused) == (0, 1)
        server.close()
        assert b.seen == [("hello", "a")]

    net.run(work)
    assert "it does not prove that it is 'a'" in caplog.text
    assert KEY not in caplog.text


def test_who_binds_with_a_key_is_not_warned_that_every_program_is_heard(net, members, monkeypatch):
    asked = []
    monkeypatch.setattr("hydroflow_nb.net.tcp.warn_if_exposed", lambda host, **_: asked.append(host))

    async def work():
        async with await members.open("tcp", "a"):
            assert asked == [HOST]
        async with await members.open("tcp", "b", key=KEY):
            assert asked == [HOST]
        async with await members.open("tcp", "b", key=KEY, strangers=True):
            assert asked == [HOST] * 2

    net.run(work)


def hands(key="k" * 16, other="k" * 16, names="ab", calls="b"):
    """The two sides of a handshake: the one that dials, and the other."""
    where = {"a": 5000, "b": 5001}
    dials, accepts = [naming_of(name, where, given) for name, given in zip(names, (key, other), strict=True)]
    return (
        Handshake(dials, calls=calls, greeting=Greeting()),
        Handshake(accepts, calls=None, greeting=Greeting()),
    )


def test_both_sides_know_each_other_after_three_greetings():
    first, second = hands()

    answer = second.hear(first.opening())
    assert (first.peer, second.peer) == (None, None)
    proof = first.hear(answer)
    assert (first.peer, second.peer) == ("b", None)
    assert second.hear(proof) is None
    assert (first.peer, second.peer) == ("b", "a")


def test_a_proof_is_good_for_one_connection_one_role_and_two_names():
    first, second = hands()
    answer = second.hear(first.opening())
    proof = first.hear(answer)

    for other in (answer, Greeting(), Greeting(proof=proof.proof[:-1]), Greeting(proof=answer.proof)):
        again = hands()[1]
        again.hear(hands()[0].opening())
        with pytest.raises(Refused, match="does not prove"):
            again.hear(other)
    later = hands()[1]
    later.hear(first.opening())
    with pytest.raises(Refused, match="does not prove"):
        later.hear(proof)
    with pytest.raises(Refused, match="does not prove"):
        hands()[0].hear(answer)


def test_what_one_proves_of_itself_cannot_be_reflected():
    # A stranger calls b as "a", and has b itself make the proof by being called by it.
    challenged = hands()[1]
    answer = challenged.hear(Greeting(name="a", calls="b", nonce=b"n" * 16))
    caller = Handshake(naming_of("b", {"a": 5000, "b": 5001}, "k" * 16), calls="a", greeting=Greeting())
    caller.opening()
    with pytest.raises(Refused, match="does not prove"):
        caller.hear(Greeting(name="a", nonce=answer.nonce, proof=answer.proof))
    with pytest.raises(Refused, match="does not prove"):
        challenged.hear(Greeting(proof=answer.proof))


def test_who_changes_a_name_on_its_way_makes_the_proof_worthless():
    where = {"a": 5000, "b": 5001, "c": 5002}
    first = Handshake(naming_of("a", where, "k" * 16), calls="b", greeting=Greeting())
    second = Handshake(naming_of("b", where, "k" * 16), calls=None, greeting=Greeting())
    changed = msgspec.structs.replace(first.opening(), name="c")

    answer = second.hear(changed)

    with pytest.raises(Refused, match="does not prove that it is 'b'"):
        first.hear(answer)


@pytest.mark.parametrize(
    ("name", "why"), [("c", "it says that it is 'c', and 'b' was dialled"), ("", "does not say its")]
)
def test_another_than_the_one_that_was_dialled_is_refused(name, why):
    first = Handshake(naming_of("a", {"b": 5001, "c": 5002}), calls="b", greeting=Greeting())

    with pytest.raises(Refused, match=why):
        first.hear(Greeting(name=name))


def test_a_nonce_of_another_length_is_refused():
    with pytest.raises(Refused, match="another length"):
        hands()[1].hear(Greeting(name="a", calls="b", nonce=b"n"))


@pytest.mark.parametrize(
    ("key", "said"), [("short", "has 5 bytes"), (b"", "has 0 bytes"), (5, "is bytes or a text"), (True, "is bytes")]
)
def test_what_is_no_key_is_refused_and_not_shown(key, said):
    with pytest.raises(ValueError, match=said) as raised:
        naming_of("a", {}, key)
    assert "short" not in str(raised.value)


def test_a_key_is_never_shown():
    naming = naming_of("a", {}, KEY)

    assert KEY not in repr(naming)
    with pytest.raises(ValueError, match="a key proves names"):
        naming_of(None, None, KEY)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "a"}, "`directory=`"),
        ({"directory": {}}, "`name=`"),
        ({"name": "", "directory": {}}, "is not a name"),
        ({"name": "a", "directory": 5}, "is not a directory"),
        ({"name": "a", "directory": {"b": None}}, "is not the address"),
        ({"strangers": True}, "without names all are strangers"),
    ],
)
@each_transport
def test_half_of_what_names_need_is_refused_with_the_other_half(net, transport, given, said, tmp_path):
    where = str(tmp_path / "a.sock") if transport == "unix" else 0

    async def work():
        with pytest.raises(ValueError, match=said):
            await hf.net.TRANSPORTS[transport].bind(where, **given)

    net.run(work)


def test_a_directory_of_ones_own_is_enough(net, members):
    class Cluster:
        def resolve(self, name):
            if name == "broken":
                raise RuntimeError("the cluster is down")
            return members.where[name]

        def members(self, location):
            return members.where

    async def work():
        a = await members.node("tcp", "a")
        b = net.Node(await hf.net.bind_tcp(0, name="b", directory=Cluster(), patience=0.2))
        members.where["b"] = b.ends.inbound.bound
        async with a.ends, b.ends, net.running(a.flow, b.flow):
            b.send("hello", to="a")
            await net.eventually(lambda: a.seen)
            b.send("hello", to="broken")
            await net.eventually(lambda: b.statistics.lost)
        assert a.seen == [("hello", "b")]

    net.run(work)


def test_over_udp_a_directory_has_to_list_its_names(net):
    async def work():
        with pytest.raises(ValueError, match="does not list its names"):
            await hf.net.bind_udp(0, name="a", directory=hf.net.Directory.dns("{name}.example:5000"))

    net.run(work)


def test_names_over_udp_are_not_proved(net):
    async def work():
        with pytest.raises(ValueError, match="cannot be proved"):
            await hf.net.bind_udp(0, name="a", directory={}, key="k" * 16)

    net.run(work)


def test_a_greeting_says_the_name_and_the_one_that_it_calls():
    (body,) = Frames().feed(Greeting(name="a", calls="b", port=1).frame())

    assert greeting_of(body) == Greeting(name="a", calls="b", port=1)
