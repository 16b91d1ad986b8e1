"""The widget of a system, under its cell: the picture, from which the steppers of its members open."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

import anywidget
import traitlets

from hydroflow_nb.widgets import bundle
from hydroflow_nb.widgets.home_thread import HomeThread
from hydroflow_nb.widgets.questions import Questions
from hydroflow_nb.widgets.stepper.node_sides import Named, NodeSides, name_in
from hydroflow_nb.widgets.still import Still, at_cell_ends
from hydroflow_nb.widgets.system.system_news import SystemNews

if TYPE_CHECKING:
    from hydroflow_nb.simulation import Network
    from hydroflow_nb.systems.system import System
    from hydroflow_nb.widgets.stepper.node_stepping import SteppedNode


class SystemWidget(anywidget.AnyWidget):
    """The picture of a system with what the newest network that was made of it has done: it opens the steppers of the
    nodes, and shows what is in flight on each `~>`.

    Where it does not live, as in a notebook opened again or on a code host, the picture stands in its place. When the
    notebook has another system under its name, the widget ends.
    """

    _esm = bundle.script("system")
    _css = bundle.stylesheet("system")

    name = traitlets.Unicode(help="of the system").tag(sync=True)
    still = traitlets.Unicode(help="the name of the picture beside it").tag(sync=True)
    revision = traitlets.Int(1, help="of the messages, so that a page of an older version can be told").tag(sync=True)

    def __init__(self, system: System) -> None:
        self._system = system
        self._home = home = HomeThread()
        self._news = news = SystemNews(system, self._send_message)
        self._questions = Questions(home, news.answers, self._send_message)
        self._nodes = NodeSides(self._named_nodes, home, self._send_message)
        self._picture = Still()
        self._drawn = system.moment()
        self._ends: list[Callable[[], None]] = []
        self._followed: Network | None = None
        self._unsubscribe: Callable[[], None] = _nothing
        self._was_named = False
        super().__init__(name=system.name, still=self._picture.name)
        self._first_layout = self.layout
        self.on_msg(self._hear)

    def close(self) -> None:
        """End the widget; the system and its networks go on without it."""
        for end in self._ends:
            end()
        self._unsubscribe()
        self._nodes.close()
        self._news.close()
        # The layout is a widget too, made for this one alone; it stays in memory until it is closed.
        self._first_layout.close()
        super().close()

    def _named_nodes(self) -> list[Named]:
        network = self._system.newest
        if network is None:
            return []
        name = name_in(vars(sys.modules["__main__"]), network) or "its network"
        return [(name, cast("SteppedNode", node)) for node in network.nodes.values()]

    def _send_message(self, content: dict[str, Any]) -> None:
        self.send(content)

    def _hear(self, _widget: object, question: Mapping[str, Any], _buffers: object) -> None:
        """Called on the kernel's thread for messages, which may be another than the one that runs cells."""
        if not self._nodes.hear(question):
            self._news.listen()
            self._questions.hear(question)

    def _cell_ended(self) -> None:
        is_named = name_in(vars(sys.modules["__main__"]), self._system) is not None
        self._renew()
        if self._was_named and not is_named:
            self.close()
            return
        self._was_named = is_named
        self._follow()
        self._news.tell()
        self._nodes.tell_changes()

    def _follow(self) -> None:
        """Hear of the decisions of the newest network, such as those that a reader makes between cells."""
        network = self._system.newest
        if network is not self._followed:
            self._unsubscribe()
            self._unsubscribe = _nothing if network is None else network.subscribe(self._network_changed)
            self._followed = network

    def _network_changed(self) -> None:
        """Called by the network, perhaps many thousand times a second."""
        self._home.call(self._news.tell_soon)

    def _renew(self) -> None:
        """Draw the picture anew, if a network has gone on since."""
        moment = self._system.moment()
        if moment != self._drawn:
            self._drawn = moment
            self._picture.replace(self._system.forms())

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The widget, and for places that run no widget the picture."""
        bundled = super()._repr_mimebundle_(**kwargs)
        if bundled is None:
            return None
        data, metadata = bundled
        return {**data, **self._system.forms()}, metadata

    def _ipython_display_(self) -> None:
        """Show the widget; where it does not live, the picture is shown in its place."""
        bundled = super()._repr_mimebundle_()
        if bundled is None:
            return
        data, metadata = bundled
        self._drawn = self._system.moment()
        widget = {name: form for name, form in data.items() if name != "text/plain"}
        self._picture.show(self._system.forms(), widget, metadata)
        if not self._ends:
            self._ends.append(at_cell_ends(self._cell_ended))


def _nothing() -> None:
    return
