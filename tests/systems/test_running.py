from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import hydroflow_nb as hf
from hydroflow_nb.systems.runs import RunningSystem, State

PATHS = pytest.mark.skipif(sys.platform == "win32", reason="no paths")
TRANSPORTS = ["tcp", "udp", pytest.param("unix", marks=PATHS)]

# A busy machine is slow now and then.
PATIENCE = 100.0


async def until(holds):
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_the_members_run_over_sockets_and_give_what_the_simulation_gives(two_pc, transport):
    async def run():
        members = {"p1": {}, "p2": {"refuses": {"t2"}}}
        async with await two_pc.start(participants=members, transport=transport) as running:
            for transaction in ("t1", "t2"):
                running.send("coordinator", "requests", transaction)
            await until(lambda: all(len(member["log"]) == 2 for member in running.members.values()))
            return {name: set(member["log"]) for name, member in running.members.items()}

    decided = {("t1", "commit"), ("t2", "abort")}
    assert asyncio.run(run()) == {"coordinator": decided, "p1": decided, "p2": decided}


def test_members_have_the_same_names_over_sockets_as_in_the_simulation():
    text = """
    hub = process(); members = cluster();
    @members source_iter([address]) ~> @hub asked;
    @hub asked = tee();
    asked -> for_each(heard.append);
    asked -> map(|(said, who)| ((said, who, address, hub, members), who)) ~> @members answered;
    @members answered = tee();
    answered -> for_each(heard.append);
    answered -> map(|told| (address, told)) ~> @members.others for_each(heard.append);
    """
    members = ["oslo", "rome"]

    def system():
        return hf.compile(text, {"heard": []}, "named")

    net = system().network(members=members)
    net.run()
    simulated = {name: sorted(map(repr, net[name]["heard"])) for name in net.nodes}
    assert simulated["hub"] == ["('oslo', 'oslo')", "('rome', 'rome')"]

    async def over(transport):
        async with await system().start(members=members, transport=transport) as running:
            assert {name: one.address for name, one in running.members.items()} == {one: one for one in running.members}
            await until(lambda: all(len(one["heard"]) == 2 for one in running.members.values()))
            return {name: sorted(map(repr, one["heard"])) for name, one in running.members.items()}

    for transport in ["tcp", "udp", *(["unix"] if sys.platform != "win32" else [])]:
        assert asyncio.run(over(transport)) == simulated


@dataclass(frozen=True)
class Connect:
    who: str


@dataclass(frozen=True)
class Said:
    text: str


def test_items_of_two_dataclasses_go_over_sockets():
    text = "a = process(); b = process(); @a source_stream(sent) ~> @b::<Connect | Said> for_each(log.append);"
    system = hf.compile(text, {"sent": hf.channel(), "log": [], "Connect": Connect, "Said": Said})

    async def run():
        async with await system.start() as running:
            for item in (Connect("x"), Said("y")):
                running.send("a", "sent", item)
            await until(lambda: len(running["b"]["log"]) == 2)
            return running["b"]["log"]

    assert asyncio.run(run()) == [Connect("x"), Said("y")]


def started(system, transport, **members):
    """The system in this kernel."""
    return system.start(transport=transport, **members)


def deployed(system, transport, **members):
    """The system as processes."""
    return system.deploy(on=hf.deploy.Processes(transport=transport, patience=PATIENCE), **members)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("begin", "transport"),
    [(started, "tcp"), (started, "udp"), pytest.param(started, "unix", marks=PATHS), (deployed, "tcp")],
)
def test_programs_of_other_make_reach_a_system_whose_members_have_names(transport, begin, tmp_path):
    if begin is deployed and sys.platform == "win32":
        pytest.skip("processes have no such sockets there")
    text = """
    clients = external(); front = process(); workers = cluster();
    clients ~> @front asked; asked = tee();
    asked ~> @workers.by(|(text, _)| text) map(|(text, who)| (f"{text} at {address} of {workers}", who)) ~> done;
    @front done = tee();
    done -> map(|((text, who), worker)| (f"{text}, by {worker} for {front}", who)) ~> clients;
    done -> map(|((_, who), worker)| (who, worker)) -> for_each(log.append);
    """

    async def run():
        bind = {"tcp": hf.net.bind_tcp, "udp": hf.net.bind_udp, "unix": hf.net.bind_unix}[transport]
        client = await bind(str(tmp_path / "client") if transport == "unix" else 0)
        got = []
        names = {"outbound": client.outbound, "inbound": client.inbound, "got": got}
        system = hf.compile(text, {"log": []})
        async with client, await begin(system, transport, workers=["w"]) as running:
            assert running["front"].address == "front"
            names["front"] = running["front"].bound
            flow = hf.compile(
                "source_iter([('a', front)]) -> dest_sink_serde(outbound);"
                "source_stream_serde(inbound) -> for_each(got.append);",
                names,
            )
            flow.start()
            await until(lambda: got)
            flow.stop()
            assert running["front"]["log"] == [(client.address, "w")]
            assert got == [("a at w of ('w',), by w for front", running["front"].bound)]

    asyncio.run(run())


