"""Flows that send each other messages over the sockets of this machine."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import statistics
import struct
import subprocess
import sys
import textwrap
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.net.frames import frame
from hydroflow_nb.net.messages.codec import MSGPACK

pytestmark = pytest.mark.benchmark

COUNT, BATCH = 200_000, 100
ROUNDS = 5
TRIPS = 3_000

SEND = "source_stream(items) -> map(|text| (text, there)) -> dest_sink_serde(outbound);"
TAKE = "source_stream_serde(inbound) -> map(|(text, _)| text) -> for_each(take);"
ECHO = "source_stream_serde(inbound) -> dest_sink_serde(outbound);"

SERVER = """
    import asyncio, sys
    import hydroflow_nb as hf

    async def main():
        outbound, inbound, address = await hf.net.bind_tcp(0)
        print(address[1], flush=True)
        await hf.compile(sys.argv[1]).run_async()

    count = 0
    def take(_):
        global count
        count += 1
        if count == int(sys.argv[2]):
            print("all", flush=True)
            count = 0

    asyncio.run(main())
"""


def said(title: str, figures: list[float], unit: str) -> None:
    print(f"\n{title}: {statistics.median(figures):,.0f} {unit} (median; {min(figures):,.0f} to {max(figures):,.0f})")


async def batches(items: hf.Channel, count: int = COUNT) -> None:
    """Send texts by the hundred, as a program does that gives one tick's worth at a time."""
    for start in range(0, count, BATCH):
        items.extend(f"message {number}" for number in range(start, start + BATCH))
        await asyncio.sleep(0)


async def with_flows(flows: list[hf.Flow], work: Callable[[], Awaitable[None]]) -> None:
    tasks = [asyncio.ensure_future(flow.run_async()) for flow in flows]
    try:
        await work()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def test_messages_a_second_over_tcp_in_one_process() -> None:
    rates: list[float] = []

    async def go() -> None:
        async with await hf.net.bind_tcp(0) as server, await hf.net.connect_tcp(server.address) as client:
            seen: list[str] = []
            items, done = hf.channel(), asyncio.Event()

            def take(text: str) -> None:
                seen.append(text)
                if len(seen) == COUNT:
                    done.set()

            flows = [
                hf.compile(TAKE, {"inbound": server.inbound, "take": take}),
                hf.compile(SEND, {"items": items, "outbound": client.outbound, "there": server.address}),
            ]

            async def work() -> None:
                for _ in range(ROUNDS):
                    seen.clear()
                    done.clear()
                    begin = time.perf_counter()
                    await batches(items)
                    await done.wait()
                    rates.append(COUNT / (time.perf_counter() - begin))

            await with_flows(flows, work)

    asyncio.run(go())
    said("TCP, both flows in one process", rates, "messages/s")


def test_messages_a_second_over_tcp_to_another_process() -> None:
    rates: list[float] = []
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SERVER), TAKE, str(COUNT)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    output = process.stdout

    async def go() -> None:
        address = ("127.0.0.1", int(output.readline()))
        async with await hf.net.connect_tcp(address) as client:
            items = hf.channel()
            flow = hf.compile(SEND, {"items": items, "outbound": client.outbound, "there": address})

            async def work() -> None:
                for _ in range(ROUNDS):
                    begin = time.perf_counter()
                    await batches(items)
                    await asyncio.to_thread(output.readline)
                    rates.append(COUNT / (time.perf_counter() - begin))

            await with_flows([flow], work)

    try:
        asyncio.run(go())
    finally:
        process.kill()
        process.wait()
        output.close()
    said("TCP, the server in a process of its own", rates, "messages/s")


