"""What `rust` does: a flow of a notebook, or of a file, as a Rust program."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from hydroflow_nb.compiler import compile_text, the_one_flow
from hydroflow_nb.optimisations import ALL, left_out
from hydroflow_nb.processes.failures import Misuse
from hydroflow_nb.processes.notebook import Notebook
from hydroflow_nb.processes.slicing import plan, target_of
from hydroflow_nb.processes.workspace import Workspace

if TYPE_CHECKING:
    from hydroflow_nb.rust import RustProject

_TYPES = {one.__name__: one for one in (int, float, bool, str, list, set, dict, tuple)}


def project(notebook: Notebook, flow: str | None, folder: Path, types: Iterable[tuple[str, str]]) -> RustProject:
    """The Rust program of a flow. The cells run that bind the names of its text, and the flow does not.

    `types` are names of channels and the types of their items, such as `tuple[int, str]`. Raises Misuse, what the
    compiler and the translation raise, and what a cell raises.
    """
    from hydroflow_nb.rust import project_of

    target, location = target_of(notebook, flow)
    name = target.flow_name
    if name is None or location is not None:
        what = f"what runs at `{location}`" if location is not None else f"`{flow}`, which Python code makes,"
        raise Misuse(f"{what} is not translated", "give the name of a cell's flow")
    used = the_one_flow(compile_text(target.flow, name), name).used_names
    workspace = Workspace({})

    async def run() -> None:
        for step in plan(notebook, name, needed=frozenset(used)).steps:
            await workspace.run(step)

    workspace.enter(folder)
    asyncio.run(run())
    compiled = the_one_flow(compile_text(target.flow, name, workspace.names, left_out({ALL})), name)
    told = {channel: _type(text) for channel, text in types}
    return project_of(compiled.graph.flat, name, workspace.names, told)


def _type(text: str) -> object:
    try:
        return eval(text, {"__builtins__": _TYPES})
    except Exception:
        raise Misuse(f"`{text}` is not a type", "`--type ages=int`, or `--type 'edges=tuple[int, int]'`") from None
