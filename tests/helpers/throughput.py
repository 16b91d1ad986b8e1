"""How many messages a second go from one process to another, in batches of some size, with folders and without."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import hydroflow_nb as hf

TAKE = "source_stream_serde(inbound) -> fold::<'static>(|| 0, |n, _| n + 1) -> for_each(count);"
SEND = "source_stream(items) -> map(|x| (x, server)) -> dest_sink_serde(outbound);"
# How many batches may wait for the sender's next tick.
MOST_WAITING: Final = 10


@dataclass(frozen=True, kw_only=True)
class Throughput:
    """What was measured: seconds as a clock sees them, those of each process's processor, and the ticks of each."""

    messages: int
    seconds: float
    takes: float
    sends: float
    ticks: tuple[int, int]

    @property
    def a_second(self) -> float:
        """How many messages a second arrived."""
        return self.messages / self.seconds

    @property
    def processor(self) -> float:
        """Seconds of processor time, of both processes together."""
        return self.takes + self.sends


def take(folder: Path | None, total: int, answer: Any) -> None:
    """The process that takes messages in: it tells its port, then how many seconds they took."""

    async def run() -> None:
        outbound, inbound, address = await hf.net.bind_tcp(0)
        begun, done = list[tuple[float, float]](), asyncio.Event()

        def count(number: int) -> None:
            if number and not begun:
                begun.append((time.perf_counter(), time.process_time()))
            if number >= total:
                done.set()

        flow = hf.compile(TAKE, {"outbound": outbound, "inbound": inbound, "count": count})
        if folder is not None:
            flow.durable(folder)
        flow.start()
        answer.put(address)
        await done.wait()
        (clock, processor), ticks = begun[0], flow.current_tick()
        answer.put((time.perf_counter() - clock, time.process_time() - processor, ticks))
        await asyncio.sleep(5)

    asyncio.run(run())


def send(folder: Path | None, total: int, batch: int, address: Any, answer: Any) -> None:
    """The process that sends messages: its source gives one batch after the other."""

    async def run() -> None:
        outbound, inbound, _ = await hf.net.bind_tcp(0)
        items = hf.channel()
        flow = hf.compile(SEND, {"outbound": outbound, "inbound": inbound, "items": items, "server": address})
        if folder is not None:
            flow.durable(folder)
        flow.start()
        await asyncio.sleep(0.2)
        begin = time.process_time()
        for _ in range(total // batch):
            while len(items) >= MOST_WAITING * batch:
                await asyncio.sleep(0.0005)
            items.extend([("message", number) for number in range(batch)])
            await asyncio.sleep(0)
        while items:
            await asyncio.sleep(0.001)
        await outbound.drain()
        answer.put((time.process_time() - begin, flow.current_tick()))
        await asyncio.sleep(30)

    asyncio.run(run())


def throughput(folder: Path | None, total: int, batch: int) -> Throughput:
    """What it takes to send so many messages from one process to another, both kept in a folder or none."""
    context: Any = get_context("forkserver")
    context.set_forkserver_preload(["throughput"])
    took, sent = context.Queue(), context.Queue()
    processes = [context.Process(target=take, args=(folder and folder / "take", total, took))]
    processes[0].start()
    address = took.get(timeout=60)
    processes.append(context.Process(target=send, args=(folder and folder / "send", total, batch, address, sent)))
    processes[1].start()
    try:
        seconds, takes, taking = took.get(timeout=120)
        sends, sending = sent.get(timeout=120)
    finally:
        for process in processes:
            process.kill()
            process.join()
    return Throughput(messages=total, seconds=seconds, takes=takes, sends=sends, ticks=(sending, taking))


def side_by_side(place: Path, total: int, batch: int, rounds: int) -> str:
    """A line on what folders in a place cost: the best of some rounds, in which both ways take turns."""
    plain, kept = list[Throughput](), list[Throughput]()
    for _ in range(rounds):
        plain.append(throughput(None, total, batch))
        with TemporaryDirectory(dir=place) as folder:
            kept.append(throughput(Path(folder), total, batch))

    def best(of: Callable[[Throughput], float]) -> tuple[float, float]:
        return min(map(of, plain)), min(map(of, kept))

    (seconds, seconds_kept), (processor, processor_kept) = (
        best(lambda one: one.seconds),
        best(lambda one: one.processor),
    )
    ticks = min(one.ticks for one in kept)
    return (
        f"batches of {batch}: {total / seconds:,.0f} a second, {total / seconds_kept:,.0f} with folders in {place} "
        f"({seconds / seconds_kept:.2f}), in {ticks[0]} and {ticks[1]} ticks; processor time of a message "
        f"{processor / total * 1e6:.1f} and {processor_kept / total * 1e6:.1f} us ({processor / processor_kept:.2f})"
    )


if __name__ == "__main__":
    # python tests/helpers/throughput.py FOLDER [ROUNDS]
    for size in (100, 1_000):
        print(side_by_side(Path(sys.argv[1]), 500 * size, size, int([*sys.argv, "3"][2])), flush=True)
