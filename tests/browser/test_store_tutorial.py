"""The tutorial on the replicated store in a real JupyterLab: its search runs, and the run that it finds is drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import expect


def test_the_replicated_store_s_tutorial_draws_the_run_that_refutes_it(lab: Any, repository: Path) -> None:
    path = repository / "notebooks" / "05_replicated_store.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cells = [cell.id for cell in notebook.cells]
    lab.open(path)
    for index, cell in enumerate(notebook.cells[: cells.index("refute-diagram") + 1]):
        if cell.cell_type == "code":
            lab.run_cell(index)
    # How far a search has come is told on the error stream, and wiped out.
    assert [error for error in lab.errors() if error.strip()] == []

    found = lab.cell(cells.index("refute"))
    drawn = lab.cell(cells.index("refute-diagram"))
    picture = drawn.locator(".jp-OutputArea-output svg").first
    drawn.evaluate("cell => cell.scrollIntoView({ block: 'start' })")

    expect(found.get_by_text("always 'same_heard_same_held': violated")).to_be_visible()
    expect(picture).to_be_visible()
    box = picture.bounding_box()
    assert box["width"] > 300
    assert box["height"] > 200
    assert lab.complaints == []
    assert lab.outside == []

    lab.screenshot("replicated_store")
    found.evaluate("cell => cell.scrollIntoView({ block: 'start' })")
    lab.screenshot("replicated_store_search")
