"""The page on workloads: its cells run."""

from __future__ import annotations

import re
from pathlib import Path

import hydroflow_nb as hf
from hydroflow_nb.simulation.workloads.kinds import KINDS

PAGE = Path(__file__).parents[3] / "docs" / "workloads.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_the_cells_of_the_page_run_from_top_to_bottom():
    names = {}
    cells = re.findall(r"```(python)?\n(.*?)```", TEXT.partition("## Linearizability")[0], re.DOTALL)

    assert [kind for kind, _ in cells[:3]] == ["python", "", "python"]
    for kind, text in cells[:3]:
        if kind:
            exec(text, names)
        else:
            first, _, flow = text.partition("\n")
            names[first.split()[1]] = hf.compile(flow, names, first.split()[1])


def test_every_workload_has_its_row():
    assert [f"| `{one.name}` | `{one.maelstrom}` |" in TEXT for one in KINDS.values()] == [True] * len(KINDS)
