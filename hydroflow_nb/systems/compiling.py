"""From a text to a flow; to a system where the text says where something runs."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from hydroflow_nb.compiler import Compiled, CompiledSystem
from hydroflow_nb.flow import Flow, compile_as, names_of
from hydroflow_nb.source import Source, text_of

if TYPE_CHECKING:
    from hydroflow_nb.systems.system import System


def compile(
    source: str | Source,
    namespace: dict[str, Any] | None = None,
    name: str = "flow",
    without: Iterable[str] = (),
) -> Flow | System:
    """Compile the text of a flow, or of a system. All errors of the text are reported together.

    The text of a system declares locations, or writes `@` or `~>`: it gives a `System`, with a flow for each location.
    `namespace` is the dict in which the text's Python names are looked up while the flow runs. The default is the
    caller's `globals()`; inside a function, it is a copy with the function's local names as they are now. Nothing is
    put into it. `without` are the names of optimisations that are left out, `{"all"}` of each of them: what comes out
    stays the same, and `flow.explain()` lists them. Raises `SurfaceSyntaxError` for a text that cannot be parsed,
    `GraphError` for a flow that cannot be built, TypeError where `source` is not a text or `namespace` is not a dict,
    and ValueError for the name of no optimisation. An exception that the evaluation of an argument raises comes out as
    it is; where several arguments fail, `ItemError` tells of all of them.

    More: "The operators" in `docs/operators.md`, and `docs/systems.md`.
    """
    names = names_of(sys._getframe(1)) if namespace is None else namespace
    return compile_as(source, names, name, _made, without)


def compile_file(
    path: str | Path,
    namespace: dict[str, Any] | None = None,
    name: str | None = None,
    without: Iterable[str] = (),
) -> Flow | System:
    """Compile the text of a `.hf` file; names are looked up as in `compile`.

    Raises what `compile` raises, OSError where the file cannot be read, and UnicodeDecodeError where it is not UTF-8.
    """
    path = Path(path)
    source = Source(text=text_of(path), label=path.name, filename=str(path))
    names = names_of(sys._getframe(1)) if namespace is None else namespace
    return compile_as(source, names, name or path.stem, _made, without)


def is_system(value: object) -> TypeGuard[System]:
    """Whether a value is a system; where none was made yet, nothing is imported to tell."""
    module = sys.modules.get("hydroflow_nb.systems.system")
    return module is not None and isinstance(value, module.System)


def _made(source: Source, namespace: dict[str, Any], name: str, compiled: Compiled | CompiledSystem) -> Flow | System:
    if isinstance(compiled, Compiled):
        return Flow(source, namespace, name, compiled=compiled)
    # Most texts are those of one flow, which needs no network.
    from hydroflow_nb.systems.system import System

    return System(source, namespace, name, compiled)
