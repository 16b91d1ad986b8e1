"""What the programs have in common: runs over sockets that fail where they hang, and nodes that never come to rest."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

import hydroflow_nb as hf

TOO_LONG = 30.0


class Sockets:
    """Runs flows over sockets, in an event loop that lasts as long as the work."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []

    def run(self, work: Callable[[], Awaitable[None]]) -> None:
        """Run a coroutine function to its end."""

        async def bounded() -> None:
            async with asyncio.timeout(TOO_LONG):
                await work()

        asyncio.run(bounded())

    @contextlib.asynccontextmanager
    async def running(self, *flows: hf.Flow) -> AsyncIterator[None]:
        """Have flows run meanwhile; what they raise is raised at the end."""
        self._tasks = tasks = [asyncio.ensure_future(flow.run_async()) for flow in flows]
        try:
            yield
            self._check()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def eventually(self, holds: Callable[[], Any]) -> None:
        """Wait until a condition holds."""
        while not holds():
            self._check()
            await asyncio.sleep(0.002)

    def _check(self) -> None:
        for task in self._tasks:
            if task.done():
                task.result()


@pytest.fixture
def sockets() -> Sockets:
    """Flows over sockets."""
    return Sockets()


@pytest.fixture
def stepped() -> Callable[..., None]:
    """Make decisions in a network whose nodes always have work to do, until a condition holds."""

    def step(net: hf.Network, holds: Callable[[], Any], limit: int = 3000) -> None:
        for _ in range(limit):
            if holds():
                return
            net.step()
        raise AssertionError(f"it does not hold after {limit} decisions")

    return step
