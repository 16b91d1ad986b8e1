"""The widget of a node in a simulated network: its recorded ticks, and steps that are decisions of the network."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from hydroflow_nb.widgets.home_thread import HomeThread
from hydroflow_nb.widgets.stepper.node_sides import NodeSide, having_run, name_in
from hydroflow_nb.widgets.stepper.node_stepping import SteppedNode
from hydroflow_nb.widgets.stepper.picture import Picture
from hydroflow_nb.widgets.stepper.recorded_ticks import RecordedTicks
from hydroflow_nb.widgets.stepper.shown import ShownStepper


class NodeStepper(ShownStepper):
    """The stepper of a node, as `net["alice"].stepper()` gives it: it shows the ticks that the node has run. Step is
    `net.tick("alice")`, Run ticks the node while it has work to do, and Send is `net.send`. It follows the node through
    restarts; with a `life` it shows the flow that the node had then.

    Raises KeyError for a life that is not kept.
    """

    def __init__(self, node: SteppedNode, life: int | None = None) -> None:
        home = HomeThread()
        self._node = side = NodeSide(node, life, home, self._send_message)
        of = name_in(vars(sys.modules["__main__"]), node.network) or "its network"
        nodes = [] if life is not None else [(of, node)]
        # What is drawn is the newest flow's run, whichever that is by then.
        recorded = None if life is None else RecordedTicks(side.side.flow)
        super().__init__(Picture(node.drawing, recorded, home, lambda: having_run(nodes)), **side.shown)

    def close(self) -> None:
        """End the widget; the node goes on without it."""
        self._node.close()
        super().close()

    def _send_message(self, content: dict[str, Any]) -> None:
        self.send(content)

    def _hear(self, _widget: object, question: Mapping[str, Any], _buffers: object) -> None:
        self._node.hear(question)
