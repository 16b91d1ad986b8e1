"""Durable flows as processes that are killed, at any instant and at each point of the protocol, and started again.

Each member is a `hydroflow-nb run ... --durable FOLDER`. A process that is killed leaves behind what the kernel has; to
be cut off from power leaves what the disk was asked to hold, and of what was appended since then any part.
"""

from __future__ import annotations

import asyncio
import faulthandler
import json
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from functools import wraps
from io import StringIO
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Thread
from typing import Any, Final

import hydroflow_nb as hf
from hydroflow_nb.durable import store
from hydroflow_nb.durable.journal import Journal
from hydroflow_nb.durable.keeping import Keeping
from hydroflow_nb.durable.store import Store
from hydroflow_nb.net.deliveries import Deliveries
from hydroflow_nb.net.inbound import Inbound
from hydroflow_nb.net.ledger import Ledger
from hydroflow_nb.net.numbered import Numbered
from hydroflow_nb.processes.command import run_command

SYNC: Final = "fdatasync" if hasattr(os, "fdatasync") else "fsync"

# Where a process may be killed: when the function is called, or when it has returned.
POINTS: Final[Mapping[str, tuple[Any, str]]] = {
    "accept": (Inbound, "accept_all"),
    "journal": (Journal, "append"),
    "sync": (os, SYNC),
    "rename": (Path, "replace"),
    "tick": (Keeping, "end_tick"),
    "send": (Deliveries, "_pump"),
    "acknowledge": (Numbered, "acknowledge"),
    "snapshot": (Store, "snapshot"),
    "renew": (Store, "renew"),
}

# What a process needs until its flow runs. A start from these takes a tenth of the time.
PRELOADED: Final = [
    "asyncio",
    "hydroflow_nb.durable.opening",
    "hydroflow_nb.engine.steady",
    "hydroflow_nb.lattices",
    "hydroflow_nb.net.deliveries",
    "hydroflow_nb.processes.command",
    "hydroflow_nb.systems.system",
]

# What processes tell of themselves, in the folder of their cluster.
TOLD: Final = "told"

# Where a process is killed: a point of `POINTS`, before it or behind it, and in which call.
Death = tuple[str, bool, int]


