"""What the tests of the tutorials share: each notebook is run once."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

FOLDER = Path(__file__).parents[2] / "notebooks"

# What a reader of the second tutorial does by hand at its end.
BY_HAND = """
arcs.send(("web", "db"))
unused.clear()
small.run_tick()
print(unused)
"""
# What the third tutorial must leave behind: nothing.
LEFT_BEHIND = """
import psutil
print(psutil.Process().children(), [one.inbound.is_closed for one in sockets], [one.is_running for one in flows])
"""
# And the fifth.
NO_PROCESS = "import psutil; print(psutil.Process().children())"
# And the echo server.
NO_SOCKET = (
    "print([one.is_running for one in (real_client, real_server)], [end.is_closed for end in (inbound, answers)])"
)
# And the hello over HTTP.
NO_SERVER = "print([one.is_closed for one in (shout, hello, inbound)])"
ADDED = {
    "02_reachability.ipynb": BY_HAND,
    "03_chat.ipynb": LEFT_BEHIND,
    "05_replicated_store.ipynb": NO_PROCESS,
    "11_echo_server.ipynb": NO_SOCKET,
    "17_http_hello.ipynb": NO_SERVER,
    "21_deployed.ipynb": NO_PROCESS,
}


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A tutorial that was run: the notebook with its outputs as they were at its end, and its code cells by id, with
    `by-hand` for the code that was run behind it.
    """

    notebook: NotebookNode
    cells: dict[str, NotebookNode]


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Ran]:
    """A function that gives a tutorial that was run, once: by the worker that asks first, for all of them."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    done: dict[str, Ran] = {}

    def run(name: str) -> Ran:
        if name not in done:
            whole, added = shared / name, shared / f"added-{name}"
            with (shared / f"{name}.lock").open("w") as lock:
                # A worker that ends lets go of it.
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not added.exists():
                    execute(name, whole, added, tmp_path_factory.mktemp("ipython"))
            cells = {cell.id: cell for cell in nbformat.read(added, as_version=4).cells if cell.cell_type == "code"}
            done[name] = Ran(notebook=nbformat.read(whole, as_version=4), cells=cells)
        return done[name]

    return run


def execute(name: str, whole: Path, added: Path, ipython: Path) -> None:
    """Run a tutorial, and keep it as it was at its end, and with the code that was run behind it."""
    notebook = nbformat.read(FOLDER / name, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    client = NotebookClient(
        notebook,
        timeout=100,
        allow_errors=True,
        store_widget_state=False,
        record_timing=False,
        resources={"metadata": {"path": str(FOLDER)}},
    )
    began = time.monotonic()
    # Sets are shown in the same order in every run.
    with client.setup_kernel(env={**os.environ, "IPYTHONDIR": str(ipython), "PYTHONHASHSEED": "0"}):
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
        nbformat.write(notebook, whole)
        if name in ADDED:
            notebook.cells.append(nbformat.v4.new_code_cell(ADDED[name], id="by-hand"))
            client.execute_cell(notebook.cells[-1], len(notebook.cells) - 1)
        nbformat.write(notebook, added)
    print(f"{name}: {time.monotonic() - began:.1f} s")


@pytest.fixture(scope="session")
def executed(ran: Callable[[str], Ran]) -> Callable[[str], dict[str, NotebookNode]]:
    """A function that gives a notebook's code cells by id, run once, with `by-hand` for the code that is added."""
    return lambda name: ran(name).cells
