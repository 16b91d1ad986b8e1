"""The diagram of a run in a notebook: drawn where the notebook is trusted, listed where it is not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import nbformat

from hydroflow_nb.simulation.drawing.diagram import Diagram
from hydroflow_nb.simulation.model.history import Delivered, History, Lane, Sent, Ticked

if TYPE_CHECKING:
    from conftest import Lab

RUN = History(
    lanes=[Lane(node="alice"), Lane(node="bob")],
    events=[
        Ticked(row=0, node="alice", tick=0),
        Sent(row=0, message="alice>bob#1", sender="alice", receiver="bob", text='"hello"'),
        Delivered(row=1, message="alice>bob#1"),
    ],
    rows=2,
)
CELL = f"""
from hydroflow_nb.simulation.drawing.diagram import Diagram
from hydroflow_nb.simulation.model.history import Delivered, History, Lane, Sent, Ticked
Diagram({RUN!r})
"""


def test_a_diagram_is_drawn_under_its_cell_and_follows_the_theme(lab: Lab) -> None:
    lab.open_cells(CELL)

    lab.run_all()

    picture = lab.cell(0).locator("svg.hf-run")
    assert picture.get_by_text('"hello"', exact=True).is_visible()
    grounds = []
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        lab.command("apputils:change-theme", {"theme": theme})
        lab.page.locator(f'[data-jp-theme-name="{theme}"]').wait_for(state="attached")
        grounds.append(picture.locator("rect").first.evaluate("rect => getComputedStyle(rect).fill"))
        lab.screenshot(f"diagram_{theme[11:].lower()}", lab.cell(0))
    assert grounds[0] != grounds[1]
    assert not lab.complaints


def test_an_untrusted_notebook_shows_the_listing(lab: Lab, tmp_path: Path) -> None:
    output = nbformat.v4.new_output("display_data", data=Diagram(RUN)._repr_mimebundle_())
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=[output])])
    path = tmp_path / "saved.ipynb"
    nbformat.write(notebook, path)

    lab.open(path, with_outputs=True)

    assert lab.cell(0).locator("pre").get_by_text("bob: gets alice>bob#1").is_visible()
    assert lab.cell(0).locator("svg.hf-run").count() == 0
    lab.screenshot("diagram_untrusted", lab.cell(0))
