"""The still picture of a stepper: the graph, and of a recorded flow the newest tick.

It is renewed when a cell has run, and when a flow that runs between cells, by the widget or live, has come to rest. It
listens to the recording alone: a flow that is not recorded runs as if there were no picture.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from hydroflow_nb.render.graph import Graph
from hydroflow_nb.widgets.home_thread import HomeThread
from hydroflow_nb.widgets.stepper.recorded_ticks import RecordedTicks, extent
from hydroflow_nb.widgets.still import Still, at_cell_ends

_REST: Final = 0.5  # seconds without news of the run after which the picture is renewed


class Picture:
    """What stands beside the widget of a flow. `graph` may be another drawing of it, as one with marks."""

    def __init__(self, graph: Graph, recorded: RecordedTicks, home: HomeThread) -> None:
        self.graph = graph
        self._recorded = recorded
        self._home = home
        self._still = Still()
        self._drawn: object = None
        self._seen: object = None
        self._is_due = False
        self._timer: asyncio.TimerHandle | None = None
        self._ends: list[Callable[[], None]] = []
        self._follows = False

    @property
    def forms(self) -> dict[str, str]:
        """The picture and the graph's text, by their media types."""
        return {"image/svg+xml": self.graph.svg(self._recorded.recording), "text/plain": self.graph.text()}

    def show(self, widget: Mapping[str, Any], metadata: Mapping[str, Any] | None = None) -> None:
        """Show a widget, and beside it the picture, which is renewed from now on.

        Where no event loop runs no notebook shows the picture, and it stays as it is.
        """
        self._drawn = self._extent()
        self._still.show(self.forms, widget, metadata)
        if self._home.loop is not None and not self._ends:
            self._ends += at_cell_ends(self._cell_ended), self._recorded.when_begun(self._follow)
            self._follow()

    def renew(self) -> None:
        """Draw the picture anew, if it was shown and the recording has gone on since.

        When the kernel ends, which lets go of widgets too, the event loop has stopped and nothing is drawn.
        """
        now = self._extent()
        if self._ends and now != self._drawn and self._loop_runs():
            self._drawn = now
            self._still.replace(self.forms)

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

    def _extent(self) -> object:
        recording = self._recorded.recording
        return None if recording is None else (recording.epoch, extent(self._recorded.newest()))

    def _cell_ended(self) -> None:
        self._follow()
        self.renew()

    def _follow(self) -> None:
        """Listen to the recording from the moment on that there is one."""
        recording = self._recorded.recording
        if recording is not None and not self._follows:
            self._follows = True
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
