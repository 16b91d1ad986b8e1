"""The lines of imported modules, where tracebacks look for those of the flow that imports them."""

from __future__ import annotations

import linecache
from collections.abc import Iterator, Sequence

from hydroflow_nb.source import Source


def remember_module_lines(filename: str, modules: Sequence[Source]) -> None:
    """Have tracebacks find the modules' lines behind those of a flow's text, each with a comment that tells its place.

    A loop that several operators were fused into is one function, and a function has one file name: that of the flow.
    Where `linecache` does not know the flow's text, nothing is done. The lines are forgotten with those of the flow.
    """
    lines = linecache.getlines(filename) if modules else []
    if not lines:
        return
    for module in modules:
        lines += ["\n"] * (module.code_offset - len(lines))
        lines[module.code_offset : module.code_offset + module.line_count] = _placed(module)


def _placed(module: Source) -> Iterator[str]:
    for number in range(module.first_line, module.first_line + module.line_count):
        line = module.line_text(number)
        yield f"{line}  # {module.label}, line {number}\n" if line.strip() else "\n"
