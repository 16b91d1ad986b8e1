"""The texts of imported modules."""

from __future__ import annotations

import ast
import os
from pathlib import Path
from stat import S_ISREG

from hydroflow_nb.diagnostics import Diagnostic, error
from hydroflow_nb.expressions import Closure, OperatorCall
from hydroflow_nb.source import Source, plain_text
from hydroflow_nb.syntax.parser import parse
from hydroflow_nb.syntax.tree import Flow, Group, Import, PipelineNode, Ported

# In compiled code the lines of the modules come behind those of the flow: line 2 of the first module is line 1002 where
# the flow has fewer than a thousand lines.
LINES_APART = 1_000

DEEPEST_IMPORT = 50
MOST_MODULES = 1_000
# In bytes; no one writes a module of that length.
LARGEST_MODULE = 10_000_000


class Modules:
    """Reads the modules of one flow."""

    def __init__(self) -> None:
        # The texts of the modules, in the order of their lines in compiled code.
        self.loaded: list[Source] = []
        # What is wrong with these texts.
        self.diagnostics: list[Diagnostic] = []
        # The files by which each text was imported, to find modules that import themselves.
        self._files: dict[Source, tuple[Path, ...]] = {}

    def load(self, call: Import, source: Source) -> Flow | list[Diagnostic]:
        """The flow of a module, damaged statements included; or the diagnostics that say why it cannot be read.

        The path is relative to the folder of the importing file. For a cell it is relative to the working directory,
        which is the notebook's folder. Every import is an instance of its own.
        """
        importers = self._files.get(source, ())
        path = (importers[-1].parent if importers else folder_of(source)) / call.path
        if "\0" in call.path:
            message = "the path of a module holds a null character"
            return [error("HF235", message, call.span, hint="take it out: no file has a name with one")]
        if len(importers) >= DEEPEST_IMPORT or len(self.loaded) >= MOST_MODULES:
            message = f"too many modules import each other: `{call.path}` is left out"
            hint = f"a chain of imports may have {DEEPEST_IMPORT} modules, and a flow {MOST_MODULES:,} modules in all"
            return [error("HF235", message, call.span, hint=hint)]
        if path.resolve() in importers:
            message = f"the module `{call.path}` imports itself"
            return [error("HF234", message, call.span, hint="leave out this import, or split the module in two")]
        try:
            text = _read(path)
        except (OSError, UnicodeDecodeError) as problem:
            reason = getattr(problem, "strerror", None) or "it is not a UTF-8 text"
            return [
                error(
                    "HF235",
                    f"cannot read the module `{call.path}`: {reason}",
                    call.span,
                    notes=[f"looked for in {path.parent}"],
                    hint="write the path relative to the importing file's folder, in a cell relative to the "
                    "notebook's folder",
                )
            ]
        flow = self.place(path.name, text, source)
        self._files[flow.source] = (*importers, path.resolve())
        return flow

    def place(self, label: str, text: str, source: Source) -> Flow:
        """The flow of a text whose lines come behind those of the flow `source` in compiled code."""
        module = Source(text=text, label=label, filename=source.filename, code_offset=self._free_lines_behind(source))
        self.loaded.append(module)
        parsed = parse(module)
        self.diagnostics += parsed.diagnostics
        flow = parsed.flow.whole()
        for pipeline in flow.pipelines():
            for node in pipeline.nodes:
                _move(node, module.code_offset)
        return flow

    def _free_lines_behind(self, flow: Source) -> int:
        # The first import is always one of the flow itself.
        last = self.loaded[-1] if self.loaded else flow
        end = last.code_offset + last.first_line + last.line_count
        return (end // LINES_APART + 1) * LINES_APART


def _read(path: Path) -> str:
    """The text of a regular file. Devices, pipes and folders are refused: they may never end, or do something when they
    are read.

    Raises OSError, and UnicodeDecodeError for a text that is not UTF-8.
    """
    if not S_ISREG(path.stat().st_mode):
        raise OSError(0, "it is a folder" if path.is_dir() else "it is not a regular file")
    # Another file may have that path by now, and a pipe must not be waited for.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(descriptor, "rb") as file:
        content = file.read(LARGEST_MODULE + 1)
    if len(content) > LARGEST_MODULE:
        raise OSError(0, f"it is longer than {LARGEST_MODULE:,} bytes")
    return plain_text(content.decode("utf-8"))


def folder_of(source: Source) -> Path:
    """Where the modules of a flow are: the folder of a flow that was read from a file; else the working directory.

    The file name of a cell that was read from a notebook's file is `chat.ipynb[3]`.
    """
    if source.folder is not None:
        return source.folder
    path = Path(source.filename)
    is_in_file = (path.suffix == ".hf" and path.is_file()) or path.suffix.startswith(".ipynb[")
    return path.parent if is_in_file else Path.cwd()


def _move(node: PipelineNode, lines: int) -> None:
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
