"""TLS between ends over TCP: who is believed, and who is refused."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import subprocess

import pytest
from certificates import Authority

import hydroflow_nb as hf
from hydroflow_nb.net import Tls
from hydroflow_nb.net.addresses import warn_if_exposed
from hydroflow_nb.net.tls import tls_of

HOST = "127.0.0.1"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls") / "ours")


@pytest.fixture(scope="module")
def ours(authority):
    return Tls.of_files(*authority.certificate("member"))


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    return Tls.of_files(*Authority(tmp_path_factory.mktemp("tls") / "theirs").certificate("stranger"))


@pytest.fixture
def member(net):
    """A function that opens a member over TLS; all of them are in one directory."""
    where = {}

    async def open_member(name, tls, **more):
        ends = await hf.net.bind_tcp(0, name=name, directory=where, tls=tls, **more)
        where[name] = ends.inbound.bound
        return net.Node(ends)

    open_member.where = where
    return open_member


def test_members_talk_and_nobody_on_the_way_reads_it(net, member, ours):
    async def work():
        a, b = [await member(name, ours, key="correct horse battery staple") for name in "ab"]
        where, heard = member.where["b"], []

        async def relay(reader, writer):
            far, near = await asyncio.open_connection(*where)

            async def copy(source, sink):
                while data := await source.read(1000):
                    heard.append(data)
                    sink.write(data)
                sink.close()

            await asyncio.gather(copy(reader, near), copy(far, writer))

        server = await asyncio.start_server(relay, HOST, 0)
        member.where["b"] = server.sockets[0].getsockname()
        async with a.ends, b.ends, net.running(a.flow, b.flow):
            a.send("a secret", to="b")
            await net.eventually(lambda: b.seen)
            b.send("another secret", to="a")
            await net.eventually(lambda: a.seen)
        server.close()
        assert (a.seen, b.seen) == ([("another secret", "b")], [("a secret", "a")])
        assert heard
        assert b"secret" not in b"".join(heard)

    net.run(work)


def test_much_comes_in_order_and_all_of_it_before_the_end(net, member, ours):
    async def work():
        a, b = [await member(name, ours) for name in "ab"]
        sent = [(number, "x" * (number * 997 % 200_000)) for number in range(200)]
        async with b.ends, net.running(b.flow):
            async with a.ends, net.running(a.flow):
                a.send(*sent, to="b")
                await net.eventually(lambda: not len(a.items))
            await net.eventually(lambda: len(b.seen) == len(sent))
            assert b.payloads == sent
        assert a.statistics.lost == 0

    net.run(work)


def test_two_who_leave_at_once_wait_for_nothing(net, member, ours, monkeypatch):
    monkeypatch.setattr("hydroflow_nb.net.connection.LINGER", 1000.0)

    async def work():
        a, b = [await member(name, ours) for name in "ab"]
        async with net.running(a.flow, b.flow):
            a.send("hello", to="b")
            await net.eventually(lambda: b.seen)
        a.ends.close()
        b.ends.close()
        # Nobody tells of the end of a stream of TLS before the stream is closed.
        await net.eventually(lambda: not (a.ends.outbound._connections or b.ends.outbound._connections))

    net.run(work)


def test_a_client_checks_the_host_that_it_has_dialled(net, ours, authority):
    async def work():
        server = net.Node(await hf.net.bind_tcp(0, tls=ours), net.ECHO)
        port = server.address[1]
        client = net.Node(await hf.net.connect_tcp(f"localhost:{port}", tls=ours))
        async with server.ends, client.ends, net.running(server.flow, client.flow):
            client.send("hello", to=("localhost", port))
            await net.eventually(lambda: client.seen)
        other = Tls.of_files(*authority.certificate("other", hosts="DNS:elsewhere.example"))
        async with await hf.net.bind_tcp(0, tls=other) as ends:
            with pytest.raises(OSError, match="certificate"):
                await hf.net.connect_tcp(f"localhost:{ends.address[1]}", tls=ours)

    net.run(work)


def test_who_has_a_certificate_of_another_authority_is_refused_on_both_sides(net, member, ours, theirs, caplog):
    async def work():
        a = await member("a", ours, patience=0.3)
        b = await member("b", theirs, patience=0.3)
        async with a.ends, b.ends, net.running(a.flow, b.flow):
            b.send("hello", to="a")
            await net.eventually(lambda: a.statistics.refused and b.statistics.lost)
            a.send("hello", to="b")
            await net.eventually(lambda: b.statistics.refused and a.statistics.lost)
        assert (a.seen, b.seen) == ([], [])

    net.run(work)
    assert "TLS fails" in caplog.text
    assert "certificate verify failed" in caplog.text


def test_who_shows_no_certificate_is_refused_where_one_is_asked_for(net, member, ours, authority, caplog):
    async def work():
        a = await member("a", ours, patience=0.3)
        b = net.Node(
            await hf.net.bind_tcp(0, name="b", directory=member.where, tls=Tls.of_files(ca=authority.ca), patience=0.3)
        )
        member.where["b"] = b.ends.inbound.bound
        async with a.ends, b.ends, net.running(a.flow, b.flow):
            b.send("hello", to="a")
            await net.eventually(lambda: a.statistics.refused and b.statistics.lost)
            a.send("hello", to="b")
            await net.eventually(lambda: b.statistics.refused)
        assert a.seen == b.seen == []

    net.run(work)
    assert "none to accept connections" in caplog.text
    assert "cannot reach 'b': ;" not in caplog.text


def test_who_closes_while_tls_begins_is_refused_with_a_reason(net, member, ours, caplog):
    async def work():
        a = await member("a", ours)
        async with a.ends, net.running(a.flow):
            _, writer = await asyncio.open_connection(*member.where["a"])
            writer.close()
            await net.eventually(lambda: a.statistics.refused)

    net.run(work)
    assert "TLS fails: the peer closed the connection" in caplog.text


@pytest.mark.parametrize("is_plain", ["ab", "ba"])
def test_plain_and_encrypted_ends_do_not_meet(net, member, ours, is_plain, caplog, monkeypatch):
    monkeypatch.setattr("hydroflow_nb.net.connection.ANSWER", 0.2)

    async def work():
        tls = dict(zip(is_plain, (None, ours), strict=True))
        a, b = [await member(name, tls[name], patience=0.5) for name in "ab"]
        async with a.ends, b.ends, net.running(a.flow, b.flow):
            a.send("hello", to="b")
            await net.eventually(lambda: a.statistics.lost)
            await net.eventually(lambda: a.statistics.refused + b.statistics.refused)
        assert b.seen == []

    net.run(work)


def test_who_is_silent_in_the_handshake_keeps_nobody_waiting(net, member, ours, monkeypatch):
    monkeypatch.setattr("hydroflow_nb.net.tcp._MOST_UNPROVED", 3)

    async def work():
        a, b = [await member(name, ours) for name in "ab"]
        silent = [socket.create_connection(member.where["a"]) for _ in range(6)]
        async with a.ends, b.ends, net.running(a.flow, b.flow):
            b.send("hello", to="a")
            await net.eventually(lambda: a.seen)
            assert len(a.ends.outbound._unproved) <= 3
        for one in silent:
            one.close()

    net.run(work)


def test_a_member_that_comes_back_is_found_over_tls(net, member, ours):
    async def work():
        a, b = [await member(name, ours) for name in "ab"]
        async with a.ends, net.running(a.flow):
            async with b.ends, net.running(b.flow):
                a.send("one", to="b")
                await net.eventually(lambda: b.seen)
            again = await member("b", ours)
            async with again.ends, net.running(again.flow):
                a.send("two", to="b")
                await net.eventually(lambda: again.seen)
        assert again.seen == [("two", "a")]

    net.run(work)


def test_lines_go_over_tls_to_programs_of_any_make(net, ours, authority):
    async def work():
        server = net.Node(await hf.net.bind_tcp(0, codec="lines", tls=ours), net.ECHO)
        context = ssl.create_default_context(cafile=authority.ca)
        context.load_cert_chain(*authority.certificate("client")[:2])

        async with server.ends, net.running(server.flow):
            reader, writer = await asyncio.open_connection(*server.address, ssl=context)
            writer.write(b"hello\nagain\n")
            async with asyncio.timeout(60):
                assert [await reader.readline() for _ in range(2)] == [b"hello\n", b"again\n"]
            writer.close()

    net.run(work)


def test_one_context_is_for_its_side(net, ours, caplog):
    assert tls_of(None) is None
    assert tls_of(ours) is ours
    assert tls_of(ours.accepts) == Tls(accepts=ours.accepts)
    assert tls_of(ours.dials) == Tls(dials=ours.dials)
    with pytest.raises(ValueError, match="is no TLS"):
        tls_of("cert.pem")

    async def work():
        server = net.Node(await hf.net.bind_tcp(0, tls=ours.accepts, patience=0.1))
        client = net.Node(await hf.net.connect_tcp(server.address, tls=ours.dials))
        async with server.ends, client.ends, net.running(server.flow, client.flow):
            client.send("hello", to=server.address)
            await net.eventually(lambda: server.seen)
            server.send("hello", to=server.address)
            await net.eventually(lambda: server.statistics.lost)

    net.run(work)
    assert "none to dial" in caplog.text


def test_files_that_cannot_be_read_are_told_and_no_password_is_asked_for(authority, tmp_path):
    good = authority.certificate("good")
    locked = tmp_path / "locked.key"
    subprocess.run(
        ["openssl", "pkcs8", "-topk8", "-in", good.key, "-out", locked, "-passout", "pass:secret"], check=True
    )
    for files in ((tmp_path / "none.pem", good.key), (good.cert, locked), (good.key, good.key)):
        with pytest.raises(OSError, match=r"No such file|\[SSL|PEM|decrypt"):
            Tls.of_files(*files)
    with pytest.raises(OSError, match=r"No such file|\[SSL|PEM|decrypt"):
        Tls.of_files(ca=tmp_path / "none.pem")
    assert Tls.of_files(ca=good.ca).accepts is None
    os.remove(locked)


def test_only_an_end_that_asks_for_certificates_is_not_exposed(net, ours, authority, monkeypatch):
    asked = []
    monkeypatch.setattr("hydroflow_nb.net.tcp.warn_if_exposed", lambda host, **how: asked.append(how["is_encrypted"]))
    open_to_all = Tls.of_files(*authority.certificate("public")[:2])
    assert (ours.authenticates, open_to_all.authenticates) == (True, False)

    async def work():
        for tls in (None, open_to_all, ours):
            (await hf.net.bind_tcp(0, tls=tls)).close()

    net.run(work)
    assert asked == [False, True]
    with pytest.warns(hf.net.ExposedWarning, match="Nobody is authenticated"):
        warn_if_exposed("0.0.0.0", is_encrypted=True)
