"""What the chat tutorial says besides the results of its cells."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import nbformat
import pytest

from hydroflow_nb.net.options import PATIENCE
from hydroflow_nb.processes.command import run_command

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "03_chat.ipynb"


@pytest.fixture(scope="module")
def cells():
    """The notebook's cells by id."""
    return {cell.id: cell for cell in nbformat.read(NOTEBOOK, as_version=4).cells}


@pytest.fixture
def names(cells):
    """The notebook's names after its part on the simulated network."""
    shell = pytest.importorskip("IPython.core.interactiveshell").InteractiveShell()
    shell.user_ns["__name__"] = "__main__"
    for id, cell in cells.items():
        if id == "seeds-why":
            break
        if cell.cell_type == "code":
            shell.run_cell(cell.source).raise_error()
    return shell.user_ns


def commands(cells):
    """The command lines that the text has the reader type, and those with the options that it names for UDP."""
    text = cells["processes-why"].source
    blocks = re.findall(r"```\n(.*?)```", text, re.DOTALL)
    server, client = [shlex.split(block.replace("\\\n", " ")) for block in blocks]
    at_server, at_client = re.findall(r"`--bind (udp:\S+)`", text)
    (address,) = re.findall(r"`--set (server_address=\S+)`", text)
    return [
        server,
        client,
        [*server[: server.index("--set")], "--bind", at_server],
        [
            *client[: client.index("--set")],
            "--bind",
            at_client,
            "--set",
            address,
            *client[client.index("port=5000") + 1 :],
        ],
    ]


def test_the_command_lines_of_the_text_run_imports_messages_ends_and_the_flow_and_nothing_else(
    cells, capsys, monkeypatch
):
    monkeypatch.chdir(NOTEBOOK.parent)
    for words in commands(cells):
        assert words[:3] == ["python", "-m", "hydroflow_nb"]

        assert run_command([*words[3:], "--cells"]) == 0

        run = [line.strip() for line in capsys.readouterr().out.splitlines() if not line.strip().startswith("-")]
        flow = words[words.index("--flow") + 1]
        statements = [line for line in run if not line.startswith("03_chat.ipynb")]
        assert statements[:5] == [
            *("from dataclasses import dataclass", "import hydroflow_nb as hf"),
            *("class Connect:", "class Welcome:", "class Said:"),
        ]
        assert all(
            line.startswith(("role, ", "match role", "nickname = ", "server_a", "keyboard, "))
            for line in statements[5:]
        )
        assert run[-1].endswith(f"the flow `{flow}` runs")


def test_a_line_without_a_server_is_given_up_after_a_minute(cells):
    assert "After a minute" in cells["kill-lesson"].source
    assert PATIENCE == 60


def test_a_client_s_line_that_it_said_before_it_was_started_anew_is_a_repetition(names):
    net = names["chat"]()
    net.send("alice", "keyboard", "hello")
    net.run()
    net.crash("alice")
    net.restart("alice", "lost")
    net.send("alice", "keyboard", "hello")
    net.send("alice", "keyboard", "hello")
    net.run()

    assert net["bob"]["screen"].waiting() == ["alice: hello", "alice: hello"], "numbers 0 and 1, the second 0 is none"


def test_what_is_no_message_of_the_chat_is_counted_and_left_out(names):
    net = names["chat"]()
    net.node("mallory", 'source_iter([("x", "server"), (7, "bob")]) -> dest_sink_serde(outbound);')
    names["talk"](net)

    net.run()

    assert len(net["alice"]["screen"]) == len(net["bob"]["screen"]) == 3
    assert net["server"]["inbound"].statistics.undecodable == 1
    assert net["bob"]["inbound"].statistics.undecodable == 1
