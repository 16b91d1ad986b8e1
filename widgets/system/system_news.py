"""The news of a system: its picture with what went over each `~>`, who runs at each location, what is in flight."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from hydroflow_nb.systems.picture import Traffic
from hydroflow_nb.widgets.questions import Answers
from hydroflow_nb.widgets.telling import Telling

if TYPE_CHECKING:
    from hydroflow_nb.passes.channels import Channel
    from hydroflow_nb.systems.system import System

# The messages of a channel that are told of; what else is in flight is counted.
_MOST_TOLD: Final = 200


class SystemNews(Telling):
    """Tells the front ends how the newest network of a system stands; `send` sends a message."""

    def __init__(self, system: System, send: Callable[[dict[str, Any]], None]) -> None:
        super().__init__()
        self._system = system
        self._send = send
        self._told: object = None

    @property
    def answers(self) -> Answers:
        """What answers a front end that has come."""
        return {"hello": self._hello}

    def _hello(self, _: Mapping[str, Any]) -> None:
        self._told = None
        self.tell()

    def _tell_new(self) -> None:
        network = self._system.newest
        now = (id(network), self._system.moment())
        if now == self._told:
            return
        self._told = now
        traffic: Mapping[str, Traffic] = {} if network is None else self._system.traffic(network)
        self._send(
            {
                "kind": "news",
                "svg": self._system.drawing().svg(),
                "locations": self._locations(),
                "channels": [self._channel(one, traffic.get(one.name)) for one in self._system.channels],
            }
        )

    def _locations(self) -> list[dict[str, Any]]:
        """The boxes of the picture: what stands in each, and the nodes that run it."""
        graph = self._system.graph.partitioned
        location_of = self._system.location_of
        found: dict[str, list[str]] = {}
        for node in graph.nodes.values():
            found.setdefault(location_of[node.id], []).append(node.element)
        boxes = [name for name in self._system.locations if name in found]
        return [
            {
                "element": f"stratum-{number}",
                "name": name,
                "inside": found[name],
                "members": list(self._system.members.get(name, ())),
            }
            for number, name in enumerate(boxes)
        ]

    def _channel(self, channel: Channel, traffic: Traffic | None) -> dict[str, Any]:
        """A channel: what of the picture it is, and what is in flight on it."""
        graph = self._system.graph.partitioned
        parts = [wire.element for wire in graph.wires if wire.edge.id in channel.edges]
        parts += [graph.handoffs[edge].element for edge in channel.edges if edge in graph.handoffs]
        flying = [] if traffic is None else traffic.in_flight
        return {
            "name": channel.name,
            "parts": parts,
            "told": "" if traffic is None or not channel.tagged else str(traffic),
            "flying": flying[:_MOST_TOLD],
            "in_flight": len(flying),
        }