class Cluster:
    """The processes of members, each by the words of its command, and what became of them."""

    def __init__(
        self, folder: Path, members: Mapping[str, Sequence[str]], totals: Mapping[str, int], seed: int
    ) -> None:
        self.folder = folder
        # Forked processes write the snapshots, however small they are.
        self._forks = seed // 4 % 2 == 0
        self.members = members
        # Each member prints how much it holds; this is what it prints when all is done.
        self._totals = totals
        # By point; `any` is any instant.
        self.kills: Counter[str] = Counter()
        # How many of those were killed while there was work to do.
        self.amid = 0
        # How many were cut off from power so that bytes were lost, and how many bytes.
        self.cuts = self.lost = 0
        self._random = random.Random(seed)
        self._context: Any = get_context("forkserver")
        self._context.set_forkserver_preload(PRELOADED)
        self._processes: dict[str, BaseProcess] = {}
        # Where each of the processes is to die, if anywhere.
        self._deaths: dict[str, Death | None] = {}

    def kept(self, name: str) -> Path:
        """The folder that a member is kept in."""
        return self.folder / f"{name}.kept"

    def progress(self) -> float:
        """How much of all is done, from 0 to 1."""
        return sum(map(self._printed, self.members)) / sum(self._totals.values())

    def account(self) -> str:
        """What was done to the members, and what came of it."""
        told = self._told()
        points = ", ".join(f"{count} at {point}" for point, count in self.kills.most_common())
        again, starts = sum("repeated" in one for one in told), [one["seconds"] for one in told if "back" in one]
        return (
            f"{self.kills.total()} kills ({points}), {self.amid} of them while there was work; {self.cuts} disks lost "
            f"{self.lost} bytes; {again} batches came again and were dropped; "
            f"the longest of {len(starts)} starts took {max(starts)} s"
        )

    def held(self, name: str, make: Callable[[dict[str, Any]], hf.Flow], *places: str) -> list[Any]:
        """What a member holds at some places of its flow, by a copy of its folder and the tick that it has begun.
        `make` gives the flow, with ends that reach nobody.
        """
        copy = self.folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.kept(name), copy)

        async def read() -> list[Any]:
            ends = await hf.net.bind_unix(str(self.folder / "copy.sock"), name=name, directory={name: "nowhere"})
            flow = make(ends._asdict())
            with flow.durable(copy), redirect_stdout(StringIO()):
                if flow.is_scheduled():
                    flow.run_tick()
                held = [flow.state(place).value for place in places]
            ends.outbound.close()
            return held

        return asyncio.run(read())

    def run(self, kills: int, seconds: float) -> None:
        """Run until so many were killed, at any instant or at a point of the protocol, while work is done. Then all are
        cut off from power at once. Raises AssertionError where that takes too long, or a process ends by itself.
        """
        deadline = time.monotonic() + seconds
        instants = sorted(self._random.random() for _ in range(kills))
        try:
            self._start_all(self._death)
            while self.kills.total() < kills:
                self._must_be_before(deadline)
                name = self._random.choice(list(self.members))
                patience = time.monotonic() + 1.0
                while time.monotonic() < patience and self.progress() < instants[self.kills.total()]:
                    time.sleep(0.02)
                # Few die before they are back.
                while self._random.random() < 0.98 and not self._is_back(name):
                    self._must_be_before(deadline)
                    time.sleep(0.02)
                self._kill(name)
                for name, process in list(self._processes.items()):
                    if not process.is_alive():
                        self._kill(name)
        finally:
            self._end()
        for name in self.members:
            self._cut_off(name)

    def finish(self, seconds: float) -> None:
        """Run until all is done, without further kills, and ask all to end. Raises AssertionError as `run` does."""
        deadline = time.monotonic() + seconds
        for name in self.members:
            # What an earlier process has printed may not be kept.
            (self.folder / f"{name}.out").unlink(missing_ok=True)
        try:
            self._start_all(lambda: None)
            while self.progress() < 1:
                self._must_be_before(deadline)
                assert all(process.is_alive() for process in self._processes.values()), self._ends()
                time.sleep(0.02)
            for process in self._processes.values():
                process.terminate()
            for process in self._processes.values():
                process.join(max(1.0, deadline - time.monotonic()))
                assert process.exitcode == 0, self._ends()
        finally:
            self._end()

    def _start_all(self, death: Callable[[], Death | None]) -> None:
        for name in self.members:
            self._start(name, death())

    def _start(self, name: str, death: Death | None) -> None:
        process = self._context.Process(
            target=run_member, args=(name, self.folder, self.members[name], self._forks, death)
        )
        process.start()
        self._processes[name], self._deaths[name] = process, death

    def _kill(self, name: str) -> None:
        """Kill a member where it is to die, or at this instant, and start it again."""
        process, death = self._processes[name], self._deaths[name]
        process.join(1.0 if death else 0.0)
        is_dead = not process.is_alive()
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL, self._ends()
        self.kills[death[0] if death and is_dead else "any"] += 1
        self.amid += self.progress() < 1
        if self._random.random() < 0.5:
            self._cut_off(name)
        self._start(name, self._death())

    def _told(self) -> list[Any]:
        """What the processes have told of themselves."""
        return [json.loads(line) for line in _text(self.folder / TOLD).splitlines()]

    def _is_back(self, name: str) -> bool:
        process = self._processes[name]
        return not process.is_alive() or any(one.get("back") == process.pid for one in self._told())

    def _death(self) -> Death | None:
        if self._random.random() < 0.5:
            return None
        return self._random.choice(list(POINTS)), self._random.random() < 0.5, self._random.randrange(1, 12)

    def _cut_off(self, name: str) -> None:
        """Have the disk of a member that was killed lose a part of what it was not asked to hold."""
        synced = {one["file"]: one["size"] for one in self._told() if one["name"] == name and "file" in one}
        for path in self.kept(name).glob("journal-*"):
            size = path.stat().st_size
            # Its heading was on the disk before the file had its name.
            whole = synced.get(str(path), 12 + int.from_bytes(path.read_bytes()[:4], "big"))
            if whole < size:
                left = self._random.randint(whole, size)
                os.truncate(path, left)
                self.cuts += left < size
                self.lost += size - left

    def _must_be_before(self, deadline: float) -> None:
        assert time.monotonic() < deadline, {name: self._printed(name) for name in self.members}

    def _printed(self, name: str) -> int:
        """The last number that a member has printed."""
        lines = _text(self.folder / f"{name}.out").split("\n")
        return int(lines[-2]) if len(lines) > 1 else 0

    def _ends(self) -> str:
        """The exit code of each member, None while it runs, and the end of its log."""
        return "\n".join(
            f"{name}: {process.exitcode}: {_text(self.folder / f'{name}.log')[-1_000:]}"
            for name, process in self._processes.items()
        )

    def _end(self) -> None:
        for process in self._processes.values():
            process.kill()
        for process in self._processes.values():
            process.join()


def run_member(name: str, folder: Path, words: Sequence[str], forks: bool, death: Death | None) -> None:
    """The process of a member."""
    for number, file in ((1, f"{name}.out"), (2, f"{name}.log")):
        os.dup2(os.open(folder / file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), number)
    faulthandler.enable()
    Thread(target=die_with_parent, daemon=True).start()
    tell_of(name, folder / TOLD)
    if forks:
        store.LARGE = -1
    if death is not None:
        die_at(*death)
    sys.exit(run_command([*words, "--durable", str(folder / f"{name}.kept")]))


def die_with_parent() -> None:
    """Be killed when the test is over, however that ends."""
    parent = parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(point: str, behind: bool, calls: int, points: Mapping[str, tuple[Any, str]] = POINTS) -> None:
    """Be killed at a point of the protocol, in so many calls."""
    kind, name = points[point]
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


def tell_of(name: str, path: Path) -> None:
    """Have this process tell how long it took to come back, which batches came again, and what its disk holds."""
    begun, process = time.monotonic(), os.getpid()
    told = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    open_, accepts, sync = Keeping.__init__, Ledger.accepts, getattr(os, SYNC)

    def tell(**what: Any) -> None:
        os.write(told, json.dumps({"name": name, **what}).encode() + b"\n")

    def opened(self: Keeping, *arguments: Any, **named: Any) -> None:
        open_(self, *arguments, **named)
        tell(back=os.getpid(), seconds=round(time.monotonic() - begun, 2))

    def accepted(self: Ledger, *arguments: Any) -> bool:
        is_new = accepts(self, *arguments)
        if not is_new:
            tell(repeated=1)
        return is_new

    def synced(file: int) -> None:
        size = os.fstat(file).st_size
        sync(file)
        # A forked process writes no journal, and has let go of what is told.
        if os.getpid() == process:
            tell(file=os.readlink(f"/proc/self/fd/{file}"), size=size)

    Keeping.__init__, Ledger.accepts = opened, accepted  # type: ignore[method-assign]
    if Path("/proc/self/fd").exists():
        setattr(os, SYNC, synced)


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""
