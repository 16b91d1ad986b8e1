"""What the button "Share" hands on: the run as a page, and the cells that run it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hydroflow_nb.trace.cells import cells_of
from hydroflow_nb.trace.recording import Recording
from hydroflow_nb.widgets.page import page_of
from hydroflow_nb.widgets.questions import Answers, Refusal
from hydroflow_nb.widgets.stepper.recorded_ticks import RecordedTicks


class Sharing:
    """Makes the page of what is recorded now, each time that a front end asks."""

    def __init__(self, recorded: RecordedTicks) -> None:
        self._recorded = recorded

    @property
    def answers(self) -> Answers:
        """What answers the questions of the button."""
        return {"page_of_run": self._page, "cells": self._cells}

    def _page(self, _: Mapping[str, Any]) -> dict[str, Any]:
        return {"page": page_of(self._required())}

    def _cells(self, _: Mapping[str, Any]) -> dict[str, Any]:
        recording = self._required()
        return {"cells": cells_of(recording.graph.to_dict(), recording.ticks)}

    def _required(self) -> Recording:
        recording = self._recorded.recording
        if recording is None:
            raise Refusal("nothing is recorded")
        return recording
