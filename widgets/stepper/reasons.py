"""Why an item is in a table, and why another is not, for the tab "why"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.ir.place import Places
from hydroflow_nb.running import RunningFlow
from hydroflow_nb.widgets.expressions import error_text, evaluate
from hydroflow_nb.widgets.questions import Answers
from hydroflow_nb.widgets.stepper.bound_flow import BoundFlow

if TYPE_CHECKING:
    from hydroflow_nb.why.derivation import Derivation
    from hydroflow_nb.widgets.stepper.node_stepping import SteppedNode

# The items of a derivation that a front end is told of.
MOST_TOLD: Final = 1_000


class Reasons:
    """Asks the recording of a flow each time that a front end asks, and never else."""

    def __init__(self, flow: RunningFlow, bound: BoundFlow) -> None:
        self._flow = flow
        self._bound = bound

    @property
    def answers(self) -> Answers:
        """What answers the questions of the tab."""
        return {"why": self._why, "why_not": self._why_not}

    def _why(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """The derivation of the item `index` that went over `edge` in a `step` of `tick`; or `refused`, which says why
        there is none.
        """
        place = (str(question["edge"]), int(question["tick"]), int(question["step"]), int(question["index"]))
        try:
            derivation = self._derivation(*place)
        except (HydroflowError, KeyError):
            return {"refused": "this item is no longer kept"}
        return {"told": derivation.to_dict(MOST_TOLD)}

    def _derivation(self, edge: str, tick: int, step: int, index: int) -> Derivation:
        return self._flow.why_recorded(edge, tick, step, index)

    def _why_not(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """What kept an item from `edge` in `tick` (None: in all that are recorded): `text` is a Python expression."""
        graph = self._flow.graph.partitioned
        wire = next((wire for wire in graph.wires if wire.element == question["edge"]), None)
        try:
            item = evaluate(str(question["text"]), self._bound.names)
        except Exception as raised:  # the reader's expression
            return {"refused": error_text(raised)}
        at = None if wire is None else Places(graph).place_of(wire)
        tick = question["tick"]
        try:
            absence = self._flow.why_not(item, at=at, tick=None if tick is None else int(tick))
        except HydroflowError as refused:
            return {"refused": str(refused)}
        return {"item": shown(item), "absence": absence.to_dict()}


class NodeReasons(Reasons):
    """The same for a node: its network follows items through messages."""

    def __init__(self, node: SteppedNode, flow: RunningFlow, bound: BoundFlow) -> None:
        super().__init__(flow, bound)
        self._node = node
        self._flow_of_node = flow

    def _derivation(self, edge: str, tick: int, step: int, index: int) -> Derivation:
        life = next(life for life, flow in self._node.lives if flow is self._flow_of_node)
        return self._node.network.why_recorded(self._node.name, life, edge, tick, step, index)
