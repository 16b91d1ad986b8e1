"""One program gives the same results in the simulation and over sockets; `tests/processes` runs it as processes."""

from __future__ import annotations

import asyncio
import sys

import pytest
from nightly import IS_NIGHTLY
from whole_systems import PROGRAMS, repeating

import hydroflow_nb as hf

UNIX = pytest.param("unix", marks=pytest.mark.skipif(sys.platform == "win32", reason="no paths"))


@pytest.mark.parametrize("loses", [False, True], ids=["nothing lost", "messages lost"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_in_the_simulation(name, loses):
    program = PROGRAMS[name]
    system = program.system(repeating(program.text, 1) if loses else None)
    net = system.network(seed=3, fifo=False, **({"loss": 0.3, "duplication": 0.2} if loses else {}), **program.members)
    for member, lines in program.requests.items():
        for line in lines:
            net.send(member, "requests", line)
    net.run()

    logs = {name: net[name]["log"] for name, one in net.nodes.items() if "log" in one.flow.text}
    assert program.answers(logs), logs


# UDP may lose messages, so there the programs repeat them.
@pytest.mark.parametrize("transport", ["tcp", "udp", UNIX])
def test_over_sockets(transport):
    async def answer(program):
        system = program.system(repeating(program.text, 0.05) if transport == "udp" else None)
        async with await system.start(transport=transport, **program.members) as running:
            for member, lines in program.requests.items():
                for line in lines:
                    running.send(member, "requests", line)
            logs = {name: one["log"] for name, one in running.members.items() if "log" in one.flow.text}
            async with asyncio.timeout(20):
                while not program.answers(logs):
                    await asyncio.sleep(0.01)
        assert program.answers(logs), logs

    async def all_answer():
        await asyncio.gather(*map(answer, PROGRAMS.values()))

    asyncio.run(all_answer())


LATE = """
server = process(); clients = cluster(open=True);
@server source_iter([1, 2, 3]) -> [0]told;
members(clients) -> [1]told;
told = cross_join::<'static>() -> unique::<'static>() -> [0]again;
source_interval(1) -> [1]again;
again = cross_join::<'static, 'tick>() -> map(|(pair, _)| pair) ~> shown;
@clients shown = unique::<'static>() -> for_each(log.append);
"""


@pytest.mark.parametrize("seed", range(100 if IS_NIGHTLY else 3))
def test_a_late_member_is_sent_all_that_was_before_although_messages_are_lost(seed):
    system = hf.compile(LATE, {"log": []}, "late")
    net = system.network(seed=seed, loss=0.3, clients={"x": {}, "y": {"join_later": True}})
    net.run()
    net.join("y")
    net.run()

    assert {name: set(net[name]["log"]) for name in ("x", "y")} == {"x": {1, 2, 3}, "y": {1, 2, 3}}
