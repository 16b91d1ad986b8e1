"""The file of a notebook as cells: the flows, and the Python code around them."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from hydroflow_nb.locations import LocationKind
from hydroflow_nb.processes.failures import Misuse
from hydroflow_nb.processes.names import StatementNames, names_of, names_of_flow
from hydroflow_nb.records import dataclass
from hydroflow_nb.source import Source, plain_text, text_of
from hydroflow_nb.syntax.first_line import OptionError, closest, read_options
from hydroflow_nb.syntax.parser import parse
from hydroflow_nb.syntax.patterns import binding_name

# Tags of cells: one that runs in every process, and those that run in none.
SETUP: Final = "setup"
NOTEBOOK_ONLY: Final = "notebook-only"
RAISES: Final = "raises-exception"

# Cell magics that run the lines below them as Python.
_TRANSPARENT = frozenset({"time", "capture", "prun"})
# The Python code that every flow outside a notebook gets.
_IMPORTS = "import hydroflow_nb\nimport hydroflow_nb as hf"
# The lines that IPython translates into Python: `%magic`, `!command`, `x = !command`, `x = %magic`, `name?`.
_SHELL_LINE = re.compile(r"\s*(?:[%!?]|[\w.,\s]+=\s*[%!]|.*\?\s*$)")


@dataclass(frozen=True, kw_only=True, eq=False)
class CellStatement:
    """A statement of a cell; `has_effect` is False for one that only shows something."""

    node: ast.stmt
    names: StatementNames
    has_effect: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Cell:
    """A code cell. `number` counts from 1, and is the `In[number]` of a notebook that ran from top to bottom."""

    number: int
    text: str
    tags: frozenset[str]
    filename: str
    label: str

    @cached_property
    def _magic(self) -> tuple[str, str, int]:
        """The cell magic, the rest of its line, and the number of lines above its body."""
        for index, line in enumerate(self.text.split("\n")):
            word, _, rest = line.strip().partition(" ")
            if not word:
                continue
            if not word.startswith("%%"):
                break
            if word[2:] not in _TRANSPARENT:
                return word[2:], rest, index + 1
        return "", "", 0

    @cached_property
    def _first_line(self) -> tuple[str | None, OptionError | None]:
        magic, rest, _ = self._magic
        if magic != "hydroflow":
            return None, None
        try:
            return read_options(rest).name, None
        except OptionError as error:
            return None, error

    @property
    def flow_name(self) -> str | None:
        """The name of the flow that a `%%hydroflow` cell makes; None for any other cell."""
        return self._first_line[0]

    @property
    def misnaming(self) -> str:
        """Why a `%%hydroflow` cell makes no flow; empty if it does, and for any other cell."""
        error = self._first_line[1]
        return f"{self.label} makes no flow: {error}{f' ({error.hint})' if error.hint else ''}" if error else ""

    @cached_property
    def flow(self) -> Source:
        """The text of the cell's flow."""
        _, _, above = self._magic
        text = "\n".join(self.text.split("\n")[above:])
        return Source(text=text, label=self.label, filename=self.filename, first_line=above + 1)

    @cached_property
    def flow_names(self) -> frozenset[str]:
        """The names that the cell's flow looks up in the notebook."""
        return names_of_flow(parse(self.flow).flow)

    @cached_property
    def locations(self) -> tuple[str, ...]:
        """The locations of a system that nodes are at; empty for a cell that makes one flow."""
        declared = parse(self.flow).flow.locations
        return tuple(location.name for location in declared if location.kind is not LocationKind.EXTERNAL)

    @cached_property
    def _parsed(self) -> tuple[Sequence[ast.stmt], SyntaxError | None]:
        if self._magic[0]:
            return (), None
        try:
            return _python(self.text, self.filename).body, None
        except SyntaxError as error:
            return (), error

    @property
    def problem(self) -> SyntaxError | None:
        """Why the cell is not Python code; None if it is, or is not meant to be."""
        return self._parsed[1]

    @cached_property
    def statements(self) -> tuple[CellStatement, ...]:
        """The Python statements of the cell, without the lines that only IPython understands."""
        return tuple(
            CellStatement(node=node, names=names_of(node), has_effect=_has_effect(node)) for node in self._parsed[0]
        )

    @cached_property
    def bound(self) -> frozenset[str]:
        """The names that the cell binds."""
        names = (statement.names.bound for statement in self.statements)
        return frozenset[str]().union(*names, [self.flow_name] if self.flow_name else [])

    @cached_property
    def changed(self) -> frozenset[str]:
        """The names whose objects the cell changes."""
        return frozenset[str]().union(*(statement.names.changes for statement in self.statements))


@dataclass(frozen=True, kw_only=True, eq=False)
class FlowFile(Cell):
    """A file with the text of one flow, in the place of a cell. `import!` looks in `folder`, by default in its own."""

    folder: Path | None = None

    @property
    def flow_name(self) -> str:
        """The file's name, as a Python identifier."""
        name = re.sub(r"\W", "_", Path(self.filename).stem)
        return name if name.isidentifier() else f"flow_{name}"

    @property
    def flow(self) -> Source:
        """The text of the flow."""
        return Source(text=self.text, label=self.label, filename=self.filename, folder=self.folder)

    @property
    def problem(self) -> None:
        """None: there is no Python code beside the flow."""

    @property
    def statements(self) -> tuple[CellStatement, ...]:
        """Empty: there is no Python code beside the flow."""
        return ()


