"""A notebook without a front end: cells that run in a real IPython shell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from hydroflow_nb.flow import Flow

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, kw_only=True)
class Output:
    """What a cell left behind: its text without colours, the bundles that it displayed, and whether it succeeded."""

    stdout: str
    stderr: str
    bundles: list[dict[str, Any]]
    error: BaseException | None

    @property
    def plain(self) -> str:
        """What was displayed, as a terminal shows it."""
        return "\n".join(bundle["text/plain"] for bundle in self.bundles)


class Notebook:
    """Cells one after the other, numbered from 1."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell

    def run(self, text: str, cell_id: str | None = None) -> Output:
        with capture_output() as captured:
            result = self.shell.run_cell(text, store_history=True, cell_id=cell_id)
        return Output(
            stdout=_COLOUR.sub("", captured.stdout),
            stderr=_COLOUR.sub("", captured.stderr),
            bundles=[output.data for output in captured.outputs],
            error=result.error_before_exec or result.error_in_exec,
        )

    def __getitem__(self, name: str) -> Any:
        return self.shell.user_ns[name]

    def flow(self, name: str = "flow") -> Flow:
        found = self.shell.user_ns[name]
        assert isinstance(found, Flow)
        return found


@pytest.fixture
def bare_notebook() -> Iterator[Notebook]:
    """A notebook in which the extension is not loaded."""
    config = Config()
    config.HistoryManager.enabled = False
    InteractiveShell.clear_instance()
    # Tracebacks ask the one instance for a cell's number; a module of its own keeps the tests' `__main__` as it is.
    shell = InteractiveShell.instance(config=config, user_module=ModuleType("notebook"))
    yield Notebook(shell)
    shell.restore_sys_module_state()
    InteractiveShell.clear_instance()


@pytest.fixture
def notebook(bare_notebook: Notebook) -> Notebook:
    """A notebook whose first cell is `%load_ext hydroflow_nb`."""
    bare_notebook.run("%load_ext hydroflow_nb")
    return bare_notebook
