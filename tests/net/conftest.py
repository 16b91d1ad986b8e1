"""What the tests of sockets have in common: flows that run for a while, and waiting for what has to happen."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import hydroflow_nb as hf

TOO_LONG = 30.0

ECHO = "source_stream_serde(inbound) -> dest_sink_serde(outbound);"
TAKE = "source_stream_serde(inbound) -> for_each(seen.append);"
SEND = "source_stream(items) -> dest_sink_serde(outbound);"


async def eventually(holds: Callable[[], Any]) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(TOO_LONG):
        while not holds():
            await asyncio.sleep(0.002)


@contextlib.asynccontextmanager
async def running(*flows: hf.Flow) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Have flows run meanwhile; what they raise is raised at the end."""
    tasks = [asyncio.ensure_future(flow.run_async()) for flow in flows]
    try:
        yield tasks
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Node:
    """A flow that takes what comes to some ends, and sends what it is given."""

    def __init__(self, ends: hf.net.Ends, text: str = f"{TAKE} {SEND}") -> None:
        self.ends = ends
        self.address = ends.address
        self.statistics = ends.inbound.statistics
        self.items = hf.channel()
        self.seen: list[Any] = []
        names = {"inbound": ends.inbound, "outbound": ends.outbound, "items": self.items, "seen": self.seen}
        self.flow = hf.compile(text, names)

    def send(self, *payloads: Any, to: Any) -> None:
        """Send payloads to an address."""
        self.items.extend((payload, to) for payload in payloads)

    @property
    def payloads(self) -> list[Any]:
        """What came, without the addresses."""
        return [payload for payload, _ in self.seen]


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def net() -> SimpleNamespace:
    """The above by name, and `run`, which runs a coroutine function and fails where that hangs."""

    def run(work: Callable[[], Awaitable[None]]) -> None:
        async def bounded() -> None:
            async with asyncio.timeout(2 * TOO_LONG):
                await work()

        asyncio.run(bounded())

    return SimpleNamespace(
        eventually=eventually, running=running, Node=Node, free_port=free_port, run=run, ECHO=ECHO, TAKE=TAKE, SEND=SEND
    )


@pytest.fixture
def members(tmp_path: Path) -> Any:
    """A function that opens the ends of a member, and keeps its address in the directory, which is the dict `where`."""

    class Members:
        def __init__(self) -> None:
            self.where: dict[str, Any] = {}

        async def open(self, transport: str, name: str, at: Any = None, **more: Any) -> Any:
            free = str(tmp_path / f"{name}.sock") if transport == "unix" else 0
            bind = hf.net.TRANSPORTS[transport].bind
            ends = await bind(free if at is None else at, name=name, directory=self.where, **more)
            self.where[name] = ends.inbound.bound
            return ends

        async def node(self, transport: str, name: str, **more: Any) -> Node:
            return Node(await self.open(transport, name, **more))

    return Members()
