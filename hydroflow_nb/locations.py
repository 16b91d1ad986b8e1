"""Locations: where the parts of a system run, and the crossings by which items go from one place to another.

A graph holds these parts of a text. They do not depend on the grammar.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from hydroflow_nb.expressions import Argument, TypeArgument
from hydroflow_nb.records import dataclass
from hydroflow_nb.source import Span

# The names of a node's surroundings: its two ends, and its own address.
SURROUNDINGS: Final = ("outbound", "inbound", "address")
# The settings of a simulated network, of sockets, and of what is deployed. `network(...)`, `start(...)` and
# `deploy(...)` of a system take members and settings by name, so no location bears the name of a setting.
NETWORK_SETTINGS: Final = (
    "seed",
    "loss",
    "duplication",
    "partitions",
    "crashes",
    "joins",
    "restarts",
    "fifo",
    "holds",
    "codec",
    "recording",
    "on_fault",
    "durable",
)
SOCKET_SETTINGS: Final = ("transport", "on_fault")
DEPLOY_SETTINGS: Final = ("on", "durable", "durable_write", "logs", "show_logs", "record")
SETTINGS: Final = {
    **dict.fromkeys(DEPLOY_SETTINGS, "deploy"),
    **dict.fromkeys(SOCKET_SETTINGS, "start"),
    **dict.fromkeys(NETWORK_SETTINGS, "network"),
}
"""What takes each setting."""


class LocationKind(StrEnum):
    """What a location is: one node, any number of nodes with the same flow, or programs of other make."""

    PROCESS = "process"
    CLUSTER = "cluster"
    EXTERNAL = "external"

    @property
    def has_members(self) -> bool:
        """True where items bear the name of a member: they come with their sender and go with their receiver."""
        return self is not LocationKind.PROCESS

    @property
    def is_cluster(self) -> bool:
        """True for nodes that the text has a flow for, any number of them."""
        return self is LocationKind.CLUSTER

    @property
    def called(self) -> str:
        """What a message calls one."""
        return {"process": "a process", "cluster": "a cluster", "external": "external"}[self]


@dataclass(frozen=True, kw_only=True, repr=False)
class DeclaredLocation:
    """`name = process();`: the declaration of a location.

    `is_open` is a cluster to which members come at any time. `at` is the address of a process, None where the network
    or the command line gives it. `shards_by` is where the key stands in each item, `[0].key`, by which the members of a
    cluster share what is sent to it; None where whoever sends an item chooses the member.
    """

    span: Span
    name: str
    name_span: Span
    kind: LocationKind
    is_open: bool = False
    at: str | None = None
    shards_by: str | None = None

    @property
    def words(self) -> str:
        """What it is, as in "open cluster" or "cluster sharded by [0]"."""
        if self.shards_by is not None:
            return f"{self.kind} sharded by {self.shards_by}"
        return f"open {self.kind}" if self.is_open else str(self.kind)

    @property
    def in_short(self) -> str:
        """Its name, and by what it is sharded."""
        return self.name if self.shards_by is None else f"{self.name} sharded by {self.shards_by}"

    @property
    def names_members(self) -> bool:
        """True where an item that comes without a route has to name its receiver: `(item, member)`."""
        return self.kind.has_members and self.shards_by is None

    def __repr__(self) -> str:
        return f"<{self.words} {self.name}>"


@dataclass(frozen=True, kw_only=True)
class LocationReference:
    """`@name`: `span` covers both."""

    span: Span
    name: str


class Route(StrEnum):
    """Which members of a cluster a crossing sends an item to."""

    # The items name their receivers, or there is one receiver.
    DIRECT = ""
    ALL = "all"
    OTHERS = "others"
    NEXT = "next"
    BY = "by"


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """`~> @place.route::<Type>`: an arrow to another place. `span` covers the arrow and its destination, `arrow` the
    arrow alone, `route_span` the route where there is one. `key` is the function of the route `.by`.
    """

    span: Span
    arrow: Span
    destination: LocationReference | None = None
    route: Route = Route.DIRECT
    route_span: Span | None = None
    key: Argument | None = None
    types: tuple[TypeArgument, ...] = ()
    leads_to: str = ""
