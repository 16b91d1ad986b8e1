"""The texts of imported modules."""

from __future__ import annotations

import ast
from pathlib import Path

from hydroflow_nb.diagnostics import Diagnostic, error
from hydroflow_nb.source import Source, text_of
from hydroflow_nb.syntax.parser import parse
from hydroflow_nb.syntax.tree import Closure, Flow, Group, Import, Node, OperatorCall, Ported

# In compiled code the lines of the modules come behind those of the flow: line 2 of the first module is line 1002 where
# the flow has fewer than a thousand lines.
LINES_APART = 1_000


class Modules:
    """Reads the modules of one flow."""

    def __init__(self) -> None:
        # In the order of their lines in compiled code.
        self.loaded: list[Source] = []
        # Which files a text was imported by, to find modules that import themselves.
        self._files: dict[Source, tuple[Path, ...]] = {}

    def load(self, call: Import, source: Source) -> Flow | list[Diagnostic]:
        """The flow of a module, or what is wrong with it.

        The path is relative to the folder of the importing file, for a cell to the working directory, which is the
        notebook's folder. Every import is an instance of its own.
        """
        importers = self._files.get(source, ())
        path = (importers[-1].parent if importers else _folder(source)) / call.path
        if path.resolve() in importers:
            message = f"the module `{call.path}` imports itself"
            return [error("HF234", message, call.span, hint="leave out this import, or cut the module in two")]
        try:
            text = text_of(path)
        except (OSError, UnicodeDecodeError) as problem:
            reason = getattr(problem, "strerror", None) or "it is no UTF-8 text"
            return [
                error(
                    "HF235",
                    f"cannot read the module `{call.path}`: {reason}",
                    call.span,
                    notes=[f"looked for in {path.parent}"],
                    hint="write the path from the folder of the importing file, for a cell from that of the notebook",
                )
            ]
        module = Source(
            text=text, label=path.name, filename=source.filename, code_offset=self._free_lines_behind(source)
        )
        self.loaded.append(module)
        self._files[module] = (*importers, path.resolve())
        parsed = parse(module)
        if any(diagnostic.is_error for diagnostic in parsed.diagnostics):
            return list(parsed.diagnostics)
        for statement in parsed.flow.statements:
            for node in statement.pipeline.nodes:
                _move(node, module.code_offset)
        return parsed.flow

    def _free_lines_behind(self, flow: Source) -> int:
        # The first to import anything is the flow itself.
        last = self.loaded[-1] if self.loaded else flow
        end = last.code_offset + last.first_line + last.line_count
        return (end // LINES_APART + 1) * LINES_APART


def _folder(source: Source) -> Path:
    """The folder of a flow that was read from a file; else the working directory.

    A cell that was read from a notebook's file is called `chat.ipynb[3]`.
    """
    path = Path(source.filename)
    is_in_file = (path.suffix == ".hf" and path.is_file()) or path.suffix.startswith(".ipynb[")
    return path.parent if is_in_file else Path.cwd()


def _move(node: Node, lines: int) -> None:
    """Move the places of the Python expressions to where the module's lines are in compiled code."""
    match node:
        case OperatorCall(arguments=arguments):
            for argument in arguments:
                ast.increment_lineno(argument.body if isinstance(argument, Closure) else argument.node, lines)
        case Ported(node=Group(pipeline=pipeline)):
            for inner in pipeline.nodes:
                _move(inner, lines)
        case _:
            pass