@dataclass(frozen=True, kw_only=True)
class Notebook:
    """The code cells of a notebook, in its order; `name` is the name of its file."""

    name: str
    cells: tuple[Cell, ...]

    @property
    def flow_cells(self) -> Iterator[Cell]:
        """The `%%hydroflow` cells."""
        return (cell for cell in self.cells if cell.flow_name is not None)

    def cell_of(self, flow: str | None) -> Cell:
        """The cell that makes a flow: a `%%hydroflow` cell of this name, else one with this tag, else a Python cell.

        The last cell counts, as in a notebook that ran to its end. None asks for the only flow of the notebook. Raises
        Misuse.
        """
        names = list(dict.fromkeys(cell.flow_name for cell in self.flow_cells if cell.flow_name and _is_meant(cell)))
        if flow is None:
            if len(names) != 1:
                raise Misuse(
                    f"{self.name} has {_flows_in_words(names)}{self._misnamed()}",
                    "say which one: `--flow NAME`" if names else "",
                )
            flow = names[0]
        # A tag is compared as it is: it need not be a Python identifier.
        tag, flow = flow, binding_name(flow)
        python = [cell for cell in self.cells if cell.flow_name is None]
        for candidates in (
            [cell for cell in self.flow_cells if cell.flow_name == flow and _is_meant(cell)],
            [cell for cell in self.flow_cells if cell.flow_name == flow],
            [cell for cell in self.flow_cells if tag in cell.tags],
            [cell for cell in python if tag in cell.tags and flow in cell.bound],
            [cell for cell in python if flow in cell.bound],
        ):
            if candidates:
                return candidates[-1]
        raise Misuse(
            f"{self.name} has no flow `{flow}`: it has {_flows_in_words(names)}{self._misnamed()}", closest(flow, names)
        )

    def _misnamed(self) -> str:
        return "".join(f"; {cell.misnaming}" for cell in self.cells if cell.misnaming and _is_meant(cell))


def read_notebook(path: Path) -> Notebook:
    """The notebook in a file. Raises Misuse for a file that cannot be read as one."""
    text = read_text(path)
    try:
        written = json.loads(text)
        if not isinstance(written, dict) or not isinstance(written.get("cells"), list):
            raise Misuse(
                f"{path} is not a notebook of format 4", "convert it: `jupyter nbconvert --to notebook --inplace FILE`"
            )
        code = [cell for cell in written["cells"] if cell["cell_type"] == "code"]
        cells = [_cell(path, number, written) for number, written in enumerate(code, 1)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        hint = (
            "" if path.suffix == ".ipynb" else "the name of a notebook ends in .ipynb, the name of a flow's file in .hf"
        )
        raise Misuse(f"{path} is not a notebook: {type(error).__name__}: {error}", hint) from None
    return Notebook(name=path.name, cells=tuple(cells))


def text_as_notebook(path: Path, python: Path | None, folder: Path | None = None) -> Notebook:
    """The text of one flow as a notebook with three cells: imports of the package, a file of Python code, the flow.
    `import!` looks in `folder`, by default in that of the text.

    Raises Misuse for files that cannot be read.
    """
    cells = [Cell(number=0, text=_IMPORTS, tags=frozenset({SETUP}), filename="<imports>", label="given")]
    if python is not None:
        cells.append(python_file(python))
    flow = FlowFile(
        number=1, text=read_text(path), tags=frozenset(), filename=str(path), label=path.name, folder=folder
    )
    return Notebook(name=path.name, cells=(*cells, flow))


def python_file(path: Path) -> Cell:
    """A file of Python code as a cell that always runs. Raises Misuse if it cannot be read or parsed."""
    cell = Cell(number=0, text=read_text(path), tags=frozenset({SETUP}), filename=str(path), label=path.name)
    if cell.problem is not None:
        raise Misuse(f"{path} is not Python: {cell.problem}")
    return cell


def read_text(path: Path) -> str:
    """The text of a file. Raises Misuse if it cannot be read."""
    try:
        return text_of(path)
    except OSError as error:
        raise Misuse(f"cannot read {path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise Misuse(f"cannot read {path}: it is not a text in UTF-8") from None


def _cell(path: Path, number: int, written: dict[str, Any]) -> Cell:
    source = written["source"]
    text = plain_text(source if isinstance(source, str) else "".join(source))
    tags = written.get("metadata", {}).get("tags", [])
    return Cell(
        number=number,
        text=text,
        tags=frozenset(tag for tag in tags if isinstance(tag, str)),
        filename=f"{path}[{number}]",
        label=f"{path.name}[{number}]",
    )


def _python(text: str, filename: str) -> ast.Module:
    """The tree of a cell. A line that only IPython can read becomes `pass`. Raises SyntaxError."""
    lines = text.split("\n")
    while True:
        try:
            flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            read: ast.Module = compile("\n".join(lines), filename, "exec", flags, dont_inherit=True)
            return read
        except SyntaxError as error:
            index = (error.lineno or 0) - 1
            if not (0 <= index < len(lines) and _SHELL_LINE.match(lines[index])):
                raise
            line = lines[index]
            lines[index] = line[: len(line) - len(line.lstrip())] + "pass"


def _has_effect(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Pass):
        return False
    if not isinstance(statement, ast.Expr):
        return True
    return any(isinstance(node, ast.Call | ast.Await | ast.NamedExpr) for node in ast.walk(statement))


def _is_meant(cell: Cell) -> bool:
    return not cell.tags & {RAISES, NOTEBOOK_ONLY}


def _flows_in_words(names: Sequence[str]) -> str:
    listed = ", ".join(f"`{name}`" for name in names)
    match len(names):
        case 0:
            return "no flows"
        case 1:
            return f"the flow {listed}"
        case count:
            return f"{count} flows: {listed}"
