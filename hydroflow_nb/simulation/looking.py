"""How a network is looked at: its widget, its diagram, and its nodes and messages as tables and text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from hydroflow_nb.engine.html import table
from hydroflow_nb.net.addresses import written
from hydroflow_nb.simulation.drawing.diagram import Diagram
from hydroflow_nb.simulation.model.message import Messages
from hydroflow_nb.simulation.model.run import Run
from hydroflow_nb.simulation.recorded_run import RecordedRun

if TYPE_CHECKING:
    from hydroflow_nb.widgets.network import NetworkWidget


class Looking(Run):
    """A network that can be shown."""

    _widget: NetworkWidget | None = None

    def widget(self) -> NetworkWidget:
        """The widget in which the run is seen and decided; `net` as a cell's last line shows it."""
        from hydroflow_nb.widgets.network import NetworkWidget

        if self._widget is None or self._widget.comm is None:
            self._widget = NetworkWidget(cast("Any", self))
        return self._widget

    @property
    def recording(self) -> RecordedRun:
        """The run with what its nodes recorded. `net.recording.save("net.html")` writes a page that needs no kernel; as
        a cell's last line it is that page.
        """
        return RecordedRun(self)

    def diagram(self, first: int | None = None, last: int | None = None) -> Diagram:
        """The run as a diagram in space and time; of its decisions those from `first` to `last`, by their indices."""
        return Diagram(self.history, first, last)

    def __repr__(self) -> str:
        flying, lost, made = len(self.transit.messages), len(self.undeliverable), len(self.decisions)
        return (
            f"<network of {len(self.nodes)} node{'s' * (len(self.nodes) != 1)}, {flying} in flight"
            f"{f', {lost} undeliverable' * bool(lost)}, {made} decision{'s' * (made != 1)}>"
        )

    def _text(self) -> str:
        lines = [repr(self), *map(repr, self.nodes.values())]
        if self.transit.groups:
            lines.append(f"cut: {' | '.join(', '.join(group) for group in self.transit.groups)}")
        return "\n".join([*lines, *map(repr, (*self.in_flight, *self.undeliverable))])

    def _repr_html_(self) -> str:
        nodes = table(
            ("node", "address", "state", "tick", "work to do"),
            [
                (
                    node.name,
                    written(node.address),
                    node.state,
                    str(node.current_tick()),
                    "yes" if node.is_up and node.is_due() else "",
                )
                for node in self.nodes.values()
            ],
        )
        flying = self.in_flight._repr_html_() if self.transit.messages else "<p>nothing in flight</p>"
        lost = f"<p>to no node:</p>{Messages(self.undeliverable)._repr_html_()}" if self.undeliverable else ""
        return f"{nodes}{flying}{lost}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/plain": self._text(), "text/html": self._repr_html_()}

    def _ipython_display_(self) -> None:
        self.widget()._ipython_display_()
