"""What Ray costs as the carrier of a durable system, beside processes over TCP.

Both run in one network namespace, and take turns; seconds of the clock say little where others use the machine.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import pytest
import ray_cluster
from namespaces import Namespace, skip_without_namespaces

import hydroflow_nb as hf
from hydroflow_nb.deploy import Processes, Ray

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(2_000)]

# A client says all numbers of a range, and each client holds what all have said.
STAR: Final = """
server = process();
clients = cluster();
@clients source_stream(batches) -> flat_map(spread) -> map(|number| (address, number)) ~> said;
@server said = map(|(said, _)| said) ~> @clients.all shown;
@clients shown = fold::<'static>(|| [], put) -> map(len) -> for_each(|count| held.update(count=count));
"""
CLIENTS: Final = ("anna", "bob", "carl")
# By the size of a batch, how many of them a client says in a round.
BATCHES: Final = {100: 40, 1_000: 10, 5_000: 3}
ROUNDS: Final = 3
PATIENCE: Final = 300.0


def put(log: list[Any], item: Any) -> list[Any]:
    log.append(item)
    return log


def spread(batch: tuple[int, int]) -> range:
    first, count = batch
    return range(first, first + count)


@dataclass(frozen=True)
class Cost:
    """What some deliveries cost: seconds of the clock, and of the processors of all members."""

    deliveries: int
    seconds: float
    processor: float

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.deliveries + other.deliveries, self.seconds + other.seconds, self.processor + other.processor)

    def __str__(self) -> str:
        return (
            f"{self.deliveries / self.seconds:,.0f} a second, {self.deliveries / self.processor:,.0f} in a second of "
            "the processors"
        )


class Star:
    """A star that runs."""

    def __init__(self, run: Any) -> None:
        self._run = run
        self._said = 0

    async def round(self, size: int, batches: int) -> Cost:
        """Have each client say so many batches, and wait until all hold all of them."""
        begun, spent = time.perf_counter(), self._processor()
        await asyncio.gather(*(self._say(client, size, batches) for client in CLIENTS))
        self._said += size * batches
        async with asyncio.timeout(PATIENCE):
            for client in CLIENTS:
                while self._held(client) < self._said * len(CLIENTS):
                    await asyncio.sleep(0.01)
        deliveries = size * batches * len(CLIENTS) ** 2
        return Cost(deliveries, time.perf_counter() - begun, self._processor() - spent)

    async def _say(self, client: str, size: int, batches: int) -> None:
        for number in range(batches):
            await self._run.send(client, "batches", (self._said + number * size, size))

    def _held(self, client: str) -> int:
        """How many numbers a client holds, as far as it answers."""
        with suppress(hf.HydroflowError):
            return int(self._run[client]["held"].get("count", 0))
        return 0

    def _processor(self) -> float:
        return sum(_processor(member.pid) for member in self._run.members.values())


def _processor(pid: int) -> float:
    """The seconds of processor time of a process."""
    columns = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(columns[11]) + int(columns[12])) / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def star(on: Any, folder: Path) -> AsyncIterator[Star]:
    names = {"batches": hf.channel(), "put": put, "spread": spread, "held": {}}
    system = hf.compile(STAR, names, "star")
    async with await system.deploy(on=on, clients=list(CLIENTS), durable=folder) as run:
        yield Star(run)


def measure(folder: Path) -> None:
    """Tell what deliveries cost by the size of a batch, over each carrier."""

    async def main() -> None:
        launchers = {
            "ray": Ray(ray_cluster.cluster().address, patience=PATIENCE),
            "processes": Processes(patience=PATIENCE),
        }
        async with AsyncExitStack() as stack:
            stars = {name: await stack.enter_async_context(star(on, folder / name)) for name, on in launchers.items()}
            for one in stars.values():
                await one.round(10, 10)
            for size, batches in BATCHES.items():
                costs = dict.fromkeys(stars, Cost(0, 0.0, 0.0))
                for _ in range(ROUNDS):
                    for name, one in stars.items():
                        costs[name] += await one.round(size, batches)
                tell(size, **costs)

    asyncio.run(main())


def tell(size: int, ray: Cost, processes: Cost) -> None:
    ratio = (ray.processor / ray.deliveries) / (processes.processor / processes.deliveries)
    print(
        f"\ndeliveries in batches of {size}: over Ray {ray}; as processes over TCP {processes}; a delivery over Ray "
        f"takes {ratio:.2f} times the processor time",
        flush=True,
    )


def test_a_durable_star_over_ray(tmp_path: Path) -> None:
    if find_spec("ray") is None:
        pytest.skip("Ray is not installed: `pip install 'hydroflow-nb[ray]'`")
    skip_without_namespaces()
    with (
        tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as folder,
        Namespace(environment=ray_cluster.environment(folder)) as namespace,
    ):
        namespace.call(measure, tmp_path, patience=1_800)
