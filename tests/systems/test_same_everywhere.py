"""One program gives the same results in the simulation, over sockets, as processes, and by what manifests have run."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import by_hand
import pytest
from nightly import IS_NIGHTLY
from printed import Printed, items
from running_process import Running
from whole_systems import PROGRAMS, answers_when_launched, has_log, repeating

import hydroflow_nb as hf
from hydroflow_nb.deploy import Compose, Processes, Systemd

# A busy machine is slow now and then.
PATIENCE = 100.0
# What an election gives is another leader in another schedule.
SAME = [name for name in PROGRAMS if name != "election"]
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

    logs = {name: net[name]["log"] for name, one in net.nodes.items() if has_log(one.flow)}
    assert program.answers(logs), logs


@pytest.mark.parametrize("name", SAME)
def test_in_every_schedule(name):
    program, runs = PROGRAMS[name], 2_000 if IS_NIGHTLY else 40
    net = program.system().network(fifo=False, **program.members)
    telling = [name for name, one in net.nodes.items() if has_log(one.flow)]
    net.eventually(lambda net: program.answers({name: net[name]["log"] for name in telling}), "the answers are there")
    for member, lines in program.requests.items():
        for line in lines:
            net.send(member, "requests", line)

    outcome = net.explore(runs, duplication=2)

    assert outcome.violation is None
    # Of schedules that were drawn twice one counts.
    assert outcome.tried > runs / 2
    assert not outcome.unfinished


# UDP may lose messages, so there the programs repeat them.
@pytest.mark.parametrize("transport", ["tcp", "udp", UNIX])
def test_over_sockets(transport):
    async def answer(program):
        system = program.system(repeating(program.text, 0.05) if transport == "udp" else None)
        async with await system.start(transport=transport, **program.members) as running:
            for member, lines in program.requests.items():
                for line in lines:
                    running.send(member, "requests", line)
            logs = {name: one["log"] for name, one in running.members.items() if has_log(one.flow)}
            async with asyncio.timeout(PATIENCE):
                while not program.answers(logs):
                    await asyncio.sleep(0.01)
        assert program.answers(logs), logs

    async def all_answer():
        await asyncio.gather(*map(answer, PROGRAMS.values()))

    asyncio.run(all_answer())


# What may run members on this machine; each takes the same programs.
LAUNCHERS = {"processes": lambda: Processes(patience=PATIENCE)}


@pytest.mark.skipif(sys.platform == "win32", reason="processes have no such sockets there")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("launcher", LAUNCHERS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_where_a_launcher_runs_them(name, launcher):
    assert asyncio.run(answers_when_launched(PROGRAMS[name], LAUNCHERS[launcher](), PATIENCE))


MANIFESTS = {
    "systemd": (lambda count: Systemd(by_hand.hosts(count), port=by_hand.port()), by_hand.of_units),
    "compose": (lambda _: Compose(), by_hand.of_services),
}


# Each process loads the package anew.
@pytest.mark.skipif(sys.platform != "linux", reason="the loopback has one address there")
@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("kind", "name"),
    [(kind, name) for kind in MANIFESTS for name in SAME]
    if IS_NIGHTLY
    else [("systemd", "two_pc"), ("compose", "words")],
)
def test_by_what_manifests_have_run(tmp_path, kind, name):
    program = PROGRAMS[name]
    if kind == "compose":
        pytest.importorskip("yaml", reason="PyYAML is not installed: pip install 'hydroflow-nb[manifests]'")
    make, commands_of = MANIFESTS[kind]
    system = program.system(log=Printed(), Printed=Printed)
    location_of = {one: location for location in system.locations for one in program.members.get(location, [location])}
    files = system.manifests(
        make(len(location_of)),
        durable=True,
        stdin={location_of[member]: "requests" for member in program.requests},
        **program.members,
    )

    commands, running = commands_of(files, tmp_path), {}
    try:
        for member, command in commands.items():
            running[member] = Running(command.words, tmp_path, environment=command.environment)
        for member, lines in program.requests.items():
            for line in lines:
                running[member].type(line)
        telling = [one for one, location in location_of.items() if has_log(system.flows[location])]
        end = time.monotonic() + 2 * PATIENCE
        while not program.answers(logs := {one: items(running[one].output) for one in telling}):
            assert time.monotonic() < end, (logs, {one: running[one].log for one in running})
            time.sleep(0.05)
        assert running.keys() == location_of.keys()
        assert all(Path(sign).exists() for command in commands.values() for sign in command.said("--alive"))
    finally:
        for one in running.values():
            one.kill()


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
