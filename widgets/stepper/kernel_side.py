"""The kernel side of one flow: what answers the questions of its front ends, and tells them its news.

A widget has such a side for the flow that it shows, and one for each node that is opened in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

from hydroflow_nb.running import RunningFlow
from hydroflow_nb.widgets.home_thread import HomeThread
from hydroflow_nb.widgets.questions import Questions
from hydroflow_nb.widgets.stepper.arrivals import Arrivals
from hydroflow_nb.widgets.stepper.bound_flow import BoundFlow
from hydroflow_nb.widgets.stepper.checking import Checking
from hydroflow_nb.widgets.stepper.inputs import Inputs
from hydroflow_nb.widgets.stepper.metrics import Metrics
from hydroflow_nb.widgets.stepper.news import News
from hydroflow_nb.widgets.stepper.node_stepping import NodeInputs, NodeStepping
from hydroflow_nb.widgets.stepper.reasons import NodeReasons, Reasons
from hydroflow_nb.widgets.stepper.recorded_ticks import RecordedTicks
from hydroflow_nb.widgets.stepper.sharing import Sharing
from hydroflow_nb.widgets.stepper.states import States
from hydroflow_nb.widgets.stepper.stepping import Stepping
from hydroflow_nb.widgets.stepper.time_asked import TimeAsked
from hydroflow_nb.widgets.stepper.work import Work

if TYPE_CHECKING:
    from hydroflow_nb.widgets.stepper.node_stepping import SteppedNode

# Sends a message to the front ends.
Send = Callable[[dict[str, Any]], None]


class KernelSide:
    """What answers the front ends of a flow. `gone` is called where the flow's name was given to a newer flow.

    The flow of a node in a simulated network is stepped by decisions of that network; `life` tells its flows apart.
    """

    def __init__(
        self,
        flow: RunningFlow,
        names: MutableMapping[str, Any],
        home: HomeThread,
        send: Send,
        gone: Callable[[], None],
        *,
        node: SteppedNode | None = None,
        life: int = 0,
    ) -> None:
        self.flow = flow
        self._gone = gone
        self._bound = bound = BoundFlow(flow, names)
        self._work = work = Work()
        self._arrivals = Arrivals(flow, home, work, self._flow_changed)
        self.recorded = recorded = RecordedTicks(flow, life)
        self._news = news = News(bound, work, recorded, self._arrivals, send)
        needs = (bound, work, recorded, news, home, self._close_if_replaced)
        self._stepping = Stepping(*needs) if node is None else NodeStepping(node, *needs)
        inputs = Inputs(bound, news) if node is None else NodeInputs(node, bound, news)
        time = TimeAsked(bound, work, recorded, news, is_node=node is not None)
        reasons = Reasons(flow, bound) if node is None else NodeReasons(node, flow, bound)
        asked = (Checking(flow), States(flow), Metrics(flow, recorded), Sharing(recorded), reasons)
        parts = (self._stepping, recorded, news, inputs, time, *asked)
        answers = {kind: answer for part in parts for kind, answer in part.answers.items()}
        self._questions = Questions(home, answers, send)
        self._unsubscribe = flow.subscribe(self._flow_changed)

    def close(self) -> None:
        """Answer no more; the flow goes on."""
        self._unsubscribe()
        self._arrivals.close()
        self._stepping.end()
        self._news.close()

    def hear(self, question: Mapping[str, Any]) -> None:
        """Called on the kernel's thread for messages, which may be another than the one that runs cells."""
        self._news.listen()
        if question["kind"] == "stop":
            # Done on this thread, for the other one may be busy with a tick that never ends. Answered first: a page
            # that is not answered at once interrupts too, which could break off the end of the tick.
            self._questions.send_answer(question, {})
            self._stepping.stop()
            return
        self._stepping.expect(question["kind"])
        self._questions.hear(question)

    def tell_anew(self) -> None:
        """Tell everything, to front ends that know another flow."""
        self._news.listen()
        self._news.tell()

    def _flow_changed(self) -> None:
        """Called by the flow, perhaps many thousand times a second."""
        if not self._work.doing and not self._close_if_replaced():
            self._news.tell_soon()

    def _close_if_replaced(self) -> bool:
        """End the widget where its flow is replaced; true where it is."""
        is_replaced = self._bound.is_replaced()
        if is_replaced:
            self._gone()
        return is_replaced
