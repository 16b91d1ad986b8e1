"""Flows as nodes of Maelstrom: the very texts that run in the simulation, as processes over pipes."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from small_maelstrom import SmallMaelstrom, executable

from hydroflow_nb.processes.failures import ExitCode

TEXTS = Path(__file__).parents[1] / "programs" / "glomers"


@pytest.fixture
def maelstrom(tmp_path: Path) -> Iterator[Callable[..., SmallMaelstrom]]:
    """Starts nodes. What they send is what Maelstrom takes."""
    started: list[SmallMaelstrom] = []

    def start(flow: Path, nodes: int, **settings: Any) -> SmallMaelstrom:
        started.append(SmallMaelstrom(executable(tmp_path, flow), nodes, **settings))
        return started[-1]

    yield start
    for one in started:
        one.kill()
        assert one.strange == []


def test_a_node_answers_init_keeps_what_came_before_and_ends_with_its_input(maelstrom: Any) -> None:
    early = {"src": "c9", "dest": "n1", "body": {"type": "echo", "msg_id": 99, "echo": "early"}}
    net = maelstrom(TEXTS / "echo.hf", 1, first=[early])

    assert net.answer(99) == {"type": "echo_ok", "in_reply_to": 99, "echo": "early"}
    for told in (["x", {"y": None}], {"$set": [1]}, "ä\n" * 200_000):
        assert net.ask("n1", {"type": "echo", "echo": told})["echo"] == told
    assert net.carried[0]["body"]["type"] == "init_ok"
    assert all(message["src"] == "n1" for message in net.carried)
    ((code, log),) = net.close().values()
    assert code == 0, log


def test_what_is_lost_between_nodes_is_broadcast_again(maelstrom: Any) -> None:
    net = maelstrom(TEXTS / "broadcast.hf", 2, loss=0.3)
    topology = {"n1": ["n2"], "n2": ["n1"]}
    for name in net.names:
        assert net.ask(name, {"type": "topology", "topology": topology}) == {
            "type": "topology_ok",
            "in_reply_to": net.carried[-1]["body"]["in_reply_to"],
        }
    for number in range(6):
        net.ask(net.names[number % 2], {"type": "broadcast", "message": number})
    until = time.monotonic() + 20
    known: list[list[int]] = []
    while known != [list(range(6))] * 2 and time.monotonic() < until:
        time.sleep(0.1)
        known = [sorted(net.ask(name, {"type": "read"})["messages"]) for name in net.names]

    assert known == [list(range(6))] * 2
    assert {code for code, _ in net.close().values()} == {0}


def test_nodes_of_a_system_tell_each_other_more_than_maelstroms_messages(maelstrom: Any) -> None:
    net = maelstrom(TEXTS / "log.hf", 2)
    offsets = [net.ask(name, {"type": "send", "key": "x", "msg": name})["offset"] for name in ("n2", "n1")]

    assert offsets == [0, 1]
    assert net.ask("n2", {"type": "poll", "offsets": {"x": 0}})["msgs"] == {"x": [[0, "n2"], [1, "n1"]]}
    assert net.ask("n1", {"type": "commit_offsets", "offsets": {"x": 1}})["type"] == "commit_offsets_ok"
    assert net.ask("n2", {"type": "list_committed_offsets", "keys": ["x", "y"]})["offsets"] == {"x": 1}
    assert {code for code, _ in net.close().values()} == {0}


SERVED = """
came = source_stream_serde(inbound) -> tee();
asked = came -> filter(|(_, who)| who != "lin-kv") -> enumerate::<'static>() -> tee();
asked -> map(|(n, (m, _))| ({"dest": "lin-kv", "body": {**m["body"], "msg_id": n}}, "lin-kv")) -> sent;
asked -> [0]both;
came -> filter(|(_, who)| who == "lin-kv") -> map(|(m, _)| (m["body"]["in_reply_to"], m["body"])) -> [1]both;
both = join::<'static>() -> map(|(_, ((m, who), found))|
    (reply(m, found["type"], **{name: x for name, x in found.items() if name in ("value", "code", "text")}), who))
    -> sent;
sent = union() -> dest_sink_serde(outbound);
"""


def test_a_node_asks_a_service_and_answers_what_that_says(maelstrom: Any, tmp_path: Path) -> None:
    text = tmp_path / "flow" / "served.hf"
    text.parent.mkdir()
    text.write_text(SERVED, encoding="utf-8")
    net = maelstrom(text, 1)

    assert net.ask("n1", {"type": "read", "key": 3})["code"] == 20
    assert net.ask("n1", {"type": "write", "key": 3, "value": 7})["type"] == "write_ok"
    assert net.ask("n1", {"type": "read", "key": 3})["value"] == 7


def test_without_maelstrom_the_process_says_so() -> None:
    command = [sys.executable, "-m", "hydroflow_nb", "run", str(TEXTS / "echo.hf"), "--bind", "maelstrom"]
    done = subprocess.run(command, input="hello\n", capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == ExitCode.MISUSED
    assert "before Maelstrom said `init`" in done.stderr
    assert done.stdout == ""
