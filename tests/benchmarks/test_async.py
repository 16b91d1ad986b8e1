"""How long an item takes through an idle flow that runs in an event loop, from its sending to its being seen."""

from __future__ import annotations

import asyncio
import queue
import statistics
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf

pytestmark = pytest.mark.benchmark

ROUNDS = 500


class Stopwatch:
    """A running flow that tells when an item came out of it."""

    def __init__(self, source: Any, operators: str = "") -> None:
        self.seen = asyncio.Event()
        self.instant = 0.0
        self.flow = hf.compile(
            f"source_stream(source) {operators} -> for_each(see);", {"source": source, "see": self._see}
        )
        self.task = self.flow.start()

    def _see(self, _: Any) -> None:
        self.instant = time.perf_counter()
        self.seen.set()

    async def microseconds(self, send: Callable[[int], object]) -> float:
        """The median time of an item; each is sent when the flow has been idle for a while."""
        times = []
        for number in range(ROUNDS):
            await asyncio.sleep(0.001)
            self.seen.clear()
            start = time.perf_counter()
            send(number)
            await self.seen.wait()
            times.append(self.instant - start)
        return 1e6 * statistics.median(times)


class Sender:
    """Sends, in a thread of its own, what it is told to, at once."""

    def __init__(self, send: Callable[[int], object]) -> None:
        self._send = send
        self._asked: queue.SimpleQueue[tuple[Stopwatch, asyncio.Event] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work)
        self._thread.start()

    async def microseconds(self, watch: Stopwatch) -> float:
        """The same median, for items that come from the thread."""
        times = []
        for _ in range(ROUNDS):
            await asyncio.sleep(0.001)
            watch.seen.clear()
            self._asked.put((watch, watch.seen))
            await watch.seen.wait()
            times.append(watch.instant - self._start)
        self._asked.put(None)
        self._thread.join()
        return 1e6 * statistics.median(times)

    def _work(self) -> None:
        while self._asked.get() is not None:
            # The event loop has gone to sleep by now.
            time.sleep(0.001)
            self._start = time.perf_counter()
            self._send(0)


OPERATORS = "-> map(|x| x + 1) -> filter(|x| x > 0) -> flat_map(|x| (x,)) -> unique()"


@pytest.mark.parametrize("kind", ["channel", "channel, 5 operators", "queue.Queue", "asyncio.Queue"])
def test_one_item_through_an_idle_flow(kind: str) -> None:
    source: Any = {"queue.Queue": queue.Queue, "asyncio.Queue": asyncio.Queue}.get(kind, hf.channel)()
    send = source.put_nowait if "Queue" in kind else source.send

    async def main() -> dict[str, float]:
        watch = Stopwatch(source, OPERATORS if "operators" in kind else "")
        found = {"sent in the loop's thread": await watch.microseconds(send)}
        if kind != "asyncio.Queue":
            found["from another thread"] = await Sender(send).microseconds(watch)
        watch.flow.close()
        await watch.task
        return found

    medians = asyncio.run(main())

    shown = ", ".join(f"{way} {median:.0f} us" for way, median in medians.items())
    print(f"\none item through an idle flow, {kind}: {shown}")


def test_two_idle_flows_in_a_row(compare: Callable[..., dict[str, float]]) -> None:
    count = 1_000

    def flows(loop: asyncio.AbstractEventLoop) -> Callable[[], Callable[[], object]]:
        def prepare() -> Callable[[], object]:
            items, between, out = hf.channel(), hf.channel(), hf.channel()
            first = hf.compile("source_stream(items) -> dest_sink(between);", {"items": items, "between": between})
            second = hf.compile("source_stream(between) -> dest_sink(out);", {"between": between, "out": out})

            async def run() -> None:
                first.start()
                second.start()
                received = aiter(out)
                for number in range(count):
                    items.send(number)
                    await anext(received)
                first.close()
                second.close()

            return lambda: loop.run_until_complete(run())

        return prepare

    def hand(loop: asyncio.AbstractEventLoop) -> Callable[[], Callable[[], object]]:
        def prepare() -> Callable[[], object]:
            async def run() -> None:
                items, between, out = asyncio.Queue[int](), asyncio.Queue[int](), asyncio.Queue[int]()

                async def move(source: asyncio.Queue[int], target: asyncio.Queue[int]) -> None:
                    while True:
                        target.put_nowait(await source.get())

                moving = [asyncio.ensure_future(move(items, between)), asyncio.ensure_future(move(between, out))]
                for number in range(count):
                    items.put_nowait(number)
                    await out.get()
                for task in moving:
                    task.cancel()

            return lambda: loop.run_until_complete(run())

        return prepare

    loop = asyncio.new_event_loop()
    try:
        compare("1,000 items, one by one, through two flows", {"hand": hand(loop), "flows": flows(loop)}, rounds=7)
    finally:
        loop.close()


def test_async_sink(compare: Callable[..., dict[str, float]]) -> None:
    count = 20_000

    async def write(item: int) -> None:
        pass

    def hand() -> Callable[[], object]:
        async def run() -> None:
            for item in range(count):
                await write(item)

        return lambda: asyncio.run(run())

    def flow() -> Callable[[], object]:
        made = hf.compile("source_iter(range(count)) -> dest_sink(write);", {"count": count, "write": write})
        return lambda: asyncio.run(made.run_available_async())

    compare("20,000 items into an async sink", {"hand": hand, "flow": flow}, rounds=7)


def test_synchronous_sink(compare: Callable[..., dict[str, float]]) -> None:
    items, out = list(range(100_000)), list[int]()

    def way(sink: str) -> Callable[[], Callable[[], object]]:
        def prepare() -> Callable[[], object]:
            names = {"items": hf.channel(items), "out": out, "put": lambda item: None}
            out.clear()
            return hf.compile(f"source_stream(items) -> map(|x| x + 1) -> {sink};", names).run_tick

        return prepare

    ways = ["for_each(out.append)", "dest_sink(out.append)", "for_each(put)", "dest_sink(put)"]
    compare("100,000 items into a synchronous sink", {name: way(name) for name in ways})
