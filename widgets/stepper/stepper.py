"""The widget: what a front end asks is done in the kernel, and what happened is told. No drawing, no HTML.

Traits carry what never changes. All else goes as messages, small and in pages: questions and their answers
(`hydroflow_nb.widgets.questions`), and news (`news`), which tells where the flow stands.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import anywidget
import traitlets

from hydroflow_nb.render.graph import Graph
from hydroflow_nb.running import RunningFlow
from hydroflow_nb.widgets import bundle
from hydroflow_nb.widgets.home_thread import HomeThread
from hydroflow_nb.widgets.questions import Questions
from hydroflow_nb.widgets.stepper.arrivals import Arrivals
from hydroflow_nb.widgets.stepper.bound_flow import BoundFlow
from hydroflow_nb.widgets.stepper.checking import Checking
from hydroflow_nb.widgets.stepper.inputs import Inputs
from hydroflow_nb.widgets.stepper.news import News
from hydroflow_nb.widgets.stepper.picture import Picture
from hydroflow_nb.widgets.stepper.recorded_ticks import RecordedTicks
from hydroflow_nb.widgets.stepper.stepping import Stepping
from hydroflow_nb.widgets.stepper.work import Work


class Stepper(anywidget.AnyWidget):
    """The stepper of a flow: its graph, its ticks, what is on its channels, and a way to put items in.

    `namespace` is where the expressions of the form "Inject" are evaluated; by default the notebook's. The flow is
    recorded from the first step that a front end asks for, or earlier if `flow.recording` was used; merely showing it
    costs it nothing. A flow that runs live, by `flow.start()` or `await flow.run_async()`, is shown as it goes.

    When a newer flow takes the name of this one, this one is closed, and the widget ends as well. Otherwise all flows
    that a cell ever made would stay in memory with what they hold.
    """

    _esm = bundle.script("stepper")
    _css = bundle.stylesheet("stepper")

    graph = traitlets.Dict().tag(sync=True)
    svg = traitlets.Unicode().tag(sync=True)
    revision = traitlets.Int(1, help="of the messages, so that a page of an older version can be told").tag(sync=True)

    def __init__(self, flow: RunningFlow, namespace: MutableMapping[str, Any] | None = None) -> None:
        names = vars(sys.modules["__main__"]) if namespace is None else namespace
        home = HomeThread()
        self._bound = bound = BoundFlow(flow, names)
        self._work = work = Work()
        self._arrivals = Arrivals(flow, home, work, self._flow_changed)
        recorded = RecordedTicks(flow)
        self._picture = Picture(flow.graph, recorded, home)
        self._news = news = News(bound, work, recorded, self._arrivals, self._send_message)
        self._stepping = Stepping(bound, work, recorded, news, home, self._close_if_replaced)
        parts = (self._stepping, recorded, news, Inputs(bound, news), Checking(flow))
        answers = {kind: answer for part in parts for kind, answer in part.answers.items()}
        self._questions = Questions(home, answers, self._send_message)
        super().__init__(graph=flow.graph.to_dict(), svg=flow.graph.svg())
        self._first_layout = self.layout
        self._unsubscribe = flow.subscribe(self._flow_changed)
        self.on_msg(self._hear)

    def draw(self, graph: Graph) -> None:
        """Show another drawing of the flow's graph, as one with marks."""
        self._picture.graph = graph
        self.svg = graph.svg()

    def close(self) -> None:
        """End the widget; the flow goes on without it."""
        self._unsubscribe()
        self._picture.close()
        self._arrivals.close()
        self._stepping.end()
        self._news.close()
        # The layout is a widget too, made for this one alone; it stays in memory until it is closed.
        self._first_layout.close()
        super().close()

    def _send_message(self, content: dict[str, Any]) -> None:
        self.send(content)

    def _hear(self, _widget: object, question: Mapping[str, Any], _buffers: object) -> None:
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

    def _flow_changed(self) -> None:
        """Called by the flow, perhaps many thousand times a second."""
        if not self._work.doing and not self._close_if_replaced():
            self._news.tell_soon()

    def _close_if_replaced(self) -> bool:
        """End the widget where its flow is replaced; true where it is."""
        is_replaced = self._bound.is_replaced()
        if is_replaced:
            self.close()
        return is_replaced

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The widget, and for places that run no widget the picture and the graph's text."""
        bundled = super()._repr_mimebundle_(**kwargs)
        if bundled is None:
            return None
        data, metadata = bundled
        return {**data, **self._picture.forms}, metadata

    def _ipython_display_(self) -> None:
        """Show the widget; where it does not live, as in a notebook opened again, the picture is shown in its place."""
        bundled = super()._repr_mimebundle_()
        if bundled is None:
            return
        data, metadata = bundled
        self._picture.show({name: form for name, form in data.items() if name != "text/plain"}, metadata)
