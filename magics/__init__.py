"""The magics: `%%hydroflow` compiles a cell, `%hydroflow` shows what there is; completion and help in cells."""

from __future__ import annotations

from typing import Final

from IPython.core.interactiveshell import InteractiveShell

from hydroflow_nb.magics._cell import CellMagic
from hydroflow_nb.magics._completion import Completion
from hydroflow_nb.magics._editor import Editor
from hydroflow_nb.magics._line import LineMagic
from hydroflow_nb.magics._saying import Teller
from hydroflow_nb.magics._settings import HydroflowMagics
from hydroflow_nb.running import saying

__all__ = ["register", "unregister"]

_NAME: Final = "hydroflow"


def register(shell: InteractiveShell) -> None:
    """Add the magics and their completion to a shell; one that has them already stays as it is."""
    if _NAME in shell.magics_manager.magics["cell"]:
        return
    settings = HydroflowMagics(parent=shell)
    shell.configurables.append(settings)  # type: ignore[arg-type]
    cell = CellMagic(shell, settings)
    shell.magics_manager.register_function(cell.run, "cell", _NAME)
    shell.magics_manager.register_function(LineMagic(shell).run, "line", _NAME)
    shell.events.register("pre_run_cell", cell.cell_begins)
    shell.events.register("post_run_cell", cell.cell_ended)
    shell.Completer.custom_matchers.append(Completion(shell).matches)
    Editor(shell).register()
    saying.SAYS.append(Teller(shell).say)


def unregister(shell: InteractiveShell) -> None:
    """Take the magics and their completion out of a shell; the flows stay."""
    run = shell.magics_manager.magics["cell"].pop(_NAME, None)
    if run is None:
        return
    shell.magics_manager.magics["line"].pop(_NAME)
    shell.events.unregister("pre_run_cell", run.__self__.cell_begins)
    shell.events.unregister("post_run_cell", run.__self__.cell_ended)
    shell.configurables[:] = [one for one in shell.configurables if not isinstance(one, HydroflowMagics)]
    saying.SAYS[:] = [one for one in saying.SAYS if not isinstance(getattr(one, "__self__", None), Teller)]
    Editor.unregister(shell)
    matchers = shell.Completer.custom_matchers
    matchers[:] = [matcher for matcher in matchers if not isinstance(getattr(matcher, "__self__", None), Completion)]
