"""How many messages a second go from one process to another, in ticks of some size, with folders and without."""

from __future__ import annotations

import asyncio
import time
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import hydroflow_nb as hf

TAKE = "source_stream_serde(inbound) -> fold::<'static>(|| 0, |n, _| n + 1) -> for_each(count);"
SEND = "source_stream(items) -> map(|x| (x, server)) -> dest_sink_serde(outbound);"


def take(folder: Path | None, total: int, answer: Any) -> None:
    """The process that takes messages in: it tells its port, then how many seconds they took."""

    async def run() -> None:
        outbound, inbound, address = await hf.net.bind_tcp(0)
        begun, done = [], asyncio.Event()

        def count(number: int) -> None:
            if number and not begun:
                begun.append(time.perf_counter())
            if number >= total:
                done.set()

        flow = hf.compile(TAKE, {"outbound": outbound, "inbound": inbound, "count": count})
        if folder is not None:
            flow.durable(folder)
        flow.start()
        answer.put(address)
        await done.wait()
        answer.put(time.perf_counter() - begun[0])
        await asyncio.sleep(0.2)

    asyncio.run(run())


def send(folder: Path | None, total: int, batch: int, address: Any) -> None:
    """The process that sends messages, in ticks of one batch each."""

    async def run() -> None:
        outbound, inbound, _ = await hf.net.bind_tcp(0)
        items = hf.channel()
        flow = hf.compile(SEND, {"outbound": outbound, "inbound": inbound, "items": items, "server": address})
        if folder is not None:
            flow.durable(folder)
        for _ in range(total // batch):
            items.extend([("message", number) for number in range(batch)])
            await flow.run_tick_async() if folder is None else flow.run_tick()
            await asyncio.sleep(0)
        await outbound.drain()
        await asyncio.sleep(30)

    asyncio.run(run())


def messages_a_second(folder: Path | None, total: int, batch: int) -> float:
    """How many messages a second go from one process to another."""
    context: Any = get_context("forkserver")
    context.set_forkserver_preload(["throughput"])
    answer = context.Queue()
    processes = [context.Process(target=take, args=(folder and folder / "take", total, answer))]
    processes[0].start()
    address = answer.get(timeout=60)
    processes.append(context.Process(target=send, args=(folder and folder / "send", total, batch, address)))
    processes[1].start()
    try:
        return total / float(answer.get(timeout=120))
    finally:
        for process in processes:
            process.kill()
            process.join()
