"""What a cluster that is sharded by a key costs over processes and over Ray, with one member, two and four: the
processor time for each item, of the sender and of the shards, and what the busiest shard has to do, by which more cores
would be used.

The seconds on the clock say something only where there are as many idle cores as processes.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import pytest
import ray_cluster
from namespaces import Namespace, skip_without_namespaces

import hydroflow_nb as hf
from hydroflow_nb.deploy import Processes, Ray
from hydroflow_nb.systems.launching import Launcher
from hydroflow_nb.systems.runs import RunningSystem

Measure: TypeAlias = Callable[[str, int], Mapping[str, float]]

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.timeout(1_800),
    pytest.mark.skipif(
        not Path("/proc/self/stat").exists(), reason="processor time of other processes is read in /proc"
    ),
]

# Each sends a batch of items at a tick, so that the sockets carry more than the kernel asks.
WORD_COUNT = """
front = process();
shards = cluster(shards_by="[0]");
@front source_stream(words) -> flatten() -> map(|word| (word, 1)) ~> counted;
@shards counted = fold_keyed::<'static>(int, |n, one| n + one) -> null();
"""
KEYED_JOIN = """
front = process();
shards = cluster(shards_by="[0]");
@front source_stream(words) -> flatten() -> map(|word| (word, 1)) -> tee() -> halves;
halves = partition(|(word, _), [orders, payments]| len(word) % 2);
halves[orders] ~> ordered;
halves[payments] -> map(|(word, n)| (word[:-1], n)) ~> paid;
@shards ordered = identity() -> [0]matched;
@shards paid = identity() -> [1]matched;
@shards matched = join::<'static>() -> null();
"""
SYSTEMS = {"word count": WORD_COUNT, "keyed join": KEYED_JOIN}
BATCHES, BATCH, KEYS = 20, 1_000, 2_000
SHARDS = (1, 2, 4)
ROUNDS = 3
PATIENCE = 240.0


def processor_time(pid: int) -> float:
    """The seconds of processor time of a process, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def received(run: RunningSystem[Any]) -> int:
    standings = [await member.standing() for name, member in run.members.items() if name != "front"]
    return sum(standing.counters["received"] for standing in standings)


async def measured(text: str, shards: int, on: Launcher) -> Mapping[str, float]:
    """Microseconds of processor time for an item, of all, the sender and the busiest shard; seconds by the clock."""
    random = Random(1)
    system = hf.compile(text, {"words": hf.channel()}, "measured")
    async with await system.deploy(on=on, shards=shards) as run:
        before = {name: processor_time(member.pid) for name, member in run.members.items()}
        begun = time.perf_counter()
        for _ in range(BATCHES):
            # Half of the words have a letter more.
            words = [f"{random.randrange(KEYS):06}{random.choice(['', 'x'])}" for _ in range(BATCH)]
            await run.send("front", "words", words)
        async with asyncio.timeout(PATIENCE):
            while await received(run) < BATCHES * BATCH:
                await asyncio.sleep(0.05)
        seconds = time.perf_counter() - begun
        spent = {name: processor_time(member.pid) - before[name] for name, member in run.members.items()}
    items = BATCHES * BATCH / 1e6
    of_shards = [one for name, one in spent.items() if name != "front"]
    return {
        "all": sum(spent.values()) / items,
        "sender": spent["front"] / items,
        "busiest shard": max(of_shards) / items,
        "clock": seconds,
    }


def over_processes(text: str, shards: int) -> Mapping[str, float]:
    return asyncio.run(measured(text, shards, Processes(patience=PATIENCE)))


def over_ray(text: str, shards: int) -> Mapping[str, float]:
    """In the namespace in which a cluster is up."""
    return asyncio.run(measured(text, shards, Ray(ray_cluster.cluster().address, cpus=0, patience=PATIENCE)))


@pytest.fixture(scope="module", params=["processes", "Ray"])
def place(request: pytest.FixtureRequest) -> Iterator[tuple[str, Measure]]:
    """Where the members run, and what measures there."""
    if request.param == "processes":
        yield "processes", over_processes
        return
    pytest.importorskip("ray")
    skip_without_namespaces()
    with (
        tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as folder,
        Namespace(environment=ray_cluster.environment(folder)) as namespace,
    ):
        namespace.call(ray_cluster.begin, patience=PATIENCE)
        yield "Ray", lambda text, shards: namespace.call(over_ray, text, shards, patience=2 * PATIENCE)


@pytest.mark.parametrize("name", SYSTEMS)
def test_shards(name: str, place: tuple[str, Measure]) -> None:
    where, measure = place
    found: dict[int, list[Mapping[str, float]]] = {shards: [] for shards in SHARDS}
    for _ in range(ROUNDS):
        for shards in SHARDS:
            found[shards].append(measure(SYSTEMS[name], shards))
    print(f"\n{name} over {where}, {BATCHES * BATCH:,} items, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}:")
    medians = {
        shards: {what: statistics.median(one[what] for one in rounds) for what in rounds[0]}
        for shards, rounds in found.items()
    }
    for shards, of in medians.items():
        print(
            f"  {shards} shards: {of['all']:5.1f} us an item (sender {of['sender']:.1f}, "
            f"busiest shard {of['busiest shard']:.1f}), {of['clock']:.2f} s by the clock"
        )

    # More shards share the work, and add to it: each has its own ticks, and its own connection or calls.
    assert medians[4]["busiest shard"] < 0.6 * medians[1]["busiest shard"]
    assert medians[4]["all"] < 3 * medians[1]["all"]
