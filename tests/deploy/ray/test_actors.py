"""A system as actors of a real Ray, with two nodes."""

from __future__ import annotations

import asyncio

import pytest
import ray_cluster

import hydroflow_nb as hf
from hydroflow_nb.deploy import Ray
from hydroflow_nb.systems.runs import State

CHAT = """
server = process();
clients = cluster();
@clients source_stream(lines) -> unique::<'static>() -> map(|line| (address, line)) ~> said;
@server said = map(|(said, _)| said) -> tee();
said ~> @clients.all shown;
said -> fold::<'static>(|| [], put) -> for_each(|log| held.update(log=list(log)));
@clients shown = fold::<'static>(|| [], put) -> for_each(|log| held.update(log=list(log)));
"""
# A machine that is busy takes long to start a process.
PATIENCE = 200.0


def put(log, line):
    log.append(line)
    return log


def on(**given):
    return Ray(ray_cluster.cluster().address, patience=PATIENCE, **given)


def chat():
    return hf.compile(CHAT, {"lines": hf.channel(), "put": put, "held": {}}, "chat")


async def until(holds):
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await asyncio.sleep(0.05)


async def say(run, client, lines):
    """Have a client say lines, each again until it has been taken in."""
    for line in lines:
        while True:
            try:
                await run.send(client, "lines", line)
                break
            except hf.HydroflowError:
                # It was killed, and has perhaps taken it in.
                await asyncio.sleep(0.1)


def shown(run, count):
    """Wait until each member has so many lines, and give what each has."""
    return until(lambda: all(len(one["held"].get("log", ())) == count for one in run.members.values()))


async def a_life(folder):
    """What becomes of a run that is sent lines, and whose members are killed and started again."""
    import ray

    found = {}
    async with await chat().deploy(on=on(), clients=["anna", "bob"], durable=folder) as run:
        await say(run, "anna", range(3))
        await shown(run, 3)
        pid = run["server"].pid
        run.kill("server")
        await say(run, "bob", range(3))
        run.kill("bob")
        await say(run, "anna", range(3, 6))
        await shown(run, 9)
        found["logs"] = [member["held"]["log"] for member in run.members.values()]
        found["restarts"] = [member.restarts for member in run.members.values()]
        found["has_moved"] = run["server"].pid != pid
        found["standing"] = (await run["anna"].standing()).counters
        found["server's log"] = list(run["server"].log)
        found["recording"] = len((await run.record("anna", folder / "anna.json")).ticks)
        run.kill("bob", restart=False)
        await until(lambda: run["bob"].state is State.STOPPED)
        await run.restart("bob")
        await run.restart("anna")
        await say(run, "anna", [6])
        await shown(run, 10)
        found["states"] = [member.state for member in run.members.values()]
        with pytest.raises(KeyError, match="no input 'line'"):
            run.send("anna", "line", 1)
        with pytest.raises(KeyError, match="did you mean 'held'"):
            run["anna"]["hold"]
        found["shown"] = run.forms()["text/plain"]
    found["is_left"] = ray.is_initialized()
    return found


async def a_failure():
    """What is told of a member that fails at each start."""
    names = {"lines": hf.channel()}
    text = "one = process(); @one source_iter([0]) -> map(|n| 1 // n) -> for_each(print);"
    failing = hf.compile(text, names, "failing")
    async with await failing.deploy(on=on(restarts=1)) as run:
        await until(lambda: run["one"].state is State.FAILED)
        return list(run["one"].log), run["one"].restarts


def live(folder):
    return asyncio.run(a_life(folder))


def fail():
    return asyncio.run(a_failure())


@pytest.mark.timeout(400)
def test_a_durable_chat_loses_nothing_and_is_asked_killed_restarted_and_recorded(namespace, tmp_path):
    found = namespace.call(live, tmp_path, patience=300)

    server, *clients = found["logs"]
    assert all(log == server for log in clients)
    assert [line for who, line in server if who == "anna"] == list(range(6))
    assert [line for who, line in server if who == "bob"] == list(range(3))
    assert found["restarts"] == [1, 0, 1]
    assert found["has_moved"]
    # What the server had not acknowledged when it was killed was sent again.
    assert found["standing"]["sent"] >= 6
    assert found["standing"]["received"] == 9
    assert found["recording"] == 0
    assert any("server was ended by signal 9, and starts again" in line for line in found["server's log"])
    assert found["states"] == [State.RUNNING] * 3
    assert "<member bob, running, 2 restarts>" in found["shown"]
    assert not found["is_left"]


@pytest.mark.timeout(400)
def test_a_member_that_fails_at_each_start_is_given_up_and_says_why(namespace):
    log, restarts = namespace.call(fail, patience=300)

    assert restarts == 1
    assert any("ZeroDivisionError" in line for line in log)
    assert "one ended with exit code 1 2 times soon after its start, and is given up" in log[-1]
