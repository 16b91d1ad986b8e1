from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from hydroflow_nb.error_index import BY_CODE, ENTRIES, Stage
from hydroflow_nb.error_index.page import explanation, page


def test_the_index_in_the_repository_is_current(repository: Path) -> None:
    written = (repository / "docs" / "errors.md").read_text(encoding="utf-8")

    assert written == page(ENTRIES), "`make docs` writes it anew"


def test_the_module_prints_the_index() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "hydroflow_nb.error_index"], capture_output=True, text=True, check=True, timeout=60
    )

    assert run.stdout == page(ENTRIES)
    assert run.stderr == ""


def test_links_lead_to_headings() -> None:
    lines = page(ENTRIES).splitlines()

    assert all(f"| [{code}](#{code.lower()}) | {entry.title} |" in lines for code, entry in BY_CODE.items())
    assert all(lines.count(f"### {code}") == 1 for code in BY_CODE)
    assert all(f"## What shows {stage}" in lines for stage in Stage)


def test_an_explanation_tells_the_meaning_and_shows_both_flows_and_their_files() -> None:
    entry = BY_CODE["HF231"]

    told = explanation(entry)

    assert told.startswith(f"## HF231\n\n**{entry.title}.** It shows when the flow is built.\n\n{entry.meaning}\n\n")
    assert f"Wrong:\n\n```text\n{entry.wrong}\n```\n\nRight:\n\n```text\n{entry.right}\n```\n" in told
    assert "The file `once.hf`:\n\n```text\nitems = mod -> tee();\n" in told


def test_a_line_that_no_page_holds_is_cut() -> None:
    assert max(len(line) for line in explanation(BY_CODE["HF109"]).splitlines()) == 201
