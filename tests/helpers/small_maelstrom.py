"""A small Maelstrom: it starts nodes as processes, carries their lines, loses some of them, and is their client.

It does as Maelstrom does (its `doc/protocol.md`, and what it checks): a node is an executable that is started in the
folder for temporary files, each message that is carried gets a number as `id`, a line on the standard output has `src`,
`dest`, `body` and perhaps `id`, an answer has the fields of its type and no others, and the service `lin-kv` is there.
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

TOO_LONG = 30.0
# The fields of Maelstrom's answers beside those that all have.
FIELDS = {
    "echo": {"echo"},
    "generate": {"id"},
    "send": {"offset"},
    "poll": {"msgs"},
    "list_committed_offsets": {"offsets"},
    "txn": {"txn"},
    "read": {"messages", "value"},
}


class SmallMaelstrom:
    """Nodes that run an executable. Between nodes a message is lost with the probability `loss`."""

    def __init__(
        self, executable: Path, nodes: int, *, loss: float = 0.0, first: list[dict[str, Any]] | None = None
    ) -> None:
        self.names = [f"n{number}" for number in range(1, nodes + 1)]
        self.answers: queue.Queue[dict[str, Any]] = queue.Queue()
        self.carried: list[dict[str, Any]] = []
        self.strange: list[str] = []
        self._kinds: dict[int, str] = {}
        self._store: dict[Any, Any] = {}
        self._ids = 0
        self._random = Random(1)
        self._loss = loss
        self._number = 0
        self._lock = threading.Lock()
        self._processes = {
            name: subprocess.Popen(
                [str(executable)],
                cwd=tempfile.gettempdir(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for name in self.names
        }
        self._threads = [threading.Thread(target=self._carry, args=(name,), daemon=True) for name in self.names]
        for thread in self._threads:
            thread.start()
        for message in first or []:
            self._deliver(message)
        for name in self.names:
            self.ask(name, {"type": "init", "node_id": name, "node_ids": self.names}, client="c0")

    def ask(self, node: str, body: dict[str, Any], *, client: str = "c1") -> dict[str, Any]:
        """The body of a node's answer to a request."""
        self._number += 1
        self._kinds[self._number] = body["type"]
        self._deliver({"src": client, "dest": node, "body": {"msg_id": self._number, **body}})
        return self.answer(self._number)

    def answer(self, number: int) -> dict[str, Any]:
        """The body of the answer to a request by its number; answers to others are put back."""
        others = []
        while (message := self.answers.get(timeout=TOO_LONG))["body"]["in_reply_to"] != number:
            others.append(message)
        for other in others:
            self.answers.put(other)
        return message["body"]

    def close(self) -> dict[str, tuple[int, str]]:
        """End the input of every node. Returns their exit codes and logs."""
        for process in self._processes.values():
            process.stdin.close()
        found = {}
        for name, process in self._processes.items():
            log = process.stderr.read()
            found[name] = (process.wait(TOO_LONG), log)
        for thread in self._threads:
            thread.join(TOO_LONG)
        for process in self._processes.values():
            process.stdout.close()
            process.stderr.close()
        return found

    def kill(self) -> None:
        """End the nodes where a test has failed."""
        for process in self._processes.values():
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                with suppress(OSError):
                    stream.close()

    def _deliver(self, message: dict[str, Any]) -> None:
        with self._lock:
            self._ids += 1
            message = {"id": self._ids, **message}
            stdin = self._processes[message["dest"]].stdin
            if not stdin.closed:
                stdin.write(json.dumps(message) + "\n")
                stdin.flush()

    def _carry(self, name: str) -> None:
        for line in self._processes[name].stdout:
            message = json.loads(line, parse_constant=self.strange.append)
            self.carried.append(message)
            self._check(name, message)
            if message["dest"] == "lin-kv":
                self._deliver(self._served(message))
            elif message["dest"] not in self._processes:
                self.answers.put(message)
            elif self._random.random() >= self._loss:
                self._deliver(message)

    def _check(self, name: str, message: dict[str, Any]) -> None:
        """Note what Maelstrom would refuse."""
        right = message.keys() <= {"id", "src", "dest", "body"} and {"src", "dest", "body"} <= message.keys()
        if not (right and message["src"] == name and isinstance(message["dest"], str)):
            self.strange.append(f"{message} is not a message of {name}")
        if message["dest"].startswith("c") and message["body"]["type"] != "error":
            kind = self._kinds.get(message["body"]["in_reply_to"], "echo")
            fields = {"type", "in_reply_to", "msg_id", *FIELDS.get(kind, ())}
            if message["body"]["type"] != f"{kind}_ok" or not message["body"].keys() <= fields:
                self.strange.append(f"{message} does not answer {kind}")

    def _served(self, message: dict[str, Any]) -> dict[str, Any]:
        """The answer of the service `lin-kv`."""
        asked = message["body"]
        key, found = asked["key"], {}
        match asked["type"]:
            case "write":
                self._store[key] = asked["value"]
            case _ if key not in self._store:
                found = {"type": "error", "code": 20, "text": "key does not exist"}
            case "read":
                found = {"value": self._store[key]}
        body = {"type": f"{asked['type']}_ok", "in_reply_to": asked["msg_id"], **found}
        return {"src": "lin-kv", "dest": message["src"], "body": body}


def executable(folder: Path, flow: Path) -> Path:
    """A script that runs a flow file beside it as a node, as the page on workloads shows it."""
    (folder / flow.name).write_text(flow.read_text(encoding="utf-8"), encoding="utf-8")
    page = (Path(__file__).parents[2] / "docs" / "workloads.md").read_text(encoding="utf-8")
    script = page.partition("```sh\n#!/bin/sh\n")[2].partition("```")[0]
    command = script.replace("broadcast.hf", flow.name).replace("hydroflow-nb", f"{sys.executable} -m hydroflow_nb")
    made = folder / f"{flow.stem}.sh"
    made.write_text(f"#!/bin/sh\n{command}", encoding="utf-8")
    made.chmod(0o755)
    return made
