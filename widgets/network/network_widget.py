"""The widget of a simulated network: `net` as a cell's last line. No drawing, no HTML."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

import anywidget
import traitlets

from hydroflow_nb.widgets import bundle
from hydroflow_nb.widgets.home_thread import HomeThread
from hydroflow_nb.widgets.network.deciding import Deciding
from hydroflow_nb.widgets.network.exploring import Exploring
from hydroflow_nb.widgets.network.run_news import RunNews
from hydroflow_nb.widgets.questions import Questions
from hydroflow_nb.widgets.stepper.node_sides import Named, NodeSides, name_in
from hydroflow_nb.widgets.stepper.work import Work
from hydroflow_nb.widgets.still import Still, at_cell_ends

if TYPE_CHECKING:
    from hydroflow_nb.simulation import Network
    from hydroflow_nb.widgets.stepper.node_stepping import SteppedNode


class NetworkWidget(anywidget.AnyWidget):
    """A network to look at and to decide in: lanes and messages as in `net.diagram()`, the tray of what is in flight,
    and the steppers of its nodes.

    Where it does not live, as in a notebook opened again or on a code host, the diagram stands in its place. When the
    notebook has another network under its name, the widget ends.
    """

    _esm = bundle.script("network")
    _css = bundle.stylesheet("network")

    still = traitlets.Unicode(help="the name of the picture beside it").tag(sync=True)
    revision = traitlets.Int(1, help="of the messages, so that a page of an older version can be told").tag(sync=True)

    def __init__(self, net: Network) -> None:
        self._net = net
        self._home = home = HomeThread()
        self._work = work = Work()
        self._news = news = RunNews(net, work, self._send_message)
        self._deciding = deciding = Deciding(net, work, news, self._renew)
        news.ahead = lambda: deciding.ahead
        exploring = Exploring(net, work, deciding, news, self._send_message)
        parts = (news, deciding, exploring)
        answers = {kind: answer for part in parts for kind, answer in part.answers.items()}
        self._questions = Questions(home, answers, self._send_message)
        self._nodes = NodeSides(self._named_nodes, home, self._send_message)
        self._picture = Still()
        self._drawn: object = None
        self._ends: list[Callable[[], None]] = [net.subscribe(self._network_changed)]
        self._was_named = False
        self._is_shown = False
        super().__init__(still=self._picture.name)
        self._first_layout = self.layout
        self.on_msg(self._hear)

    def close(self) -> None:
        """End the widget; the network goes on without it."""
        for end in self._ends:
            end()
        self._deciding.stop()
        self._nodes.close()
        self._news.close()
        # The layout is a widget too, made for this one alone; it stays in memory until it is closed.
        self._first_layout.close()
        super().close()

    def _named_nodes(self) -> list[Named]:
        name = name_in(vars(sys.modules["__main__"]), self._net) or "net"
        return [(name, cast("SteppedNode", node)) for node in self._net.nodes.values()]

    def _send_message(self, content: dict[str, Any]) -> None:
        self.send(content)

    def _hear(self, _widget: object, question: Mapping[str, Any], _buffers: object) -> None:
        """Called on the kernel's thread for messages, which may be another than the one that runs cells."""
        if self._nodes.hear(question):
            return
        self._news.listen()
        if question["kind"] == "stop":
            # Answered first, on this thread: a page that is not answered at once interrupts.
            self._questions.send_answer(question, {})
            self._deciding.stop()
            if self._work.doing == "explore" and not self._home.is_current():
                self._home.interrupt()
            return
        self._deciding.expect(question["kind"])
        self._questions.hear(question)

    def _network_changed(self) -> None:
        """Called by the network, perhaps many thousand times a second."""
        if not self._work.doing:
            self._home.call(self._news.tell_soon)

    # --- the picture beside it ----------------------------------------------------------------------------------------

    @property
    def _forms(self) -> dict[str, str]:
        diagram = self._net.diagram()
        return {"image/svg+xml": diagram.svg(), "text/plain": diagram.text()}

    def _extent(self) -> object:
        return id(self._net.history), len(self._net.history.events)

    def _renew(self) -> None:
        """Draw the picture anew, if the run has gone on since."""
        now = self._extent()
        if self._is_shown and now != self._drawn and self._home.loop is not None and self._home.loop.is_running():
            self._drawn = now
            self._picture.replace(self._forms)

    def _cell_ended(self) -> None:
        is_named = name_in(vars(sys.modules["__main__"]), self._net) is not None
        if self._was_named and not is_named:
            self._renew()
            self.close()
            return
        self._was_named = is_named
        self._renew()
        self._nodes.tell_changes()

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The widget, and for places that run no widget the diagram."""
        bundled = super()._repr_mimebundle_(**kwargs)
        if bundled is None:
            return None
        data, metadata = bundled
        return {**data, **self._forms}, metadata

    def _ipython_display_(self) -> None:
        """Show the widget; where it does not live, the diagram is shown in its place."""
        bundled = super()._repr_mimebundle_()
        if bundled is None:
            return
        data, metadata = bundled
        self._drawn = self._extent()
        self._picture.show(self._forms, {name: form for name, form in data.items() if name != "text/plain"}, metadata)
        if not self._is_shown:
            self._is_shown = True
            if self._home.loop is not None:
                self._ends.append(at_cell_ends(self._cell_ended))
