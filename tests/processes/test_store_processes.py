"""The replicated store of the fifth tutorial as three processes, which share what clients put at any of them."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

import hydroflow_nb as hf
from hydroflow_nb.processes.notebook import read_notebook
from hydroflow_nb.processes.slicing import plan
from hydroflow_nb.processes.workspace import Workspace

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "05_replicated_store.ipynb"
# A busy machine is slow now and then.
PATIENCE = 60.0
CITIES = ("oslo", "lima", "cairo")


class Store:
    """Three servers as processes, by their cities, and the sockets that they are at."""

    def __init__(self, start, folder: Path) -> None:
        self._start = start
        self.addresses = {city: str(folder / city) for city in CITIES}
        self.servers = {city: self.serve(city) for city in CITIES}

    def serve(self, city: str):
        """A server, from its start on."""
        servers = f"servers={list(self.addresses.values())!r}"
        bound = f"unix:{self.addresses[city]}"
        return self._start("run", NOTEBOOK, "--flow", "replica", "--bind", bound, "--set", servers)

    async def ready(self, city: str) -> None:
        """Wait until a server runs."""
        await asyncio.to_thread(self.servers[city].wait_for, "event=ready")

    async def killed(self, city: str) -> None:
        """End a server as `kill -9` does."""
        self.servers[city].process.kill()
        assert await asyncio.to_thread(self.servers[city].end) == -9


@pytest.fixture
def store(start, tmp_path) -> Store:
    return Store(start, tmp_path)


class Client:
    """A client of the notebook, which asks one server."""

    def __init__(self, names) -> None:
        self.names = names
        self.requests = hf.channel()
        self._told: asyncio.Queue = asyncio.Queue()
        self.log = SimpleNamespace(append=self._told.put_nowait)

    def put(self, key: str, value: str) -> None:
        """Have a value put under a key."""
        self.requests.send(self.names["Put"](key, value))

    async def get(self, key: str) -> str | None:
        """The value that the server holds under a key."""
        self.requests.send(self.names["Get"](key))
        while not isinstance(told := await self._told.get(), self.names["Latest"]):
            pass
        return told.value

    async def comes_to_hold(self, key: str, value: str) -> bool:
        """True as soon as the server holds a value under a key."""
        while await self.get(key) != value:
            await asyncio.sleep(0.05)
        return True


@asynccontextmanager
async def clients(store: Store):
    """A client for each city's server, when that is ready."""
    notebook, workspace = read_notebook(NOTEBOOK), Workspace({})
    found = plan(notebook, "teller")
    for step in (*plan(notebook, "teller", needed={"Put", "Get"}).steps, *found.steps):
        await workspace.run(step)
    teller, made = workspace.flow(found), {}
    async with asyncio.timeout(PATIENCE), AsyncExitStack() as open_ends:
        for city, address in store.addresses.items():
            await store.ready(city)
            ends = await open_ends.enter_async_context(await hf.net.connect_unix(address))
            made[city] = Client(workspace.names)
            names = {"server": address, "requests": made[city].requests, "log": made[city].log, "stored": {}}
            flow = teller.copy({**ends._asdict(), **names})
            open_ends.callback(flow.close)
            flow.start()
        yield made


def test_what_is_put_at_one_process_is_got_at_the_others(store):
    async def go():
        async with clients(store) as at:
            at["oslo"].put("tea", "green")
            at["lima"].put("sugar", "brown")

            for city in CITIES:
                assert await at[city].comes_to_hold("tea", "green")
                assert await at[city].comes_to_hold("sugar", "brown")
            assert await at["cairo"].get("milk") is None

            # Who has read the old value puts one that wins over it.
            at["cairo"].put("tea", "white")
            for city in CITIES:
                assert await at[city].comes_to_hold("tea", "white")

    asyncio.run(go())
    for server in store.servers.values():
        server.process.terminate()
    assert [server.end() for server in store.servers.values()] == [0, 0, 0]
    assert all("faults=0" in server.log[-1] for server in store.servers.values())


def test_a_process_that_was_killed_is_told_all_by_the_others_when_it_is_back(store):
    async def go():
        async with clients(store) as at:
            at["oslo"].put("tea", "green")
            assert await at["lima"].comes_to_hold("tea", "green")
            await store.killed("lima")
            at["cairo"].put("sugar", "brown")
            assert await at["oslo"].comes_to_hold("sugar", "brown")

            store.servers["lima"] = store.serve("lima")
            await store.ready("lima")

            assert await at["lima"].comes_to_hold("tea", "green")
            assert await at["lima"].comes_to_hold("sugar", "brown")

    asyncio.run(go())
    assert any("again" in line for line in store.servers["oslo"].log)
