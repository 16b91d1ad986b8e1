"""One program in every mode: the chat of the third tutorial, read from its file, shows the same lines in each."""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

import hydroflow_nb as hf
from hydroflow_nb.flow import Flow
from hydroflow_nb.processes.notebook import read_notebook
from hydroflow_nb.processes.slicing import plan
from hydroflow_nb.processes.workspace import Workspace

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "03_chat.ipynb"
# A busy machine is slow now and then.
PATIENCE = 120.0

TYPED = {
    "alice": ["hello", "is this on?", "so long"],
    "bob": ["hello", "yes, it is: \u2603", "so long"],
    "carol": [f"line {number:02}" for number in range(20)],
}
LINES = sorted(f"{name}: {text}" for name, texts in TYPED.items() for text in texts)
# All that each of them is shown, each line once; dave, who comes late and says nothing, too.
SHOWN = dict.fromkeys([*TYPED, "dave"], LINES)


def flow_of_the_notebook(name) -> Flow:
    """The flow that a cell of the notebook makes, with the cells that it needs."""

    async def made():
        found = plan(read_notebook(NOTEBOOK), name)
        workspace = Workspace({})
        for step in found.steps:
            await workspace.run(step)
        return workspace.flow(found)

    return asyncio.run(made())


@pytest.fixture(scope="module")
def server() -> Flow:
    return flow_of_the_notebook("server")


@pytest.fixture(scope="module")
def client() -> Flow:
    return flow_of_the_notebook("client")


@pytest.mark.parametrize("fifo", [True, False])
@pytest.mark.parametrize("seed", range(10))
def test_the_chat_shows_the_same_to_everybody_on_a_simulated_network(server, client, seed, fifo):
    net = hf.Network(seed=seed, fifo=fifo, duplication=0.2, partitions=0.02)
    net.node("server", server)
    for name, texts in TYPED.items():
        net.node(name, client, nickname=name, keyboard=hf.channel(texts))
    net.node("dave", client, nickname="dave", join_later=True)

    net.run()
    net.join("dave")
    net.run()

    assert {name: sorted(net[name]["screen"].waiting()) for name in SHOWN} == SHOWN


async def chat_over_sockets(server, client, serve, attach):
    """What is shown to each, where `serve()` gives the server's ends and `attach(address)` those of a client."""
    screens = {name: hf.channel() for name in SHOWN}
    async with asyncio.timeout(PATIENCE), AsyncExitStack() as open_ends:
        ends = await open_ends.enter_async_context(await serve())
        flows = [server.copy(ends._asdict())]
        flows[0].start()

        async def enter(name):
            own = await open_ends.enter_async_context(await attach(ends.address))
            names = {"nickname": name, "server_address": ends.address, "screen": screens[name]}
            flows.append(client.copy({**own._asdict(), **names, "keyboard": hf.channel(TYPED.get(name, ()))}))
            flows[-1].start()

        async def read(name):
            lines = aiter(screens[name])
            return sorted([await anext(lines) for _ in LINES])

        for name in TYPED:
            await enter(name)
        shown = {name: await read(name) for name in TYPED}
        await enter("dave")
        shown["dave"] = await read("dave")
        for flow in flows:
            flow.close()
    assert [name for name, screen in screens.items() if len(screen)] == []
    return shown


def test_the_chat_shows_the_same_over_tcp_in_one_process(server, client):
    shown = asyncio.run(chat_over_sockets(server, client, lambda: hf.net.bind_tcp(0), hf.net.connect_tcp))

    assert shown == SHOWN


def test_the_chat_shows_the_same_over_udp_in_one_process(server, client):
    shown = asyncio.run(
        chat_over_sockets(server, client, lambda: hf.net.bind_udp(0), lambda address: hf.net.bind_udp(0))
    )

    assert shown == SHOWN


def test_the_chat_shows_the_same_over_unix_sockets_in_one_process(server, client, tmp_path):
    path = str(tmp_path / "chat")

    shown = asyncio.run(chat_over_sockets(server, client, lambda: hf.net.bind_unix(path), hf.net.connect_unix))

    assert shown == SHOWN


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_the_chat_shows_the_same_as_processes(start, transport):
    # By TCP as the notebook has it, by UDP with ends from outside.
    at_any = ("--set", "role=server", "--set", "port=0") if transport == "tcp" else ("--bind", "udp:127.0.0.1:0")
    serving = start("run", NOTEBOOK, "--flow", "server", *at_any)
    address = re.search(r"address=(\S+)", serving.wait_for("event=ready"))[1]
    by_role = ("--set", "role=client", "--set", f"port={address.rpartition(':')[2]}")
    by_ends = ("--bind", "udp:127.0.0.1:0", "--set", f"server_address={address}")
    link = by_role if transport == "tcp" else by_ends

    def enter(name):
        names = ("--set", f"nickname={name}", "--stdin", "keyboard", "--stdout", "screen")
        return start("run", NOTEBOOK, "--flow", "client", *link, *names)

    clients = {name: enter(name) for name in TYPED}
    for name, texts in TYPED.items():
        for text in texts:
            clients[name].type(text)
    for client in clients.values():
        for line in LINES:
            client.wait_for(line)
    clients["dave"] = enter("dave")
    for line in LINES:
        clients["dave"].wait_for(line)

    for running in (*clients.values(), serving):
        running.process.terminate()
    assert {running.end() for running in (*clients.values(), serving)} == {0}
    assert {name: sorted(client.output) for name, client in clients.items()} == SHOWN
