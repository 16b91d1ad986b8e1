"""The fifth tutorial's store as processes: three servers, and for each one a client that people type into."""

from __future__ import annotations

import re
import shlex
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "05_replicated_store.ipynb"
# A busy machine is slow now and then.
PATIENCE = 120.0
COMMAND = ["python", "-m", "hydroflow_nb", "run", NOTEBOOK.name]


@pytest.fixture
def tutorial(notebook_names) -> dict[str, Any]:
    """The tutorial's names, with ports that are free: `ports`, `server_words`, `client_words`."""
    return notebook_names(NOTEBOOK.name, "load", "naive-names", "nodes", "processes")


class Cluster:
    """Servers by their cities, and clients by their people; over Unix sockets where there is a folder for these."""

    def __init__(self, start, tutorial: dict[str, Any], folder: Path | None = None) -> None:
        self._start = start
        self._tutorial = tutorial
        self._folder = folder
        self.servers = {city: self.serve(city) for city in tutorial["servers"]}
        for server in self.servers.values():
            server.wait_for("event=ready")
        self.clients = {
            name: self._run(tutorial["client_words"](nearest)) for name, nearest in tutorial["clients"].items()
        }

    def serve(self, city: str) -> Any:
        """A server, from its start on."""
        return self._run(self._tutorial["server_words"](city))

    def read(self, name: str, line: str) -> None:
        """Ask for what a line tells at somebody's client until it is printed there."""
        client, key = self.clients[name], line.partition(":")[0]
        until = time.monotonic() + PATIENCE
        while line not in client.output:
            assert time.monotonic() < until, f"{name} reads {client.output}"
            client.type(f"get {key}")
            time.sleep(0.05)

    def end(self) -> list[int]:
        """Ask all processes to end; their exit codes."""
        running = [*self.servers.values(), *self.clients.values()]
        for one in running:
            one.process.terminate()
        return [one.end() for one in running]

    def _run(self, words: list[str]) -> Any:
        return self._start("run", NOTEBOOK, *map(self._place, words))

    def _place(self, word: str) -> str:
        if self._folder is None:
            return word
        word = re.sub(r"tcp:127\.0\.0\.1:(\d+)", rf"unix:{self._folder}/\1", word)
        word = re.sub(r"\('127\.0\.0\.1', (\d+)\)", rf"'{self._folder}/\1'", word)
        return re.sub(r"127\.0\.0\.1:(\d+)", rf"{self._folder}/\1", word)


def test_the_commands_that_the_text_shows_are_those_that_its_cells_run(tutorial):
    (text,) = [cell.source for cell in nbformat.read(NOTEBOOK, 4).cells if cell.id == "processes-why"]
    shown = [shlex.split(block.replace("\\\n", "")) for block in re.findall(r"```\n(.*?)```", text, re.DOTALL)]

    tutorial["ports"].update({"oslo": 5001, "lima": 5002, "cairo": 5003})

    assert shown == [COMMAND + tutorial["server_words"]("oslo"), COMMAND + tutorial["client_words"]("oslo")]
    (number,) = [
        n for n, (a, b) in enumerate(zip(*map(tutorial["server_words"], ("oslo", "lima")), strict=True)) if a != b
    ]
    assert tutorial["server_words"]("lima")[number - 1 : number + 1] == ["--bind", "tcp:127.0.0.1:5002"]


@pytest.mark.parametrize(
    "transport",
    [
        "tcp",
        pytest.param("unix", marks=pytest.mark.skipif(sys.platform == "win32", reason="there are no such sockets")),
    ],
)
def test_what_is_put_at_one_client_is_read_at_the_others(start, tutorial, tmp_path, transport):
    cluster = Cluster(start, tutorial, tmp_path if transport == "unix" else None)

    cluster.clients["alice"].type("put tea green")
    cluster.clients["bob"].type("put sugar brown")
    cluster.clients["carol"].type("milk, please")
    for name in cluster.clients:
        cluster.read(name, "tea: green")
        cluster.read(name, "sugar: brown")
        cluster.read(name, "milk: None")
    # Who has read the old value puts one that wins over it.
    cluster.clients["carol"].type("put tea white")
    for name in cluster.clients:
        cluster.read(name, "tea: white")

    assert cluster.end() == [0] * 6
    for running in (*cluster.servers.values(), *cluster.clients.values()):
        assert "faults=0" in running.log[-1]
        assert "undecodable" not in running.log[-1]


def test_the_others_go_on_while_a_server_is_gone_and_tell_it_all_when_it_is_back(start, tutorial):
    cluster = Cluster(start, tutorial)
    alice, bob = cluster.clients["alice"], cluster.clients["bob"]
    alice.type("put tea green")
    cluster.read("carol", "tea: green")
    bob.wait_for("event=ready")

    cluster.servers["lima"].process.kill()
    assert cluster.servers["lima"].end() == (1 if sys.platform == "win32" else -9)
    bob.wait_for("cannot reach")
    bob.type("get tea")
    alice.type("put sugar brown")
    cluster.read("carol", "sugar: brown")
    assert bob.output == []
    cluster.servers["lima"] = cluster.serve("lima")

    bob.wait_for("again")
    bob.wait_for("tea: ")
    cluster.read("bob", "tea: green")
    cluster.read("bob", "sugar: brown")
    bob.type("put tea mint")
    cluster.read("carol", "tea: mint")
    assert cluster.end() == [0] * 6


def test_a_server_sends_nothing_to_itself(start, tutorial):
    port = tutorial["ports"]["oslo"]
    tutorial["ports"] = {"oslo": port}

    alone = start("run", NOTEBOOK, *tutorial["server_words"]("oslo"), "--ticks", "2")

    assert alone.end() == 0
    assert "sent=0" in alone.log[-1]
