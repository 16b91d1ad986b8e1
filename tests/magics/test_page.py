"""The page on what a run can be asked: its cells give what stands under them."""

from __future__ import annotations

import re
from doctest import ELLIPSIS, OutputChecker
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "understanding.md"
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def test_each_cell_of_the_page_gives_what_stands_under_it(bare_notebook, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cells, compared, given = 0, 0, ""
    for kind, text in BLOCKS:
        if kind == "python" or text.startswith("%%hydroflow"):
            output = bare_notebook.run(text)
            assert output.error is None, text
            given = re.sub(r"^Out\[\d+\]: \n?", "", output.stdout).rstrip() + "\n"
            cells += 1
        elif not kind:
            assert OutputChecker().check_output(text, given, ELLIPSIS), f"{text}\nbut it is\n{given}"
            compared += 1
    assert cells >= 15
    assert compared >= 10
