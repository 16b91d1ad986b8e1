"""Hydroflow in a notebook: write, run, see and understand dataflow programs, with Python as their host language.

`%load_ext hydroflow_nb` gives a notebook the magics; `%hydroflow help` tells of them, and of the pages of the manual.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from hydroflow_nb.engine.collector import beginning_later

# All that is made here stays.
with beginning_later(passes_over=True):
    from hydroflow_nb.diagnostics import Diagnostic, Label, Severity
    from hydroflow_nb.engine.aggregation import Fold, FoldFrom, Reduce
    from hydroflow_nb.engine.channel import Channel, channel
    from hydroflow_nb.engine.faults import Fault
    from hydroflow_nb.engine.mutations import Delete, Persist
    from hydroflow_nb.engine.set_aside import ItemSetAside
    from hydroflow_nb.engine.shown import shown
    from hydroflow_nb.errors import (
        AssertionFailed,
        DurabilityError,
        GraphError,
        GuaranteeError,
        HydroflowError,
        ItemError,
        SurfaceSyntaxError,
    )
    from hydroflow_nb.flow import Flow
    from hydroflow_nb.source import Source, Span
    from hydroflow_nb.systems.compiling import compile, compile_file  # noqa: A004 - the name that the API promises

if TYPE_CHECKING:
    from hydroflow_nb.error_index import explain_error
    from hydroflow_nb.systems.system import System
    from hydroflow_nb.trace.recording import Recording

__all__ = [
    "AssertionFailed",
    "Channel",
    "Delete",
    "Diagnostic",
    "DurabilityError",
    "Fault",
    "Flow",
    "Fold",
    "FoldFrom",
    "GraphError",
    "GuaranteeError",
    "HydroflowError",
    "ItemError",
    "ItemSetAside",
    "Label",
    "Persist",
    "Recording",
    "Reduce",
    "Severity",
    "Source",
    "Span",
    "SurfaceSyntaxError",
    "System",
    "channel",
    "compile",
    "compile_file",
    "explain_error",
    "shown",
]

__version__ = "0.1.0"


# Imported when they are first used: a flow that runs alone needs no sockets, one without errors no error index, and one
# that is not checked no check.
_LATER = {
    "Level": "hydroflow_nb.correctness.levels",
    "Network": "hydroflow_nb.simulation",
    "Recording": "hydroflow_nb.trace.recording",
    "System": "hydroflow_nb.systems.system",
    "check": "hydroflow_nb.correctness.asking",
    "deploy": "hydroflow_nb.deploy",
    "check_law": "hydroflow_nb.lattices.laws",
    "explain_error": "hydroflow_nb.error_index",
    "find": "hydroflow_nb.correctness.asking",
    "law": "hydroflow_nb.lattices.laws",
    "net": "hydroflow_nb.net",
    "predict": "hydroflow_nb.predicting",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(_LATER[name])
    return module if module.__name__.endswith(f".{name}") else getattr(module, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})


def load_ipython_extension(shell: Any) -> None:
    """What `%load_ext hydroflow_nb` calls: adds the magics to the shell."""
    from hydroflow_nb.magics import register

    register(shell)


def unload_ipython_extension(shell: Any) -> None:
    """What `%unload_ext hydroflow_nb` calls: takes the magics out of the shell."""
    from hydroflow_nb.magics import unregister

    unregister(shell)
