"""The page on workloads says what is so."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "workloads.md"


def test_the_example_of_a_history_prints_what_the_page_says(capsys):
    section = PAGE.read_text(encoding="utf-8").partition("## Linearizability\n")[2]
    code, printed = re.findall(r"```(?:python|text)\n(.*?)```", section, re.DOTALL)[:2]

    exec(code, {})

    assert capsys.readouterr().out == printed
