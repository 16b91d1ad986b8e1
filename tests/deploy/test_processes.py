"""Systems as processes of this machine."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from whole_systems import TWO_PC

import hydroflow_nb as hf
from hydroflow_nb.deploy import Processes
from hydroflow_nb.deploy.processes import file_name
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.systems.runs import RunningSystem, State

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="processes have no such sockets there"),
    pytest.mark.timeout(400),
]
# A busy machine is slow now and then.
PATIENCE = 100.0


async def until(holds):
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def deployed(text, names, name="told", restarts=5, transport="tcp", **given):
    on = Processes(patience=PATIENCE, restarts=restarts, transport=transport)
    async with await hf.compile(text, names, name).deploy(on=on, **given) as run:
        yield run


def is_there(pid):
    """Whether a process runs: one that has ended, and is not yet forgotten, does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def parent_of(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
    except OSError:
        return None


def test_a_system_runs_as_processes_that_are_asked_killed_restarted_and_recorded(tmp_path, capsys):
    names = {"requests": hf.channel(), "refuses": set(), "log": []}

    async def main():
        members = {"p1": {}, "../p2": {"refuses": {"t2"}}}
        async with deployed(TWO_PC, names, "two_pc", participants=members, logs=tmp_path, show_logs=True) as run:
            assert isinstance(run, RunningSystem)
            pids = [member.pid for member in run.members.values()]
            # A tick has taken it in.
            await run.send("coordinator", "requests", "t1")
            await run.send("coordinator", "requests", "t2")
            decided = {("t1", "commit"), ("t2", "abort")}
            await until(lambda: all(set(member["log"]) == decided for member in run.members.values()))
            standing = await run["coordinator"].standing()
            assert (standing.faults, standing.counters["received"], standing.waiting["requests"]) == (0, 4, 0)
            assert not names["log"]

            # What cannot be is told.
            with pytest.raises(KeyError, match=r"has no input 'request'; its inputs are: .*requests"):
                run.send("coordinator", "request", "t3")
            with pytest.raises(KeyError, match="p1 has no name 'lag': did you mean 'log'"):
                run["p1"]["lag"]
            with pytest.raises(Misfit, match="object"):
                run.send("coordinator", "requests", object())

            # A killed member comes back by itself, with its own names.
            former = run["../p2"].pid
            run.kill("../p2")
            await until(lambda: run["../p2"].state is not State.RUNNING or run["../p2"].restarts == 1)
            # Who asks meanwhile is answered by the next process, whose list begins anew.
            assert run["../p2"]["log"] == []
            await until(lambda: run["../p2"].restarts == 1 and run["../p2"].state is State.RUNNING)
            assert run["../p2"].pid != former
            await run.send("coordinator", "requests", "t2 again")
            await until(lambda: run["../p2"]["log"] == [("t2 again", "commit")])

            # One that is to stay away does, until it is started again.
            run.kill("p1", restart=False)
            await until(lambda: run["p1"].state is State.STOPPED)
            with pytest.raises(hf.HydroflowError, match="p1 takes nothing in: it has stopped"):
                await run.send("p1", "inbound", 1)
            with pytest.raises(hf.HydroflowError, match="p1 is not there to be asked: it has stopped"):
                run["p1"]["log"]
            await run.restart("p1")
            assert await run.record("p1") is not None
            await run.send("coordinator", "requests", "t4")
            await until(lambda: ("t4", "commit") in run["p1"]["log"])
            recording = await run.record("p1", tmp_path / "p1.json")
            assert len(recording.ticks) == len(hf.Recording.load(tmp_path / "p1.json").ticks) > 0

            assert any("event=ready" in line for line in run["p1"].log)
            assert "p1 was ended by signal 9" in (tmp_path / "p1.log").read_text()
            pids += [member.pid for member in run.members.values()]
        assert not any(map(is_there, pids))
        assert {member.state for member in run.members.values()} == {State.STOPPED}
        assert (tmp_path / f"{file_name('../p2')}.log").exists()
        with pytest.raises(hf.HydroflowError, match="the run has ended"):
            run.send("coordinator", "requests", "t5")

    asyncio.run(main())
    # All that the members wrote was shown, and what became of them.
    shown = capsys.readouterr().out
    assert "p1: time=" in shown
    assert "p1 was ended by signal 9" in shown


KERNEL = """
import asyncio, sys
import hydroflow_nb as hf
from hydroflow_nb.deploy import Processes

def turn(item):
    while item == "for ever":
        pass
    return item

async def main():
    text = "a = cluster(); @a source_stream(items) -> map(turn) -> for_each(print);"
    system = hf.compile(text, {"items": hf.channel(), "turn": turn}, "turning")
    run = await system.deploy(a=2, on=Processes(patience=100))
    print(*[member.pid for member in run.members.values()], run["a1"].log_file, flush=True)
    # A tick that does not end, and a kernel that computes.
    run.send("a1", "items", "for ever")
    await asyncio.sleep(0.5)
    while True:
        pass

asyncio.run(main())
"""


def test_a_kernel_that_is_killed_leaves_no_process_and_no_key_behind(tmp_path):
    """Not even a process that is within a tick without end."""
    script = tmp_path / "kernel.py"
    script.write_text(KERNEL)
    kernel = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    try:
        *pids, log = kernel.stdout.readline().split()
        assert len(pids) == 2
        folder = Path(log).parents[1]
        assert (folder / "key").exists()
        pids += [one.name for one in Path("/proc").glob("[0-9]*") if parent_of(one.name) == str(kernel.pid)]
        assert all(map(is_there, pids))
        time.sleep(1)
    finally:
        kernel.send_signal(signal.SIGKILL)
        kernel.wait()
        kernel.stdout.close()

    end = time.monotonic() + PATIENCE
    while any(map(is_there, pids)):
        assert time.monotonic() < end
        time.sleep(0.05)
    # The last of them has removed it.
    assert not folder.exists()


def broken(item):
    raise ValueError("no such thing")


def test_a_member_that_cannot_get_ready_and_one_that_fails_again_and_again_are_told_with_their_logs(tmp_path, caplog):
    text = "a = process(); @a source_stream(items) -> map(broken) -> null();"
    names = {"broken": broken, "items": hf.channel()}
    (tmp_path / "file").touch()

    async def main():
        with pytest.raises(hf.HydroflowError, match=r"(?s)a did not get ready:.*HF702.*again"):
            async with deployed(text, names, durable=tmp_path / "file"):
                pass
        async with deployed(text, names, restarts=1) as run:
            for _ in range(2):
                run.send("a", "items", 1)
                await until(lambda: run["a"].state is not State.RUNNING)
            await until(lambda: run["a"].state is State.FAILED)
            assert "ended with exit code 1 2 times soon after its start, and is given up" in run["a"].log[-1]
            assert any("ValueError: no such thing" in line for line in run["a"].log)
            with pytest.raises(hf.HydroflowError, match=r"it was given up .*`restart` starts it again"):
                await run.send("a", "items", 1)

    asyncio.run(main())
    told = [record.getMessage() for record in caplog.records if record.name == "hydroflow_nb.deploy"]
    assert "a:   ValueError: no such thing" in told
    assert told[-1] == "a ended with exit code 1 2 times soon after its start, and is given up"
    assert not any("level=info" in line for line in told)


KEEPS = """
    counters = cluster();
    asking = process();
    @asking source_stream(items) ~> @counters.all added;
    @counters {
        added = tee();
        added -> fold::<'durable>(|| 0, |total, item| total + item) -> for_each(totals.append);
        added -> fold::<'static>(|| 0, |count, _| count + 1) -> for_each(counts.append);
    }
"""


def test_members_whose_flows_have_durable_operators_keep_these_alone(tmp_path):
    names = {"items": hf.channel(), "totals": [], "counts": []}

    async def main():
        kept = tmp_path / "kept"
        nothing = hf.compile(KEEPS.replace("'durable", "'static"), names, "kept")
        with pytest.raises(hf.HydroflowError, match="no operator of `kept` is `'durable`"):
            await nothing.deploy(durable=kept, durable_write="operators", counters=1)
        async with deployed(KEEPS, names, "kept", durable=kept, durable_write="operators", counters=["a"]) as run:
            run.send("asking", "items", 5)
            await until(lambda: run["a"]["totals"][-1:] == [5])
            run.send("asking", "items", 2)
            await until(lambda: run["a"]["totals"][-1:] == [7])
            run.kill("a")
            await until(lambda: run["a"].restarts == 1 and run["a"].state is State.RUNNING)
            # The change of a tick that was seen in its middle may not have been kept.
            await until(lambda: run["a"]["totals"][:1] in ([5], [7]))
            assert run["a"]["counts"][0] == 0
        assert [one.name for one in kept.iterdir()] == ["a"]

    asyncio.run(main())


SHARDED = """
front = process();
counters = cluster(shards_by="[0]");
@front source_stream(words) -> map(|word| (word, 1)) ~> counted;
@counters counted = map(shouted) -> fold_keyed::<'static>(int, |n, one| n + one)
    -> for_each(|(word, n)| counts.update({word: n}));
"""


def shouted(pair):
    return pair[0], pair[1] * 10


def test_programs_of_their_own_choose_the_shards_that_the_simulation_chooses():
    words = ["ada", "bob", "eve", "ada", 1, 1.0, True, ("x", 2), ("x", 2.0)]
    names = {"words": hf.channel(), "counts": {}, "shouted": shouted}
    net = hf.compile(SHARDED, names, "sharded").network(counters=2)
    for word in words:
        net.send("front", "words", word)
    net.run()
    expected = {name: net[name]["counts"] for name in net.clusters["counters"]}
    assert all(expected.values())

    async def main():
        async with deployed(SHARDED, names, "sharded", counters=2) as run:
            for word in words:
                await run.send("front", "words", word)
            await until(lambda: {name: run[name]["counts"] for name in expected} == expected)

    asyncio.run(main())
