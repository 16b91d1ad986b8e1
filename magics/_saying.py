"""A line in the cell that runs."""

from __future__ import annotations

from IPython.core.getipython import get_ipython
from IPython.core.interactiveshell import InteractiveShell


class Teller:
    """Prints a line while a cell runs; what a widget has asked for is told by the widget."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell

    def say(self, line: str) -> bool:
        """Print a line in the cell that runs; false where none does, and where another shell is the one in use."""
        if get_ipython() is not self._shell:
            return False
        parent = getattr(self._shell, "get_parent", None)
        # A terminal has no messages: there a cell is what runs.
        if parent is not None and parent().get("header", {}).get("msg_type") != "execute_request":
            return False
        print(line)
        return True
