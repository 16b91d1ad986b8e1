"""The numbers of operators that a reader has chosen: items, time, state, selectivity, rounds, in some ticks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.running import RunningFlow
from hydroflow_nb.widgets.questions import Answers
from hydroflow_nb.widgets.stepper.recorded_ticks import RecordedTicks

# What is known of each operator, by its element id.
Values = dict[str, float]


class Metrics:
    """Tells the numbers of a flow's operators. Time is measured from when a reader first asks for it, and until another
    metric is chosen, or none.
    """

    def __init__(self, flow: RunningFlow, recorded: RecordedTicks) -> None:
        self._flow = flow
        self._recorded = recorded
        self._begun_here = False

    @property
    def answers(self) -> Answers:
        """What answers the chooser's question."""
        return {"metrics": self._metrics}

    def _metrics(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """`values` by element id in the ticks from `first` to `last`; or `why` there are none."""
        metric = question["metric"]
        kinds: Mapping[str, Callable[[int, int], Values]] = {
            "items": self._items,
            "selectivity": self._selectivity,
            "rounds": self._rounds,
            "state": self._state,
            "time": self._time,
        }
        if metric != "time" and self._begun_here:
            self._begun_here = False
            self._flow.profile().stop()
        if metric not in kinds:
            return {}
        try:
            return {"values": kinds[metric](int(question["first"]), int(question["last"]))}
        except HydroflowError as refused:
            return {"why": str(refused)}

    def _time(self, first: int, last: int) -> Values:
        """Milliseconds."""
        if not self._flow.is_profiled:
            self._begun_here = True
        part = self._flow.profile().between(first, last)
        if not part.ticks:
            raise HydroflowError(message="time is measured from the next tick on")
        return {row.element: row.seconds * 1000 for row in part}

    def _state(self, _: int, last: int) -> Values:
        return dict(self._flow.states().pages(last, ())["sizes"])

    def _items(self, first: int, last: int) -> Values:
        """What came to each operator; of a source what left it."""
        came, left = self._moved(first, last)
        return {**left, **{element: count for element, count in came.items() if element in self._fed}}

    def _selectivity(self, first: int, last: int) -> Values:
        came, left = self._moved(first, last)
        return {element: left.get(element, 0) / count for element, count in came.items() if element in self._leads_on}

    def _moved(self, first: int, last: int) -> tuple[Values, Values]:
        """How many items came to each operator, and how many left it."""
        came: Counter[str] = Counter()
        left: Counter[str] = Counter()
        wires = {wire.element: wire for wire in self._flow.graph.partitioned.wires}
        for tick in self._recorded.between(first, last):
            for step in tick.steps:
                for edge, moved in step.moves.items():
                    came[wires[edge].target] += moved.count
                    left[wires[edge].source] += moved.count
        return dict(came), dict(left)

    @property
    def _fed(self) -> set[str]:
        """The operators to which items come."""
        return {wire.target for wire in self._flow.graph.partitioned.wires}

    @property
    def _leads_on(self) -> set[str]:
        """The operators that items leave."""
        return {wire.source for wire in self._flow.graph.partitioned.wires}

    def _rounds(self, first: int, last: int) -> Values:
        found: Counter[str] = Counter()
        for tick in self._recorded.between(first, last):
            for step in tick.steps:
                found[step.operator] = max(found[step.operator], step.run)
        return dict(found)
