"""How a network is looked at: its widget, its diagram, and its nodes and messages as tables and text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from hydroflow_nb.engine.html import table
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.net.addresses import written
from hydroflow_nb.simulation.drawing.diagram import Diagram
from hydroflow_nb.simulation.model.ends import sent_address
from hydroflow_nb.simulation.model.message import Messages
from hydroflow_nb.simulation.model.node import Node
from hydroflow_nb.simulation.model.run import Run
from hydroflow_nb.simulation.recorded_run import RecordedRun

if TYPE_CHECKING:
    from hydroflow_nb.simulation.reasons.joined import Joining, NetworkDerivation
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

    def why(
        self, item: Any, node: str | Node | None = None, at: str | None = None, tick: int | None = None
    ) -> NetworkDerivation:
        """Why an item is in a node: as `flow.why`, and on from each message to the item that its sender put into it,
        back to what came from outside, and to literals, of all nodes.

        `node` is the node, by default any; `at` is a place in its flow, such as `"hop -> reached"`, `tick` a tick of
        the node: without them the newest place where the item passed is meant. What came as a message is the item
        `(payload, address)`. The result prints as text and shows as a tree; `.inputs` are the cited items by node,
        input and tick, `.messages` the ids of the messages that had a part, `.node` is where the item was. On the cited
        inputs alone the network gives the item again, where nothing had to be absent (`.is_monotone`).

        It is found in what the nodes recorded; functions of their flows are called again, and should have no effects.
        Raises HydroflowError where nothing is recorded, for a place or a node that does not exist, and for an item that
        did not go by.
        """
        from hydroflow_nb.simulation.reasons.joined import why

        return why(self, self.name_of, item, None if node is None else self[node].name, at, tick)

    def why_recorded(self, node: str, life: int, edge: str, tick: int, step: int, index: int) -> NetworkDerivation:
        """The same for an item by its place in the recording of a node: `life` tells the node's flows apart, from 0;
        the rest is as for a flow. Raises KeyError for an item that is not kept.
        """
        joining = self.joining()
        return joining.of(node, life, joining.at(node, life, edge, tick, step, index))

    def why_message(self, message: str) -> NetworkDerivation:
        """The same for a message by its id: of the item that it was taken in as, or, where no tick has taken it in,
        that it was sent as. Raises HydroflowError for one that no recorded tick took in or sent.
        """
        joining = self.joining()
        found = joining.of_message(message)
        if found is None:
            raise HydroflowError(message=f"no recorded tick took in or sent {message!r}")
        return joining.of(*found)

    def joining(self) -> Joining:
        """What follows items through the nodes of the run as it is now."""
        from hydroflow_nb.simulation.reasons.joined import Joining

        return Joining(self, self.name_of)

    def name_of(self, address: Any) -> str:
        """The name of the node that messages to an address reach, or the address as text. Raises ValueError for what is
        no address.
        """
        found = self._receivers.get(sent_address(address, self._receivers))
        return written(address) if found is None else found[0].name

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
