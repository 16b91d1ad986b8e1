"""What `list`, `check` and `--cells` show of a notebook: flows, the cells that they need, the compiler's results."""

from __future__ import annotations

import ast
import asyncio
import builtins
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from hydroflow_nb.compiler import Compiled, CompiledSystem, compile_source, compile_text
from hydroflow_nb.errors import GraphError, GuaranteeError, HydroflowError
from hydroflow_nb.expressions import Argument, Closure, Expression, path_of
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.processes.failures import ExitCode, Misuse
from hydroflow_nb.processes.names import names_of_generics
from hydroflow_nb.processes.notebook import RAISES, Cell, Notebook
from hydroflow_nb.processes.slicing import ProcessPlan, plan, target_of
from hydroflow_nb.processes.told import UNTOLD, Untold, told_names
from hydroflow_nb.processes.workspace import Workspace
from hydroflow_nb.records import dataclass
from hydroflow_nb.render.graph import Graph
from hydroflow_nb.rendering import all_as_text
from hydroflow_nb.source import Source
from hydroflow_nb.syntax.parser import parse

_WIDTH = 100


def flows(notebook: Notebook) -> Iterator[str]:
    """One line for each flow: its name, its cell, the cells that it needs, its tags. Then the warnings."""
    rows = [("flow", "cell", "needs cells", "tags")]
    for cell in notebook.flow_cells:
        name, tags = cell.flow_name or "", ", ".join(sorted(cell.tags))
        shown = [f"{name}@{location}" for location in cell.locations] or [name]
        if notebook.cell_of(name) is not cell:
            rows += [(one, str(cell.number), "(replaced by a later cell)", tags) for one in shown]
            continue
        needed = [str(step.cell.number) for step in plan(notebook, name).steps if step.cell is not cell]
        rows += [(one, str(cell.number), " ".join(needed) or "none", tags) for one in shown]
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


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked of outputs: in which surroundings, and at least which level; None asks for none."""

    network: str | None = None
    replicas: int = 1
    shard: str | None = None
    at_least: str | None = None


def checked(notebook: Notebook, flow: str | None, folder: Path, asked: Asked) -> Iterator[tuple[ExitCode, str]]:
    """For each flow: the exit code that it asks for, and what the compiler and the check say. Functions of the cells
    are known by their text; cells run only if generics name their classes.

    A flow whose cell has the tag `raises-exception` is meant to fail: it is checked only if `flow` names it. Raises
    what a cell raises.
    """
    at = None
    if flow is not None:
        target, at = target_of(notebook, flow)
        targets = [target]
    else:
        meant = [cell for cell in notebook.flow_cells if RAISES not in cell.tags]
        targets = [cell for cell in meant if notebook.cell_of(cell.flow_name) is cell]
        yield from (
            (ExitCode.NOT_COMPILED, cell.misnaming)
            for cell in notebook.cells
            if cell.misnaming and RAISES not in cell.tags
        )
    for cell in targets:
        name = cell.flow_name
        if name is None:
            yield ExitCode.STOPPED, f"{cell.label}: Python code makes `{flow}`; a check does not run it"
            continue
        try:
            names = _names_for(notebook, cell, name, folder)
            compiled = compile_text(cell.flow, name, names, knows_all=False)
            if isinstance(compiled, CompiledSystem):
                _must_keep_per_key(compiled, names)
        except HydroflowError as error:
            yield ExitCode.NOT_COMPILED, str(error)
            continue
        told = "\n".join(plan(notebook, name).warnings)
        yield (
            ExitCode.STOPPED,
            "\n\n".join(filter(None, [all_as_text(compiled.diagnostics), told, f"{cell.label}: `{name}` compiles"])),
        )
        if isinstance(compiled, Compiled):
            again = partial(_graph_of, name, names)
            yield from _guarantees(compiled.graph, names, again, asked)
            continue
        for location, part in compiled.parts.items():
            if at not in (None, location):
                continue
            yield ExitCode.STOPPED, f"{name}@{location}"
            again = partial(_graph_of_part, name, names, location)
            yield from _guarantees(part.compiled.graph, {**names, **part.names}, again, asked)


def _must_keep_per_key(system: CompiledSystem, names: dict[str, object]) -> None:
    """Raise GraphError for a sharded location with a state that is not kept for each key, where the text of the cells
    tells what its functions do.
    """
    for location, part in system.parts.items():
        if part.location.shards_by is None or _untold(part.compiled.graph, {**names, **part.names}):
            continue
        from hydroflow_nb.compiler.sharded import not_kept_at

        wrong = not_kept_at(system, location, names)
        if wrong:
            raise GraphError(wrong)


def picture(notebook: Notebook, flow: str | None, folder: Path) -> Graph:
    """The graph of a flow, of what runs at a location, or of a whole system. Nothing of it runs. Raises Misuse, and
    what the compiler raises.
    """
    target, location = target_of(notebook, flow)
    name = target.flow_name
    if name is None:
        raise Misuse(f"Python code makes `{flow}`; a check does not run it")
    compiled = compile_text(target.flow, name, _names_for(notebook, target, name, folder), knows_all=False)
    if isinstance(compiled, Compiled):
        return Graph(compiled.graph)
    if location is None:
        # A flow that is alone needs none of it.
        from hydroflow_nb.systems.picture import picture_of

        return picture_of(compiled)
    if location not in compiled.parts:
        raise Misuse(f"nothing runs at `{location}`", f"`{name}` has flows at {', '.join(compiled.parts)}")
    return Graph(compiled.parts[location].compiled.graph)


def _graph_of(name: str, names: dict[str, object], source: Source) -> PartitionedGraph:
    return compile_source(source, name, names).graph


def _graph_of_part(name: str, names: dict[str, object], location: str, source: Source) -> PartitionedGraph:
    compiled = compile_text(source, name, names, knows_all=False)
    if isinstance(compiled, Compiled):
        return compiled.graph
    return compiled.parts[location].compiled.graph


def _guarantees(
    graph: PartitionedGraph, names: dict[str, object], again: Callable[[Source], PartitionedGraph], asked: Asked
) -> Iterator[tuple[ExitCode, str]]:
    """The report on a flow that has outputs, with the error of each output that is weaker than is asked for."""
    # Loaded here: running a flow needs none of it.
    from hydroflow_nb.correctness.asking import report_on
    from hydroflow_nb.correctness.surroundings import Surroundings

    report = report_on(
        graph,
        names,
        Surroundings(network=asked.network, replicas=asked.replicas, shard=asked.shard),
        again,
    )
    weaker = []
    for output in report.values():
        try:
            output.expect(asked.at_least or "differs")
        except GuaranteeError as error:
            weaker.append(str(error))
    code = ExitCode.RAISED if weaker else ExitCode.STOPPED
    if len(report):
        untold = _untold(graph, names) if any("unknown" in row for row in report.rows) else ""
        yield code, "\n".join(["", "\n\n".join(filter(None, [str(report), untold, *weaker])), ""])


def _untold(graph: PartitionedGraph, names: Mapping[str, object]) -> str:
    """What to do about functions that no text of the cells tells; empty where there are none."""
    missing = [
        path[0]
        for node in graph.flat.nodes.values()
        if graph.flat.inputs(node.id) and (graph.flat.outputs(node.id) or graph.flat.reads_of(node.id))
        for argument in node.call.arguments
        for path in _paths(argument)
        if isinstance(names.get(path[0], None if hasattr(builtins, path[0]) else UNTOLD), Untold)
    ]
    if not missing:
        return ""
    quoted = ", ".join(f"`{one}`" for one in dict.fromkeys(missing))
    return (
        f"This check runs no cells, and their text does not tell what {quoted} will be: `%hydroflow check` in the "
        "notebook, or `flow.check()` in a test, knows that."
    )


def _paths(argument: Argument) -> Iterator[Sequence[str]]:
    """The names that an argument calls, or is."""
    match argument:
        case Closure(body=body):
            called = [one.func for one in ast.walk(body) if isinstance(one, ast.Call)]
        case Expression(node=node):
            called = [node, *(one.func for one in ast.walk(node) if isinstance(one, ast.Call))]
    own = argument.bound
    for path in filter(None, map(path_of, called)):
        if path[0] not in own:
            yield path


def _names_for(notebook: Notebook, cell: Cell, name: str, folder: Path) -> dict[str, object]:
    generics = names_of_generics(parse(cell.flow).flow)
    workspace = Workspace({})
    workspace.names.update(told_names(plan(notebook, name)))

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
