"""Where the processes of actors are to die.

The flows of the tests name this module, so it goes along to the actors: the process of each life loads it before its
flow is kept, and takes the death that waits for the next one, if one does.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from killing import POINTS, Death, die_at, tell_of

from hydroflow_nb.deploy.ray.outbound import ActorOutbound
from hydroflow_nb.durable import store

# The variable that says in which folder deaths wait. Whatever is started in the tests' namespace has it.
FOLDER: Final = "HYDROFLOW_TESTS_DEATHS"
# What processes tell of themselves, in that folder.
TOLD: Final = "told"

# Those of every carrier, and where a parcel of another actor has come.
ALL_POINTS: Final = {**POINTS, "arrive": (ActorOutbound, "arrived")}
_WAITING: Final = "waiting"


def put(log: list[Any], item: Any) -> list[Any]:
    """Append an item to a log, which is given back."""
    log.append(item)
    return log


class Deaths:
    """The deaths of actors, as the test sees them."""

    def __init__(self, seed: int) -> None:
        self._folder = Path(os.environ[FOLDER])
        self._random = random.Random(seed)
        self._points: list[str] = []
        for file in self._folder.iterdir():
            file.unlink()

    def wait_for_one(self) -> None:
        """Have the next process that starts die at a point of the protocol; each point has its turn."""
        if not self._points:
            self._points = self._random.sample(list(ALL_POINTS), len(ALL_POINTS))
        death = (self._points.pop(), self._random.random() < 0.5, self._random.randrange(1, 8))
        written = self._folder / "written"
        written.write_text(json.dumps([*death, self._random.random() < 0.5]))
        written.replace(self._folder / _WAITING)

    def is_awaited(self, process: int | None) -> bool:
        """Whether a process is to die, and has not yet."""
        return process is not None and (self._folder / str(process)).exists() and runs(process)

    def forget(self, process: int) -> None:
        """A process was killed, wherever it was to die."""
        (self._folder / str(process)).unlink(missing_ok=True)

    def died(self) -> Iterator[str]:
        """The points at which processes have died; each process once."""
        for file in self._folder.glob("[0-9]*"):
            if not runs(int(file.name)):
                point, *_ = json.loads(file.read_text())
                file.unlink()
                yield point

    def told(self) -> list[Any]:
        """What the processes have told of themselves."""
        told = self._folder / TOLD
        return [json.loads(line) for line in told.read_text().splitlines()] if told.exists() else []


def runs(process: int) -> bool:
    """Whether there is such a process: one that has ended, and is not yet forgotten, does not run."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def _take_death(folder: Path) -> tuple[Death, bool] | None:
    """The death that waits for this process, and whether a process of its own writes its snapshots."""
    own = folder / str(os.getpid())
    try:
        (folder / _WAITING).rename(own)
    except FileNotFoundError:
        return None
    point, behind, calls, forks = json.loads(own.read_text())
    return (point, behind, calls), forks


def _live(folder: Path) -> None:
    tell_of(str(os.getpid()), folder / TOLD)
    taken = _take_death(folder)
    if taken is not None:
        death, forks = taken
        if forks:
            store.LARGE = -1
        die_at(*death, ALL_POINTS)


# An actor's process, not that of the tests.
if "RAY_RAYLET_PID" in os.environ:
    _live(Path(os.environ[FOLDER]))