def test_items_of_others_and_of_a_key_find_their_members():
    text = """
    c = cluster();
    @c source_stream(words) ~> @c.by(|word| word) map(|(word, _)| word) -> for_each(own.append);
    @c source_stream(news) ~> @c.others map(|(text, _)| text) -> for_each(heard.append);
    """
    system = hf.compile(text, {"words": hf.channel(), "news": hf.channel(), "own": [], "heard": []})

    async def run():
        async with await system.start(c=3) as running:
            for name in running.members:
                running.send(name, "words", "x")
            running.send("c1", "news", "hello")
            members = running.members.values()
            await until(lambda: sum(len(one["own"]) for one in members) == 3 and running["c2"]["heard"])
            await until(lambda: running["c3"]["heard"])
            return [len(one["own"]) for one in members], [one["heard"] for one in members]

    counts, heard = asyncio.run(run())
    assert sorted(counts) == [0, 0, 3]
    assert heard == [[], ["hello"], ["hello"]]


REPEATED = """
a = process(); b = process();
@a source_stream(items) -> [0]again;
source_interval(0.05) -> [1]again;
again = cross_join::<'static, 'tick>() -> map(|(item, _)| item) ~> @b unique::<'static>() -> for_each(log.append);
"""


def test_a_program_that_repeats_what_it_sends_gives_the_same_over_udp_as_in_a_network_that_loses():
    system = hf.compile(REPEATED, {"items": hf.channel(), "log": []})

    async def run():
        async with await system.start(transport="udp") as running:
            for item in range(5):
                running.send("a", "items", item)
            await until(lambda: len(running["b"]["log"]) == 5)
            return set(running["b"]["log"])

    net = system.network(seed=2, loss=0.5)
    for item in range(5):
        net.send("a", "items", item)
    net.run()

    assert asyncio.run(run()) == set(net["b"]["log"]) == set(range(5))


def test_an_open_cluster_greets_over_sockets():
    text = """
    server = process();
    clients = cluster(open=True);
    @server members(clients) -> map(|client| ("welcome", client)) ~> @clients for_each(heard.append);
    """
    system = hf.compile(text, {"heard": []})

    async def run():
        async with await system.start(clients=2) as running:
            await until(lambda: all(running[name]["heard"] for name in ("clients1", "clients2")))
            return len(running["server"]["clients"])

    assert asyncio.run(run()) == 2


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_run_that_is_left_while_messages_are_on_their_way_ends_at_once(two_pc, transport):
    async def run():
        async with asyncio.timeout(20):
            async with await two_pc.start(participants=2, transport=transport) as running:
                running.send("coordinator", "requests", "t1")
                await asyncio.sleep(0)

    asyncio.run(run())


def test_what_cannot_start_is_told(two_pc):
    with pytest.raises(TypeError, match="`participants` is a cluster"):
        asyncio.run(two_pc.start())
    with pytest.raises(TypeError, match="`loss` is not a location of `two_pc`"):
        asyncio.run(two_pc.start(participants=1, loss=0.1))
    with pytest.raises(hf.HydroflowError, match="there is no transport 'pigeon'"):
        asyncio.run(two_pc.start(participants=1, transport="pigeon"))


def test_a_member_that_there_is_not_is_told_with_the_one_that_is_meant(two_pc):
    async def run():
        async with await two_pc.start(participants=["oslo"]) as running:
            assert repr(running) == "<run of two_pc: coordinator, oslo>"
            with pytest.raises(KeyError, match="did you mean 'oslo'"):
                running["olso"]
            with pytest.raises(KeyError, match="did you mean 'log'"):
                running["oslo"]["lgo"]

    asyncio.run(run())


