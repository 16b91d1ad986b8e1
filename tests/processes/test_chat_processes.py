"""The chat of the third tutorial as processes, of which one is killed in the middle of the talk."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "03_chat.ipynb"


class Chat:
    """A server, which can be started again where it was, and clients that anybody can enter by."""

    def __init__(self, start: Callable[..., Any]) -> None:
        self._start = start
        self.address = "127.0.0.1:0"
        self.server = self.serve()

    def serve(self) -> Any:
        """A server, when it is ready."""
        self.server = self._start("run", NOTEBOOK, "--flow", "server", "--bind", f"tcp:{self.address}")
        self.address = re.search(r"address=(\S+)", self.server.wait_for("event=ready"))[1]
        return self.server

    def enter(self, name: str) -> Any:
        """A client, not yet ready."""
        names = ("--set", f"nickname={name}", "--set", f"server_address={self.address}")
        channels = ("--stdin", "keyboard", "--stdout", "screen")
        return self._start("run", NOTEBOOK, "--flow", "client", "--connect", f"tcp:{self.address}", *names, *channels)

    @property
    def address_in_logs(self) -> str:
        """The server's address, as networks write it."""
        host, _, port = self.address.rpartition(":")
        return f"('{host}', {port})"


@pytest.fixture
def chat(start) -> Chat:
    """A chat with nobody in it yet."""
    return Chat(start)


def kill(running) -> None:
    """End a process as `kill -9` does."""
    running.process.kill()
    assert running.end() == (1 if sys.platform == "win32" else -9)


def end(*processes) -> list[int]:
    """Ask processes to end; their exit codes."""
    for running in processes:
        running.process.terminate()
    return [running.end() for running in processes]


def test_clients_outlive_a_server_that_is_killed_and_talk_on_when_it_is_back(chat):
    alice, bob = chat.enter("alice"), chat.enter("bob")
    alice.type("before")
    for client in (alice, bob):
        client.wait_for("alice: before")

    kill(chat.server)
    for client in (alice, bob):
        client.wait_for(f"connection with {chat.address_in_logs} was lost")
        client.wait_for(f"cannot reach {chat.address_in_logs}: ")
    alice.type("meanwhile")
    old_address = chat.address
    chat.serve()

    assert chat.address == old_address
    for client in (alice, bob):
        client.wait_for(f"connected with {chat.address_in_logs} again")
    bob.wait_for("alice: meanwhile")
    bob.type("afterwards")
    carol = chat.enter("carol")
    for client in (alice, bob, carol):
        for line in ("alice: meanwhile", "bob: afterwards"):
            client.wait_for(line)
    assert end(alice, bob, carol, chat.server) == [0, 0, 0, 0]
    assert sorted(alice.output) == sorted(bob.output) == ["alice: before", "alice: meanwhile", "bob: afterwards"]
    assert "alice: before" not in carol.output, "the new server does not know what the old one knew"
    for client in (alice, bob):
        assert "reconnects=1" in client.log[-1]
        assert "faults=0" in client.log[-1]


def test_a_client_that_is_killed_leaves_the_others_talking_and_is_told_all_when_it_is_back(chat):
    alice, bob, carol = chat.enter("alice"), chat.enter("bob"), chat.enter("carol")
    alice.type("first")
    for client in (alice, bob, carol):
        client.wait_for("alice: first")

    kill(alice)
    chat.server.wait_for("was lost")
    bob.type("second")
    carol.wait_for("bob: second")
    carol.type("third")
    bob.wait_for("carol: third")
    alice = chat.enter("alice")

    for line in ("alice: first", "bob: second", "carol: third"):
        alice.wait_for(line)
    alice.type("fourth")
    for client in (alice, bob, carol):
        client.wait_for("alice: fourth")
    assert end(alice, bob, carol, chat.server) == [0, 0, 0, 0]
    for client in (alice, bob, carol):
        assert sorted(client.output) == ["alice: first", "alice: fourth", "bob: second", "carol: third"]
    assert "faults=0" in chat.server.log[-1]
