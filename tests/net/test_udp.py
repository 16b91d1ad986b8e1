from __future__ import annotations

import asyncio
import os
import socket
import warnings
from types import SimpleNamespace
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.net.inbound import Inbound
from hydroflow_nb.net.options import SocketOptions
from hydroflow_nb.net.udp import Datagrams, UdpOutbound


def test_messages_go_back_and_forth_with_the_bound_addresses(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with await hf.net.bind_udp(0) as one, await hf.net.bind_udp(0) as other:
            server, client = net.Node(one, net.ECHO), net.Node(other)
            async with net.running(server.flow, client.flow):
                client.send("hello", {"a": (1, 2)}, to=one.address)
                await net.eventually(lambda: len(client.seen) == 2)
        assert client.seen == [("hello", one.address), ({"a": (1, 2)}, one.address)]
        assert client.statistics.sent == client.statistics.received == 2

    net.run(go)


def test_a_flow_may_be_run_tick_by_tick_between_turns_of_the_loop(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with await hf.net.bind_udp(0) as one:
            node = net.Node(one)
            node.send("to myself", to=one.address)
            node.flow.run_tick()
            await net.eventually(node.flow.is_scheduled)
            node.flow.run_tick()
        assert node.seen == [("to myself", one.address)]

    net.run(go)


def test_it_works_over_ipv6_with_pairs_as_addresses(net: SimpleNamespace) -> None:
    if not has_ipv6():
        pytest.skip("this machine has no IPv6")

    async def go() -> None:
        async with await hf.net.bind_udp("[::1]:0") as one:
            node = net.Node(one)
            async with net.running(node.flow):
                node.send("six", to=one.address)
                await net.eventually(lambda: node.seen)
        assert node.seen == [("six", one.address)]
        assert one.address[0] == "::1"
        assert len(one.address) == 2

    net.run(go)


def test_a_name_is_looked_up_for_sending(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with await hf.net.bind_udp(0) as one:
            node = net.Node(one)
            node.send("first", to=("localhost", one.address[1]))
            node.flow.run_tick()
            await one.outbound.drain()
            node.send("second", to=f"localhost:{one.address[1]}")
            node.flow.run_tick()
            async with net.running(node.flow):
                await net.eventually(lambda: len(node.seen) == 2)
        assert node.payloads == ["first", "second"]

    net.run(go)


def test_what_is_for_an_unknown_host_is_lost_and_holds_up_nothing(
    net: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def getaddrinfo(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async def go() -> None:
        async with await hf.net.bind_udp(0) as one:
            monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
            node = net.Node(one)
            node.send("a", "b", to="no.such:5000")
            node.flow.run_tick()
            await one.outbound.drain()
            assert node.statistics.lost == 2

    net.run(go)
    assert "no.such" in caplog.text


def test_a_burst_of_datagrams_comes_in_few_ticks(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with await hf.net.bind_udp(0) as one, await hf.net.bind_udp(0) as other:
            node, sender = net.Node(one), net.Node(other)
            sender.send(*range(100), to=node.address)
            sender.flow.run_tick()
            async with net.running(node.flow):
                await net.eventually(lambda: len(node.seen) == 100)
            assert node.flow.current_tick() < 20
        assert node.payloads == list(range(100))

    net.run(go)


class Arrived:
    """A socket at which datagrams have arrived."""

    def __init__(self) -> None:
        self.data: list[bytes] = []
        self.looks = 0

    def recvfrom(self, _: int) -> tuple[bytes, tuple[str, int]]:
        self.looks += 1
        if not self.data:
            raise BlockingIOError
        return self.data.pop(0), ("127.0.0.1", 5001)


def test_datagrams_that_come_alone_are_seldom_looked_behind_and_a_burst_is_read_soon(net: SimpleNamespace) -> None:
    async def go() -> None:
        own, inbound = Arrived(), Inbound()
        datagrams = Datagrams(inbound, 100, own)  # type: ignore[arg-type]
        for _ in range(100):
            datagrams.datagram_received(b"alone", ("127.0.0.1", 5001))
        looks = own.looks
        own.data += [b"more"] * 20
        for _ in range(4):
            datagrams.datagram_received(b"first", ("127.0.0.1", 5001))

        assert looks < 30
        assert len(inbound) == 124

    net.run(go)


def test_garbage_is_counted_and_survived(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with await hf.net.bind_udp(0, limit=1000) as one:
            node = net.Node(one)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as raw:
                async with net.running(node.flow):
                    for data in (b"", b"\x00", os.urandom(500), b"\x11\xc1", b"x" * 2000):
                        raw.sendto(data, one.address)
                    node.send("fine", to=one.address)
                    await net.eventually(lambda: node.seen)
        assert node.payloads == ["fine"]
        assert node.statistics.undecodable == 4
        assert node.statistics.oversized == 1
        assert len(node.statistics.rejected) == 5

    net.run(go)


def test_what_comes_beyond_the_room_is_dropped_and_counted(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with await hf.net.bind_udp(0, room=10_000) as one:
            node = net.Node(one)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as raw:
                while not node.statistics.dropped:
                    raw.sendto(b"x" * 500, one.address)
                    await asyncio.sleep(0)
            assert len(one.inbound) <= 20
            # The flow makes room.
            node.flow.run_available()
            async with net.running(node.flow):
                node.send("after", to=one.address)
                await net.eventually(lambda: "after" in node.payloads)

    net.run(go)


@pytest.mark.parametrize(
    ("item", "why"),
    [
        (("x", ("::1", 5000)), "cannot be reached from an IPv4 address"),
        ("x", "a pair, its payload and the receiver"),
    ],
)
def test_what_cannot_be_sent_is_an_error_of_the_flow(net: SimpleNamespace, item: Any, why: str) -> None:
    async def go() -> None:
        async with await hf.net.bind_udp(0) as one:
            node = net.Node(one)
            node.items.send(item)
            with pytest.raises(hf.ItemError, match=why):
                node.flow.run_tick()

    net.run(go)


def test_a_port_in_use_says_what_to_do_and_can_be_bound_after_a_close(net: SimpleNamespace) -> None:
    async def go() -> None:
        one = await hf.net.bind_udp(0)
        with pytest.raises(OSError, match=f"port {one.address[1]} is in use: close the ends that use it"):
            await hf.net.bind_udp(one.address)
        one.inbound.close()
        await asyncio.sleep(0)
        again = await hf.net.bind_udp(one.address)
        assert again.address == one.address
        again.close()

    net.run(go)


def test_being_reachable_from_elsewhere_is_warned_of(net: SimpleNamespace) -> None:
    async def go() -> None:
        with pytest.warns(hf.net.ExposedWarning) as caught:
            ends = await hf.net.bind_udp("0.0.0.0:0")
        ends.close()
        assert [warning.filename for warning in caught] == [__file__]

    net.run(go)


def test_where_warnings_are_errors_nothing_gets_in_from_elsewhere(net: SimpleNamespace) -> None:
    async def go() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("0.0.0.0", 0))
            port = probe.getsockname()[1]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(hf.net.ExposedWarning):
                await hf.net.bind_udp(("0.0.0.0", port))
        (await hf.net.bind_udp(port)).close()

    net.run(go)


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


class Kernel:
    """A transport of datagrams that takes some, and no more until it is said to."""

    def __init__(self) -> None:
        self.outbound: Any = None
        self.own = socket.socket()
        self.room = 0
        self.sent: list[tuple[bytes, Any]] = []

    def sendto(self, data: bytes, addr: Any) -> None:
        self.sent.append((data, addr))
        self.room -= 1
        if self.room <= 0:
            self.outbound.is_paused = True

    def take(self, room: int) -> None:
        self.room = room
        self.outbound.resumed()

    def get_write_buffer_size(self) -> int:
        return 0

    def get_extra_info(self, name: str) -> Any:
        return ("127.0.0.1", 1)

    def abort(self) -> None:
        self.own.close()


def with_kernel(backlog: int) -> tuple[UdpOutbound, Kernel]:
    kernel = Kernel()
    options = SocketOptions(limit=1000, backlog=backlog)
    outbound = UdpOutbound(Inbound(), kernel.own, kernel, options)  # type: ignore[arg-type]
    kernel.outbound = outbound
    return outbound, kernel


A, B = ("127.0.0.1", 2), ("127.0.0.1", 3)


def test_what_the_kernel_does_not_take_waits_and_leaves_to_all_by_turns(net: SimpleNamespace) -> None:
    async def go() -> None:
        outbound, kernel = with_kernel(100_000)
        kernel.room = 2
        outbound._send(A, [b"1", b"2", b"3", b"4"])
        outbound._send(B, [b"5", b"6"])
        assert kernel.sent == [(b"1", A), (b"2", A)]
        assert not outbound._is_settled()

        draining = asyncio.ensure_future(outbound.drain())
        await asyncio.sleep(0)
        kernel.take(3)
        assert not draining.done()
        kernel.take(5)
        await draining

        assert kernel.sent[2:] == [(b"3", A), (b"5", B), (b"4", A), (b"6", B)]
        assert outbound.statistics.sent == 6
        assert outbound._queued == 0
        outbound.close()

    net.run(go)


def test_of_too_much_that_waits_what_is_for_whom_most_waits_is_lost(net: SimpleNamespace) -> None:
    async def go() -> None:
        outbound, kernel = with_kernel(10_000)
        kernel.room = 1
        outbound._send(B, [b"x"] * 11)
        outbound._send(A, [bytes(1000)] * 8)
        assert outbound.statistics.lost == 0

        outbound._send(B, [bytes(1000)])

        assert outbound.statistics.lost == 8
        kernel.take(100)
        assert {address for _, address in kernel.sent} == {B}
        assert len(kernel.sent) == 12
        outbound.close()

    net.run(go)


def test_what_waits_when_the_end_is_closed_is_counted(net: SimpleNamespace) -> None:
    async def go() -> None:
        outbound, kernel = with_kernel(10_000)
        kernel.room = 1
        outbound._send(A, [b"1", b"2", b"3"])

        outbound.close()

        assert outbound.statistics.lost == 2

    net.run(go)


def test_lines_go_out_as_one_datagram_each_and_those_of_a_datagram_come_in_each(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with await hf.net.bind_udp(0, codec="lines") as ends:
            node = net.Node(ends)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
                own.bind(("127.0.0.1", 0))
                own.settimeout(60)
                async with net.running(node.flow):
                    for datagram in (b"hello\n", b"a\r\n\nlast", b"", b"\xff\n"):
                        own.sendto(datagram, ends.address)
                    await net.eventually(lambda: node.statistics.undecodable)
                    assert node.seen == [(line, own.getsockname()) for line in ("hello", "a", "", "last")]
                    node.send("one", "two\r", to=own.getsockname())
                    await net.eventually(lambda: node.statistics.sent == 2)
                    assert (own.recv(100), own.recv(100)) == (b"one\n", b"two\r\n")

    net.run(go)


def test_a_line_as_long_as_a_datagram_allows_arrives_and_a_longer_one_is_counted(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with (
            await hf.net.bind_udp(0, codec="lines") as one,
            await hf.net.bind_udp(0, codec="lines", limit=10) as two,
        ):
            node, other = net.Node(one), net.Node(two)
            async with net.running(node.flow, other.flow):
                node.send("x" * 65_507, to=one.address)
                node.send("x" * 65_506, "y" * 11, "y" * 10, to=one.address)
                node.send("y" * 11, "y" * 10, to=two.address)
                await net.eventually(lambda: len(node.seen) == 3 and other.seen)
            assert (node.statistics.lost, len(node.payloads[0])) == (1, 65_506)
            assert (other.payloads, other.statistics.oversized) == (["y" * 10], 1)

    net.run(go)


def test_with_bytes_a_message_is_what_a_datagram_holds(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with await hf.net.bind_udp(0, codec="bytes") as ends:
            node = net.Node(ends)
            async with net.running(node.flow):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
                    own.sendto(b"", ends.address)
                await net.eventually(lambda: node.seen)
                node.send(b"\0" * 65_507, b"\0" * 65_508, to=ends.address)
                await net.eventually(lambda: len(node.seen) == 2)
            assert [len(payload) for payload in node.payloads] == [0, 65_507]
            assert node.statistics.lost == 1

    net.run(go)
