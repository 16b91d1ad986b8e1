"""Durable systems over Ray whose actors are killed, at any instant and at each point of the protocol.

What stands here runs in the namespace of the cluster.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import ray_cluster
from ray_deaths import Deaths, put, runs

import hydroflow_nb as hf
from hydroflow_nb.deploy import Ray
from hydroflow_nb.lattices import MapUnion, Max
from hydroflow_nb.systems.runs import State

# Each member holds what came to it in `held`, under "log".
CHAT: Final = """
server = process();
clients = cluster();
@clients source_stream(lines) -> unique::<'static>() -> map(|line| (address, line)) ~> said;
@server said = map(|(said, _)| said) -> tee();
said ~> @clients.all shown;
said -> fold::<'static>(|| [], put) -> for_each(|log| held.update(log=list(log)));
@clients shown = fold::<'static>(|| [], put) -> for_each(|log| held.update(log=list(log)));
"""
# A client writes at the replica that is nearest, which tells the others; and hears what it has written there.
STORE: Final = """
replicas = cluster();
clients = cluster();
@clients {
    source_stream(lines) -> unique::<'static>() -> map(|line| ((f"key {line % 5}", line), nearest)) ~> written;
    written_there = map(|(said, _)| said) -> fold::<'static>(|| [], put) -> for_each(|log| held.update(log=list(log)));
}
@replicas {
    written = map(|((key, line), client)| (client, line, key)) -> tee();
    written ~> @replicas.others heard;
    heard = map(|(write, _)| write);
    written -> known;
    heard -> known;
    known = union() -> tee();
    known -> map(|(client, line, key)| MapUnion({key: Max((line, client))})) -> lattice_fold::<'static>(|| MapUnion({}))
        -> for_each(|store| held.update(store=store.deep_reveal()));
    known -> map(|(client, line, _)| (client, line)) -> fold::<'static>(|| [], put)
        -> for_each(|log| held.update(log=list(log)));
    written -> map(|(client, line, _)| ((client, line), client)) ~> written_there;
}
"""
SYSTEMS: Final = {"chat": CHAT, "store": STORE}
CLIENTS: Final = ("anna", "bob")
MEMBERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "chat": {"clients": list(CLIENTS)},
    "store": {"replicas": ["r0", "r1", "r2"], "clients": {"anna": {"nearest": "r0"}, "bob": {"nearest": "r1"}}},
}
# Seconds for what a busy machine does in some.
PATIENCE: Final = 400.0

Log = Sequence[tuple[str, int]]


@dataclass
class Account:
    """What was done to the members, and what came of it: `kills` by point, `any` is any instant; how many of them were
    `amid` traffic; how many batches came `again` and were dropped; what each member holds at the end.
    """

    kills: Counter[str] = field(default_factory=Counter)
    amid: int = 0
    again: int = 0
    restarts: int = 0
    held: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __str__(self) -> str:
        points = ", ".join(f"{count} at {point}" for point, count in self.kills.most_common())
        return (
            f"{self.kills.total()} kills ({points}), {self.amid} of them while there was traffic; {self.restarts} "
            f"restarts; {self.again} batches came again and were dropped"
        )


class Killing:
    """A run whose members are killed while its clients say `count` lines each."""

    def __init__(self, name: str, count: int, seed: int) -> None:
        self.name = name
        self.account = Account()
        self._count = count
        self._random = random.Random(seed)
        self._deaths = Deaths(seed)
        self._said: Counter[str] = Counter()
        # How many lines may be said as yet.
        self._allowed = 0

    async def run(self, folder: Path, kills: int, *, lose_node: bool = False, kill_all: bool = False) -> Account:
        """Kill members so often while lines are said, or a whole node instead, and wait until all has come to all. With
        `kill_all` they are all killed once more then.
        """
        names = {"lines": hf.channel(), "put": put, "held": {}, "nearest": "", "MapUnion": MapUnion, "Max": Max}
        system = hf.compile(SYSTEMS[self.name], names, self.name)
        on = Ray(ray_cluster.cluster().address, patience=PATIENCE, restarts=1_000)
        async with (
            await system.deploy(on=on, durable=folder, **MEMBERS[self.name]) as run,
            asyncio.timeout(PATIENCE + 40 * kills),
        ):
            talk = asyncio.gather(*(self._say(run, client) for client in CLIENTS))
            try:
                await (self._lose_node(run) if lose_node else self._kill_members(run, kills))
                self._allowed = self._count
                await talk
                await self._all_is_there(run)
                if kill_all:
                    # What is held now is what the folders keep.
                    self._kill_all(run)
                    await self._all_is_there(run)
            finally:
                talk.cancel()
            self._look()
            self.account.held = {name: await _value(one, "held") for name, one in run.members.items()}
            self.account.restarts = sum(one.restarts for one in run.members.values())
        self.account.again = sum("repeated" in one for one in self._deaths.told())
        return self.account

    async def _say(self, run: Any, client: str) -> None:
        """Have a client say its lines, each again until it has been taken in."""
        for line in range(self._count):
            while line >= self._allowed:
                await asyncio.sleep(0.02)
            while True:
                try:
                    await run.send(client, "lines", line)
                    break
                except hf.HydroflowError:
                    # It was killed, and has perhaps taken it in.
                    await asyncio.sleep(0.02)
            self._said[client] = line + 1

    async def _kill_members(self, run: Any, kills: int) -> None:
        while self.account.kills.total() < kills:
            self._allowed = max(self._allowed, self._count * (self.account.kills.total() + 1) // (kills + 1), 1)
            member = self._random.choice(list(run.members.values()))
            # Few die before they are back.
            is_awaited = self._random.random() < 0.95
            while self._look() < kills and is_awaited and not _is_there(member):
                await asyncio.sleep(0.02)
            await asyncio.sleep(self._random.uniform(0.0, 0.6))
            await self._let_die(member.pid)
            if self._look() < kills and self._kill(member.pid) and self._random.random() < 0.7:
                self._deaths.wait_for_one()

    async def _let_die(self, pid: int | None) -> None:
        """Give a process that is to die at a point of the protocol some seconds of traffic to come there."""
        end = time.monotonic() + 5.0
        while self._deaths.is_awaited(pid) and time.monotonic() < end:
            self._allowed = min(self._allowed + 1, self._count)
            await asyncio.sleep(0.05)

    def _look(self) -> int:
        """How many were killed, at whatever point."""
        for point in self._deaths.died():
            self._count_one(point)
        return self.account.kills.total()

    def _kill(self, pid: int | None) -> bool:
        """Kill a process at this instant. False where it has died before."""
        if pid is None or not runs(pid):
            return False
        os.kill(pid, signal.SIGKILL)
        self._deaths.forget(pid)
        self._count_one("any")
        return True

    def _count_one(self, point: str) -> None:
        self.account.kills[point] += 1
        self.account.amid += any(self._said[client] < self._count for client in CLIENTS)

    def _kill_all(self, run: Any) -> None:
        for one in run.members.values():
            self._kill(one.pid)

    async def _lose_node(self, run: Any) -> None:
        """Kill the node that the driver is not on, amid the traffic; members are there."""
        cluster = ray_cluster.cluster()
        (lost,) = cluster.others
        there = [name for name, one in run.members.items() if one.node == lost.node_id]
        assert there, {name: one.node for name, one in run.members.items()}
        self._allowed = self._count // 2
        await _until(lambda: all(self._said[client] for client in CLIENTS))
        await asyncio.to_thread(cluster.remove, lost)
        self.account.kills["node"] += 1
        self._allowed = self._count
        await _until(lambda: all(run[name].restarts and run[name].state is State.RUNNING for name in there))

    async def _all_is_there(self, run: Any) -> None:
        """Wait until each member holds all that it is to hold."""
        for name, one in run.members.items():
            own = self.name == "store" and name in CLIENTS
            whole = self._count * (1 if own else len(CLIENTS))
            async with asyncio.timeout(PATIENCE):
                while len((await _value(one, "held")).get("log", ())) < whole:
                    await asyncio.sleep(0.1)


def _is_there(member: Any) -> bool:
    """Whether a member runs; that its process has ended is known a little later."""
    return member.state is State.RUNNING and member.pid is not None and runs(member.pid)


async def _value(member: Any, name: str) -> Any:
    """The value of a name at a member, which may start again meanwhile."""
    while True:
        try:
            return await asyncio.to_thread(lambda: member[name])
        except hf.HydroflowError:
            await asyncio.sleep(0.1)


async def _until(holds: Any) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await asyncio.sleep(0.02)


def kill(name: str, folder: Path, count: int, kills: int, *, seed: int, kill_all: bool) -> Account:
    """Kill members of a system so often while each client says so many lines; with `kill_all` all of them then."""
    return asyncio.run(Killing(name, count, seed).run(folder, kills, kill_all=kill_all))


def lose_a_node(name: str, folder: Path, count: int) -> Account:
    """Kill a whole node of the cluster while each client says so many lines."""
    try:
        return asyncio.run(Killing(name, count, 0).run(folder, 0, lose_node=True))
    finally:
        # Two nodes are what other tests expect.
        if not ray_cluster.cluster().others:
            ray_cluster.cluster().add()