def test_what_was_opened_is_closed_where_a_socket_cannot_be_opened():
    text = "a = process(); b = process(at='nowhere'); @a source_iter([1]) ~> @b null();"

    async def run():
        with pytest.raises(ValueError, match="'nowhere' is not an address"):
            await hf.compile(text, {}).start()
        await until(lambda: asyncio.all_tasks() == {asyncio.current_task()})

    asyncio.run(run())


@pytest.mark.skipif(sys.platform == "win32", reason="no paths")
def test_a_member_over_a_path_may_have_any_name():
    names = ["../x", "a/b", "x" * 200]

    async def run():
        text = "a = process(); c = cluster(); @a source_iter([1]) ~> @c.all for_each(log.append);"
        async with await hf.compile(text, {"log": []}).start(c=names, transport="unix") as running:
            await until(lambda: all(running[name]["log"] == [1] for name in names))
            return len({str(Path(running[name].bound).parent) for name in names})

    assert asyncio.run(run()) == 1


def test_a_member_over_sockets_does_not_join_later():
    system = hf.compile("c = cluster(); @c source_iter([1]) -> null();", {})

    with pytest.raises(hf.HydroflowError, match="`join_later` of p is for simulated networks"):
        asyncio.run(system.start(c={"p": {"join_later": True}}))


def test_a_member_that_has_stopped_by_a_fault_is_told_by_its_name(caplog):
    text = "a = process(); c = cluster(); @a source_iter([0]) ~> @c.all map(|x| 1 // x) -> null();"

    async def run():
        async with await hf.compile(text, {}, "shares").start(c=["p", "q"]) as running:
            await until(lambda: running["p"].flow.faults and running["q"].flow.faults)
            return repr(running["p"]), repr(running["a"])

    failed, well = asyncio.run(run())
    assert failed == "<member p at 'p', tick 2, stopped by ZeroDivisionError: integer division or modulo by zero>"
    assert "stopped" not in well
    assert {one.getMessage() for one in caplog.records} == {
        "the flow `shares@p` has stopped",
        "the flow `shares@q` has stopped",
    }


def test_nothing_is_put_into_a_member_that_has_ended():
    async def run():
        async with await hf.compile(
            "a = process(); @a source_stream(words) -> null();", {"words": hf.channel()}
        ).start() as run:
            pass
        with pytest.raises(hf.HydroflowError, match="a takes nothing in any more: the run has ended"):
            run.send("a", "words", 1)

    asyncio.run(run())


def test_a_member_sets_aside_the_item_of_another_with_which_its_tick_fails(two_pc):
    text = """
    a = process(); b = process();
    @a source_stream(xs) ~> @b map(|x| 12 // x) -> for_each(out.append);
    """
    system = hf.compile(text, {"xs": hf.channel(), "out": []})

    async def run():
        async with await system.start(on_fault="set-aside") as run:
            for x in (3, 0, 4):
                run.send("a", "xs", x)
            await until(lambda: run["b"]["out"][-1:] == [3])
            return [str(one.item) for one in run["b"].flow.set_aside], run["b"].flow.set_aside[0].where

    items, where = asyncio.run(run())
    assert len(items) == 1
    assert "0" in items[0]
    assert "in `map`" in where


def test_a_wrong_word_for_faults_is_refused_before_a_socket_is_opened(two_pc):
    with pytest.raises(ValueError, match="`on_fault` is"):
        asyncio.run(two_pc.start(on_fault="aside", participants=1))


def test_a_run_here_can_be_asked_what_one_of_processes_can(two_pc, tmp_path):
    async def run():
        async with await two_pc.start(participants=1) as run:
            assert isinstance(run, RunningSystem)
            assert not (await run.record("coordinator")).ticks
            await run.send("coordinator", "requests", "t1")
            await until(lambda: run["participants1"]["log"])
            standing = await run["coordinator"].standing()
            assert (standing.faults, standing.waiting["requests"], standing.messages > 0) == (0, 0, True)
            recording = await run.record("coordinator", tmp_path / "run.json")
            assert len(recording.ticks) > 0 < len(hf.Recording.load(tmp_path / "run.json").ticks)
            member = run["participants1"]
            assert (member.state, member.restarts, list(member.log)) == (State.RUNNING, 0, [])
        assert member.state is State.STOPPED

    asyncio.run(run())
