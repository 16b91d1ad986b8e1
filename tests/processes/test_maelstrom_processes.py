"""Flows as nodes of Maelstrom: the very texts that run in the simulation, as processes over pipes."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from small_maelstrom import SmallMaelstrom

from hydroflow_nb.processes.failures import ExitCode

TEXTS = Path(__file__).parents[1] / "programs" / "glomers"


@pytest.fixture
def maelstrom() -> Iterator[Callable[..., SmallMaelstrom]]:
    """Starts nodes."""
    started: list[SmallMaelstrom] = []

    def start(text: str, nodes: int, **settings: Any) -> SmallMaelstrom:
        started.append(SmallMaelstrom(TEXTS / text, nodes, **settings))
        return started[-1]

    yield start
    for one in started:
        one.kill()


def test_a_node_answers_init_keeps_what_came_before_and_ends_with_its_input(maelstrom: Any) -> None:
    early = {"src": "c9", "dest": "n1", "body": {"type": "echo", "msg_id": 99, "echo": "early"}}
    net = maelstrom("echo.hf", 1, first=[early])

    assert net.answer(99) == {"type": "echo_ok", "in_reply_to": 99, "echo": "early"}
    assert net.ask("n1", {"type": "echo", "echo": ["x", {"y": None}]})["echo"] == ["x", {"y": None}]
    assert net.carried[0]["body"]["type"] == "init_ok"
    assert all(message["src"] == "n1" for message in net.carried)
    ((code, log),) = net.close().values()
    assert code == 0, log


def test_what_is_lost_between_nodes_is_broadcast_again(maelstrom: Any) -> None:
    net = maelstrom("broadcast.hf", 2, loss=0.3)
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
    net = maelstrom("log.hf", 2)
    offsets = [net.ask(name, {"type": "send", "key": "x", "msg": name})["offset"] for name in ("n2", "n1")]

    assert offsets == [0, 1]
    assert net.ask("n2", {"type": "poll", "offsets": {"x": 0}})["msgs"] == {"x": [[0, "n2"], [1, "n1"]]}
    assert {code for code, _ in net.close().values()} == {0}


def test_without_maelstrom_the_process_says_so() -> None:
    command = [sys.executable, "-m", "hydroflow_nb", "run", str(TEXTS / "echo.hf"), "--bind", "maelstrom"]
    done = subprocess.run(command, input="hello\n", capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == ExitCode.MISUSED
    assert "before Maelstrom said `init`" in done.stderr
    assert done.stdout == ""
