from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fronts import Front

import hydroflow_nb as hf


@pytest.fixture
def namespace() -> dict[str, Any]:
    return {"numbers": hf.channel(), "out": [], "total": []}


@pytest.fixture
def front(namespace: dict[str, Any]) -> Callable[[str], Front]:
    def make(text: str) -> Front:
        namespace["flow"] = hf.compile(text, namespace)
        return Front(namespace["flow"], namespace)

    return make


@pytest.fixture
def deno() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs Deno, as in `deno("check", ..., cwd=folder)`. Without one a test is skipped, and fails where CI is set."""
    program = shutil.which("deno", path=str(Path(sys.executable).parent)) or shutil.which("deno")
    if program is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("this machine has no Deno")

    def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        command = [program, arguments[0], "--quiet", "--config", "jsconfig.json", *arguments[1:]]
        environment = {**os.environ, "NO_COLOR": "1", "DENO_NO_UPDATE_CHECK": "1"}
        return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)

    return run
