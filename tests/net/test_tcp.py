from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import sys
import textwrap
import time
import warnings
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.net import peer, streams, turns
from hydroflow_nb.net.frames import Frames, frame
from hydroflow_nb.net.greeting import Greeting
from hydroflow_nb.net.messages.codec import HELLO, JSON, MSGPACK, encoded


def message(payload: Any) -> bytes:
    return frame(encoded(MSGPACK, payload))


@contextlib.contextmanager
def raw_socket(address: Any) -> Iterator[socket.socket]:
    """A plain socket that is connected to an address, for what no end of ours would send."""
    with socket.create_connection(address) as raw:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield raw


@contextlib.asynccontextmanager
async def silent_peer(receives: int = 0) -> AsyncIterator[tuple[Any, list[socket.socket]]]:
    """Somebody who accepts connections and reads nothing: the address, and the connections."""
    listening = socket.socket()
    if receives:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    listening.setblocking(False)
    accepted: list[socket.socket] = []

    async def accept() -> None:
        while True:
            accepted.append((await asyncio.get_running_loop().sock_accept(listening))[0])

    accepting = asyncio.ensure_future(accept())
    try:
        yield listening.getsockname(), accepted
    finally:
        accepting.cancel()
        await asyncio.gather(accepting, return_exceptions=True)
        for one in (*accepted, listening):
            one.close()


# --- who is who ------------------------------------------------------------------------------------------------------


