"""What tests of running flows have in common: a flow with its input and its output, and waiting in an event loop."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import Callable, Coroutine
from typing import Any

import hydroflow_nb as hf

PASSING = "source_stream(input) -> for_each(out.append);"
SENDING = "source_stream(input) -> dest_sink(sink);"


class World:
    """A flow, its channel `input`, and the list `out`."""

    def __init__(self, text: str = PASSING, **names: Any) -> None:
        self.input: Any = names.setdefault("input", hf.channel())
        self.out: list[Any] = names.setdefault("out", [])
        self.names = names
        self.flow = hf.compile(text, names, name="tested")


class Gate:
    """An async sink that sends nothing while it is closed."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self._open = asyncio.Event()

    async def send(self, item: Any) -> None:
        await self._open.wait()
        if item == "bad":
            raise ValueError("no bad items")
        self.sent.append(item)

    def open(self) -> None:
        self._open.set()

    def close(self) -> None:
        self._open.clear()


def in_loop(main: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """What an async function returns; a coroutine that is never awaited is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        result = asyncio.run(asyncio.wait_for(main(), 60))
        # What the function made is young; all that the tests before it have left takes half a second to look through.
        gc.collect(1)
    return result


async def until(condition: Callable[[], object]) -> None:
    """Wait until a condition holds."""
    while not condition():
        await asyncio.sleep(0.001)


async def some_turns() -> None:
    """Give other tasks their turns."""
    for _ in range(20):
        await asyncio.sleep(0)
