"""A chat as processes that are killed at random: with a folder each line is there once, at all of them, in order."""

from __future__ import annotations

import asyncio
import random
import sys

import pytest
from nightly import IS_NIGHTLY

import hydroflow_nb as hf
from hydroflow_nb.deploy import Processes

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes have no such sockets there")

CHAT = """
server = process();
clients = cluster();
@clients source_stream(lines) -> unique::<'static>() -> map(|line| (address, line)) ~> said;
@server said = map(|(said, _)| said) -> tee();
said ~> @clients.all shown;
said -> fold::<'static>(|| [], put) -> for_each(|log| held.update(log=list(log)));
@clients shown = fold::<'static>(|| [], put) -> for_each(|log| held.update(log=list(log)));
"""
PATIENCE = 200.0


def put(log, line):
    log.append(line)
    return log


async def say(run, client, count):
    """Have a client say lines, each again until it has been taken in."""
    for line in range(count):
        while True:
            try:
                await run.send(client, "lines", line)
                break
            except hf.HydroflowError:
                # It was killed, and has perhaps taken it in.
                continue
        await asyncio.sleep(0.02)


async def kill_at_random(run, kills, chance):
    for _ in range(kills):
        await asyncio.sleep(chance.uniform(0.05, 0.4))
        run.kill(chance.choice(list(run.members)))


@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", range(5 if IS_NIGHTLY else 1))
def test_a_chat_that_is_killed_at_random_loses_nothing_and_shows_nothing_twice(tmp_path, seed):
    count, kills = (300, 40) if IS_NIGHTLY else (40, 6)
    names = {"lines": hf.channel(), "put": put, "held": {}}
    chat = hf.compile(CHAT, names, "chat")
    clients = ["alice", "bob"]

    async def main():
        on = Processes(patience=PATIENCE)
        async with await chat.deploy(on=on, clients=clients, durable=tmp_path) as run, asyncio.timeout(PATIENCE):
            killing = asyncio.create_task(kill_at_random(run, kills, random.Random(seed)))
            await asyncio.gather(*(say(run, client, count) for client in clients))
            await killing
            # The last lines come when all are there to show them.
            await asyncio.gather(*(run.send(client, "lines", count) for client in clients))
            whole = (count + 1) * len(clients)
            while any(len(member["held"].get("log", ())) < whole for member in run.members.values()):
                await asyncio.sleep(0.05)
            logs = {name: member["held"]["log"] for name, member in run.members.items()}
            assert sum(member.restarts for member in run.members.values()) > 0
            return logs

    logs = asyncio.run(main())
    for name, log in logs.items():
        for client in clients:
            assert [line for who, line in log if who == client] == list(range(count + 1)), (name, client)
    assert all(log == logs["server"] for log in logs.values())
