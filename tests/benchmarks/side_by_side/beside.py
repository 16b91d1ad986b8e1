"""Another checkout of this package beside the present one: each runs our way of the shapes in a process of its own.

`python -m side_by_side.beside` is that process. Each line of its input is a request, each line of its output the
answer, both as JSON: `["shape", scale, title, way]` chooses what is run, `["run"]` gives the seconds of a run,
`["items"]` the items of one run more.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

from side_by_side.runner import Measured, measure
from side_by_side.shape import HAND, OURS, Shape, Taken, Way, bare
from side_by_side.shapes import batches, incremental

HERE = Path(__file__).parents[3]
# In which relation dicts and sets of texts stand to caches is chance: the same for all.
SEED = "0"
# From process to process times differ by some percent, since objects lie elsewhere: a shape is measured in so many.
PROCESSES = 3


class CannotRun(Exception):
    """Why a checkout does not run a shape: it may be older than what the shape needs."""


def compared(shape: Shape, other: Path, rounds: int, scale: float) -> Measured:
    """What the present checkout, the loop by hand, and the `other` checkout take, each in a process of its own.

    The rounds are divided among several of such processes, at least one for each. Raises CannotRun, ItemsDiffer.
    """
    parts = max(1, min(PROCESSES, rounds))
    seconds: dict[str, list[float]] = {}
    for _ in range(parts):
        with ExitStack() as processes:

            def way(folder: Path, name: str, processes: ExitStack = processes) -> Way:
                return processes.enter_context(process(folder, shape.title, name, scale))

            ways = {OURS: way(HERE, OURS), HAND: way(HERE, HAND), str(other): way(other, OURS)}
            for name, found in measure(bare(shape), ways, -(-rounds // parts)).seconds.items():
                seconds.setdefault(name, []).extend(found)
    return Measured(bare(shape), seconds)


@contextmanager
def process(folder: Path, title: str, way: str, scale: float) -> Iterator[ProcessWay]:
    """A way of a shape in a process of the checkout that is in this folder. Raises CannotRun."""
    # The folder where a process runs is the first one in which it looks for the package.
    with subprocess.Popen(
        [sys.executable, "-m", "side_by_side.beside"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1]), "PYTHONHASHSEED": SEED},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        made = ProcessWay(running)
        made.ask("shape", scale, title, way)
        yield made


class ProcessWay:
    """A way that another process runs."""

    def __init__(self, running: subprocess.Popen[str]) -> None:
        self._running = running

    def run(self) -> Taken:
        """Have it run once, and say what that took there."""
        return Taken(self.ask("run"), lambda: self.ask("items"))

    def ask(self, *words: object) -> Any:
        """The answer to a request. Raises CannotRun."""
        assert self._running.stdin is not None
        assert self._running.stdout is not None
        self._running.stdin.write(json.dumps(words) + "\n")
        self._running.stdin.flush()
        line = self._running.stdout.readline()
        answer, fault = json.loads(line) if line else (None, "its process has ended")
        if fault:
            raise CannotRun(fault)
        return answer


def serve(requests: Iterable[str]) -> Iterator[str]:
    """The answers: what was asked for, and the fault there was in its place."""
    way: Way | None = None
    for line in requests:
        answer: object = None
        fault = ""
        try:
            match json.loads(line):
                case ["shape", scale, title, name]:
                    way = shape_of(title, scale).ways[name]
                case ["run"] if way:
                    answer = way.run().seconds
                case ["items"] if way:
                    answer = list(way.run().items())
        except Exception as raised:  # whatever an older checkout does not know
            fault = f"{type(raised).__name__}: {raised}"
        yield json.dumps([answer, fault])


def shape_of(title: str, scale: float) -> Shape:
    """The shape of this title."""
    return next(shape for shape in chain(batches(scale), incremental(scale)) if shape.title == title)


if __name__ == "__main__":
    for answer in serve(sys.stdin):
        print(answer, flush=True)
