"""Saying where a run has stopped, to the person who runs it."""

from __future__ import annotations

import logging
from collections.abc import Callable

from hydroflow_nb.engine.stopping import Stop

_LOG = logging.getLogger("hydroflow_nb")

# What prints a line in the cell that runs, where there is one: each function gives True where it has printed it.
SAYS: list[Callable[[str], bool]] = []


def say(name: str, stop: Stop) -> None:
    """Say that a flow has stopped: in the cell that runs, or else by the logger `hydroflow_nb`, as information."""
    line = f"the flow `{name}` has {stop}; the next run goes on from there"
    if not any(says(line) for says in SAYS):
        _LOG.info("%s", line)
