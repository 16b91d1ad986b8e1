"""What the operators hold, for the tabs "state" and the numbers at the nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.running import RunningFlow
from hydroflow_nb.widgets.questions import Answers


class States:
    """Reads what a flow's operators hold each time that a front end asks, and never else."""

    def __init__(self, flow: RunningFlow) -> None:
        self._flow = flow

    @property
    def answers(self) -> Answers:
        """What answers the question of the tabs."""
        return {"states": self._states}

    def _states(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """`sizes` by element id, and pages of the `ops`, at the end of `tick` or now (None); or `why` not."""
        tick = question["tick"]
        try:
            return self._flow.states().pages(None if tick is None else int(tick), map(str, question["ops"]))
        except HydroflowError as refused:
            return {"why": str(refused)}
