"""The widget: what a front end asks is done in the kernel, and what happened is told. No drawing, no HTML.

Traits carry what never changes. All else goes as messages, small and in pages: questions and their answers
(`hydroflow_nb.widgets.questions`), and news (`news`), which tells where the flow stands. `kernel_side` puts together
what answers about one flow.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from hydroflow_nb.render.graph import Graph
from hydroflow_nb.running import RunningFlow
from hydroflow_nb.widgets.home_thread import HomeThread
from hydroflow_nb.widgets.stepper.kernel_side import KernelSide
from hydroflow_nb.widgets.stepper.node_sides import CopiesOf, NodeSides
from hydroflow_nb.widgets.stepper.picture import Picture
from hydroflow_nb.widgets.stepper.shown import ShownStepper
from hydroflow_nb.widgets.still import at_cell_ends


class Stepper(ShownStepper):
    """The stepper of a flow: its graph, its ticks, what is on its channels, and a way to put items in.

    `namespace` is where the expressions of the form "Inject" are evaluated; by default the notebook's. The flow is
    recorded from the first step that a front end asks for, or earlier if `flow.recording` was used; merely showing it
    costs it nothing. A flow that runs live, by `flow.start()` or `await flow.run_async()`, is shown as it goes. Of a
    flow that nodes of networks run copies of, the nodes' steppers can be opened.

    When a newer flow takes the name of this one, this one is closed, and the widget ends as well. Otherwise all flows
    that a cell ever made would stay in memory with what they hold.
    """

    def __init__(self, flow: RunningFlow, namespace: MutableMapping[str, Any] | None = None) -> None:
        names = vars(sys.modules["__main__"]) if namespace is None else namespace
        home = HomeThread()
        self._copies = CopiesOf(flow, names)
        self._side = side = KernelSide(flow, names, home, self._send_message, self.close)
        self._nodes = NodeSides(self._copies.nodes, home, self._send_message)
        picture = Picture(flow.graph, side.recorded, home, self._copies.having_run)
        super().__init__(picture, graph=flow.graph.to_dict(), svg=flow.graph.svg())
        # A network has its name in the notebook when its cell has ended.
        self._ends: list[Callable[[], None]] = [at_cell_ends(self._nodes.tell_changes)] if home.loop is not None else []

    def draw(self, graph: Graph) -> None:
        """Show another drawing of the flow's graph, as one with marks."""
        self._picture.graph = graph
        self.svg = graph.svg()

    def close(self) -> None:
        """End the widget; the flow goes on without it."""
        for end in self._ends:
            end()
        self._nodes.close()
        self._side.close()
        self._copies.close()
        super().close()

    def _send_message(self, content: dict[str, Any]) -> None:
        self.send(content)

    def _hear(self, _widget: object, question: Mapping[str, Any], _buffers: object) -> None:
        """Called on the kernel's thread for messages, which may be another than the one that runs cells."""
        if not self._nodes.hear(question):
            self._side.hear(question)
