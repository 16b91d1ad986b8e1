"""The still picture of a stepper: the graph, and of a recorded flow the newest tick.

It is renewed when a cell has run, and when a flow that runs between cells, by the widget or live, has come to rest. It
listens to the recording alone: a flow that is not recorded runs as if there were no picture. Of a flow that runs
only as nodes of a network it is the picture of such a node.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from hydroflow_nb.render.graph import Graph
from hydroflow_nb.trace.recording import Recording
from hydroflow_nb.trace.saving import forms_of
from hydroflow_nb.widgets.home_thread import HomeThread
from hydroflow_nb.widgets.stepper.node_sides import Named
from hydroflow_nb.widgets.stepper.recorded_ticks import RecordedTicks, extent
from hydroflow_nb.widgets.still import Output, Still, at_cell_ends

_REST: Final = 0.5  # seconds without news of the run after which the picture is renewed


class Drawn(NamedTuple):
    """The run that a picture is of: a node's, whose name and network `of` tells, or where that is empty the flow's."""

    of: str
    recording: Recording | None


class Picture:
    """What stands beside the widget of a flow. `graph` may be another drawing of it, as one with marks. `nodes` gives
    those nodes that have run the flow, with the name of their network; `recorded` is the flow's own run, if it has one.
    """

    def __init__(
        self, graph: Graph, recorded: RecordedTicks | None, home: HomeThread, nodes: Callable[[], Sequence[Named]]
    ) -> None:
        self.graph = graph
        self._recorded = recorded
        self._home = home
        self._nodes = nodes
        # Whether the run stands below the widget, as a page; and that page.
        self.shares = False
        self._page = Output()
        self._still = Still()
        self._drawn: object = None
        self._seen: object = None
        self._is_due = False
        self._timer: asyncio.TimerHandle | None = None
        self._ends: list[Callable[[], None]] = []
        self._followed: Recording | None = None

    @property
    def name(self) -> str:
        """The name by which a widget's script finds the picture."""
        return self._still.name

    @property
    def forms(self) -> dict[str, str]:
        """The picture and the graph's text, by their media types."""
        drawn = self._run()
        if drawn.recording is None:
            return self.graph._repr_mimebundle_()
        return {"image/svg+xml": self.graph.svg(drawn.recording, of=drawn.of), "text/plain": self.graph.text()}

    def _page_forms(self) -> dict[str, str]:
        """The page of the run, by its media types; a sentence where nothing has run."""
        recording = self._run().recording
        if recording is None or not recording.ticks:
            return {"text/plain": "The page of the run comes here when the flow has run."}
        return forms_of(recording)

    def show(self, widget: Mapping[str, Any], metadata: Mapping[str, Any] | None = None) -> None:
        """Show a widget, and beside it the picture, which is renewed from now on.

        Where no event loop runs no notebook shows the picture, and it stays as it is.
        """
        self._drawn = self._extent()
        self._still.show(self.forms, widget, metadata)
        if self.shares:
            self._page.show(self._page_forms())
        if self._home.loop is not None and not self._ends:
            self._ends.append(at_cell_ends(self._cell_ended))
            if self._recorded is not None:
                self._ends.append(self._recorded.when_begun(self._follow))
            self._follow()

    def renew(self) -> None:
        """Draw the picture anew, if it was shown and the recording has gone on since.

        When the kernel ends, which lets go of widgets too, the event loop has stopped and nothing is drawn.
        """
        now = self._extent()
        if self._ends and now != self._drawn and self._loop_runs():
            self._drawn = now
            self._still.replace(self.forms)
            if self.shares:
                self._page.replace(self._page_forms())

    def close(self) -> None:
        """Leave the picture as the flow leaves it."""
        self.renew()
        for end in self._ends:
            end()
        self._ends.clear()
        if self._timer is not None:
            self._timer.cancel()

    def _loop_runs(self) -> bool:
        return self._home.loop is not None and self._home.loop.is_running()

    def _run(self) -> Drawn:
        """The flow's own run, if there is one; else that of the first node in the newest network that has run."""
        own = None if self._recorded is None else self._recorded.recording
        nodes = [] if own is not None and own.ticks else self._nodes()
        for network, node in nodes[:1]:
            return Drawn(f"{node.name} in {network}", node.flow.recording)
        return Drawn("", own)

    def _extent(self) -> object:
        drawn = self._run()
        if drawn.recording is None:
            return None
        ticks = drawn.recording.ticks
        return (*drawn, drawn.recording.epoch, extent(ticks[-1] if ticks else None))

    def _cell_ended(self) -> None:
        self._follow()
        self.renew()

    def _follow(self) -> None:
        """Listen to the recording that the picture is of, from the moment on that there is one."""
        recording = self._run().recording
        if recording is not None and recording is not self._followed:
            self._followed = recording
            self._ends.append(recording.subscribe(self._recording_changed))

    def _recording_changed(self) -> None:
        """Called on any thread, after every stratum."""
        if not self._is_due and self._loop_runs():
            self._is_due = True
            self._home.call(self._wait)

    def _wait(self) -> None:
        self._seen = self._extent()
        assert self._home.loop is not None
        self._timer = self._home.loop.call_later(_REST, self._look)

    def _look(self) -> None:
        """Renew the picture where the flow rests; while it goes on, wait."""
        if self._ends and self._extent() != self._seen:
            self._wait()
            return
        self._is_due = False
        self.renew()
