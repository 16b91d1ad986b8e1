"""`hydroflow-nb` called within the process of a test."""

from __future__ import annotations

import pytest

from hydroflow_nb.processes.command import run_command


def said(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[object, str, str]:
    """The exit code of a command, and what was written on the two streams."""
    code: object
    try:
        code = run_command([*map(str, words)])
    except SystemExit as ended:
        code = ended.code
    written = capsys.readouterr()
    return code, written.out, written.err
