"""A member that comes back at another address is the same one, and what it has numbered goes on."""

from __future__ import annotations

import asyncio
import socket
import sys

import pytest

import hydroflow_nb as hf
from hydroflow_nb.deploy import Processes
from hydroflow_nb.systems.runs import State

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes have no such sockets there")
PATIENCE = 100.0

TEXT = """
keeper = process(); senders = cluster();
@senders source_stream(items) ~> @keeper said;
@keeper said = fold::<'static>(|| [], put) -> map(tuple) -> tee();
said -> for_each(held.append);
said -> map(len) ~> @senders.all for_each(counts.append);
"""


def put(log, pair):
    log.append(pair)
    return log


async def until(holds):
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await asyncio.sleep(0.05)


async def move(run, member):
    """Have a member start again, where another program is at its place."""
    former = run[member].bound
    run.kill(member, restart=False)
    await until(lambda: run[member].state is State.STOPPED)
    with socket.create_server(former):
        await run.restart(member)
        assert run[member].bound != former


@pytest.mark.timeout(300)
def test_members_that_move_keep_their_names_their_peers_and_their_numbers(tmp_path):
    names = {"items": hf.channel(), "held": [], "counts": [], "put": put}
    system = hf.compile(TEXT, names, "moving")

    async def main():
        on = Processes(patience=PATIENCE)
        async with await system.deploy(on=on, senders=["s1", "s2"], durable=tmp_path) as run:

            async def say(*items):
                for item in items:
                    await asyncio.gather(*(run.send(sender, "items", item) for sender in ("s1", "s2")))

            async def whole(count):
                await until(lambda: run["keeper"]["held"] and len(run["keeper"]["held"][-1]) == count)

            await say(0, 1)
            await whole(4)
            await move(run, "keeper")
            await say(2, 3)
            await whole(8)
            await move(run, "s1")
            await say(4, 5)
            await whole(12)
            held = run["keeper"]["held"][-1]
            assert {who for _, who in held} == {"s1", "s2"}
            for sender in ("s1", "s2"):
                assert [item for item, who in held if who == sender] == list(range(6))
            # Who stayed was told all the while, by the process that it was from the start.
            await until(lambda: run["s2"]["counts"][-1:] == [12])
            assert run["s2"].restarts == 0

    asyncio.run(main())
