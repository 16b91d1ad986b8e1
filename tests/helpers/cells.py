"""Notebooks in memory, as the modules that run them see them."""

from __future__ import annotations

from hydroflow_nb.processes.notebook import Cell, Notebook


def notebook(*cells: str | tuple[str, tuple[str, ...]]) -> Notebook:
    """A notebook of code cells, each a text or a pair of a text and its tags."""
    made = []
    for number, cell in enumerate(cells, 1):
        text, tags = (cell, ()) if isinstance(cell, str) else cell
        label = f"n.ipynb[{number}]"
        made.append(Cell(number=number, text=text, tags=frozenset(tags), filename=label, label=label))
    return Notebook(name="n.ipynb", cells=tuple(made))