def test_a_client_is_known_by_the_address_that_it_was_given(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with await hf.net.bind_tcp(0) as one, await hf.net.connect_tcp(one.address) as other:
            server, client = net.Node(one), net.Node(other)
            async with net.running(server.flow, client.flow):
                client.send("hello", to=server.address)
                await net.eventually(lambda: server.seen)
                server.send("you are", to=server.seen[0][1])
                await net.eventually(lambda: client.seen)
        assert server.seen == [("hello", client.address)]
        assert client.seen == [("you are", server.address)]

    net.run(go)


def test_replies_go_over_the_connection_that_there_is(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with await hf.net.bind_tcp(0) as one, await hf.net.bind_tcp(0) as other:
            a, b = net.Node(one), net.Node(other, net.ECHO)
            async with net.running(a.flow, b.flow):
                a.send(*range(5), to=b.address)
                await net.eventually(lambda: len(a.seen) == 5)
            assert len(one.outbound._connections) == len(other.outbound._connections) == 1
        assert a.payloads == list(range(5))

    net.run(go)


def test_two_who_dial_each_other_at_once_keep_the_order_of_messages(net: SimpleNamespace) -> None:
    async def go() -> None:
        for _ in range(20):
            async with await hf.net.bind_tcp(0) as one, await hf.net.bind_tcp(0) as other:
                a, b = net.Node(one), net.Node(other)
                async with net.running(a.flow, b.flow):
                    for number in range(50):
                        a.send(number, to=b.address)
                        b.send(number, to=a.address)
                        await asyncio.sleep(0)
                    await net.eventually(lambda a=a, b=b: len(a.seen) == len(b.seen) == 50)
            assert a.payloads == b.payloads == list(range(50))
            assert {address for _, address in a.seen} == {b.address}

    net.run(go)


def test_the_host_is_never_taken_from_who_connects_nor_an_impossible_port(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with await hf.net.bind_tcp(0) as one:
            server = net.Node(one)
            async with net.running(server.flow):
                with raw_socket(one.address) as honest, raw_socket(one.address) as impossible:
                    honest.sendall(Greeting(port=4711).frame() + message("known"))
                    impossible.sendall(Greeting(port=70_000).frame() + message("unknown"))
                    await net.eventually(lambda: server.seen and server.statistics.undecodable)
                    assert await asyncio.to_thread(impossible.recv, 1) == b""
        assert server.seen == [("known", ("127.0.0.1", 4711))]

    net.run(go)


def test_a_program_that_greets_nobody_is_known_by_its_socket(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with await hf.net.bind_tcp(0) as one:
            server = net.Node(one, net.ECHO)
            async with net.running(server.flow):
                with raw_socket(one.address) as raw:
                    raw.sendall(message("from afar"))
                    raw.settimeout(60)
                    data = await asyncio.to_thread(raw.recv, 1000)
        assert data == message("from afar")

    net.run(go)


def test_it_works_over_ipv6_and_by_name(net: SimpleNamespace) -> None:
    async def go() -> None:
        try:
            six = await hf.net.bind_tcp("[::1]:0")
        except OSError:
            pytest.skip("this machine has no IPv6")
        async with six, await hf.net.bind_tcp("localhost:0") as four:
            for ends, name in ((six, six.address), (four, ("localhost", four.address[1]))):
                async with await hf.net.connect_tcp(name) as other:
                    server, client = net.Node(ends, net.ECHO), net.Node(other)
                    async with net.running(server.flow, client.flow):
                        client.send("x", to=name)
                        await net.eventually(lambda client=client: client.seen)
                    assert client.seen == [("x", ends.address)]
                    assert len(ends.address) == 2

    net.run(go)


def test_nobody_listening_is_an_error_that_names_the_address(net: SimpleNamespace) -> None:
    async def go() -> None:
        port = net.free_port()
        with pytest.raises(ConnectionRefusedError, match=f"cannot connect to 127.0.0.1:{port}: .*is it bound"):
            await hf.net.connect_tcp(port)

    net.run(go)


# --- what comes in ---------------------------------------------------------------------------------------------------


def test_frames_split_at_every_byte_arrive_whole(net: SimpleNamespace) -> None:
    stream = Greeting(port=1234).frame() + message("hello") + message({"k": (1, 2)})

    async def go() -> None:
        async with await hf.net.bind_tcp(0) as one:
            server = net.Node(one)
            async with net.running(server.flow):
                for at in range(1, len(stream)):
                    with raw_socket(one.address) as raw:
                        raw.sendall(stream[:at])
                        for _ in range(3):
                            await asyncio.sleep(0)
                        raw.sendall(stream[at:])
                        await net.eventually(lambda at=at: len(server.seen) == 2 * at)
                with raw_socket(one.address) as raw:
                    for byte in stream:
                        raw.sendall(bytes([byte]))
                        await asyncio.sleep(0)
                    await net.eventually(lambda: len(server.seen) == 2 * len(stream))
        assert server.payloads == ["hello", {"k": (1, 2)}] * len(stream)
        assert not server.statistics.truncated
        assert not server.statistics.rejected

    net.run(go)


def test_every_prefix_of_a_frame_with_a_close_after_it_is_counted_and_harms_nobody(net: SimpleNamespace) -> None:
    whole = message("hello")

    async def go() -> None:
        async with await hf.net.bind_tcp(0) as one, await hf.net.connect_tcp(one.address) as other:
            server, client = net.Node(one), net.Node(other)
            async with net.running(server.flow, client.flow):
                for length in range(len(whole)):
                    with raw_socket(one.address) as raw:
                        raw.sendall(whole[:length])
                    await net.eventually(lambda length=length: server.statistics.truncated == length)
                client.send("fine", to=server.address)
                await net.eventually(lambda: server.seen)
            assert len(one.outbound._connections) == 1
        assert server.payloads == ["fine"]

    net.run(go)


def test_a_frame_that_announces_too_much_ends_its_connection_only(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with (
            await hf.net.bind_tcp(0, limit=1000) as one,
            await hf.net.connect_tcp(one.address) as other,
        ):
            server, client = net.Node(one), net.Node(other)
            async with net.running(server.flow, client.flow):
                with raw_socket(one.address) as raw:
                    raw.sendall(message("before") + b"\x00\x00\x03\xe9")
                    raw.settimeout(60)
                    assert await asyncio.to_thread(raw.recv, 1) == b""
                client.send("fine", to=server.address)
                await net.eventually(lambda: len(server.seen) == 2)
        assert server.payloads == ["before", "fine"]
        assert server.statistics.oversized == 1

    net.run(go)


def test_a_flood_of_garbage_is_survived(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with await hf.net.bind_tcp(0) as one, await hf.net.connect_tcp(one.address) as other:
            server, client = net.Node(one), net.Node(other)
            async with net.running(server.flow, client.flow):
                for _ in range(50):
                    with raw_socket(one.address) as raw:
                        raw.sendall(os.urandom(1000))
                with raw_socket(one.address) as raw:
                    raw.sendall(b"".join(frame(os.urandom(20)) for _ in range(2000)))
                    await net.eventually(lambda: server.statistics.undecodable > 1000)
                client.send("fine", to=server.address)
                await net.eventually(lambda: "fine" in server.payloads)
                await net.eventually(lambda: len(one.outbound._connections) == 1)
            assert len(server.statistics.rejected) == 20

    net.run(go)


@pytest.mark.parametrize("garbage", [b"\x81\xa1x" + b"\x91" * 100_000 + b"\x90", b"\x81\xa4path\xa2\xff\xff", b"\xc1"])
@pytest.mark.parametrize("before", [[], ["hello"]])
def test_a_greeting_that_is_garbage_is_counted_and_takes_no_message_with_it(
    net: SimpleNamespace, caplog: pytest.LogCaptureFixture, garbage: bytes, before: list[str]
) -> None:
    async def go() -> None:
        async with await hf.net.bind_tcp(0) as one:
            server = net.Node(one)
            async with net.running(server.flow):
                with raw_socket(one.address) as raw:
                    raw.sendall(b"".join(map(message, before)) + frame(bytes([HELLO]) + garbage))
                    await net.eventually(lambda: server.statistics.undecodable)
            assert server.payloads == before
        assert not [record for record in caplog.records if record.name == "asyncio"]

    net.run(go)


def test_nobody_stops_a_flow_by_a_message_that_grows_when_it_is_passed_on(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with await hf.net.bind_tcp(0) as one, await hf.net.connect_tcp(one.address) as other:
            server, client = net.Node(one, net.ECHO), net.Node(other)
            async with net.running(server.flow, client.flow):
                with raw_socket(one.address) as raw:
                    raw.sendall(frame(JSON.head + b"[" + b"1.5," * 200_000 + b"1]"))
                    await net.eventually(lambda: server.statistics.lost)
                client.send("fine", to=server.address)
                await net.eventually(lambda: client.payloads == ["fine"])

    net.run(go)


@pytest.mark.parametrize("bound", ["connections", "files"])
def test_connections_beyond_the_most_are_turned_away(
    net: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    if bound == "connections":
        monkeypatch.setattr(streams, "MOST_CONNECTIONS", 3)
    else:
        resource = pytest.importorskip("resource")
        monkeypatch.setattr(resource, "getrlimit", lambda _: (7, 100))

    async def go() -> None:
        async with await hf.net.bind_tcp(0) as one:
            with contextlib.ExitStack() as stack:
                for number in range(5):
                    stack.enter_context(raw_socket(one.address)).sendall(message("hello"))
                    await net.eventually(lambda: len(one.inbound) + one.inbound.statistics.refused > number)  # noqa: B023
                await net.eventually(lambda: one.inbound.statistics.refused == 2)
            await net.eventually(lambda: not one.outbound._connections)

    net.run(go)


def test_connections_that_say_nothing_keep_nobody_out(net: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST_CONNECTIONS", 3)

    async def go() -> None:
        async with await hf.net.bind_tcp(0) as one:
            server = net.Node(one, net.ECHO)
            with contextlib.ExitStack() as stack:
                for _ in range(3):
                    stack.enter_context(raw_socket(one.address))
                await net.eventually(lambda: len(one.outbound._connections) == 3)
                async with await hf.net.connect_tcp(one.address) as other:
                    client = net.Node(other)
                    async with net.running(server.flow, client.flow):
                        client.send("hello", to=one.address)
                        await net.eventually(lambda: client.payloads == ["hello"])
            assert one.inbound.statistics.refused == 1

    net.run(go)


def test_many_who_send_most_of_a_large_message_take_bounded_memory_and_keep_nobody_out(
    net: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "PACE", 0.3)
    room, crowd, most = 2 << 20, 30, 0

    async def go() -> None:
        nonlocal most
        async with await hf.net.bind_tcp(0, room=room) as one, await hf.net.connect_tcp(one.address) as other:
            server, client = net.Node(one, net.ECHO), net.Node(other)
            async with net.running(server.flow, client.flow):
                with contextlib.ExitStack() as stack:
                    raws = [stack.enter_context(raw_socket(one.address)) for _ in range(crowd)]
                    for raw in raws:
                        raw.setblocking(False)
                    loop = asyncio.get_running_loop()
                    tasks = [loop.create_task(loop.sock_sendall(raw, message("x" * 1_000_000)[:-1])) for raw in raws]
                    client.send("small", to=one.address)
                    await net.eventually(lambda: client.payloads == ["small"])
                    await net.eventually(lambda: one.outbound.turns._waiting)
                    client.send("y" * 1_000_000, to=one.address)

                    def is_back() -> bool:
                        nonlocal most
                        most = max(most, sum(connection.pending for connection in one.outbound._connections))
                        return len(client.seen) == 2

                    await net.eventually(is_back)
                    for task in tasks:
                        task.cancel()
                    await asyncio.gather(*tasks, return_exceptions=True)
                await net.eventually(lambda: len(one.outbound._connections) == 1)
        assert most <= room + (crowd + 1) * turns.SMALL
        assert server.statistics.truncated == crowd
        assert client.statistics.reconnects == 0

    net.run(go)


def test_honest_peers_who_all_send_large_messages_at_once_lose_none(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with await hf.net.bind_tcp(0, room=1 << 20) as one, contextlib.AsyncExitStack() as stack:
            server = net.Node(one)
            clients = [
                net.Node(await stack.enter_async_context(await hf.net.connect_tcp(one.address))) for _ in range(20)
            ]
            async with net.running(server.flow, *(client.flow for client in clients)):
                for number, client in enumerate(clients):
                    client.send(*((number, each, "x" * 400_000) for each in range(4)), to=one.address)
                await net.eventually(lambda: len(server.seen) == 80)
            for number in range(20):
                assert [each for whose, each, _ in server.payloads if whose == number] == list(range(4))
            assert not one.outbound.turns._taking
        assert not server.statistics.truncated

    net.run(go)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems keep no more than 128 connections")
def test_hundreds_who_connect_while_a_tick_lasts_all_get_in(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with await hf.net.bind_tcp(0) as one:
            server = net.Node(one)
            with contextlib.ExitStack() as stack:
                for number in range(400):
                    # Nobody accepts meanwhile: the event loop stands still.
                    raw = stack.enter_context(socket.create_connection(one.address, timeout=60))
                    raw.sendall(message(number))
                async with net.running(server.flow):
                    await net.eventually(lambda: len(server.seen) == 400)

    net.run(go)


def test_garbage_by_udp_loses_no_message_by_tcp(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with (
            await hf.net.bind_udp(0) as datagrams,
            await hf.net.bind_tcp(0) as one,
            await hf.net.connect_tcp(one.address) as other,
        ):
            server, client, flooded = net.Node(one), net.Node(other), net.Node(datagrams)
            numbers = iter(range(1_000_000))
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as raw:
                async with net.running(server.flow, client.flow, flooded.flow):
                    end = time.monotonic() + 1.0
                    while time.monotonic() < end:
                        for _ in range(20):
                            raw.sendto(os.urandom(50), datagrams.address)
                        client.send(*(next(numbers) for _ in range(20)), to=server.address)
                        await asyncio.sleep(0)
                    count = next(numbers)
                    await net.eventually(lambda: len(server.seen) >= count)
        assert server.payloads == list(range(count))
        assert flooded.statistics.undecodable
        assert not server.statistics.rejected

    net.run(go)


# --- slow and silent peers -------------------------------------------------------------------------------------------


def test_a_peer_that_reads_nothing_is_waited_for_a_while_and_cut_off_in_the_end(
    net: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(peer, "STALL", 0.1)
    backlog = 2 << 20

    async def go() -> None:
        async with silent_peer() as (address, _), await hf.net.bind_tcp(0, backlog=backlog) as one:
            node, most, was_congested = net.Node(one), 0, False
            async with net.running(node.flow):
                while not node.statistics.lost:
                    node.send(*["x" * 1000] * 100, to=address)
                    await asyncio.sleep(0)
                    for one_peer in one.outbound._peers.values():
                        most = max(most, one_peer.outbox.size)
                    was_congested = was_congested or one.outbound.is_congested()
                    if was_congested and len(node.items) > 1000:
                        # The flow takes nothing in: wait until the peer counts no more.
                        await asyncio.sleep(0.01)
                node.send("to myself", to=node.address)
                await net.eventually(lambda: node.seen)
        assert was_congested
        # What had been held back comes in one tick, once the peer is waited for no more.
        assert most < 5 * backlog

    net.run(go)
    assert "the peer reads too slowly" in caplog.text


def test_nothing_is_lost_while_a_peer_is_dialled_for_the_first_time(net: SimpleNamespace) -> None:
    async def lines(address: Any) -> AsyncIterator[Any]:
        for number in range(4_000):
            yield ((number, "x" * 10_000), address)

    async def go() -> None:
        async with await hf.net.bind_tcp(0) as one, await hf.net.bind_tcp(0) as other:
            taker = net.Node(one)
            names = {"lines": lines(one.address), "outbound": other.outbound}
            sender = hf.compile("source_stream(lines) -> dest_sink_serde(outbound);", names)
            async with net.running(taker.flow, sender):
                await net.eventually(lambda: len(taker.seen) == 4_000 or other.inbound.statistics.lost)
            assert [number for number, _ in taker.payloads] == list(range(4_000))

    net.run(go)


def test_a_slow_peer_gets_everything_in_order(net: SimpleNamespace) -> None:
    count = 4000

    async def go() -> None:
        async with silent_peer(receives=8192) as (address, accepted), await hf.net.bind_tcp(0) as one:
            node, frames, bodies = net.Node(one), Frames(), list[bytes]()
            async with net.running(node.flow):
                for number in range(count):
                    node.send(f"{number}:{'x' * 1000}", to=address)
                    if number % 100 == 0:
                        await asyncio.sleep(0)
                await net.eventually(lambda: accepted)
                await net.eventually(one.outbound.is_congested)
                (connection,) = accepted
                connection.setblocking(False)
                while len(bodies) <= count:
                    data = await asyncio.get_running_loop().sock_recv(connection, 100_000)
                    bodies += frames.feed(data)
                    await asyncio.sleep(0.0005)
                await one.outbound.drain()
            assert not one.outbound.is_congested()
            assert node.statistics.sent == count
        texts = [MSGPACK.unpack(body[1:]) for body in bodies[1:]]
        assert [int(text.split(":")[0]) for text in texts] == list(range(count))

    net.run(go)


def test_a_flow_that_takes_nothing_stops_the_reading_and_loses_nothing(net: SimpleNamespace) -> None:
    count = 2000

    async def go() -> None:
        async with (
            await hf.net.bind_tcp(0, room=100_000) as one,
            await hf.net.connect_tcp(one.address) as other,
        ):
            server, client = net.Node(one), net.Node(other)
            async with net.running(client.flow):
                for number in range(count):
                    client.send((number, "x" * 1000), to=server.address)
                    await asyncio.sleep(0)
                await net.eventually(one.inbound.is_full)
                most = one.inbound._bytes
                async with net.running(server.flow):
                    await net.eventually(lambda: len(server.seen) == count)
            # A read is at most 256 KiB.
            assert most < 500_000
        assert [number for number, _ in server.payloads] == list(range(count))

    net.run(go)


def test_two_flows_that_flood_each_other_do_not_stop_each_other(
    net: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer, "STALL", 0.05)
    monkeypatch.setattr(peer, "HIGH_WATER", 50_000)

    async def go() -> None:
        double = """
            source_stream_serde(inbound) -> inspect(|_| seen.append(1)) -> dest_sink_serde(outbound);
            source_stream(items) -> dest_sink_serde(outbound);
        """
        async with await hf.net.bind_tcp(0, room=50_000) as one, await hf.net.bind_tcp(0, room=50_000) as other:
            one.outbound.patience = other.outbound.patience = 0.1
            a, b = net.Node(one, double), net.Node(other, double)
            a.send(*["x" * 1000] * 2000, to=b.address)
            b.send(*["y" * 1000] * 2000, to=a.address)
            async with net.running(a.flow, b.flow):
                await net.eventually(lambda: len(a.seen) > 5000 and len(b.seen) > 5000)

    net.run(go)


def test_draining_waits_no_longer_than_patience_for_who_cannot_be_reached_or_reads_nothing(
    net: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer, "STALL", 0.05)

    async def go() -> None:
        async with silent_peer() as (silent, accepted), await hf.net.bind_tcp(0, patience=0.3) as one:
            node = net.Node(one)
            # On a busy machine patience may be over before somebody who can be reached is.
            while not accepted:
                node.send("hello", to=silent)
                await node.flow.run_available_async()
                await one.outbound.drain()
            before = node.statistics.lost
            node.send("x" * 1000, to=net.free_port())
            node.send(*["x" * 100_000] * 100, to=silent)
            await node.flow.run_available_async()
            await one.outbound.drain()
            assert node.statistics.lost == before + 1
        assert node.statistics.lost > before + 10

    net.run(go)


@pytest.mark.parametrize("way", ["drain", "async with", "run_available_async", "run_tick_async"])
def test_what_was_sent_leaves_when_the_peer_is_back_within_patience(net: SimpleNamespace, way: str) -> None:
    async def go() -> None:
        server = await hf.net.bind_tcp(0)
        client = await hf.net.connect_tcp(server.address, patience=20)
        node = net.Node(client)
        server.close()
        await net.eventually(lambda: not client.outbound._connections)
        node.send("an order", to=server.address)

        async def restart() -> hf.net.Ends:
            await asyncio.sleep(0.3)
            return await hf.net.bind_tcp(server.address)

        restarting = asyncio.ensure_future(restart())
        match way:
            case "drain":
                node.flow.run_tick()
                await client.outbound.drain()
            case "async with":
                async with client:
                    node.flow.run_tick()
            case _:
                await getattr(node.flow, way)()
        client.close()
        again = await restarting
        await net.eventually(lambda: len(again.inbound))
        assert node.statistics.lost == 0
        again.close()

    net.run(go)


def test_what_two_flows_sent_by_one_end_leaves_and_a_flow_that_is_closed_takes_nothing_back(
    net: SimpleNamespace,
) -> None:
    async def go() -> None:
        async with await hf.net.bind_tcp(0) as server:
            async with await hf.net.bind_tcp(0) as client:
                nodes = [net.Node(client, net.SEND) for _ in range(2)]
                for node in nodes:
                    node.send(*["x" * 1000] * 1000, to=server.address)
                    node.flow.run_tick()
                    node.flow.close()
            await net.eventually(lambda: len(server.inbound) == 2000)
            assert client.outbound.statistics.lost == 0

    net.run(go)


def test_a_drain_that_is_cancelled_harms_no_other(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with await hf.net.bind_tcp(0, patience=0.3) as one:
            node = net.Node(one)
            node.send("x", to=net.free_port())
            node.flow.run_tick()
            first, second = (asyncio.ensure_future(one.outbound.drain()) for _ in range(2))
            # Both wait from here on; the patience ends in a later turn.
            await asyncio.sleep(0)
            first.cancel()
            await second
            assert first.cancelled()
            assert node.statistics.lost == 1

    net.run(go)


def test_what_is_under_way_arrives_although_the_end_was_closed_with_messages_unread(net: SimpleNamespace) -> None:
    async def go() -> None:
        server = await hf.net.bind_tcp(0)
        client = await hf.net.connect_tcp(server.address)
        there, here = net.Node(server), net.Node(client)
        here.send("first", to=server.address)
        here.flow.run_tick()
        await net.eventually(lambda: len(server.inbound))
        there.flow.run_tick()

        # Nobody reads at either side for now, and the kernel cannot hold all.
        for end in (client, server):
            end.outbound.filled()
        there.send(*["y" * 1000] * 100, to=client.address)
        there.flow.run_tick()
        here.send(*["x" * 1000] * 300, to=server.address)
        here.flow.run_tick()
        await client.outbound.drain()
        client.close()
        server.outbound._read_on()

        await net.eventually(lambda: len(server.inbound) == 300)
        server.close()

    net.run(go)


def test_what_waits_for_who_cannot_be_reached_is_bounded_in_size_and_time(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with await hf.net.bind_tcp(0, backlog=10_000, patience=0.3) as one:
            node, nobody = net.Node(one), net.free_port()
            for _ in range(100):
                node.send("x" * 1000, to=nobody)
                node.flow.run_tick()
            assert 80 <= node.statistics.lost < 100
            await net.eventually(lambda: node.statistics.lost == 100)
            assert not one.outbound._peers

    net.run(go)


# --- connections that break ------------------------------------------------------------------------------------------


def test_a_client_comes_back_to_a_server_that_was_closed_and_bound_again(
    net: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    async def go() -> None:
        first = await hf.net.bind_tcp(0)
        async with await hf.net.connect_tcp(first.address) as other:
            server, client = net.Node(first), net.Node(other)
            async with net.running(server.flow, client.flow):
                client.send("one", to=first.address)
                await net.eventually(lambda: server.seen)
                first.close()
                await net.eventually(lambda: not other.outbound._connections)
                client.send("two", "three", to=first.address)
                async with await hf.net.bind_tcp(first.address) as second:
                    again = net.Node(second)
                    async with net.running(again.flow):
                        await net.eventually(lambda: len(again.seen) == 2)
                        again.send("welcome back", to=again.seen[0][1])
                        await net.eventually(lambda: client.seen)
        assert again.seen == [("two", client.address), ("three", client.address)]
        assert server.seen == [("one", client.address)]
        assert client.statistics.reconnects == 1
        assert client.statistics.lost == 0

    with caplog.at_level(logging.INFO, "hydroflow_nb.net"):
        net.run(go)
    assert "was closed by the peer" in caplog.text
    assert "again" in caplog.text


def test_who_says_farewell_is_sent_nothing_more_over_that_connection(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with silent_peer() as (address, accepted), await hf.net.connect_tcp(address) as other:
            client = net.Node(other)
            await net.eventually(lambda: accepted)
            # It does not close the connection.
            accepted[0].sendall(Greeting(leaves=True).frame())
            await net.eventually(lambda: len(accepted) == 2)
            client.send("one", to=address)
            client.flow.run_tick()
            accepted[1].settimeout(60)
            data = b""
            while message("one") not in data:
                data += await asyncio.to_thread(accepted[1].recv, 1000)
            assert client.statistics.reconnects == 1
            accepted[1].close()

    net.run(go)


def test_a_client_with_nothing_to_send_comes_back_too(net: SimpleNamespace) -> None:
    async def go() -> None:
        first = await hf.net.bind_tcp(0)
        async with await hf.net.connect_tcp(first.address) as other:
            first.close()
            await net.eventually(lambda: not other.outbound._connections)
            async with await hf.net.bind_tcp(first.address) as second:
                await net.eventually(lambda: second.outbound._peers)
                assert list(second.outbound._peers) == [other.address]

    net.run(go)


CHATTER = """
    import asyncio, sys
    import hydroflow_nb as hf

    async def main():
        outbound, inbound, address = await hf.net.bind_tcp(int(sys.argv[1]))
        flow = hf.compile("source_stream_serde(inbound) -> dest_sink_serde(outbound);")
        print("up", flush=True)
        await flow.run_async()

    asyncio.run(main())
"""


async def started(port: int) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", textwrap.dedent(CHATTER), str(port), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"up\n"
    return process


def test_when_a_peer_is_killed_the_others_go_on_and_find_it_when_it_is_back(
    net: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    async def go() -> None:
        port = net.free_port()
        process = await started(port)
        try:
            async with await hf.net.bind_tcp(0) as one, await hf.net.bind_tcp(0) as other:
                a, b = net.Node(one), net.Node(other, net.ECHO)
                async with net.running(a.flow, b.flow):
                    a.send("hello", to=port)
                    await net.eventually(lambda: "hello" in a.payloads)
                    process.kill()
                    await process.wait()
                    await net.eventually(lambda: not one.outbound._connections)
                    a.send("are you there?", to=port)
                    a.send("and you?", to=b.address)
                    await net.eventually(lambda: "and you?" in a.payloads)
                    process = await started(port)
                    await net.eventually(lambda: "are you there?" in a.payloads)
            assert a.statistics.reconnects == 1
            assert a.statistics.lost == 0
        finally:
            process.kill()
            await process.wait()

    net.run(go)
    said = [record.getMessage() for record in caplog.records]
    assert any("was lost" in text for text in said)
    assert any("cannot reach" in text and "1 message waits" in text for text in said)
    assert any("again" in text for text in said)


def test_a_peer_that_dials_again_is_answered_over_the_new_connection(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with await hf.net.bind_tcp(0) as one:
            server = net.Node(one, net.ECHO)
            async with net.running(server.flow):
                with raw_socket(one.address) as dead, raw_socket(one.address) as alive:
                    dead.sendall(Greeting(port=4711).frame() + message(1))
                    alive.settimeout(60)
                    assert await asyncio.to_thread(dead.recv, 1000) == message(1)
                    alive.sendall(Greeting(port=4711).frame() + message(2))
                    assert await asyncio.to_thread(alive.recv, 1000) == message(2)
                    dead.sendall(message(3))
                    assert await asyncio.to_thread(alive.recv, 1000) == message(3)

    net.run(go)


def test_who_pretends_to_be_a_peer_does_not_keep_the_peer_from_being_dialled(net: SimpleNamespace) -> None:
    async def go() -> None:
        first = await hf.net.bind_tcp(0)
        async with await hf.net.bind_tcp(0) as one:
            node = net.Node(one)
            async with net.running(node.flow):
                node.send("one", to=first.address)
                await net.eventually(lambda: len(first.inbound) == 1)
                with raw_socket(one.address) as raw:
                    raw.sendall(Greeting(port=first.address[1]).frame() + message("it is me"))
                    await net.eventually(lambda: node.seen)
                await net.eventually(lambda: len(one.outbound._connections) == 1)
                first.close()
                await net.eventually(lambda: not one.outbound._connections)
                node.send("two", to=first.address)
                async with await hf.net.bind_tcp(first.address) as second:
                    await net.eventually(lambda: len(second.inbound) == 1)

    net.run(go)


def test_an_address_in_use_says_what_to_do_and_can_be_bound_after_a_close(net: SimpleNamespace) -> None:
    async def go() -> None:
        one = await hf.net.bind_tcp(0)
        with pytest.raises(OSError, match=f"port {one.address[1]} is in use: close the ends that use it"):
            await hf.net.bind_tcp(one.address)
        with raw_socket(one.address):
            one.outbound.close()
            again = await hf.net.bind_tcp(one.address)
        again.close()

    net.run(go)


def test_being_reachable_from_elsewhere_is_warned_of_where_the_end_is_bound(net: SimpleNamespace) -> None:
    async def go() -> None:
        with pytest.warns(hf.net.ExposedWarning) as caught:
            ends = await hf.net.bind_tcp("0.0.0.0:0")
        ends.close()
        assert [warning.filename for warning in caught] == [__file__]

    net.run(go)


def test_where_warnings_are_errors_nobody_gets_in_from_elsewhere(net: SimpleNamespace) -> None:
    async def go() -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(hf.net.ExposedWarning):
                await hf.net.bind_tcp(("0.0.0.0", port))
        with pytest.raises(OSError, match="is it bound"):
            await hf.net.connect_tcp(port)
        (await hf.net.bind_tcp(port)).close()

    net.run(go)
