"""A member's flow in the process of an actor, here without Ray: several hosts in one event loop."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager

import msgspec
import pytest
from town import Town, in_loop, until

import hydroflow_nb as hf
from hydroflow_nb.deploy.program import program_of
from hydroflow_nb.deploy.ray.host import Host
from hydroflow_nb.deploy.ray.launcher import task_of
from hydroflow_nb.net.messages.classes import Classes
from hydroflow_nb.net.messages.codec import MSGPACK
from hydroflow_nb.processes.asking import Question, Sent, Word, packed
from hydroflow_nb.processes.failures import ExitCode
from hydroflow_nb.systems.standing import Standing
from hydroflow_nb.trace.recording import Recording

CHAT = """
server = process();
clients = cluster();
@clients source_stream(lines) -> map(shout) -> map(|line| (address, line)) ~> said;
@server said = map(|(said, _)| said) ~> @clients.all shown;
@clients shown = for_each(|said| log.append(said));
"""


def shout(line):
    return line.upper()


@pytest.fixture(autouse=True)
def as_before(monkeypatch):
    """A host becomes the main module of its process."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    monkeypatch.setattr(sys, "path", list(sys.path))


class Given:
    """A launcher that keeps what it is given."""

    async def launch(self, deployment):
        self.deployment = deployment


async def tasks(text=CHAT, names=None, **given):
    names = names or {"lines": hf.channel(), "shout": shout, "log": []}
    launcher = Given()
    await hf.compile(text, names, "chat").deploy(on=launcher, **given)
    program = program_of(launcher.deployment)
    return [task_of(program, placed, "run") for placed in launcher.deployment.members()]


@asynccontextmanager
async def hosts(made):
    """Hosts of tasks, all of them ready."""
    town = Town(*(task.name for task in made))
    found = {}
    for task in made:
        found[task.name] = Host(task, 1, town, lambda: None)
        town.ends[task.name] = found[task.name].outbound
    try:
        await until(lambda: all(host.is_ready or host.code is not None for host in found.values()))
        yield found
    finally:
        await asyncio.gather(*(host.end() for host in found.values()))


async def say(host, input, item, number=1):
    return await host.ask(
        Question(number=number, word=Word.SEND, given=packed(Sent(input=input, item=MSGPACK.encode(item))))
    )


async def value(host, name):
    answer = await host.ask(Question(number=7, word=Word.VALUE, given=packed(name)))
    return MSGPACK.decode(answer.given, Classes({})) if answer.given else answer.refused


@in_loop
async def test_members_of_a_system_reach_each_other_and_answer_what_they_are_asked():
    async with hosts(await tasks(clients=["anna", "bob"])) as found:
        assert not (await say(found["anna"], "lines", "hello")).refused
        await until(lambda: found["bob"].outbound.statistics.received)
        while not (log := await value(found["bob"], "log")):
            await asyncio.sleep(0)
        assert log == [("anna", "HELLO")]
        answer = await found["server"].ask(Question(number=2, word=Word.STANDING))
        standing = msgspec.msgpack.decode(answer.given, type=Standing)
        assert standing.counters == {"received": 1, "sent": 2}
        refused = await say(found["anna"], "line", "hello")
        assert "no input 'line'" in refused.refused
    assert all(host.code is ExitCode.STOPPED for host in found.values())
    assert (await say(found["anna"], "lines", "late")).refused


@in_loop
async def test_a_recording_comes_as_the_bytes_of_a_file(tmp_path):
    async with hosts(await tasks(clients=["anna"], record=True)) as found:
        await say(found["anna"], "lines", "hello")
        answer = await found["anna"].recorded(Question(number=1, word=Word.RECORD))
        (tmp_path / "anna.json").write_bytes(answer.given)
        assert Recording.load(tmp_path / "anna.json").ticks


@in_loop
async def test_a_member_whose_tick_fails_ends_and_tells_its_exit_code(caplog):
    names = {"lines": hf.channel(), "shout": len, "log": []}
    text = CHAT.replace("map(shout)", "map(|line| 1 // shout(line))")
    async with hosts(await tasks(text, names, clients=["anna"])) as found:
        await say(found["anna"], "lines", "")
        await until(lambda: found["anna"].code is not None)
        assert found["anna"].code is ExitCode.RAISED
        assert found["server"].code is None


@in_loop
async def test_a_folder_keeps_what_a_member_has_taken_in(tmp_path):
    text = """
        one = process();
        @one source_stream(lines) -> fold::<'static>(int, |sum, one| sum + one) -> for_each(|sum| held.update(sum=sum));
    """
    names = {"lines": hf.channel(), "held": {}}
    (task,) = await tasks(text, names, durable=tmp_path)
    for expected in (1, 2, 3):
        async with hosts([task]) as found:
            await say(found["one"], "lines", 1)
            assert await value(found["one"], "held") == {"sum": expected}


def test_a_member_is_told_of_all_members_and_given_its_own_files():
    async def main():
        anna, bob = (
            task for task in await tasks(clients={"anna": {}, "bob": {"log": [1]}}) if task.location == "clients"
        )
        assert anna.names != bob.names
        assert set(anna.texts) == {anna.text, anna.names}
        assert anna.places == {"server": "server", "clients": ["anna", "bob"]}
        assert anna.members == ["server", "anna", "bob"]
        assert anna.folder is None
        assert not anna.is_acknowledged

    asyncio.run(main())
