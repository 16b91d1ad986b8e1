"""Processes that run `hydroflow-nb` beside a test."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import IO

# A busy machine is slow now and then.
PATIENCE = 120.0


class Running:
    """A process that runs `hydroflow-nb` with some words, in a folder, and the lines that it wrote: `output` and `log`.
    `environment` is what it has there besides that of the tests.
    """

    def __init__(
        self,
        words: Iterable[object],
        folder: Path,
        output: int = subprocess.PIPE,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hydroflow_nb", *map(str, words)],
            cwd=folder,
            env={**os.environ, "PYTHONUNBUFFERED": "", **environment},
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.output: list[str] = []
        self.log: list[str] = []
        self._arrived: queue.Queue[str] = queue.Queue()
        self._threads = [
            threading.Thread(target=self._read, args=(stream, lines), daemon=True)
            for stream, lines in ((self.process.stdout, self.output), (self.process.stderr, self.log))
            if stream is not None
        ]
        for thread in self._threads:
            thread.start()

    def _read(self, stream: IO[str], lines: list[str]) -> None:
        for line in stream:
            lines.append(line.rstrip("\n"))
            self._arrived.put(line)
        self._arrived.put("")

    def wait_for(self, text: str) -> str:
        """The first line of the log or of the output with a text in it; waits for it."""
        over = 0
        while True:
            for line in (*self.log, *self.output):
                if text in line:
                    return line
            assert over < len(self._threads), f"no {text!r} in {self.log} or {self.output}"
            over += not self._arrived.get(timeout=PATIENCE)

    def type(self, line: str) -> None:
        """Write a line to its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def end(self) -> int:
        """Wait for its end. Returns the exit code."""
        code = self.process.wait(PATIENCE)
        for thread in self._threads:
            thread.join(PATIENCE)
        return code

    def kill(self) -> None:
        """End it at once, if it has not ended, and let go of all that it had."""
        self.process.kill()
        self.end()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()
