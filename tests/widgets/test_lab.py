"""The extension for JupyterLab and Notebook: what is built is that of the sources, and its words are read right."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

Deno = Callable[..., "subprocess.CompletedProcess[str]"]


def test_the_extension_that_is_shipped_was_built_from_the_sources(repository: Path) -> None:
    lab = repository / "widgets" / "lab"
    sources = sorted((lab / "src").glob("*.js"), key=lambda path: path.name)
    text = "".join(f"{path.name}\n{path.read_text(encoding='utf-8')}" for path in sources)
    built = json.loads((lab / "built" / "package.json").read_text(encoding="utf-8"))

    assert (lab / "built" / "sources.sha256").read_text().strip() == hashlib.sha256(text.encode()).hexdigest(), (
        "`make labextension` builds it anew"
    )
    assert (lab / "built" / built["jupyterlab"]["_build"]["load"]).is_file()


def test_the_extension_is_small_and_asks_nobody(repository: Path) -> None:
    scripts = [*(repository / "widgets" / "lab" / "built" / "static").glob("*.js")]

    assert sum(path.stat().st_size for path in scripts) < 60_000
    for path in scripts:
        asked = re.findall(r"https?://[^\s\"'`)]+", path.read_text(encoding="utf-8"))
        assert [one for one in asked if "www.w3.org" not in one] == []


def test_the_words_of_a_cell_are_read_right(deno: Deno, repository: Path) -> None:
    checked = deno("check", "widgets/lab/src/tokens.js", "tests/widgets/lab", cwd=repository)
    ran = deno("test", "--no-check", "tests/widgets/lab", cwd=repository)

    assert checked.returncode == 0, checked.stderr
    assert ran.returncode == 0, ran.stdout + ran.stderr
