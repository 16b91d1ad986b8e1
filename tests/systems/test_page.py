"""The page on systems: its cells run, and its pictures are there."""

from __future__ import annotations

import re
from pathlib import Path

import hydroflow_nb as hf

PAGE = Path(__file__).parents[2] / "docs" / "systems.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_the_cells_of_the_page_run_from_top_to_bottom() -> None:
    names = {"hf": hf}
    blocks = re.findall(r"```(python)?\n(.*?)```", TEXT, re.DOTALL)
    cells = [(bool(python), text) for python, text in blocks if python or text.startswith("%%hydroflow")]

    assert [python for python, _ in cells] == [True, False, True, True, False, True, True, False, True]
    for python, text in cells:
        if python:
            exec(text, names)
        else:
            first, _, flow = text.partition("\n")
            names[first.split()[1]] = hf.compile(flow, names, first.split()[1])


def test_the_pictures_of_the_page_are_there() -> None:
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]*)\)", TEXT)

    assert pictures == ["system.png"]
    assert all((PAGE.parent / picture).stat().st_size < 150_000 for picture in pictures)
