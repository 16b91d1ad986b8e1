"""What `list`, `check` and `--cells` show of a notebook: flows, the cells that they need, the compiler's results."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Iterator
from pathlib import Path

from hydroflow_nb.compiler import compile_source
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.processes.names import names_of_generics
from hydroflow_nb.processes.notebook import RAISES, Cell, Notebook
from hydroflow_nb.processes.slicing import ProcessPlan, plan
from hydroflow_nb.processes.workspace import Workspace
from hydroflow_nb.rendering import all_as_text
from hydroflow_nb.syntax.parser import parse

_WIDTH = 100


def flows(notebook: Notebook) -> Iterator[str]:
    """One line for each flow: its name, its cell, the cells that it needs, its tags. Then the warnings."""
    rows = [("flow", "cell", "needs cells", "tags")]
    for cell in notebook.flow_cells:
        name = cell.flow_name or ""
        if notebook.cell_of(name) is not cell:
            rows.append((name, str(cell.number), "(replaced by a later cell)", ", ".join(sorted(cell.tags))))
            continue
        needed = [str(step.cell.number) for step in plan(notebook, name).steps if step.cell is not cell]
        rows.append((name, str(cell.number), " ".join(needed) or "none", ", ".join(sorted(cell.tags))))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
    yield from filter(None, (cell.misnaming for cell in notebook.cells))
    for cell in notebook.flow_cells:
        if cell.flow_name and notebook.cell_of(cell.flow_name) is cell:
            yield from (f"{cell.flow_name}: {text}" for text in plan(notebook, cell.flow_name).warnings)


def cells(found: ProcessPlan) -> Iterator[str]:
    """What would run for a flow, cell by cell, and what would be left out."""
    for step in found.steps:
        cell = step.cell
        if step.makes_flow:
            action = "runs" if cell is found.target else "is compiled, not run"
            yield f"{cell.label}  the flow `{cell.flow_name}` {action}"
            continue
        yield cell.label
        for statement in cell.statements:
            mark = " " if statement in step.statements else "-"
            yield f"  {mark} {_first_line(cell, statement.node)}"
    if found.missing:
        yield f"needed from outside: {', '.join(sorted(found.missing))}"
    yield from found.warnings


def checked(notebook: Notebook, flow: str | None, folder: Path) -> Iterator[tuple[bool, str]]:
    """For each flow: whether it compiles, and what the compiler says. Cells run only if generics name their classes.

    A flow whose cell has the tag `raises-exception` is meant to fail: it is checked only if `flow` names it. Raises
    what a cell raises.
    """
    if flow is not None:
        targets = [notebook.cell_of(flow)]
    else:
        meant = [cell for cell in notebook.flow_cells if RAISES not in cell.tags]
        targets = [cell for cell in meant if notebook.cell_of(cell.flow_name) is cell]
        yield from ((False, cell.misnaming) for cell in notebook.cells if cell.misnaming and RAISES not in cell.tags)
    for cell in targets:
        name = cell.flow_name
        if name is None:
            yield True, f"{cell.label}: Python code makes `{flow}`; a check does not run it"
            continue
        try:
            names = _names_for(notebook, cell, name, folder)
            warnings = compile_source(cell.flow, name, names).diagnostics
        except HydroflowError as error:
            yield False, str(error)
            continue
        told = "\n".join(plan(notebook, name).warnings)
        yield True, "\n\n".join(filter(None, [all_as_text(warnings), told, f"{cell.label}: `{name}` compiles"]))


def _names_for(notebook: Notebook, cell: Cell, name: str, folder: Path) -> dict[str, object]:
    generics = names_of_generics(parse(cell.flow).flow)
    workspace = Workspace({})

    async def run() -> None:
        for step in plan(notebook, name, needed=generics).steps:
            await workspace.run(step)

    if generics:
        workspace.enter(folder)
        asyncio.run(run())
    return workspace.names


def _first_line(cell: Cell, node: ast.stmt) -> str:
    line = cell.text.split("\n")[node.lineno - 1][node.col_offset :]
    return line if len(line) <= _WIDTH else f"{line[:_WIDTH]}…"


def is_flow_file(path: Path) -> bool:
    """True for a file with the text of one flow; any other file is a notebook."""
    return path.suffix == ".hf"
