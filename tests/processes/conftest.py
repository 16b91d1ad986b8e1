"""What the tests of processes share: notebooks on the disk, and processes that are ended with their test."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from running_process import Running


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


@pytest.fixture
def start(tmp_path):
    """Start `python -m hydroflow_nb` with some words; what still runs when the test is over is killed."""
    started = []

    def start(*words, output=subprocess.PIPE) -> Running:
        started.append(Running(words, tmp_path, output))
        return started[-1]

    yield start
    for running in started:
        running.kill()


@pytest.fixture
def write(tmp_path):
    """Write a text file. Returns its path."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write
