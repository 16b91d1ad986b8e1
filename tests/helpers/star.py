"""A star of durable flows in processes that are killed: a server that sends to all what it hears, and its clients."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from functools import wraps
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import hydroflow_nb as hf
from hydroflow_nb.durable.journal import Journal
from hydroflow_nb.durable.keeping import Keeping
from hydroflow_nb.durable.store import Store
from hydroflow_nb.net.deliveries import Deliveries, Numbered
from hydroflow_nb.net.inbound import Inbound
from hydroflow_nb.whole_file import write_whole

SERVER = """
    said = source_stream_serde(inbound) -> map(|(message, _)| message) -> tee();
    said -> fold::<'static>(|| [], put) -> map(len) -> for_each(report);
    said -> flat_map(|message| [(message, client) for client in clients]) -> dest_sink_serde(outbound);
"""
CLIENT = """
    source_interval(0.01) -> enumerate::<'static>() -> map(|(number, _)| number) -> filter(|number| number < count)
        -> map(|number| ((me, number), "server")) -> dest_sink_serde(outbound);
    source_stream_serde(inbound) -> map(|(message, _)| message) -> fold::<'static>(|| [], put) -> map(len)
        -> for_each(report);
"""

# Where a process may be killed: when the function is called, or when it has returned.
POINTS: dict[str, tuple[type, str]] = {
    "accept": (Inbound, "accept_all"),
    "journal": (Journal, "append"),
    "sync": (Journal, "sync"),
    "tick": (Keeping, "end_tick"),
    "send": (Deliveries, "_pump"),
    "acknowledge": (Numbered, "acknowledge"),
    "snapshot": (Store, "snapshot"),
}


def put(log: list[Any], message: Any) -> list[Any]:
    """Put a message behind the others."""
    log.append(message)
    return log


def die_at(point: str, behind: bool, calls: int) -> None:
    """Be killed at a point of the protocol, in so many calls."""
    kind, name = POINTS[point]
    whole = getattr(kind, name)
    left = calls

    @wraps(whole)
    def killed(*arguments: Any, **named: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0 and not behind:
            os.kill(os.getpid(), signal.SIGKILL)
        result = whole(*arguments, **named)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(kind, name, killed)


def member(name: str, folder: str, addresses: dict[str, Any], count: int, options: dict[str, Any], die: Any) -> None:
    """The process of a member."""
    if die is not None:
        die_at(*die)

    async def run() -> None:
        flow = await kept(name, Path(folder), addresses, count, options)
        await flow.run_async()

    asyncio.run(run())


async def kept(name: str, folder: Path, addresses: dict[str, Any], count: int, options: dict[str, Any]) -> hf.Flow:
    """The flow of a member."""
    options = dict(options)
    bind = hf.net.bind_unix if options.pop("is_unix", False) else hf.net.bind_tcp
    outbound, inbound, _ = await bind(addresses[name], name=name, directory=addresses)
    heard = folder / f"{name}.count"
    names = {
        "outbound": outbound,
        "inbound": inbound,
        "me": name,
        "count": count,
        "put": put,
        "clients": [one for one in addresses if one != "server"],
        "report": lambda number: write_whole(heard, str(number)),
    }
    return hf.compile(SERVER if name == "server" else CLIENT, names).durable(folder / name, **options)


class Star:
    """The processes of a star, which are started again when they have been killed."""

    def __init__(self, folder: Path, addresses: dict[str, Any], count: int, seed: int, **options: Any) -> None:
        self.folder, self.addresses, self.count, self.options = folder, addresses, count, options
        self.random = random.Random(seed)
        self.kills = 0
        self.points: dict[str, int] = {}
        self._context: Any = get_context("forkserver")
        self._context.set_forkserver_preload(["star"])
        self._processes: dict[str, BaseProcess] = {}

    def start(self, name: str, die: Any = None) -> None:
        """Start a member."""
        arguments = (name, str(self.folder), self.addresses, self.count, self.options, die)
        process = self._context.Process(target=member, args=arguments)
        process.start()
        self._processes[name] = process

    def heard(self, name: str) -> int:
        """How many messages a member holds."""
        try:
            return int((self.folder / f"{name}.count").read_text() or 0)
        except FileNotFoundError:
            return 0

    def run(self, kills: int, seconds: float) -> None:
        """Run until all have heard all and so many were killed: half of them at any instant, half at a point of the
        protocol. Raises AssertionError where that takes too long.
        """
        total = self.count * (len(self.addresses) - 1)
        deadline = time.monotonic() + seconds
        for name in self.addresses:
            self.start(name)
        try:
            while self.kills < kills or any(self.heard(name) < total for name in self.addresses):
                assert time.monotonic() < deadline, {name: self.heard(name) for name in self.addresses}
                if self.kills < kills:
                    self._kill(self.random.choice(list(self.addresses)))
                else:
                    time.sleep(0.05)
                for name, process in self._processes.items():
                    if not process.is_alive():
                        self.kills += process.exitcode == -signal.SIGKILL
                        assert process.exitcode == -signal.SIGKILL, (name, process.exitcode)
                        self.start(name)
        finally:
            for process in self._processes.values():
                process.kill()
                process.join()

    def _kill(self, name: str) -> None:
        process = self._processes[name]
        process.kill()
        process.join()
        self.kills += 1
        if self.random.random() < 0.5:
            point = self.random.choice(list(POINTS))
            self.points[point] = self.points.get(point, 0) + 1
            self.start(name, (point, self.random.random() < 0.5, self.random.randrange(1, 12)))
            self._processes[name].join(1.5)
            if self._processes[name].is_alive():
                return
            assert self._processes[name].exitcode == -signal.SIGKILL
            self.kills += 1
        self.start(name)
        time.sleep(self.random.uniform(0.05, 0.4))


def check(star: Star) -> None:
    """All have heard each message once, those of each client in order, and all in the order of the server."""
    logs = {name: asyncio.run(log_of(star, name)) for name in star.addresses}
    clients = [name for name in star.addresses if name != "server"]
    for name, log in logs.items():
        for client in clients:
            assert [number for who, number in log if who == client] == list(range(star.count)), (name, client)
    assert all(log == logs["server"] for log in logs.values())


async def log_of(star: Star, name: str) -> list[Any]:
    """What a member that has ended holds."""
    with await kept(name, star.folder, star.addresses, star.count, star.options) as flow:
        return list(flow.state("fold").value or [])