def test_messages_a_second_over_udp_in_one_process() -> None:
    rates: list[float] = []
    lost = 0

    async def go() -> None:
        nonlocal lost
        async with await hf.net.bind_udp(0) as server, await hf.net.bind_udp(0) as client:
            seen: list[str] = []
            items = hf.channel()
            flows = [
                hf.compile(TAKE, {"inbound": server.inbound, "take": seen.append}),
                hf.compile(SEND, {"items": items, "outbound": client.outbound, "there": server.address}),
            ]

            async def work() -> None:
                nonlocal lost
                for _ in range(ROUNDS):
                    seen.clear()
                    begin = time.perf_counter()
                    for start in range(0, COUNT // 10, BATCH):
                        items.extend(f"message {number}" for number in range(start, start + BATCH))
                        # Paced: the next ones are sent when these have come, or never will.
                        patience = time.perf_counter() + 0.05
                        while len(seen) < start + BATCH and time.perf_counter() < patience:
                            await asyncio.sleep(0)
                    rates.append(len(seen) / (time.perf_counter() - begin))
                    lost += COUNT // 10 - len(seen)

            await with_flows(flows, work)

    asyncio.run(go())
    said(f"UDP, paced, both flows in one process, {lost:,} lost", rates, "messages/s")


@pytest.mark.parametrize("kind", ["tcp", "udp", "unix"])
def test_a_round_trip_between_two_flows(kind: str, tmp_path: Path) -> None:
    times: list[float] = []

    async def go() -> None:
        if kind == "udp":
            one, other = await hf.net.bind_udp(0), await hf.net.bind_udp(0)
        elif kind == "tcp":
            one = await hf.net.bind_tcp(0)
            other = await hf.net.connect_tcp(one.address)
        else:
            one = await hf.net.bind_unix(tmp_path / "echo.sock")
            other = await hf.net.connect_unix(one.address)
        async with one, other:
            items, back = hf.channel(), asyncio.Event()
            names = {"items": items, "outbound": other.outbound, "inbound": other.inbound, "there": one.address}
            flows = [
                hf.compile(ECHO, {"inbound": one.inbound, "outbound": one.outbound}),
                hf.compile(f"{SEND} {TAKE}", {**names, "take": lambda _: back.set()}),
            ]

            async def work() -> None:
                for number in range(TRIPS):
                    back.clear()
                    begin = time.perf_counter()
                    items.send(f"message {number}")
                    await back.wait()
                    times.append(1e6 * (time.perf_counter() - begin))

            await with_flows(flows, work)

    asyncio.run(go())
    said(f"round trip over {kind}", times, "us")


async def by_hand(kind: str, trips: int) -> float:
    """Processor time of round trips between two ends that are written with asyncio alone."""
    if kind == "tcp":

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                while True:
                    (size,) = struct.unpack("!I", await reader.readexactly(4))
                    data = json.dumps(json.loads(await reader.readexactly(size))).encode()
                    writer.write(struct.pack("!I", len(data)) + data)
            except asyncio.IncompleteReadError:
                writer.close()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            begin = time.process_time()
            for number in range(trips):
                data = json.dumps(f"message {number}").encode()
                writer.write(struct.pack("!I", len(data)) + data)
                (size,) = struct.unpack("!I", await reader.readexactly(4))
                json.loads(await reader.readexactly(size))
            seconds = time.process_time() - begin
            writer.close()
            await writer.wait_closed()
            return seconds

    back = asyncio.Event()

    class Echo(asyncio.DatagramProtocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, address: Any) -> None:
            self.transport.sendto(json.dumps(json.loads(data)).encode(), address)

    class Sender(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, address: Any) -> None:
            json.loads(data)
            back.set()

    loop = asyncio.get_running_loop()
    echo, _ = await loop.create_datagram_endpoint(Echo, ("127.0.0.1", 0))
    sender, _ = await loop.create_datagram_endpoint(Sender, ("127.0.0.1", 0))
    there = echo.get_extra_info("sockname")
    begin = time.process_time()
    for number in range(trips):
        back.clear()
        sender.sendto(json.dumps(f"message {number}").encode(), there)
        await back.wait()
    seconds = time.process_time() - begin
    echo.close()
    sender.close()
    return seconds


async def by_flows(kind: str, trips: int) -> float:
    """Processor time of round trips between two flows."""
    one = await (hf.net.bind_tcp(0) if kind == "tcp" else hf.net.bind_udp(0))
    other = await (hf.net.connect_tcp(one.address) if kind == "tcp" else hf.net.bind_udp(0))
    async with one, other:
        items, back, seconds = hf.channel(), asyncio.Event(), 0.0
        names = {"items": items, "outbound": other.outbound, "inbound": other.inbound, "there": one.address}
        flows = [
            hf.compile(ECHO, {"inbound": one.inbound, "outbound": one.outbound}),
            hf.compile(f"{SEND} {TAKE}", {**names, "take": lambda _: back.set()}),
        ]

        async def work() -> None:
            nonlocal seconds
            await asyncio.sleep(0.05)
            begin = time.process_time()
            for number in range(trips):
                back.clear()
                items.send(f"message {number}")
                await back.wait()
            seconds = time.process_time() - begin

        await with_flows(flows, work)
        return seconds


@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_a_round_trip_beside_asyncio_by_hand(kind: str) -> None:
    ratios = [asyncio.run(by_flows(kind, 1_000)) / asyncio.run(by_hand(kind, 1_000)) for _ in range(11)]
    around = f"{min(ratios):.2f} to {max(ratios):.2f}"
    print(f"\nround trip over {kind}: {statistics.median(ratios):.2f} of asyncio by hand ({around})")

    assert statistics.median(ratios) < (2.6 if kind == "tcp" else 3.3)


async def from_connections(connections: int, rounds: int) -> tuple[float, float]:
    """Processor time of a message in us, and how many ticks a round takes, where each connection sends one message."""
    async with await hf.net.bind_tcp(0) as ends:
        seen: list[str] = []
        flow = hf.compile(TAKE, {"inbound": ends.inbound, "take": seen.append})
        data = frame(MSGPACK.encode("message"))
        peers = [socket.create_connection(ends.address) for _ in range(connections)]
        found: list[float] = []

        async def work() -> None:
            for number in range(rounds + 20):
                if number == 20:
                    begin, tick = time.process_time(), flow.current_tick()
                for peer in peers:
                    peer.send(data)
                while len(seen) < connections * (number + 1):
                    await asyncio.sleep(0)
            found.append(1e6 * (time.process_time() - begin) / connections / rounds)
            found.append((flow.current_tick() - tick) / rounds)

        await with_flows([flow], work)
        for peer in peers:
            peer.close()
        return found[0], found[1]


def test_messages_of_many_connections_at_once_beside_those_that_come_alone() -> None:
    alone, together = [], []
    for _ in range(5):
        alone.append(asyncio.run(from_connections(1, 1_000)))
        together.append(asyncio.run(from_connections(50, 40)))
    (one, _), (many, ticks) = min(alone), min(together)
    print(f"\na message that comes alone {one:.1f} us, of 50 connections at once {many:.1f} us in {ticks:.1f} ticks")

    assert many < one
    assert ticks < 3


def test_ten_seconds_of_garbage_by_udp_beside_messages_by_tcp() -> None:
    counted: dict[str, int] = {}

    async def go() -> None:
        async with (
            await hf.net.bind_udp(0) as datagrams,
            await hf.net.bind_tcp(0) as server,
            await hf.net.connect_tcp(server.address) as client,
        ):
            seen: list[Any] = []
            items = hf.channel()
            flows = [
                hf.compile(
                    "source_stream_serde(inbound) -> for_each(drop);", {"inbound": datagrams.inbound, "drop": id}
                ),
                hf.compile(TAKE, {"inbound": server.inbound, "take": seen.append}),
                hf.compile(SEND, {"items": items, "outbound": client.outbound, "there": server.address}),
            ]
            garbage = [os.urandom(size) for size in range(1, 1400, 50)]
            count = 0

            async def work() -> None:
                nonlocal count
                end = time.monotonic() + 10
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as raw:
                    while time.monotonic() < end:
                        for data in garbage:
                            raw.sendto(data, datagrams.address)
                        items.extend(range(count, count + BATCH))
                        count += BATCH
                        await asyncio.sleep(0)
                while len(seen) < count:
                    await asyncio.sleep(0.01)

            await with_flows(flows, work)
            assert seen == list(range(count))
            counted.update(datagrams.inbound.statistics.to_dict(), tcp=count)

    asyncio.run(go())
    print(
        f"\n10 s: {counted['undecodable']:,} datagrams of garbage came; all {counted['tcp']:,} messages over TCP came"
    )
