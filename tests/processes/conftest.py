"""What the tests of processes share: notebooks on the disk, and processes that are ended with their test."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

# A busy machine is slow now and then.
PATIENCE = 60.0


@pytest.fixture
def write_notebook(tmp_path):
    """Write a notebook of code cells, each a text or a pair of a text and its tags. Returns its path."""

    def write(*cells, name="chat.ipynb"):
        written = []
        for cell in cells:
            text, tags = (cell, []) if isinstance(cell, str) else cell
            written.append({"cell_type": "code", "metadata": {"tags": tags}, "source": text, "outputs": []})
        written.insert(1, {"cell_type": "markdown", "metadata": {}, "source": ["# words\n", "x = 1"]})
        path = tmp_path / name
        path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": written}))
        return path

    return write


class Running:
    """A process with the lines that it wrote."""

    def __init__(self, words, folder: Path, output: int) -> None:
        environment = {**os.environ, "PYTHONUNBUFFERED": ""}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hydroflow_nb", *map(str, words)],
            cwd=folder,
            env=environment,
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

    def _read(self, stream, lines) -> None:
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


@pytest.fixture
def start(tmp_path):
    """Start `python -m hydroflow_nb` with some words; what still runs when the test is over is killed."""
    started = []

    def start(*words, output=subprocess.PIPE) -> Running:
        started.append(Running(words, tmp_path, output))
        return started[-1]

    yield start
    for running in started:
        running.process.kill()
        running.end()
        for stream in (running.process.stdin, running.process.stdout, running.process.stderr):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()


@pytest.fixture
def write(tmp_path):
    """Write a text file. Returns its path."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write
