"""From a text to a flow: what a user calls to compile."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from hydroflow_nb.codegen.load import forget_lines, remember_lines
from hydroflow_nb.compiler import Compiled, CompiledSystem, compile_text, the_one_flow
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.flow.flow import Flow
from hydroflow_nb.optimisations import left_out
from hydroflow_nb.source import Source


def compile(
    source: str | Source,
    namespace: dict[str, Any] | None = None,
    name: str = "flow",
    without: Iterable[str] = (),
) -> Flow:
    """Compile the text of one flow, as `hydroflow_nb.compile` does.

    Raises what that raises, and `HydroflowError` for the text of a system.
    """
    names = names_of(sys._getframe(1)) if namespace is None else namespace
    return compile_as(source, names, name, flow_of, without)


def flow_of(source: Source, namespace: dict[str, Any], name: str, compiled: Compiled | CompiledSystem) -> Flow:
    """The flow of a compiled text. Raises `HydroflowError` for a system."""
    return Flow(source, namespace, name, compiled=the_one_flow(compiled, name))


_Made = TypeVar("_Made")


def compile_as(
    source: str | Source,
    namespace: dict[str, Any],
    name: str,
    make: Callable[[Source, dict[str, Any], str, Compiled | CompiledSystem], _Made],
    without: Iterable[str] = (),
) -> _Made:
    """Compile a text, and make something of it that runs. Tracebacks find the text's lines as long as that lives."""
    _must_be_text(source)
    if not isinstance(namespace, dict):
        raise TypeError(
            f"`namespace` is a dict, in which names are looked up while the flow runs, not {shown(namespace)}: "
            "`namespace=dict(names)` gives a copy of another mapping"
        )
    left = left_out(without)
    if not isinstance(source, str):
        return make(source, namespace, name, compile_text(source, name, namespace, left))
    source = Source(text=source, label=name, filename=f"<hydroflow {name}>")
    lines = remember_lines(source.text, source.filename)
    made = make(source, namespace, name, compile_text(source, name, namespace, left))
    # Not when the flow is closed: a traceback of the flow may be read later, and keeps the flow alive until then.
    weakref.finalize(made, forget_lines, source.filename, lines)
    return made


def _must_be_text(source: object) -> None:
    if not isinstance(source, (str, Source)):
        instead = "`hydroflow_nb.compile_file(path)` reads a file" if isinstance(source, Path) else "give it a text"
        raise TypeError(f"a flow is compiled from its text, not from {type(source).__name__}: {instead}")


def names_of(caller: FrameType) -> dict[str, Any]:
    """The names that a caller's code sees: its globals themselves, or in a function a copy with its local names."""
    if caller.f_locals is caller.f_globals:
        return caller.f_globals
    return {**caller.f_globals, **caller.f_locals}
