"""`net.recording`: a run with all that its nodes recorded, to be handed on to somebody who has no kernel."""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path
from typing import Any, cast

from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.simulation.drawing.diagram import Diagram
from hydroflow_nb.simulation.model.run import Run
from hydroflow_nb.trace.saving import MOST_BYTES
from hydroflow_nb.whole_file import write_whole


class RecordedRun:
    """The run of a network as it is now: its history, and the recorded ticks of its nodes."""

    def __init__(self, net: Run) -> None:
        self._net = net

    def save(self, path: str | PathLike[str], *, most: int = MOST_BYTES) -> None:
        """Write the run to a file as a page (`.html`): lanes and messages, causes, and the steppers of the nodes, for a
        browser without a kernel and without a network. Of a page that would have more than `most` bytes the oldest
        ticks of the nodes are left out, and the page says so.

        Raises HydroflowError for another name, and OSError where the file cannot be written.
        """
        target = Path(fspath(path))
        if target.suffix.lower() not in (".html", ".htm"):
            raise HydroflowError(
                message=f"the run of a network is saved as a page, `net.recording.save('net.html')`, not as "
                f"{target.name!r}; `net.save('run.json')` writes its decisions, which `net.replay` repeats"
            )
        # What pages are made of is not imported before one is asked for.
        from hydroflow_nb.widgets.network.network_page import page_of_network

        write_whole(target, page_of_network(cast("Any", self._net), most))

    def __repr__(self) -> str:
        ticks = sum(
            len(flow.recording.ticks) for node in self._net.nodes.values() for _, flow in node.lives if flow.is_recorded
        )
        decisions = len(self._net.decisions)
        return (
            f"<recording of {decisions:,} decision{'s' * (decisions != 1)} and {ticks:,} "
            f"tick{'s' * (ticks != 1)} of nodes>"
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from hydroflow_nb.widgets.network.network_page import frame_of_network

        diagram = Diagram(self._net.history)
        framed = frame_of_network(cast("Any", self._net))
        return {"text/html": framed, "image/svg+xml": diagram.svg(), "text/plain": diagram.text()}
