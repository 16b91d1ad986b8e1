"""A small Maelstrom: it starts nodes as processes, carries their lines, loses some of them, and is their client."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

TOO_LONG = 30.0


class SmallMaelstrom:
    """Nodes of a flow file as processes. Between nodes a message is lost with the probability `loss`."""

    def __init__(self, flow: Path, nodes: int, *, loss: float = 0.0, first: list[dict[str, Any]] | None = None) -> None:
        self.names = [f"n{number}" for number in range(1, nodes + 1)]
        self.answers: queue.Queue[dict[str, Any]] = queue.Queue()
        self.carried: list[dict[str, Any]] = []
        self._random = Random(1)
        self._loss = loss
        self._number = 0
        self._lock = threading.Lock()
        self._processes = {
            name: subprocess.Popen(
                [sys.executable, "-m", "hydroflow_nb", "run", str(flow), "--bind", "maelstrom"],
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
            stdin = self._processes[message["dest"]].stdin
            if not stdin.closed:
                stdin.write(json.dumps(message) + "\n")
                stdin.flush()

    def _carry(self, name: str) -> None:
        for line in self._processes[name].stdout:
            message = json.loads(line)
            self.carried.append(message)
            if message["dest"] not in self._processes:
                self.answers.put(message)
            elif self._random.random() >= self._loss:
                self._deliver(message)
