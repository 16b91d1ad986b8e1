"""One program gives the same sets of results in the simulation, over TCP and over Unix sockets."""

from __future__ import annotations

import asyncio
import sys

import pytest
from hypothesis import settings

import hydroflow_nb as hf

NIGHTLY = settings.default is not None and settings.default.max_examples >= 1000
UNIX = pytest.param("unix", marks=pytest.mark.skipif(sys.platform == "win32", reason="no paths"))

# The work goes to one worker after the other, and each result comes back once.
QUEUE = """
master = process(); workers = cluster();
@master source_stream(jobs) ~> @workers.next map(|n| (n, n * n)) ~> done;
@master done = map(|(result, _)| result) -> for_each(log.append);
"""

# Each word is counted at its own shard, and all counts are told to the front.
COUNTER = """
front = process(); shards = cluster();
@front source_stream(jobs) ~> @shards.by(|n| n % 7) map(|n| (n % 7, n))
    -> fold_keyed::<'static>(int, |total, n| total + n) -> unique::<'static>() ~> totals;
@front totals = map(|(total, _)| total) -> fold_keyed::<'static>(int, |most, n| max(most, n))
    -> filter(|(key, total)| total == expected[key]) -> unique::<'static>() -> for_each(log.append);
"""

# Replicas send on what is new to them, until all hold all of it.
STORE = """
client = process(); replicas = cluster();
@client source_stream(jobs) ~> @replicas.by(|n| n) news;
@replicas {
    told = map(|(n, _)| n) -> news;
    news = union() -> unique::<'static>() -> tee();
    news -> for_each(log.append);
    news ~> @replicas.others told;
}
"""

EXPECTED = {key: sum(n for n in range(10) if n % 7 == key) for key in range(7)}
PROGRAMS = {
    "queue": (QUEUE, "master", "workers", {"master": {(n, n * n) for n in range(10)}}),
    "counter": (COUNTER, "front", "shards", {"front": set(EXPECTED.items())}),
    "store": (STORE, "client", "replicas", {name: set(range(10)) for name in ("x", "y", "z")}),
}


def compiled(name):
    text, source, cluster, expected = PROGRAMS[name]
    system = hf.compile(text, {"jobs": hf.channel(), "log": [], "expected": EXPECTED}, name)
    return system, source, cluster, expected


@pytest.mark.parametrize("name", PROGRAMS)
def test_in_the_simulation(name):
    system, source, cluster, expected = compiled(name)
    net = system.network(seed=3, **{cluster: ["x", "y", "z"]})
    for number in range(10):
        net.send(source, "jobs", number)
    net.run()

    assert {node: set(net[node]["log"]) for node in expected} == expected


@pytest.mark.parametrize("transport", ["tcp", UNIX])
@pytest.mark.parametrize("name", PROGRAMS)
def test_over_sockets(name, transport):
    system, source, cluster, expected = compiled(name)

    async def run():
        async with await system.start(transport=transport, **{cluster: ["x", "y", "z"]}) as running:
            for number in range(10):
                running.send(source, "jobs", number)
            async with asyncio.timeout(20):
                while {node: set(running[node]["log"]) for node in expected} != expected:
                    await asyncio.sleep(0.01)

    asyncio.run(run())


LATE = """
server = process(); clients = cluster(open=True);
@server source_iter([1, 2, 3]) -> [0]told;
members(clients) -> [1]told;
told = cross_join::<'static>() -> unique::<'static>() -> [0]again;
source_interval(1) -> [1]again;
again = cross_join::<'static, 'tick>() -> map(|(pair, _)| pair) ~> shown;
@clients shown = unique::<'static>() -> for_each(log.append);
"""


@pytest.mark.parametrize("seed", range(100 if NIGHTLY else 3))
def test_a_late_member_is_sent_all_that_was_before_although_messages_are_lost(seed):
    system = hf.compile(LATE, {"log": []}, "late")
    net = system.network(seed=seed, loss=0.3, clients={"x": {}, "y": {"join_later": True}})
    net.run()
    net.join("y")
    net.run()

    assert {name: set(net[name]["log"]) for name in ("x", "y")} == {"x": {1, 2, 3}, "y": {1, 2, 3}}
