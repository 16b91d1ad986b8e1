"""Bounds of an end over all its peers: what waits for them, and their places."""

from __future__ import annotations

import contextlib
import logging
import socket
import sys
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

import hydroflow_nb as hf
from hydroflow_nb.net import streams
from hydroflow_nb.net.frames import frame
from hydroflow_nb.net.messages.codec import HELLO, MSGPACK, encoded

many_hosts = pytest.mark.skipif(sys.platform != "linux", reason="only there all of 127.0.0.0/8 is this machine")


def greeting(port: int) -> bytes:
    return frame(bytes([HELLO]) + msgspec.msgpack.encode({"port": port}))


def message(payload: Any) -> bytes:
    return frame(encoded(MSGPACK, payload))


class Crowd(contextlib.ExitStack):
    """Plain sockets that are connected to an address, and closed with the test."""

    def __init__(self, address: Any) -> None:
        super().__init__()
        self.address = address

    def join(self, *said: bytes, host: str = "127.0.0.1", receives: int = 0) -> socket.socket:
        one = self.enter_context(socket.socket())
        if receives:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
        one.bind((host, 0))
        one.connect(self.address)
        one.sendall(b"".join(said))
        return one


def is_closed(one: socket.socket) -> bool:
    """True where the other side has closed a connection on which it never sent anything."""
    one.setblocking(False)
    try:
        return not one.recv(1)
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def test_who_owes_most_is_cut_off_when_too_much_waits_for_all_peers(
    net: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    total = 4 << 20

    async def go() -> None:
        async with await hf.net.bind_tcp(0, total_backlog=total, patience=0.1) as one:
            with Crowd(one.address) as crowd:
                silent = [crowd.join(greeting(40_000 + number), receives=4096) for number in range(10)]
                await net.eventually(lambda: len(one.outbound._peers) == 10)
                node, ports = net.Node(one), range(40_000, 40_010)
                with caplog.at_level(logging.WARNING):
                    for _ in range(20):
                        for port in ports:
                            # One of them is owed three times as much as the others.
                            for _ in range(3 if port == ports[0] else 1):
                                node.send("x" * 100_000, to=("127.0.0.1", port))
                        node.flow.run_tick()
                        assert one.outbound._owed <= total
                assert ("127.0.0.1", ports[0]) not in {connection.address for connection in one.outbound._connections}
                assert node.statistics.cut_off > 0
                assert node.statistics.lost > 0
                assert "wait for all peers" in caplog.text
                assert caplog.text.count(f"{ports[0]}) lost") == 1
                assert len(silent) == 10

    net.run(go)


def test_what_waits_for_peers_that_cannot_be_reached_is_bounded_over_all_of_them(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with await hf.net.bind_tcp(0, total_backlog=1 << 20, patience=0.1) as one:
            node, ports = net.Node(one), [net.free_port() for _ in range(20)]
            for _ in range(20):
                for port in ports:
                    node.send("x" * 10_000, to=("127.0.0.1", port))
                node.flow.run_tick()
                assert one.outbound._owed <= 1 << 20
            await one.outbound.drain()
            assert node.statistics.lost == 400
            assert node.statistics.cut_off == 0
            assert one.outbound._owed == 0

    net.run(go)


def test_nothing_is_owed_when_all_has_left(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with await hf.net.bind_tcp(0) as server, await hf.net.connect_tcp(server.address) as other:
            there, here = net.Node(server), net.Node(other)
            async with net.running(there.flow):
                for _ in range(10):
                    here.send(*["x" * 50_000] * 20, to=server.address)
                    here.flow.run_tick()
                assert other.outbound._owed > 0
                await net.eventually(lambda: len(there.seen) == 200)
            assert other.outbound._owed == 0
            assert all(peer.owed == 0 for peer in other.outbound._peers.values())

    net.run(go)


def test_connections_that_only_greeted_give_way_and_those_that_talked_stay(
    net: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MOST_CONNECTIONS", 5)

    async def go() -> None:
        async with await hf.net.bind_tcp(0) as one:
            server = net.Node(one)
            with Crowd(one.address) as crowd:
                talker = crowd.join(greeting(40_000), message("first"))
                subscriber = crowd.join(greeting(40_001))
                await net.eventually(lambda: len(one.outbound._peers) == 2)
                server.send("news", to=("127.0.0.1", 40_001))
                server.flow.run_tick()
                idle = [crowd.join(greeting(40_002 + number)) for number in range(3)]
                await net.eventually(lambda: len(one.outbound._peers) == 5)

                late = [crowd.join(greeting(40_010 + number), message("late")) for number in range(4)]
                await net.eventually(lambda: server.statistics.refused == 4)
                await net.eventually(lambda: len(one.inbound) == 3)

                assert all(map(is_closed, idle))
                assert not is_closed(talker)
                assert not is_closed(subscriber) or subscriber.recv(1)
                # There is no place for one more who talks: all others have talked as well. It is counted first, and
                # closed in the loop's next turn.
                await net.eventually(lambda: is_closed(late[-1]))
                assert [is_closed(one) for one in late] == [False, False, False, True]
            server.flow.run_tick()
            assert server.payloads == ["first", "late", "late", "late"]

    net.run(go)


@many_hosts
def test_one_host_cannot_take_all_places(net: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST_CONNECTIONS", 6)

    async def go() -> None:
        async with await hf.net.bind_tcp(0) as one:
            with Crowd(one.address) as crowd:
                greedy = [crowd.join(greeting(40_000 + number), message("mine")) for number in range(6)]
                await net.eventually(lambda: len(one.inbound) == 6)

                others = [crowd.join(greeting(40_000 + n), message("too"), host="127.0.0.2") for n in range(4)]
                await net.eventually(lambda: one.inbound.statistics.refused == 4)
                await net.eventually(lambda: len(one.inbound) == 9)

                await net.eventually(lambda: is_closed(others[-1]))
                assert [is_closed(one) for one in greedy] == [True] * 3 + [False] * 3
                assert [is_closed(one) for one in others] == [False] * 3 + [True]

    net.run(go)


@many_hosts
def test_idle_connections_of_many_hosts_give_way_to_a_new_one(
    net: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MOST_CONNECTIONS", 4)

    async def go() -> None:
        async with await hf.net.bind_tcp(0) as one:
            with Crowd(one.address) as crowd:
                for number in range(4):
                    crowd.join(greeting(40_000), host=f"127.0.0.{number + 2}")
                await net.eventually(lambda: len(one.outbound._peers) == 4)

                crowd.join(greeting(40_000), message("hello"))

                await net.eventually(lambda: len(one.inbound) == 1)

    net.run(go)


def test_nobody_waits_for_who_has_closed_its_end_and_cannot_be_dialled(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with await hf.net.bind_tcp(0, patience=1000) as one:
            server = net.Node(one, net.ECHO + net.SEND)
            async with await hf.net.connect_tcp(one.address) as other:
                client = net.Node(other)
                client.send("hello", to=one.address)
                await client.flow.run_available_async()
                await net.eventually(lambda: len(one.inbound))
            await net.eventually(lambda: not one.outbound._connections)

            await server.flow.run_available_async()
            server.send("again", to=other.address)
            await server.flow.run_available_async()

            assert server.statistics.lost == 2

    net.run(go)


def test_who_listens_is_waited_for_although_it_said_farewell(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with await hf.net.bind_tcp(0) as one:
            node = net.Node(one)
            other = await hf.net.bind_tcp(0)
            node.send("first", to=other.address)
            await node.flow.run_available_async()
            other.close()
            await net.eventually(lambda: not one.outbound._connections)
            node.send("second", to=other.address)
            node.flow.run_tick()
            async with await hf.net.bind_tcp(other.address) as again:
                await net.eventually(lambda: len(again.inbound))

    net.run(go)
